"""What an import could not take as it stands: a table by kind, and all of it as a CSV file."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.data.problem_list import CLASHING, GONE, RENAMED
from core.services import importing
from db.records import Job
from pages.ui import state, theme
from pages.ui.dataset import listed
from pages.ui.header import Context

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
        with st.expander(
            f"{_TITLES.get(kind, kind.capitalize())}: {theme.count(total)}",
            expanded=total <= 12,
            key=state.key("data", f"problems:{kind}"),
        ):
            listed.table(["Where", "Why"], kinds[kind], total)
    _download(ctx, job, sum(totals.values()))
    for note in found["notes"]:
        st.caption(theme.plain(note))


def _download(ctx: Context, job: Job, total: int) -> None:
    if not total:
        return
    listed.download(
        importing.problems_of_preview(ctx.store, ctx.settings, ctx.actor, job.id),
        f"Download all {theme.count(total)} as CSV" if total > 1 else "Download this list as CSV",
        key=state.key("data", "problems-csv"),
        help="Columns: revision, kind, file, line, reason. No cell of it is taken for a formula.",
    )
