"""Importing: choose a source, look at what it would bring, import it; every stage is in the page's address."""

import streamlit as st

from core.services import importing, jobs
from core.services.importing import ImportRequest
from db.errors import Missing
from db.records import Job
from db.terms import JobKind, JobState
from pages.ui import state, theme, trouble, working
from pages.ui.dataset import preview, source
from pages.ui.header import Context


def draw(ctx: Context) -> None:
    """The stage that the address names: a source to choose, a preview, or an import that works."""
    job = _named_job(ctx)
    if job is None:
        job = next((j for j in _open_jobs(ctx) if j.kind is JobKind.IMPORT), None)
    _head(ctx, job)
    if job is None:
        _demo(ctx)
        _last_failure(ctx)
        _source(ctx)
        return
    source.remember(ImportRequest.from_params(job.params))
    if job.state.ended and job.state is not JobState.FINISHED:
        # Most often one word of the form is wrong: it stays, below what is wrong with it.
        _ended_early(job)
        _source(ctx)
    elif job.kind is JobKind.PREVIEW:
        _previewed(ctx, job)
    else:
        _imported(ctx, job)


def open_import(*, once_more: bool = False) -> None:
    """Show the import side of the page, from its beginning; once_more: to add to the data set that is looked at."""
    _at(**({"into": 1} if once_more else {}))


def _at(**words: str | int) -> None:
    """Put a stage of the import into the address; the rest of the old one goes."""
    _leave()
    st.query_params.update({"view": "import"} | {name: str(word) for name, word in words.items()})


def _leave() -> None:
    """Take every stage out of the address: the data set is looked at again."""
    for name in ("view", "job", "upload", "file", "into"):
        st.query_params.pop(name, None)


def _named_job(ctx: Context) -> Job | None:
    number = state.number_in_address("job")
    if number is None:
        return None
    try:
        job = jobs.get(ctx.store, ctx.actor, number)
    except Missing:
        return None
    return job if job.kind in (JobKind.PREVIEW, JobKind.IMPORT) else None


def _open_jobs(ctx: Context) -> list[Job]:
    return jobs.active(ctx.store, ctx.actor)


def _head(ctx: Context, job: Job | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader("Import images and their labels", anchor=False)
        looked_at = job is not None and job.state is JobState.FINISHED
        if looked_at and st.button("Other source", key=state.key("data", "other")):
            _at()
            st.rerun()
        if ctx.dataset is not None and st.button("Back to the data set", key=state.key("data", "back")):
            _leave()
            st.rerun()


def _demo(ctx: Context) -> None:
    """While the demo set is made there is something to see already."""

    def listed() -> list[Job]:
        return [job for job in _open_jobs(ctx) if job.kind is JobKind.DEMO]

    working.watch(ctx, listed)


def _last_failure(ctx: Context) -> None:
    """An import that failed while nobody looked says so here, once."""
    last = jobs.latest(ctx.store, ctx.actor, JobKind.IMPORT)
    told = state.key("data", f"told:{last.id if last else 0}")
    if last is None or last.state is not JobState.FAILED or state.get(told):
        return
    name = theme.plain(str(last.params.get("name", "")))
    st.error(f"The last import, “{name}”, failed: {theme.plain(source.reason(last))}")
    if st.button("Dismiss", key=state.key("data", "dismiss")):
        state.put(told, True)
        st.rerun()


def _source(ctx: Context) -> None:
    """The form; a source that was asked for is looked at."""
    request = source.draw(ctx)
    if request is not None:
        _start(ctx, request, look=True)


def _start(ctx: Context, request: ImportRequest, *, look: bool) -> None:
    """Queue a look or an import, and show it."""
    with trouble.shown():
        start = importing.start_preview if look else importing.start_import
        job = start(ctx.store, ctx.settings, ctx.actor, request)
        jobs.ensure_worker(ctx.store, ctx.settings)
        _at(job=job.id, **source.address(request))
        st.rerun()


def _previewed(ctx: Context, job: Job) -> None:
    """A preview that works, or that is there."""
    st.caption(theme.plain(source.called(ImportRequest.from_params(job.params))))
    if not job.state.ended:
        working.follow(ctx, job.id)
        return
    wanted = preview.draw(ctx, job)
    if wanted is not None:
        request, look = wanted
        _start(ctx, request, look=look)


def _imported(ctx: Context, job: Job) -> None:
    """An import that works, or that has just become a data set."""
    if not job.state.ended:
        working.follow(ctx, job.id)
        st.caption("It goes on if you leave; Data and Overview show where it is.")
        return
    state.choose(int(job.result["dataset"]), None)
    _leave()
    st.toast(_arrived(job))
    st.rerun()


def _arrived(job: Job) -> str:
    """What an import did, for a toast."""
    name = theme.plain(str(job.params.get("name", "")))
    if job.params.get("into") is None:
        return f"“{name}” is imported."
    if job.result.get("revision") is None:
        return f"Nothing was new to “{name}”."
    images = theme.counted(job.result["added"], "new image")
    return f"“{name}”: {images}, {theme.counted(job.result['changed'], 'label')} changed."


def _ended_early(job: Job) -> None:
    looked = job.kind is JobKind.PREVIEW
    what = "The source could not be looked at" if looked else "The import did not happen"
    if job.state is JobState.STOPPED:
        st.info(f"{what}: it was stopped, and nothing of it is kept.")
    else:
        st.error(f"{what}: {theme.plain(source.reason(job))}")
