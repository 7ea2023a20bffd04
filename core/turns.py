"""Only one process at a time changes the files of a data set: an import that adds to them, or a repair."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import BadInput


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder of a data set; a process that is killed lets go of it. Raises BadInput."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise BadInput(
            f"The files of this data set are gone ({error.strerror}): `python -m core doctor --repair` makes "
            "them again from the images."
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BadInput(
            "Another import is adding to this data set, or a repair is at work on it: wait until it is done."
        ) from None
    finally:
        os.close(handle)
