"""Data: what do I have? Import pictures with their labels, and see what is in them before training."""

import streamlit as st

from pages.ui import dataset, state, trouble
from pages.ui.gallery import filters
from pages.ui.header import header

VIEWS = {"": "What is in it", "trouble": "Trouble", "split": "Split"}


def main() -> None:
    """The page."""
    ctx = header("Data", "What do I have?")
    with trouble.shown():
        if ctx.dataset is None or st.query_params.get("view") == "import":
            dataset.importing.draw(ctx)
            return
        view = _view()
        if view == "trouble":
            dataset.galleries.draw(ctx, ctx.dataset)
        elif view == "split":
            dataset.parts.draw(ctx, ctx.dataset)
        else:
            dataset.view.draw(ctx, ctx.dataset)


def _view() -> str:
    """Which side of the data set to look at; in the address."""
    key = state.key("data", "view")
    wanted = filters.read("view", list(VIEWS))
    if state.get(key) != wanted:
        state.put(key, wanted)
    chosen = st.segmented_control(
        "What to look at",
        list(VIEWS),
        key=key,
        format_func=VIEWS.__getitem__,
        required=True,
        label_visibility="collapsed",
        on_change=lambda: filters.write("view", str(state.get(key) or "")),
    )
    return str(chosen or "")


main()
