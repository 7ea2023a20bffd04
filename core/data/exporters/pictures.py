"""The originals beside their annotations, copied or linked, for formats whose layout has them in it."""

import errno
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from core.data.exporters.records import Pictures, Snapshot
from core.data.importers import listing
from core.errors import BadInput

_LINK_BYTES = 256  # a name in a folder, and an inode now and then
_NO_HARD_LINK = {
    errno.EXDEV: "lies on another disk, where no hard link leads to",
    errno.EPERM: "belongs to somebody else, or lies on a disk without hard links",
    errno.EOPNOTSUPP: "lies on a disk without hard links",
    errno.EMLINK: "has as many hard links as its disk allows",
}


def need_bytes(snapshot: Snapshot, how: Pictures) -> int:
    """The disk that the images take. Raises BadInput, naming them, when some are not where they were."""
    total, lost = 0, []
    for row, (key, _) in enumerate(snapshot.images):
        try:
            total += _original(snapshot, row).stat().st_size if how is Pictures.COPY else _LINK_BYTES
            found = how is Pictures.COPY or _original(snapshot, row).is_file()
        except OSError:
            found = False
        if not found:
            lost.append(key)
    if lost:
        raise BadInput(
            f"{len(lost):,} of the {len(snapshot.images):,} images are not where they were imported from, or replaced "
            f"by links that lead out of there: {listing.some(lost)}. Put them back, or export the annotations alone."
        )
    return total


def place(snapshot: Snapshot, names: Sequence[str], folder: Path, how: Pictures) -> None:
    """Put the image of every row into the folder under its name there. Raises BadInput, OSError."""
    put = _WAYS[how]
    made: set[Path] = set()
    for row, name in enumerate(names):
        into = folder / name
        if into.parent not in made:
            into.parent.mkdir(parents=True, exist_ok=True)
            made.add(into.parent)
        try:
            put(_original(snapshot, row), into)
        except OSError as error:
            if how is not Pictures.HARDLINK or error.errno not in _NO_HARD_LINK:
                raise
            raise BadInput(
                f"{snapshot.images[row][0]} {_NO_HARD_LINK[error.errno]}: copy the images, or make symbolic links."
            ) from error


def _original(snapshot: Snapshot, row: int) -> Path:
    if snapshot.files is None:
        raise BadInput("It is not known where the images lie: export the annotations alone.")
    return snapshot.files(row)


_WAYS: dict[Pictures, Callable[[Path, Path], object]] = {
    Pictures.COPY: shutil.copyfile,
    Pictures.HARDLINK: os.link,
    Pictures.SYMLINK: lambda original, into: into.symlink_to(original.absolute()),
}
