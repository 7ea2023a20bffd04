"""What can be done with a data set: rename, export, delete, import another."""

from pathlib import Path

import streamlit as st

from core import naming
from core.services import datasets
from db.records import Dataset
from pages.ui import danger, state, theme, trouble
from pages.ui.dataset import handing_back, importing
from pages.ui.header import Context

_OPEN = state.key("data", "open")  # which dialog, of which data set
_EXPORTING, _DELETING = "export", "delete"


def draw(ctx: Context, dataset: Dataset) -> None:
    """The row of actions."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(theme.plain(dataset.name), anchor=False)
        if st.button(
            "Import",
            key=state.key("data", "another"),
            help="More images for this data set, or another data set.",
        ):
            importing.open_import()
            st.rerun()
        with st.popover("Rename"):
            _rename(ctx, dataset)
        if st.button("Export", key=state.key("data", "export")):
            state.put(_OPEN, (_EXPORTING, dataset.id))
        if st.button("Delete", key=state.key("data", "delete")):
            state.put(_OPEN, (_DELETING, dataset.id))
    # Remembered, so that a page that runs again meanwhile does not close the dialog.
    if state.get(_OPEN) == (_EXPORTING, dataset.id):
        _export(ctx, dataset)
    if state.get(_OPEN) == (_DELETING, dataset.id):
        _delete(ctx, dataset)


def _rename(ctx: Context, dataset: Dataset) -> None:
    name = st.text_input(
        "Name",
        value=dataset.name,
        key=state.key("data", f"rename:{dataset.id}"),
        max_chars=naming.LONGEST_NAME,
    )
    if st.button(
        "Rename it", key=state.key("data", "rename"), disabled=not name.strip() or name == dataset.name
    ):
        with trouble.shown():
            datasets.rename(ctx.store, ctx.actor, dataset.id, name)
            st.rerun()


def _close() -> None:
    state.forget(_OPEN)


@st.dialog("Export the labels", width="large", on_dismiss=_close)
def _export(ctx: Context, dataset: Dataset) -> None:
    """The labels as one file to keep, of all images or some."""
    handing_back.draw(ctx, dataset)


@st.dialog("Delete this data set", on_dismiss=_close)
def _delete(ctx: Context, dataset: Dataset) -> None:
    size = theme.size(datasets.disk_bytes(ctx.store, ctx.settings, ctx.actor, dataset.id))
    its_runs, corrected = datasets.belongings(ctx.store, ctx.actor, dataset.id)
    st.markdown(
        f"**{theme.plain(dataset.name)}** goes: {theme.counted(dataset.images, 'image')}, "
        f"{theme.counted(its_runs, 'run')}, {theme.counted(corrected, 'corrected or verified label')} and the "
        f"history. This frees {size} and cannot be undone."
    )
    if corrected:
        st.caption("Export the format changes first to keep the corrections.")
    st.caption(_originals(ctx, dataset))
    answer = danger.asked("data", "delete", f"Delete it and free {size}")
    if answer is False:
        _close()
        st.rerun()
    if answer:
        with trouble.shown():
            freed = datasets.delete(ctx.store, ctx.settings, ctx.actor, dataset.id)
            _close()
            state.choose(None, None)
            st.toast(f"{theme.size(freed)} freed.")
            st.rerun()


def _originals(ctx: Context, dataset: Dataset) -> str:
    if Path(dataset.root).is_relative_to(ctx.settings.datasets_dir):
        return "The pictures came in an archive and lie with the data set: they are deleted too."
    return f"The pictures themselves stay in {theme.plain(dataset.root)}."
