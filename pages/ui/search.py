"""The search bar, what it understands, and the way from anything countable to the pictures behind it."""

from collections.abc import Callable

import streamlit as st

from core.errors import BadInput
from core.search import SearchError, quoted
from core.services import searching
from db.records import Dataset
from pages.ui import state, theme
from pages.ui.header import Context

__all__ = ["bar", "jump", "mistake", "quoted", "to_gallery"]

LONGEST = 4_000
HELP = """
| write | to find images |
|---|---|
| `sea clouds` or `sea & clouds` | with both labels |
| `sea \\| clouds` | with either |
| `!sea` | where sea is not present: absent or unknown |
| `absent:sea`, `?sea` | where sea is said to be absent; where nobody knows |
| `"at night"`, `(…)` | a name with spaces; what belongs together |
| `verified:sea`, `unverified` | where a person has checked sea; nothing yet |
| `part:val`, `left_out` | of a part (train, val, test); left out of all of them |
| `author:Ada` | that Ada changed after the import |
| `im12*`, `name:im12` | whose file name begins with im12, has im12 in it |
| `labels:0`, `labels>=3` | by how many labels they carry |
| `size<64`, `width>1000`, `aspect>3` | by pixels: the shorter side, the width, width ÷ height |
| `brightness<.1`, `sharpness<.02` | dark, unsharp: measured on the pixels, 0 to 1 |
| `predicted:sea`, `score:sea>.8` | where the chosen run says sea; where it is that sure |
| `meta.site=zoo` | by a further column of the source |
| `dark`, `blurry`, `odd`, `duplicate` | that a scan finds odd or twice |
"""
_EXAMPLE = "search: sea & !clouds, part:val, im12*, size<64"


def bar(page: str, *, first: str, on_change: Callable[[], None]) -> str:
    """The field, which begins with `first`, and its help; returns the text. `on_change` is called when it changed."""
    key = state.key(page, "search")
    if state.get(key) is None:
        state.put(key, first[:LONGEST])
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        text = st.text_input(
            "Search",
            key=key,
            type="search",
            placeholder=_EXAMPLE,
            on_change=on_change,
            label_visibility="collapsed",
            icon=":material/search:",
        )
        with st.popover("?", help="What the search understands", key=state.key(page, "search-help")):
            st.markdown(HELP)
    return (text or "").strip()


def jump(ctx: Context, dataset: Dataset) -> None:
    """A search bar that leads to the pictures."""
    key = state.key("data", "asked")

    def ask() -> None:
        state.put(key, True)

    text = bar("data", first="", on_change=ask)
    if not state.get(key):
        return
    state.forget(key)
    if not text:
        return
    try:
        searching.check(ctx.store, ctx.actor, dataset.id, text)
    except BadInput as error:
        mistake(text, error)
    else:
        to_gallery(dataset, text)


def mistake(text: str, error: BadInput, instead: str | None = None) -> None:
    """Say what is wrong with a search, and show where; and which search is shown instead, if one is."""
    told = theme.plain(str(error))
    if isinstance(error, SearchError):
        start, end = error.at
        place = text[start:end].replace("`", "'") or "…"
        told += f"  \n{theme.plain(text[:start].rstrip())} **`{place}`** {theme.plain(text[end:].lstrip())}"
    if instead is not None:
        shown = (
            f"the last search that could be read finds: {theme.plain(instead)}"
            if instead
            else "the filters find"
        )
        told += f"  \n:small[Below is what {shown}.]"
    st.error(told)


def to_gallery(dataset: Dataset, text: str) -> None:
    """Go to the pictures that a search means."""
    st.switch_page(
        "pages/annotate.py", query_params={"dataset": str(dataset.id), "view": "all", "search": text}
    )
