"""A text file from outside is read if it is a regular file of a size that text has; a line without end is left out."""

import codecs
import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from core.data import disk
from core.errors import BadInput

MOST_BYTES = 256 * 1024**2  # of a file that is held as a whole: a list of millions of images
MOST_STREAMED_BYTES = 4 * 1024**3  # of a file that is read piece by piece and never held
MOST_LABEL_BYTES = 512 * 1024**2  # of a list of images: some sixty million numbers
MOST_LINE_CHARS = 1 << 20
_PIECE = 1 << 20


class BadFile(BadInput):
    """A file that is not read; `reason` is the sentence without the file's name."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.reason = reason


def content(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The bytes of a file. Raises BadFile when it is missing, not regular, too large or not readable."""
    with _told(path):
        _check(path, most_bytes)
        with open(path, "rb") as file:
            data = file.read(most_bytes + 1)  # The system may know no size: that of /proc's files is 0.
        _check_size(path, max(len(data), path.stat().st_size), most_bytes)
    return data


@contextlib.contextmanager
def opened(path: Path, most_bytes: int) -> Iterator[BinaryIO]:
    """The file to be read piece by piece. Raises BadFile as `content` does, also for what goes wrong on the way."""
    with _told(path):
        _check(path, most_bytes)
        with open(path, "rb") as file:
            yield file


@contextlib.contextmanager
def streamed(path: Path, most_bytes: int = MOST_STREAMED_BYTES) -> Iterator[TextIO]:
    """The text of a file to be read piece by piece; its encoding is found as that of a table is.

    Raises BadFile as `content` does, also for what goes wrong while it is read.
    """
    with text(path, encoding(path, most_bytes)) as found:
        yield found


def encoding(path: Path, most_bytes: int = MOST_STREAMED_BYTES) -> str:
    """The encoding of a file by all of its bytes. Raises BadFile as `content` does."""
    with opened(path, most_bytes) as file:
        return encoding_of(iter(lambda: file.read(_PIECE), b""))


@contextlib.contextmanager
def text(path: Path, encoding: str) -> Iterator[TextIO]:
    """The text of a file that was looked at before, ends of lines as they are. Raises BadFile when it is gone since."""
    with _told(path), open(path, encoding=encoding, errors="replace", newline="") as found:
        yield found


def lines(
    path: Path, left_out: Callable[[int, str], object], most_bytes: int = MOST_LABEL_BYTES
) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers, ends taken away.

    `left_out(number, reason)` is told of a line of a million characters, which is not held. Raises BadFile as
    `streamed` does.
    """
    with streamed(path, most_bytes) as text:
        for number, line in enumerate(bounded(text, MOST_LINE_CHARS), 1):
            if line is None:
                left_out(number, too_long(MOST_LINE_CHARS))
            else:
                yield number, line.rstrip("\r\n")


def bounded(text: TextIO, most_chars: int, most_passed_chars: int | None = None) -> Iterator[str | None]:
    """The lines with their ends; None for one that has as many characters or more, of which no more are held.

    The text is one whose ends are not translated (newline=""). most_passed_chars: after as many of one line that
    are passed over, nothing follows; None: however many there are.
    """
    begun = ""
    while line := begun + text.readline(most_chars - len(begun)):
        begun = ""
        if len(line) < most_chars:
            yield line
            continue
        yield None  # Before the rest of it is read: who looks at a head only goes no further.
        piece, passed = line, 0
        while piece and piece[-1] not in "\r\n":
            piece = text.readline(_PIECE)
            passed += len(piece)
            if most_passed_chars is not None and passed > most_passed_chars:
                return
        cut = piece.endswith("\r") and len(piece) in (most_chars, _PIECE)
        if cut and (begun := text.read(1)) == "\n":  # the two characters of one end, in two pieces
            begun = ""
        while begun == "\r":  # an empty line
            after = text.read(1)
            yield "\r\n" if after == "\n" else "\r"
            begun = "" if after == "\n" else after


def too_long(most_chars: int) -> str:
    """What is said of a line or value that is left out for its length."""
    return f"It has more than {most_chars:,} characters; left out."


def encoding_of(pieces: Iterable[bytes]) -> str:
    """UTF-16 by its mark, UTF-8 where all of it is, else Windows-1252; what ends within a character is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at, piece in enumerate(pieces):
            if not at and piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            decoder.decode(piece)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def encoding_of_bytes(data: bytes) -> str:
    """The same of bytes in memory; as text a large table would take several times its size."""
    return encoding_of(data[at : at + _PIECE] for at in range(0, len(data), _PIECE))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise BadFile(path.name, f"It cannot be read ({reason}): check its permissions.") from error


def _check(path: Path, most_bytes: int) -> None:
    if not path.exists():
        raise BadFile(path.name, f"There is no file {path}: check the path.")
    if not path.is_file():  # A named pipe would be waited for without end, a device has none.
        raise BadFile(path.name, "It is not a regular file: give a file that holds text.")
    _check_size(path, path.stat().st_size, most_bytes)


def _check_size(path: Path, size: int, most_bytes: int) -> None:
    if size > most_bytes:
        reason = f"It has {disk.size(size)}; such a file may have {disk.size(most_bytes)}: split it."
        raise BadFile(path.name, reason)
