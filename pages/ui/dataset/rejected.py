"""What an import could not take as it stands: a table by kind, and all of it as a CSV file."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.data.problem_list import CLASHING, GONE, RENAMED
from core.services import importing
from db.records import Job
from pages.ui import state, tables, theme
from pages.ui.header import Context

MOST_SHOWN = 200  # problems of a kind
UNREADABLE = "unreadable image"
_COMPARED = (RENAMED, CLASHING, GONE)
_TITLES = {RENAMED: "Same picture, other name", GONE: "Not in this source, and kept"}


def counted(found: Mapping[str, Any]) -> tuple[int, int]:
    """(files that cannot be read, other findings)."""
    totals = _totals(found)
    bad = totals.pop(UNREADABLE, 0)
    return bad, sum(count for kind, count in totals.items() if kind not in _COMPARED)


def _totals(found: Mapping[str, Any]) -> dict[str, int]:
    listed: dict[str, int] = defaultdict(int)
    for kind, _, _ in found["problems"]:
        listed[kind] += 1
    return dict(found.get("problems_total", listed))  # a preview of an earlier Errata counts none


def draw(ctx: Context, job: Job) -> None:
    """The problems of a preview by kind, each with its reason; and what the importer noticed."""
    found, totals = job.result, _totals(job.result)
    kinds: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, where, reason in found["problems"]:
        kinds[kind].append((where, reason))
    for kind, total in totals.items():
        listed = kinds[kind]
        with st.expander(
            f"{_TITLES.get(kind, kind.capitalize())}: {theme.count(total)}",
            expanded=total <= 12,
            key=state.key("data", f"problems:{kind}"),
        ):
            tables.table(["Where", "Why"], listed[:MOST_SHOWN], words=2, wrapped=[1])
            if total > min(len(listed), MOST_SHOWN):
                st.caption(
                    f"… and {theme.count(total - min(len(listed), MOST_SHOWN))} more: in the list below."
                )
    _download(ctx, job, sum(totals.values()))
    for note in found["notes"]:
        st.caption(theme.plain(note))


def _download(ctx: Context, job: Job, total: int) -> None:
    path = importing.problems_of_preview(ctx.store, ctx.settings, ctx.actor, job.id)
    if path is None or not total:
        return
    with path.open("rb") as file:
        st.download_button(
            f"Download all {theme.count(total)} as CSV" if total > 1 else "Download this list as CSV",
            file,
            file_name="problems.csv",
            mime="text/csv",
            key=state.key("data", "problems-csv"),
            on_click="ignore",
            help="Columns: kind, file, line, reason. No cell of it is taken for a formula.",
        )
