"""Handing labels back: format, images and revision are chosen, what is lost is said, then the file is made."""

import streamlit as st

from core.data.exporters import EXPORTERS
from core.errors import BadInput
from core.services import export_jobs, jobs, searching
from core.services.export_jobs import ExportAsked
from db.records import Dataset
from db.terms import JobState
from pages.http import exports
from pages.ui import search, state, theme, trouble, working
from pages.ui.header import Context

_JOB = state.key("data", "export-job")


def draw(ctx: Context, dataset: Dataset) -> None:
    """The form, the work, and the link to the file."""
    asked = _asked(ctx, dataset)
    made = state.get(_JOB)
    with trouble.shown():
        if made is not None and made[:2] == (dataset.id, asked):
            _outcome(ctx, made[2])
            return
        if asked.search:
            try:
                searching.check(ctx.store, ctx.actor, dataset.id, asked.search)
            except BadInput as error:
                search.mistake(asked.search, error)
                return
        if st.button("Make the file", type="primary", key=state.key("data", "export-make")):
            job = export_jobs.start(ctx.store, ctx.settings, ctx.actor, dataset.id, asked)
            jobs.ensure_worker(ctx.store, ctx.settings)
            state.put(_JOB, (dataset.id, asked, job.id))
            st.rerun()


def _asked(ctx: Context, dataset: Dataset) -> ExportAsked:
    names = list(EXPORTERS)
    format = st.selectbox(
        "Format",
        names,
        index=names.index("csv"),
        format_func=lambda name: f"{name}: {EXPORTERS[name].title}",
        key=state.key("data", "export-format"),
    )
    carries = EXPORTERS[format].carries
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        text = st.text_input(
            "Only images that match",
            placeholder="all images; or, for example: sea & part:val",
            key=state.key("data", "export-search"),
            help="A search as on the Data page; empty: all images.",
        )
    with right:
        revision = st.number_input(
            "Revision",
            min_value=1,
            max_value=dataset.revision,
            value=dataset.revision,
            key=state.key("data", f"export-revision:{dataset.id}:{dataset.revision}"),
            help="The labels as they were then; the newest unless changed.",
        )
    neutralise = carries.tables and st.checkbox(
        "For a spreadsheet: keep it from taking names for formulas",
        key=state.key("data", "export-neutralise"),
        help="Cells that begin with = + - @ get an apostrophe before them; Errata takes it off again.",
    )
    pictures = carries.pictures and st.checkbox(
        "With the images", key=state.key("data", "export-pictures"), help="Otherwise the annotations alone."
    )
    return ExportAsked(
        format,
        revision=None if revision == dataset.revision else int(revision),
        search=text.strip(),
        run_id=ctx.run.id if ctx.run and text.strip() else None,
        neutralise=bool(neutralise),
        pictures=bool(pictures),
    )


def _outcome(ctx: Context, job_id: int) -> None:
    job = jobs.get(ctx.store, ctx.actor, job_id)
    if not job.state.ended:
        working.follow(ctx, job_id)
        return
    found = export_jobs.ready(ctx.store, ctx.settings, ctx.actor, job_id)
    if found is None:
        if job.state is JobState.FAILED:
            st.error(theme.plain(job.message))
        else:
            st.info("The export was stopped, or its file is gone.")
        if st.button("Try again", key=state.key("data", "export-again")):
            state.forget(_JOB)
            st.rerun()
        return
    for loss in found.losses:
        st.warning(theme.plain(loss), icon=":material/info:")
    if not found.losses:
        st.caption("The format carries everything that is known of these labels.")
    st.link_button(
        f"Download {theme.size(found.bytes)}",
        exports.address(job_id, export_jobs.folder_name(job)),
        type="primary",
    )
    st.caption(f"{theme.counted(found.images, 'image')} in “{theme.plain(found.file.name)}”.")
