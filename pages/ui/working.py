"""A background job as a page shows it: its progress, what it does, and how to stop it."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import streamlit as st

from core.services import datasets, jobs
from db.errors import Stale
from db.records import Job
from db.terms import JobKind, JobState
from pages.ui import seen, state, theme
from pages.ui.header import Context

TICK_S = 1.0
NEWS_S = 600.0  # after ten minutes an import is no news
TITLES: dict[JobKind, str] = {
    JobKind.DEMO: "Making the demo set",
    JobKind.PREVIEW: "Looking at the source",
    JobKind.IMPORT: "Importing",
    JobKind.TRAIN: "Training",
    JobKind.ANALYSE: "Finding the causes of errors",
    JobKind.TEST_SCORE: "Scoring the test part",
    JobKind.SCAN: "Looking for trouble in the images",
    JobKind.EXPORT: "Exporting",
}


def title(job: Job, names: Mapping[int, str] | None = None) -> str:
    """What a job is, for people: `Importing “flowers”`, `Training run 12 of flowers`; names: of the data sets."""
    name = job.params.get("name") if job.kind is JobKind.IMPORT else None
    about = f" “{name}”" if name else ""
    of = f" of run {job.run_id}" if job.kind in (JobKind.ANALYSE, JobKind.TEST_SCORE) else ""
    run = f" run {job.run_id}" if job.kind is JobKind.TRAIN and job.run_id else ""
    dataset = (names or {}).get(job.dataset_id or 0) if not name else None
    return f"{TITLES[job.kind]}{about}{of}{run}{f' of “{dataset}”' if dataset else ''}"


def doing(job: Job, ahead: int = 0) -> str:
    """What a job does at the moment, in a few words; ahead: how many of its kind wait or work before it."""
    if job.state is JobState.QUEUED:
        return waiting(ahead) if job.kind is JobKind.TRAIN else "waiting for its turn"
    words = job.doing or "starting"
    return words if job.state is JobState.RUNNING else f"{words} · {job.state.value}"


def waiting(ahead: int) -> str:
    """How a run waits: behind others, or only for its process to begin."""
    return f"waiting behind {theme.counted(ahead, 'run')}" if ahead else "starts in a moment"


def follow(ctx: Context, job_id: int, *, stoppable: bool = True) -> None:
    """Show a job that has not ended, moving; the page runs again as a whole once it has."""

    @st.fragment(run_every=TICK_S)
    def view() -> None:
        job = jobs.get(ctx.store, ctx.actor, job_id)
        if job.state.ended:
            st.rerun()
        jobs.ensure_worker(ctx.store, ctx.settings)
        bar(job)
        if stoppable:
            stop_button(ctx, job)

    view()


def bar(job: Job, names: Mapping[int, str] | None = None, ahead: int = 0) -> None:
    """One job: its name, what it does, how far it is."""
    st.progress(
        min(1.0, max(0.0, job.progress)),
        text=f"**{theme.plain(title(job, names))}** · {theme.plain(doing(job, ahead))}",
    )


def stop_button(ctx: Context, job: Job) -> None:
    """The button that ends a job early; nothing of it is kept."""
    asked = job.state is JobState.STOPPING_NOW
    if st.button("Stop", key=state.key("working", f"stop:{job.id}"), disabled=asked):
        with suppress(Stale):  # it ended between the drawing of the button and the press
            jobs.stop(ctx.store, ctx.actor, job.id)
        st.rerun()


def arrived(ctx: Context) -> None:
    """An import that ended while the reader looked at another data set: said until it was looked at once."""
    last = jobs.latest(ctx.store, ctx.actor, JobKind.IMPORT)
    if last is None or last.state is not JobState.FINISHED or last.dataset_id is None:
        return
    if ctx.dataset is not None and ctx.dataset.id == last.dataset_id:
        seen.mark(ctx.settings, "import", last.id)
    long_ago = time.time() - (last.ended_at or 0) > NEWS_S
    if long_ago or seen.was(ctx.settings, "import", last.id):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(f"“{theme.plain(str(last.params.get('name', '')))}” is imported.", width="content")
        if st.button("Show it", key=state.key("working", "show")):
            state.choose(last.dataset_id, None)
            st.rerun()
        if st.button("Close", key=state.key("working", "close"), type="tertiary", icon=":material/close:"):
            seen.mark(ctx.settings, "import", last.id)
            st.rerun()


def watch(ctx: Context, listed: Callable[[], list[Job]]) -> None:
    """Show the jobs that `listed` finds, moving; the page runs again as a whole when one of them ends."""
    first = {job.id for job in listed()}
    if not first:
        return

    @st.fragment(run_every=TICK_S * 2)
    def view() -> None:
        now = listed()
        if {job.id for job in now} != first:
            st.rerun()
        jobs.ensure_worker(ctx.store, ctx.settings)
        names = {dataset.id: dataset.name for dataset in datasets.listing(ctx.store, ctx.actor)}
        for place, job in enumerate(now):
            bar(job, names, sum(other.kind is job.kind for other in now[:place]))

    view()
