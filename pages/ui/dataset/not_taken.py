"""What the imports of a data set could not take (unreadable images, lines that name nothing), and all of it as CSV.

An import of more notes as well which images its source lacks, or calls otherwise: those are here, and no trouble.
"""

import streamlit as st

from core.data import problem_list
from core.services import importing
from db.records import Dataset
from pages.ui import state, tables, theme
from pages.ui.header import Context

MOST_SHOWN = 200
_NO_TROUBLE = frozenset((problem_list.GONE, problem_list.RENAMED))


def count(ctx: Context, dataset: Dataset) -> int:
    """How many problems the imports had."""
    return len(_problems(ctx, dataset))


def _problems(ctx: Context, dataset: Dataset) -> list[list[str]]:
    path = importing.problems_csv(ctx.store, ctx.settings, ctx.actor, dataset.id)
    return [] if path is None else _read(dataset.id, str(path), path.stat().st_mtime_ns, ctx)


@st.cache_data(show_spinner=False, max_entries=4)
def _read(dataset_id: int, path: str, changed: int, _ctx: Context) -> list[list[str]]:
    """Read once, not after every decision: a list may be long."""
    noted = importing.problems(_ctx.store, _ctx.settings, _ctx.actor, dataset_id)
    return [line for line in noted if line[1] not in _NO_TROUBLE]


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
                "Download all that was noted as CSV",
                file,
                file_name="problems.csv",
                mime="text/csv",
                key=state.key("trouble", "problems"),
                on_click="ignore",
            )
