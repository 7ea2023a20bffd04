"""Where the images are and how their labels are written: a form that keeps what was typed until it is right."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.data.importers import IMPORTERS
from core.data.sources import is_url, shown
from core.services.importing import ImportRequest
from db.records import Job
from pages.http.upload import path_of
from pages.ui import state, theme
from pages.ui.dataset import layouts
from pages.ui.header import Context
from pages.ui.upload import upload

_FOLDER, _ARCHIVE = "A folder, file or URL", "Upload an archive"
_PLACE, _PATH, _FORMAT, _INTO = (state.key("data", name) for name in ("place", "path", "format", "into"))
_LAST = state.key("data", "last-source")


def draw(ctx: Context) -> ImportRequest | None:
    """Draw the form; returns what to look at in the run in which that was asked for."""
    _fill()
    place = st.segmented_control(
        "Source", [_FOLDER, _ARCHIVE], key=_PLACE, label_visibility="collapsed", required=True
    )
    path, file = _upload(ctx) if place == _ARCHIVE else (_typed(), "")
    into = _into(ctx)
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
            "Drop an archive above first."
            if place == _ARCHIVE
            else "Give the path of a folder or file, or a URL, first."
        )
    layouts.draw()
    if not wanted or path is None:
        return None
    return ImportRequest(
        source=path,
        name=_name(file or path),
        format=format,
        upload=place == _ARCHIVE,
        file=file,
        into=into,
    )


def remember(request: ImportRequest) -> None:
    """Keep a source for the form: what was wrong with it is corrected there, not typed again."""
    state.put(_LAST, request)


def address(request: ImportRequest) -> dict[str, str]:
    """What the page's address says of a source, so that its form survives a reload too."""
    if not request.upload or isinstance(request.source, str):
        return {}
    return {"upload": request.source.name, "file": request.file}


def called(request: ImportRequest) -> str:
    """A source as the reader knows it: the path, the URL, or the upload's own name."""
    return request.file or f"{request.name}.zip" if request.upload else request.called


def reason(job: Job) -> str:
    """Why a look or an import failed; an upload is called by its own name, not by ours on the disk."""
    request = ImportRequest.from_params(job.params)
    if not request.upload or isinstance(request.source, str):
        return job.message
    name = f"“{called(request)}”"
    return job.message.replace(request.source.name, name).replace("The uploaded archive", name)


def _fill() -> None:
    """What the form shows at first: the last source, else an upload that the address names, else nothing."""
    last: ImportRequest | None = state.get(_LAST)
    uploaded = bool(st.query_params.get("upload"))
    if last is not None and not last.upload:
        first: dict[str, Any] = {_PLACE: _FOLDER, _PATH: str(last.source), _FORMAT: last.format}
    else:
        first = {_PLACE: _ARCHIVE if uploaded else _FOLDER, _FORMAT: last.format if last else "auto"}
    for key, value in {**first, _INTO: _asked_into(last)}.items():
        # Streamlit forgets what a form held once a run did not draw it.
        if state.get(key) is None:
            state.put(key, value)


def _asked_into(last: ImportRequest | None) -> bool:
    """Whether the form begins with importing once more into the data set that is looked at."""
    return "into" in st.query_params or (last is not None and last.into is not None)


def _into(ctx: Context) -> int | None:
    """The data set that is looked at, if the source is to be added to it."""
    if ctx.dataset is None:
        return None
    name = theme.plain(ctx.dataset.name)
    chosen = st.segmented_control(
        "Becomes",
        [False, True],
        key=_INTO,
        format_func=lambda once_more: f"Add to “{name}”" if once_more else "A new data set",
        help="Added to a data set, pictures are found again by their content: what is new comes in as one "
        "revision, and what a person has verified stays.",
        required=True,
    )
    return ctx.dataset.id if chosen else None


def _typed() -> Path | str | None:
    text = st.text_input(
        "Path or URL",
        key=_PATH,
        placeholder="/home/you/photos, a zip, a CSV file that names them, or s3://bucket/photos",
        help="A folder stays where it is; Errata reads it and keeps thumbnails. What a URL names is copied here.",
    ).strip()
    if not text:
        return None
    if is_url(text):
        return text
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


def _name(source: Path | str) -> str:
    """What a data set of that source is called at first."""
    if isinstance(source, Path):
        return source.stem if source.is_file() else source.name
    last = shown(source).rstrip("/").rpartition("/")[2]
    return last.split(".")[0].strip() or "upload"
