"""A run's figures by the labels as they are now, worked out once a revision."""

import streamlit as st

from core.errors import ErrataError
from core.services import rescore
from core.services.rescore import Rescored
from db.records import Dataset, Run
from pages.ui import theme
from pages.ui.header import Context


def rescored(ctx: Context, dataset: Dataset, run: Run) -> Rescored | None:
    """The run judged by the newest labels; None where nothing that judges it changed since."""
    if not run.usable or run.revision == dataset.revision:
        return None
    # A resumed run has other scores under the same number.
    stamp = (run.id, run.epochs_done, run.job_id, dataset.revision)
    found = _rescored(ctx.settings.database_url, stamp, run.id, ctx)
    return found if found is not None and (found.changed or found.left_out) else None


@st.cache_data(show_spinner=False, max_entries=64)
def _rescored(database_url: str, stamp: tuple[int, ...], run_id: int, _ctx: Context) -> Rescored | None:
    try:
        return rescore.rescore(_ctx.store, _ctx.settings, _ctx.actor, run_id)
    except ErrataError:  # its scores are gone from the disk: what the run said of itself still stands
        return None


def sentence(found: Rescored) -> str:
    """`Now .763 micro F1 by the labels of revision 17 (was .761): 3 validation labels changed since.`"""
    if not found.now:
        return f"No validation label of it counts any more by revision {found.revision}: nothing judges it."
    now, was = theme.f1(found.now["micro_f1"]), theme.f1(found.was["micro_f1"])
    said = f"Now {now} micro F1 by the labels of revision {found.revision} (was {was}"
    changed = f"{theme.counted(found.changed, 'validation label')} changed since."
    if not found.left_out:
        return f"{said}): {changed}"
    out = theme.counted(found.left_out, "validation image")
    return f"{said} on the same images): {out} left out since, {changed}"
