"""Where `--out` writes: a file whole or not at all and never in another's place unasked; a device or pipe straight."""

import os
import sys
from pathlib import Path

from core.errors import BadInput
from core.files import write_whole

_STDOUT = Path("/dev/stdout")


def check(out: Path, *, force: bool) -> None:
    """Raises BadInput where `write` would; asked before long work, so that it is not done in vain."""
    if out == _STDOUT:
        return
    if out.is_dir():
        raise BadInput(f"{out} is a folder: give the path of the file to write.")
    if not _real(out).parent.is_dir():
        raise BadInput(f"There is no folder {_real(out).parent}: make it first, or choose another place.")
    if out.is_file() and not force:
        raise BadInput(f"{out} exists already: choose another name, or let --force replace it.")


def write(out: Path, content: bytes, *, force: bool) -> None:
    """Write a file; what stands there already is replaced with `force` only.

    Raises BadInput for a folder, a file that is in the way, and a folder that is not there.
    """
    check(out, force=force)
    if out == _STDOUT:
        # The very stream: opened anew, it would begin where a redirected file begins, over what is printed.
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    elif out.exists() and not out.is_file():
        # In the place of a device or a pipe, a file of that name would be of no use to who waits there.
        with out.open("wb") as stream:
            stream.write(content)
    else:
        write_whole(_real(out), lambda file: file.write(content))


def _real(out: Path) -> Path:
    """What a link leads to is replaced, not the link."""
    return Path(os.path.realpath(out))
