"""The image files under a root, found once and in one order."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.data.importers.names import storable
from core.data.importers.records import Problem
from core.errors import BadInput

_DECODED = ".jpg .jpeg .jpe .jfif .png .gif .bmp .tif .tiff .webp .ppm .pgm .pbm .pnm .avif .mpo"
_REFUSED = ".svg .heic .heif .psd"  # Listed so that such a file is reported instead of overlooked.
EXTENSIONS = frozenset(f"{_DECODED} {_REFUSED}".split(" "))
CLOSED = "unreadable folder"  # the kind of such a problem
IGNORED = frozenset(("__MACOSX", "Thumbs.db", "desktop.ini"))


@dataclass(frozen=True)
class Listing:
    """Keys in sorted order, the other files, and the names that cannot be stored."""

    keys: tuple[str, ...]
    others: tuple[str, ...]
    problems: tuple[Problem, ...]


def folder(root: Path) -> Path:
    """The root itself, checked. Raises BadInput when it is missing or not a folder."""
    if not root.exists():
        raise BadInput(f"{root} does not exist: check the path.")
    if not root.is_dir():
        raise BadInput(f"{root} is not a folder: give the folder that holds the images.")
    return root


def _unsaid(_problem: Problem) -> None:
    """Whoever only looks for a format does not tell what is wrong with the files."""


def files(root: Path, left_out: Callable[[Problem], object] = _unsaid) -> Iterator[str]:
    """Relative paths of all visible regular files under root, with forward slashes; linked folders count once.

    `left_out` is told what is no regular file, and which folders cannot be read. Raises BadInput when root
    itself cannot be.
    """
    seen: set[tuple[int, int]] = set()
    waiting = [(root, "")]  # A stack, not a recursion: folders may be thousands deep.
    while waiting:
        place, prefix = waiting.pop()
        try:
            status = place.stat()
            if (status.st_dev, status.st_ino) in seen:  # A link back to a folder above would never end.
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(place) as found:
                entries = sorted((entry for entry in found if visible(entry.name)), key=lambda e: e.name)
        except OSError as error:
            if place == root:
                raise BadInput(unreadable(root, error)) from error
            left_out(Problem(CLOSED, _shown(prefix[:-1]), f"It cannot be read ({error.strerror})."))
            continue
        folders = [entry.name for entry in entries if _is(entry.is_dir)]
        waiting.extend((place / name, f"{prefix}{name}/") for name in reversed(folders))
        for entry in entries:
            if _is(entry.is_file):
                yield prefix + entry.name
            elif not _is(entry.is_dir):
                key = _shown(prefix + entry.name)
                left_out(Problem("not a file", key, "It is not a regular file; left out."))


def unreadable(place: Path, error: OSError) -> str:
    """What is said of a source that the system does not let us look into."""
    return f"{place} cannot be read ({error.strerror}): check its permissions."


def _is(kind: Callable[[], bool]) -> bool:
    try:
        return kind()
    except OSError:  # Links in a circle, or into a folder that is closed to us.
        return False


def visible(name: str) -> bool:
    """False for hidden files and what operating systems leave behind."""
    return not name.startswith(".") and name not in IGNORED


def is_image_name(name: str) -> bool:
    """True when the extension is one of an image; whether it is one, its content decides later."""
    return PurePosixPath(name).suffix.lower() in EXTENSIONS


def images(root: Path) -> Listing:
    """All files under root, told apart by name. Raises BadInput when root is no folder."""
    keys: list[str] = []
    others: list[str] = []
    problems: list[Problem] = []
    for key in files(folder(root), problems.append):
        if not storable(key):
            reason = "The file name is not valid UTF-8: rename the file."
            problems.append(Problem("file name", _shown(key), reason))
        elif is_image_name(key):
            keys.append(key)
        else:
            others.append(key)
    return Listing(tuple(sorted(keys)), tuple(sorted(others)), tuple(problems))


def some(names: Sequence[str], count: int = 3) -> str:
    """The first names, and how many more there are."""
    rest = len(names) - count
    return ", ".join(names[:count]) + (f" and {rest:,} more" if rest > 0 else "")


def _shown(key: str) -> str:
    """A path as text, whatever bytes it has."""
    return os.fsencode(key).decode("utf-8", "backslashreplace")
