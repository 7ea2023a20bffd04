"""A text file from outside is read whole if it is a regular file of a size that text has, or not at all."""

from pathlib import Path

from core.data import disk
from core.errors import BadInput

MOST_BYTES = 256 * 1024**2  # of a table: a million images with some dozen labels each
MOST_LABEL_BYTES = 64 * 1024**2  # of one label's image numbers: about eight million


class BadFile(BadInput):
    """A file that is not read; `reason` is the sentence without the file's name."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.reason = reason


def content(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The bytes of a file. Raises BadFile when it is missing, not regular, too large or not readable."""
    try:
        if not path.exists():
            raise BadFile(path.name, f"There is no file {path}: check the path.")
        if not path.is_file():  # A named pipe would be waited for without end, a device has none.
            raise BadFile(path.name, "It is not a regular file: give a file that holds text.")
        with open(path, "rb") as file:
            data = file.read(most_bytes + 1)  # The system may know no size: that of /proc's files is 0.
        size = max(len(data), path.stat().st_size)
    except OSError as error:
        raise BadFile(path.name, f"It cannot be read ({error.strerror}): check its permissions.") from error
    if size > most_bytes:
        reason = f"It has {disk.size(size)}; such a file may have {disk.size(most_bytes)}: split it."
        raise BadFile(path.name, reason)
    return data
