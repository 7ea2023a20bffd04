"""The test part: scored only when asked, and every look is counted."""

import streamlit as st

from core.services import jobs, runs
from db.records import Dataset
from db.terms import JobKind, JobState
from pages.ui import state, theme, trouble, working
from pages.ui.header import Context


def draw(ctx: Context, dataset: Dataset, images: int) -> None:
    """How often the test part was looked at, the last result, and the button that looks once more."""
    looks = runs.test_looks(ctx.store, ctx.actor, dataset.id)
    times = "never" if looks == 0 else theme.counted(looks, "time")
    with st.container(border=True):
        st.markdown(
            f"**Test part: {theme.counted(images, 'image')}, looked at {times}.** "
            "Each look that leads to a choice makes it a little less of a test."
        )
        run = ctx.run
        if run is None or not run.usable:
            st.caption("A run with scores is needed to look at it.")
            return
        job = jobs.latest(ctx.store, ctx.actor, JobKind.TEST_SCORE, run_id=run.id)
        if job is not None and not job.state.ended:
            working.follow(ctx, job.id)
            return
        if job is not None:
            _result(job.state, job.message, run.id)
        if st.button(f"Score the test part with run {run.id}", key=state.key("data", "test")):
            with trouble.shown():
                runs.score_test(ctx.store, ctx.settings, ctx.actor, run.id)
                jobs.ensure_worker(ctx.store, ctx.settings)
                st.rerun()


def _result(ended: JobState, message: str, run_id: int) -> None:
    if ended is JobState.FAILED:
        st.error(f"The test part could not be scored: {theme.plain(message)}")
    else:
        st.caption(f"Run {run_id}: {theme.plain(message)}")
