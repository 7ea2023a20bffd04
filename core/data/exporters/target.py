"""Files that appear whole or not at all, and never in the place of something else unasked."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from core.data import disk
from core.errors import BadInput


@contextlib.contextmanager
def new_file(out: Path, need_bytes: int, *, force: bool) -> Iterator[Path]:
    """Yield a draft beside out; it takes out's place when the block ends well.

    Raises BadInput when out exists and `force` is not given, or is a folder, or the disk is full.
    """
    if out.is_dir():
        raise BadInput(f"{out} is a folder: give the path of the file to write.")
    if out.exists() and not force:
        raise BadInput(f"{out} exists already: choose another name, or force the export to replace it.")
    with _draft_folder(out.parent, need_bytes) as drafts:
        yield drafts / out.name
        if force:
            (drafts / out.name).replace(out)
            return
        try:  # A link, unlike a rename, fails when someone else has made the file meanwhile.
            os.link(drafts / out.name, out)
        except FileExistsError as error:
            raise BadInput(f"{out} exists already: choose another name.") from error
        except OSError:  # A file system without hard links.
            (drafts / out.name).rename(out)


@contextlib.contextmanager
def new_folder(out: Path, need_bytes: int, *, force: bool) -> Iterator[Path]:
    """Yield an empty draft folder beside out; it takes out's place when the block ends well."""
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file: give the path of a folder.")
    if out.is_dir() and any(out.iterdir()) and not force:
        raise BadInput(f"{out} is not empty: choose another folder, or force the export to replace it.")
    with _draft_folder(out.parent, need_bytes) as drafts:
        draft = drafts / "new"
        draft.mkdir()
        yield draft
        if out.exists():
            out.rename(drafts / "old")  # Removed with the drafts, after the new one stands.
        draft.rename(out)


@contextlib.contextmanager
def _draft_folder(parent: Path, need_bytes: int) -> Iterator[Path]:
    parent.mkdir(parents=True, exist_ok=True)
    drafts = Path(tempfile.mkdtemp(prefix=".errata-export-", dir=parent))
    try:
        with disk.watched(lambda: need_bytes):
            yield drafts
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
