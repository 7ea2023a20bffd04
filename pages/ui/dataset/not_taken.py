"""What the imports of a data set could not take (unreadable images, lines that name nothing), and all of it as CSV."""

import streamlit as st

from core.services import importing
from db.records import Dataset
from pages.ui import state, tables, theme
from pages.ui.header import Context

MOST_SHOWN = 200


def count(ctx: Context, dataset: Dataset) -> int:
    """How many problems the imports had."""
    return len(_problems(ctx, dataset))


def _problems(ctx: Context, dataset: Dataset) -> list[list[str]]:
    return importing.problems(ctx.store, ctx.settings, ctx.actor, dataset.id)


def draw(ctx: Context, dataset: Dataset) -> None:
    """The problems as a table, and all of them to keep."""
    found = _problems(ctx, dataset)
    st.caption(
        "What an import could not take as it stands; everything else is there. Mend the files and import again."
    )
    rows = [
        (f"{file}:{line}" if line else file, kind, reason)
        for _, kind, file, line, reason in found[:MOST_SHOWN]
    ]
    tables.table(["Where", "What", "Why"], rows, words=3, wrapped=[2])
    if len(found) > MOST_SHOWN:
        st.caption(f"… and {theme.count(len(found) - MOST_SHOWN)} more: in the file.")
    path = importing.problems_csv(ctx.store, ctx.settings, ctx.actor, dataset.id)
    if path is not None:
        with path.open("rb") as file:
            st.download_button(
                f"Download all {theme.count(len(found))} as CSV",
                file,
                file_name="problems.csv",
                mime="text/csv",
                key=state.key("trouble", "problems"),
                on_click="ignore",
            )
