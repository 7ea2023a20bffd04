"""Where `--out` writes: a file whole or not at all and never in another's place unasked; a device or pipe straight."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.data import disk
from core.errors import BadInput
from core.files import write_whole

_STDOUT = Path("/dev/stdout")


def check(out: Path, *, force: bool) -> None:
    """Raises BadInput where writing this file would; asked before long work, so that it is not done in vain."""
    if out == _STDOUT:
        return
    if out.is_dir():
        raise BadInput(f"{out} is a folder: give the path of the file to write.")
    _check_parent(real(out))
    if out.is_file() and not force:
        raise BadInput(f"{out} exists already: choose another name, or let --force replace it.")


def check_folder(out: Path, *, force: bool) -> None:
    """Raises BadInput where writing files into this folder, which is made if need be, would fail."""
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file: give the path of a folder.")
    if not out.exists():
        _check_parent(real(out))
    elif any(out.iterdir()) and not force:
        raise BadInput(
            f"{out} is not empty: choose another folder, or let --force replace what is in the way."
        )


def check_empty(out: Path) -> None:
    """Raises BadInput unless a whole new folder can be made there: what is in one is never replaced."""
    check_folder(out, force=True)
    if out.exists() and any(out.iterdir()):
        raise BadInput(f"{out} is not empty: a folder with images is made anew, choose another place.")


def write(out: Path, content: bytes, *, force: bool) -> None:
    """Write a file; what stands there already is replaced with `force` only.

    Raises BadInput for a folder, a file that is in the way, a folder that is not there or closed to us, and a
    full disk.
    """
    check(out, force=force)
    if is_stream(out):
        with stream(out) as into:
            into.write(content)
        return
    with writing(out.parent), disk.watched(lambda: len(content)):
        write_whole(real(out), lambda file: file.write(content))


def real(out: Path) -> Path:
    """What a link leads to is replaced, not the link."""
    return Path(os.path.realpath(out))


def is_stream(out: Path) -> bool:
    """True for a device or a pipe: a file in its place would be of no use to who waits there."""
    return out == _STDOUT or (out.exists() and not out.is_file() and not out.is_dir())


@contextlib.contextmanager
def stream(out: Path) -> Iterator[BinaryIO]:
    """A device or pipe, open for writing; ours to close, but for the output itself."""
    if out != _STDOUT:
        with out.open("wb") as file:
            yield file
        return
    # The very stream: opened anew, it would begin where a redirected file begins, over what is printed.
    sys.stdout.flush()
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn the system's refusal to write into a folder into BadInput; a full disk is told elsewhere."""
    try:
        yield
    except OSError as error:
        if disk.is_full(error):
            raise
        raise BadInput(
            f"{folder} cannot be written to ({error.strerror}): choose another place, or mend its rights."
        ) from error


def _check_parent(out: Path) -> None:
    if not out.parent.is_dir():
        raise BadInput(f"There is no folder {out.parent}: make it first, or choose another place.")
