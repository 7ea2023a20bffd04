"""What can be done with a run that is there: rename it, keep its model as a file, delete it."""

import io
import zipfile
from functools import partial

import streamlit as st

from core.services import runs
from db.records import Run
from pages.ui import danger, state, theme, trouble
from pages.ui.header import Context

_DELETING = state.key("train", "deleting")


def draw(ctx: Context, run: Run) -> None:
    """A small menu, and the question before a run is deleted."""
    with st.container(horizontal=True, horizontal_alignment="right"), st.popover(f"Manage run {run.id}"):
        _rename(ctx, run)
        _model(ctx, run)
        if st.button("Delete this run …", key=state.key("train", "delete")):
            state.put(_DELETING, run.id)
    # Remembered, so that a page that runs again meanwhile does not close the question.
    if state.get(_DELETING) == run.id:
        _delete(ctx, run)


def _rename(ctx: Context, run: Run) -> None:
    name = st.text_input(
        "Name",
        value=run.name,
        key=state.key("train", f"rename:{run.id}"),
        max_chars=runs.LONGEST_NAME,
        placeholder="a word to know it by",
    )
    if st.button("Rename it", key=state.key("train", "rename"), disabled=name.strip() == run.name):
        with trouble.shown():
            runs.rename(ctx.store, ctx.actor, run.id, name)
            st.rerun()


def _model(ctx: Context, run: Run) -> None:
    files = runs.model_files(ctx.store, ctx.settings, ctx.actor, run.id)
    if not files or not run.state.ended:
        return
    st.download_button(
        f"Download the model, {theme.size(sum(path.stat().st_size for path in files))}",
        partial(packed, ctx, run),
        file_name=f"run {run.id} model.zip",
        mime="application/zip",
        on_click="ignore",
        key=state.key("train", "model"),
        help="Its weights (model.safetensors) and its settings and labels (model.json).",
    )


def packed(ctx: Context, run: Run) -> bytes:
    """The files of a run's network as a zip; weights do not shrink, so they are stored as they are."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as file:
        for path in runs.model_files(ctx.store, ctx.settings, ctx.actor, run.id):
            file.write(path, path.name)
    return data.getvalue()


def _keep() -> None:
    state.forget(_DELETING)


@st.dialog("Delete this run", on_dismiss=_keep)
def _delete(ctx: Context, run: Run) -> None:
    size = theme.size(runs.disk_bytes(ctx.store, ctx.settings, ctx.actor, run.id))
    name = f" “{theme.plain(run.name)}”" if run.name else ""
    st.markdown(
        f"**Run {run.id}**{name} goes: its model, scores, curves and errors by cause. This frees {size} and "
        "cannot be undone. The labels, and every correction of them, stay."
    )
    answer = danger.asked("train", "delete", f"Delete it and free {size}")
    if answer is False:
        _keep()
        st.rerun()
    if answer:
        with trouble.shown():
            freed = runs.delete(ctx.store, ctx.settings, ctx.actor, run.id)
            _keep()
            state.choose(run.dataset_id, None)
            st.toast(f"{theme.size(freed)} freed.")
            st.rerun()
