"""What can be done with a data set: rename, export, delete, import another."""

import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import streamlit as st

from core.data.exporters import EXPORTERS
from core.services import datasets
from db.records import Dataset
from pages.ui import state, theme, trouble
from pages.ui.dataset import importing
from pages.ui.header import Context

_DELETING = state.key("data", "deleting")


def draw(ctx: Context, dataset: Dataset) -> None:
    """The row of actions."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(theme.plain(dataset.name), anchor=False)
        if st.button("Import another", key=state.key("data", "another")):
            importing.open_import()
            st.rerun()
        with st.popover("Rename"):
            _rename(ctx, dataset)
        with st.popover("Export"):
            _export(ctx, dataset)
        if st.button("Delete", key=state.key("data", "delete")):
            state.put(_DELETING, dataset.id)
    # Remembered, so that a page that runs again meanwhile does not close the question.
    if state.get(_DELETING) == dataset.id:
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


def _export(ctx: Context, dataset: Dataset) -> None:
    """The newest labels as a file to keep; written when asked for."""
    format = st.selectbox(
        "Format",
        list(EXPORTERS),
        index=list(EXPORTERS).index("csv"),
        format_func=lambda word: f"{word}: {EXPORTERS[word].title}",
        key=state.key("data", "export-format"),
    )
    place = state.key("data", f"export:{dataset.id}:{dataset.revision}:{format}")
    if st.button("Write it", key=state.key("data", "export")):
        with trouble.shown():
            state.put(place, exported(ctx, dataset, format))
    ready = state.get(place)
    if ready is not None:
        name, data, notes = ready
        st.download_button(f"Download {theme.size(len(data))}", data, file_name=name, on_click="ignore")
        for note in notes:
            st.caption(theme.plain(note))


def exported(ctx: Context, dataset: Dataset, format: str) -> tuple[str, bytes, list[str]]:
    """(file name, content, what the format could not carry) of the newest labels. Raises BadInput."""
    folder = Path(tempfile.mkdtemp(prefix="export-", dir=ctx.settings.home))
    try:
        out = folder / ("labels.csv" if format == "csv" else "labels")
        notes = datasets.export(ctx.store, ctx.settings, ctx.actor, dataset.id, format, out)
        stem = "".join(char if char.isalnum() or char in "-_ " else "_" for char in dataset.name)[:60]
        name = f"{stem} revision {dataset.revision}"
        if out.is_file():
            return f"{name}{out.suffix}", out.read_bytes(), notes
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted(out.rglob("*")):
                file.write(path, path.relative_to(out))
        return f"{name}.zip", packed.getvalue(), notes
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keep() -> None:
    state.forget(_DELETING)


@st.dialog("Delete this data set", on_dismiss=_keep)
def _delete(ctx: Context, dataset: Dataset) -> None:
    size = theme.size(datasets.disk_bytes(ctx.store, ctx.settings, ctx.actor, dataset.id))
    st.markdown(
        f"**{theme.plain(dataset.name)}**: {theme.counted(dataset.images, 'image')}, its runs, its corrections and "
        f"their history. This frees {size} and cannot be undone."
    )
    st.caption(_originals(ctx, dataset))
    if st.button(f"Delete it and free {size}", type="primary", key=state.key("data", "delete-now")):
        with trouble.shown():
            freed = datasets.delete(ctx.store, ctx.settings, ctx.actor, dataset.id)
            _keep()
            state.choose(None, None)
            st.toast(f"{theme.size(freed)} freed.")
            st.rerun()


def _originals(ctx: Context, dataset: Dataset) -> str:
    if Path(dataset.root).is_relative_to(ctx.settings.datasets_dir):
        return "The pictures came in an archive and lie with the data set: they are deleted too."
    return f"The pictures themselves stay in {theme.plain(dataset.root)}."
