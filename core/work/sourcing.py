"""Where a source lies while it is imported: unpacked or fetched once, kept by its data set, or thrown away."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.data import archive, importers, sources
from core.data.importers import FILE_ENDINGS, Parsed, Problem
from core.data.importers.names import short
from core.errors import BadInput
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import Progress

CONTENT = "content"  # the folder of a whole unpacked archive, beside nothing else
_LEAVING = "leaving"  # the same on its way into a data set


@dataclass(frozen=True)
class Here:
    """A source on this machine."""

    path: Path
    """The folder or table to read."""
    own: Path | None = None
    """The folder around it that is ours, made for this; None: it is the reader's own, and stays where it is."""
    problems: tuple[Problem, ...] = ()
    """What did not arrive."""


def is_packed(request: ImportRequest) -> bool:
    """True for a file that is no table: it is taken for an archive."""
    source = request.source
    return isinstance(source, Path) and source.is_file() and source.suffix.lower() not in FILE_ENDINGS


def place(settings: Settings, request: ImportRequest) -> Path:
    """The folder that an archive is unpacked to, or a URL fetched to: one for each, so it is done once.

    Raises OSError when the archive is gone.
    """
    if isinstance(request.source, str):
        return settings.uploads_dir / f"fetched-{uuid.uuid5(uuid.NAMESPACE_URL, request.source).hex}"
    facts = request.source.stat()
    name = uuid.uuid5(
        uuid.NAMESPACE_URL, f"{request.source.resolve()}|{facts.st_size}|{facts.st_mtime_ns}"
    ).hex
    return settings.uploads_dir / f"unpacked-{name}"


def bring(settings: Settings, request: ImportRequest, progress: Progress, own: Path | None = None) -> Here:
    """The source on this machine; an archive is unpacked, a URL fetched, unless that was done before.

    own: the folder to do it in; None: the usual one. Raises BadInput, Refused.
    """
    if isinstance(request.source, str):
        into = own or place(settings, request)
        found = sources.fetch(request.source, into, progress, allow=request.allowed)
        return Here(found.source, into, found.problems)
    if not is_packed(request):
        return Here(request.source)
    into = own or place(settings, request)
    done = into / CONTENT
    if not done.exists():
        progress(0.0, "unpacking")
        shutil.rmtree(into, ignore_errors=True)
        archive.extract(request.source, into / "half", called=_called(request))
        (into / "half").rename(done)  # a killed child leaves "half", which is thrown away
    return Here(archive.root_of(done), into)


@contextmanager
def brought_aside(settings: Settings, request: ImportRequest, progress: Progress) -> Iterator[Here]:
    """The source for a look that no import follows: what had to be unpacked or fetched is removed again."""
    if isinstance(request.source, Path) and not is_packed(request):
        yield Here(request.source)
        return
    settings.uploads_dir.mkdir(parents=True, exist_ok=True)
    # Not the place of an import's: one of the same source may be at work there.
    with tempfile.TemporaryDirectory(dir=settings.uploads_dir, prefix="unpacked-") as own:
        yield bring(settings, request, progress, Path(own) / "own")


def parsed(request: ImportRequest, here: Here) -> Parsed:
    """The annotations of the source. Raises BadInput, naming the source rather than where it lies here."""
    try:
        return importers.parse(here.path, request.format)
    except BadInput as error:
        if here.own is None:
            raise
        inside = "" if here.path.name == CONTENT or here.path.parent == here.own else here.path.name
        where = f"{_called(request)} (folder {short(inside)})" if inside else _called(request)
        raise BadInput(str(error).replace(str(here.path), where)) from error


def _called(request: ImportRequest) -> str:
    """The source as a sentence begins with it: an upload lies here under a name of our own, which says nothing."""
    if isinstance(request.source, str):
        return request.called
    if not request.upload:
        return request.source.name
    return short(request.file, 80)[1:-1] if request.file else "The uploaded archive"


def keep_all(here: Here, root: Path, kept: Path) -> Path:
    """Move a source of ours to `kept`, for good; returns where its root is then. The reader's own stays."""
    if here.own is None:
        return root.resolve()
    leaving, inside = _leave(here.own, root)
    shutil.move(leaving, kept)
    os.sync()  # one call for all the pictures: the upload that they came in is deleted next
    return (kept / inside).resolve()


def keep_some(here: Here, root: Path, keys: list[str], kept: Path) -> Path:
    """Move some files of a source of ours to `kept`, for good; returns the root of their keys."""
    if here.own is None:
        return root.resolve()
    leaving, inside = _leave(here.own, root)
    for key in keys:
        target = kept / key
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(leaving / inside / key, target)
    os.sync()
    return kept.resolve()


def _leave(own: Path, root: Path) -> tuple[Path, Path]:
    """Rename what holds the root; returns it, and the root's place in it.

    Between two disks a move copies and then deletes: killed in it, half a content would pass for a whole one.
    """
    inside = root.relative_to(own).parts
    shutil.rmtree(own / _LEAVING, ignore_errors=True)  # of an import that was killed here
    leaving = (own / inside[0]).rename(own / _LEAVING)
    return leaving, Path(*inside[1:])


def originals(token: str) -> str:
    """The folder within a data set's for the originals that an import of that name brought later."""
    return f"originals-{token}"


def discard(settings: Settings, request: ImportRequest) -> None:
    """Remove what an archive was unpacked to."""
    if is_packed(request):
        shutil.rmtree(place(settings, request), ignore_errors=True)


def discard_all(settings: Settings, request: ImportRequest) -> None:
    """Remove what came here for an import that is stored: an upload, what was fetched."""
    if isinstance(request.source, str):
        shutil.rmtree(place(settings, request), ignore_errors=True)
    elif request.upload and request.source.is_relative_to(settings.uploads_dir):
        request.source.unlink(missing_ok=True)
