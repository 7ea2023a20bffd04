"""Files that appear whole or not at all, and never in the place of something else unasked."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from core import files, output
from core.data import disk


@contextlib.contextmanager
def new_file(out: Path, need_bytes: int, *, force: bool) -> Iterator[Path]:
    """Yield a draft beside out; it takes out's place when the block ends well. A device or pipe gets its content.

    Raises BadInput when out exists and `force` is not given, or is a folder, cannot be written, or the disk is
    full.
    """
    output.check(out, force=force)
    if output.is_stream(out):
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / "draft"
            yield draft
            with draft.open("rb") as made, output.stream(out) as into:
                shutil.copyfileobj(made, into)
        return
    place = output.real(out)
    with _draft_folder(place.parent, need_bytes) as drafts:
        draft = drafts / place.name
        yield draft
        with draft.open("rb") as made:
            os.fsync(made.fileno())
        if force:
            draft.replace(place)
        else:
            _link_or_rename(draft, place, out)
        files.keep_folder(place.parent)


def _link_or_rename(draft: Path, place: Path, out: Path) -> None:
    try:  # A link, unlike a rename, fails when someone else has made the file meanwhile.
        os.link(draft, place)
    except FileExistsError:
        output.check(out, force=False)
        raise
    except OSError:  # A file system without hard links.
        draft.rename(place)


@contextlib.contextmanager
def new_folder(out: Path, need_bytes: int, *, force: bool) -> Iterator[Path]:
    """Yield an empty draft folder beside out; it takes out's place when the block ends well.

    Raises BadInput as `new_file` does; a folder that is not empty is replaced with `force` only.
    """
    output.check_folder(out, force=force)
    place = output.real(out)
    with _draft_folder(place.parent, need_bytes) as drafts:
        draft = drafts / "new"
        draft.mkdir()
        yield draft
        if place.exists():
            place.rename(drafts / "old")  # Removed with the drafts, after the new one stands.
        draft.rename(place)
        files.keep_folder(place.parent)


@contextlib.contextmanager
def folder(out: Path) -> Iterator[None]:
    """Make the folder that an export puts a file or folder into; removed again when that fails and it is new.

    Raises BadInput when out is a file, or cannot be made.
    """
    output.check_folder(out, force=True)
    new = not out.exists()
    with output.writing(out):
        out.mkdir(exist_ok=True)
    try:
        yield
    except BaseException:
        if new:
            with contextlib.suppress(OSError):
                out.rmdir()
        raise


@contextlib.contextmanager
def _draft_folder(parent: Path, need_bytes: int) -> Iterator[Path]:
    with output.writing(parent):
        disk.require(parent, need_bytes)
        drafts = Path(tempfile.mkdtemp(prefix=".errata-export-", dir=parent))
    try:
        with disk.watched(lambda: need_bytes):
            yield drafts
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
