"""What the imports of a data set could not take (unreadable images, lines that name nothing), and all of it as CSV.

An import of more notes as well which images its source lacks, or calls otherwise: those are here, and no trouble.
"""

from dataclasses import replace

import streamlit as st

from core.data import problem_list
from core.data.problem_list import Noted
from core.services import importing
from db.records import Dataset
from pages.ui import state, theme
from pages.ui.dataset import listed
from pages.ui.header import Context

_NO_TROUBLE = frozenset((problem_list.GONE, problem_list.RENAMED))


def count(ctx: Context, dataset: Dataset) -> int:
    """How many problems the imports had; a list of them that is damaged is one more."""
    found = _problems(ctx, dataset)
    return len(found.rows) + bool(found.damage)


def _problems(ctx: Context, dataset: Dataset) -> Noted:
    path = importing.problems_csv(ctx.store, ctx.settings, ctx.actor, dataset.id)
    return Noted([]) if path is None else _read(dataset.id, str(path), path.stat().st_mtime_ns, ctx)


@st.cache_data(show_spinner=False, max_entries=4)
def _read(dataset_id: int, path: str, changed: int, _ctx: Context) -> Noted:
    """Read once, not after every decision: a list may be long."""
    noted = importing.problems(_ctx.store, _ctx.settings, _ctx.actor, dataset_id)
    return replace(noted, rows=[row for row in noted.rows if row[1] not in _NO_TROUBLE])


def draw(ctx: Context, dataset: Dataset) -> None:
    """The problems as a table, and all of them to keep."""
    found = _problems(ctx, dataset)
    if found.damage:
        st.warning(theme.plain(found.damage))
    if found.rows:
        st.caption(
            "What an import could not take as it stands; everything else is there. Mend the files and import again."
        )
        rows = [
            (f"{file}:{line}" if line else file, kind, reason) for _, kind, file, line, reason in found.rows
        ]
        listed.table(["Where", "What", "Why"], rows, len(rows))
    listed.download(
        importing.problems_csv(ctx.store, ctx.settings, ctx.actor, dataset.id),
        "Download all that was noted as CSV",
        key=state.key("trouble", "problems"),
    )
