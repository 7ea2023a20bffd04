"""Importing: choose a source, look at what it would bring, import it; every stage is in the page's address."""

from pathlib import Path

import streamlit as st

from core.data.importers import IMPORTERS
from core.services import datasets, jobs
from core.services.datasets import ImportRequest
from db.errors import Missing
from db.records import Job
from db.terms import JobKind, JobState
from pages.http.upload import path_of
from pages.ui import state, theme, trouble, working
from pages.ui.dataset import preview
from pages.ui.header import Context
from pages.ui.upload import upload

_FOLDER, _ARCHIVE = "A folder or file on this machine", "Upload a zip"


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
    elif job.kind is JobKind.PREVIEW:
        _previewed(ctx, job)
    else:
        _imported(ctx, job)


def open_import() -> None:
    """Show the import side of the page, from its beginning."""
    _at(view="import")


def _at(**words: str | int) -> None:
    """Put a stage into the address; the rest of the old one goes."""
    for name in ("view", "job", "upload", "file"):
        st.query_params.pop(name, None)
    st.query_params.update({name: str(word) for name, word in words.items()})


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
        working_now = job is not None and not job.state.ended
        if job is not None and not working_now and st.button("Other source", key=state.key("data", "other")):
            _at(view="import")
            st.rerun()
        if ctx.dataset is not None and st.button("Back to the data set", key=state.key("data", "back")):
            _at()
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
    st.error(
        f"The last import, “{theme.plain(str(last.params.get('name', '')))}”, failed: {theme.plain(last.message)}"
    )
    if st.button("Dismiss", key=state.key("data", "dismiss")):
        state.put(told, True)
        st.rerun()


def _source(ctx: Context) -> None:
    """Where the images are, and how their labels are written."""
    place = st.segmented_control(
        "Source",
        [_FOLDER, _ARCHIVE],
        default=_ARCHIVE if st.query_params.get("upload") else _FOLDER,
        key=state.key("data", "place"),
        label_visibility="collapsed",
    )
    path, name = _upload(ctx) if place == _ARCHIVE else _path()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        format = st.selectbox(
            "Format",
            ["auto", *IMPORTERS],
            key=state.key("data", "format"),
            format_func=lambda word: (
                "auto: recognised by looking" if word == "auto" else f"{word}: {IMPORTERS[word].title}"
            ),
            width=420,
        )
        wanted = st.button(
            "Look at it",
            type="primary",
            key=state.key("data", "preview"),
            help="Reads everything and stores nothing.",
        )
    if wanted and path is None and (place == _ARCHIVE or not state.get(state.key("data", "path"))):
        st.warning(
            "Drop a zip above first."
            if place == _ARCHIVE
            else "Give the path of a folder, zip or CSV file first."
        )
    _formats()
    if wanted and path is not None:
        with trouble.shown():
            request = ImportRequest(path=path, name=name, format=format, upload=place == _ARCHIVE)
            job = datasets.start_preview(ctx.store, ctx.settings, ctx.actor, request)
            jobs.ensure_worker(ctx.store, ctx.settings)
            _at(view="import", job=job.id)
            st.rerun()


def _path() -> tuple[Path | None, str]:
    text = st.text_input(
        "Path",
        key=state.key("data", "path"),
        placeholder="/home/you/photos, or the zip or CSV file that names them",
        help="A folder stays where it is; Errata reads it and keeps thumbnails.",
    ).strip()
    if not text:
        return None, ""
    path = Path(text).expanduser()
    if not path.is_absolute():
        st.warning("Give the whole path, from / on: which folder it starts from is not known here.")
        return None, ""
    return path, path.stem if path.is_file() else path.name


def _upload(ctx: Context) -> tuple[Path | None, str]:
    """The upload that the address names, if it lies here, else the place to drop one."""
    arrived = upload(state.key("data", "upload"), token=ctx.token, most_mb=ctx.settings.max_upload_mb)
    if arrived is not None:
        _at(view="import", upload=arrived.id, file=arrived.name)
    named = st.query_params.get("upload", "")
    path = path_of(ctx.settings, named) if named else None
    if path is None:
        return None, ""
    name = st.query_params.get("file", "") or path.name
    st.caption(f"Ready: {theme.plain(name)}, {theme.size(path.stat().st_size)}.")
    stem = name.split(".")[0].strip()
    return path, stem or "upload"


def _formats() -> None:
    with st.expander("What can be read", expanded=True, key=state.key("data", "formats")):
        st.markdown(
            "- **label-files**: a folder of images and a folder `annotations` with one text file a label "
            "(`sea.txt`), one image number a line (MIRFLICKR).\n"
            "- **csv**: a table `image,labels` with the labels of an image joined by `|`, `;` or spaces; a column "
            "`split` with train, val or test is kept.\n"
            "- **csv-onehot**: a table with a column `image` and one column a label: 1 has it, 0 has it not, "
            "-1 or nothing is unknown; `split` as above (Roboflow's `_classes.csv`).\n"
            "- **folders**: one folder a label (`sea/1.jpg`), perhaps below `train`, `val` and `test`; a picture "
            "that lies in two folders has both labels.\n"
            "- Images may be JPEG, PNG, WebP, GIF, TIFF, BMP, PPM or AVIF. Files that cannot be read are named "
            "before anything is stored."
        )


def _previewed(ctx: Context, job: Job) -> None:
    """A preview that works, that failed, or that is there."""
    st.caption(
        theme.plain(str(job.params["path"]))
        if not job.params.get("upload")
        else f"Your archive “{theme.plain(str(job.params['name']))}”"
    )
    if not job.state.ended:
        working.follow(ctx, job.id)
    elif job.state is not JobState.FINISHED:
        _ended_early(job, "The source could not be looked at")
    else:
        request = preview.draw(ctx, job)
        if request is not None:
            with trouble.shown():
                started = datasets.start_import(ctx.store, ctx.settings, ctx.actor, request)
                jobs.ensure_worker(ctx.store, ctx.settings)
                _at(view="import", job=started.id)
                st.rerun()


def _imported(ctx: Context, job: Job) -> None:
    """An import that works, that failed, or that has just become a data set."""
    if not job.state.ended:
        working.follow(ctx, job.id)
        st.caption("It goes on if you leave; Data and Overview show where it is.")
    elif "dataset" in job.result:
        state.choose(int(job.result["dataset"]), None)
        _at()
        st.toast(f"“{theme.plain(str(job.params.get('name', '')))}” is imported.")
        st.rerun()
    else:
        _ended_early(job, "The import did not happen")


def _ended_early(job: Job, what: str) -> None:
    if job.state is JobState.STOPPED:
        st.info(f"{what}: it was stopped, and nothing of it is kept.")
    else:
        st.error(f"{what}: {theme.plain(job.message)}")
