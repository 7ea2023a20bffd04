"""Where the images are and how their labels are written: a form that keeps what was typed until it is right."""

from pathlib import Path

import streamlit as st

from core.data.importers import IMPORTERS
from core.services.importing import ImportRequest
from db.records import Job
from pages.http.upload import path_of
from pages.ui import state, theme
from pages.ui.dataset import layouts
from pages.ui.header import Context
from pages.ui.upload import upload

_FOLDER, _ARCHIVE = "A folder or file on this machine", "Upload a zip"
_PLACE, _PATH, _FORMAT = (state.key("data", name) for name in ("place", "path", "format"))
_LAST = state.key("data", "last-source")


def draw(ctx: Context) -> ImportRequest | None:
    """Draw the form; returns what to look at in the run in which that was asked for."""
    _fill()
    place = st.segmented_control(
        "Source", [_FOLDER, _ARCHIVE], key=_PLACE, label_visibility="collapsed", required=True
    )
    path, file = _upload(ctx) if place == _ARCHIVE else (_path(), "")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        format = st.selectbox(
            "Format",
            ["auto", *IMPORTERS],
            key=_FORMAT,
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
    if wanted and path is None and (place == _ARCHIVE or not state.get(_PATH)):
        st.warning(
            "Drop a zip above first."
            if place == _ARCHIVE
            else "Give the path of a folder, zip or CSV file first."
        )
    layouts.draw()
    if not wanted or path is None:
        return None
    name = _name(file) if file else path.stem if path.is_file() else path.name
    return ImportRequest(source=path, name=name, format=format, upload=place == _ARCHIVE, file=file)


def remember(request: ImportRequest) -> None:
    """Keep a source for the form: what was wrong with it is corrected there, not typed again."""
    state.put(_LAST, request)


def address(request: ImportRequest) -> dict[str, str]:
    """What the page's address says of a source, so that its form survives a reload too."""
    return {"upload": request.source.name, "file": request.file} if request.upload else {}


def called(request: ImportRequest) -> str:
    """A source as the reader knows it: the path, or the upload's own name."""
    return request.file or f"{request.name}.zip" if request.upload else str(request.source)


def reason(job: Job) -> str:
    """Why a look or an import failed; an upload is called by its own name, not by ours on the disk."""
    request = ImportRequest.from_params(job.params)
    if not request.upload:
        return job.message
    name = f"“{called(request)}”"
    return job.message.replace(request.source.name, name).replace("The uploaded archive", name)


def _fill() -> None:
    """What the form shows at first: the last source, else an upload that the address names, else nothing."""
    last: ImportRequest | None = state.get(_LAST)
    uploaded = bool(st.query_params.get("upload"))
    if last is not None and not last.upload:
        first = {_PLACE: _FOLDER, _PATH: str(last.source), _FORMAT: last.format}
    else:
        first = {_PLACE: _ARCHIVE if uploaded else _FOLDER, _FORMAT: last.format if last else "auto"}
    for key, value in first.items():
        # Streamlit forgets what a form held once a run did not draw it.
        if state.get(key) is None:
            state.put(key, value)


def _path() -> Path | None:
    text = st.text_input(
        "Path",
        key=_PATH,
        placeholder="/home/you/photos, or the zip or CSV file that names them",
        help="A folder stays where it is; Errata reads it and keeps thumbnails.",
    ).strip()
    if not text:
        return None
    path = Path(text).expanduser()
    if not path.is_absolute():
        st.warning("Give the whole path, from / on: which folder it starts from is not known here.")
        return None
    return path


def _upload(ctx: Context) -> tuple[Path | None, str]:
    """The upload that the address names, if it lies here, else the place to drop one; and its own name."""
    arrived = upload(state.key("data", "upload"), token=ctx.token, most_mb=ctx.settings.max_upload_mb)
    if arrived is not None:
        st.query_params.update({"view": "import", "upload": arrived.id, "file": arrived.name})
        if st.query_params.pop("job", None):
            st.rerun()  # what was wrong with another source is no longer said
    named = st.query_params.get("upload", "")
    path = path_of(ctx.settings, named) if named else None
    if path is None:
        return None, ""
    name = st.query_params.get("file", "") or path.name
    st.caption(f"Ready: {theme.plain(name)}, {theme.size(path.stat().st_size)}.")
    return path, name


def _name(file: str) -> str:
    return file.split(".")[0].strip() or "upload"
