"""What can be done with a data set: rename, export, delete, import another."""

import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import streamlit as st

from core.data.exporters import EXPORTERS
from core.services import datasets, exporting
from core.services.exporting import ExportRequest
from db.records import Dataset
from pages.ui import danger, state, theme, trouble
from pages.ui.dataset import importing
from pages.ui.header import Context

_OPEN = state.key("data", "open")  # which dialog, of which data set
_EXPORTING, _DELETING = "export", "delete"


def draw(ctx: Context, dataset: Dataset) -> None:
    """The row of actions."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(theme.plain(dataset.name), anchor=False)
        if st.button("Import another", key=state.key("data", "another")):
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
        "Name", value=dataset.name, key=state.key("data", f"rename:{dataset.id}"), max_chars=100
    )
    if st.button(
        "Rename it", key=state.key("data", "rename"), disabled=not name.strip() or name == dataset.name
    ):
        with trouble.shown():
            datasets.rename(ctx.store, ctx.actor, dataset.id, name)
            st.rerun()


def _close() -> None:
    state.forget(_OPEN)


@st.dialog("Export the labels", on_dismiss=_close)
def _export(ctx: Context, dataset: Dataset) -> None:
    """The newest labels as one file to keep."""
    format = st.radio(
        "Format",
        list(EXPORTERS),
        index=list(EXPORTERS).index("csv"),
        captions=[EXPORTERS[word].title for word in EXPORTERS],
        key=state.key("data", "export-format"),
        label_visibility="collapsed",
    )
    with trouble.shown():
        name, data, notes = exported(ctx, dataset, format)
        st.download_button(
            f"Download {theme.size(len(data))}", data, file_name=name, on_click="ignore", type="primary"
        )
        st.caption(f"Becomes “{theme.plain(name)}” in your browser's downloads.")
        for note in notes:
            st.caption(theme.plain(note))


def exported(ctx: Context, dataset: Dataset, format: str) -> tuple[str, bytes, list[str]]:
    """(file name, content, what the format could not carry) of the newest labels. Raises BadInput."""
    folder = Path(tempfile.mkdtemp(prefix="export-", dir=ctx.settings.home))
    try:
        out = folder / f"labels{EXPORTERS[format].suffix}"
        request = ExportRequest(format, out)
        notes = list(exporting.export(ctx.store, ctx.settings, ctx.actor, dataset.id, request))
        stem = "".join(char if char.isalnum() or char in "-_ " else "_" for char in dataset.name)[:60]
        what = " changes" if format == "changes" else ""
        name = f"{stem}{what} revision {dataset.revision}"
        if out.is_file():
            return f"{name}{out.suffix}", out.read_bytes(), notes
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted(out.rglob("*")):
                file.write(path, path.relative_to(out))
        return f"{name}.zip", packed.getvalue(), notes
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
