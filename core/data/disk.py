"""What is said when a disk is full, before and while writing."""

import contextlib
import errno
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from core.errors import BadInput


def require(folder: Path, need_bytes: int) -> None:
    """Raise BadInput when the disk of folder has less room than needed."""
    free = shutil.disk_usage(folder).free
    if free < need_bytes:
        raise BadInput(_sentence(need_bytes - free))


@contextlib.contextmanager
def watched(need_bytes: Callable[[], int]) -> Iterator[None]:
    """Turn the system's "no space left" into BadInput; `need_bytes` says what was still to be written."""
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise BadInput(_sentence(need_bytes())) from error


def is_full(error: BaseException) -> bool:
    """True for an error of the system that says so; also for a quota, and a limit on the size of files."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def size(count: int) -> str:
    """Bytes in the unit that people read."""
    value = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def _sentence(need_bytes: int) -> str:
    return f"The disk is full: needs about {size(max(need_bytes, 1))} more. Free some space and try again."
