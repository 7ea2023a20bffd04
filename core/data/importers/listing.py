"""The image files under a root, found once and in one order."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.data.importers.records import Problem
from core.errors import BadInput

_DECODED = ".jpg .jpeg .jpe .jfif .png .gif .bmp .tif .tiff .webp .ppm .pgm .pbm .pnm .avif .mpo"
_REFUSED = ".svg .heic .heif .psd"  # Listed so that such a file is reported instead of overlooked.
EXTENSIONS = frozenset(f"{_DECODED} {_REFUSED}".split(" "))
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


def files(root: Path) -> Iterator[str]:
    """Relative paths of all visible files under root, with forward slashes; linked folders count once."""
    seen: set[tuple[int, int]] = set()
    for place, folders, names in os.walk(root, followlinks=True):
        status = Path(place).stat()
        if (status.st_dev, status.st_ino) in seen:  # A link back to a folder above would never end.
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if visible(name))
        relative = Path(place).relative_to(root).as_posix()
        prefix = "" if relative == "." else relative + "/"
        yield from (prefix + name for name in names if visible(name))


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
    for key in files(folder(root)):
        if not _storable(key):
            shown = os.fsencode(key).decode("utf-8", "backslashreplace")
            problems.append(Problem("file name", shown, "The file name is not valid UTF-8: rename the file."))
        elif is_image_name(key):
            keys.append(key)
        else:
            others.append(key)
    return Listing(tuple(sorted(keys)), tuple(sorted(others)), tuple(problems))


def some(names: Sequence[str], count: int = 3) -> str:
    """The first names, and how many more there are."""
    rest = len(names) - count
    return ", ".join(names[:count]) + (f" and {rest:,} more" if rest > 0 else "")


def _storable(key: str) -> bool:
    try:
        key.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\x00" not in key
