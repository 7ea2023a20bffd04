"""One pass over the files of a data set finds all trouble that is in its pixels; the outcome is one file beside them.

Each image is read once, 64 at a time: 0.1 ms of one core. What the later steps need of it, 700 bytes, lies in an
unnamed file, so that memory does not grow with the number of images but for some hundred bytes each.
"""

import math
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import arrays, files
from core.data import disk, statistics
from core.data.pixels import open_pixels
from core.data.trouble import descriptor, duplicates, layout, quality
from core.data.trouble.duplicates import Duplicates
from core.data.trouble.quality import Quality
from core.errors import BadInput

Array = np.ndarray[Any, Any]
Progress = Callable[[float, str], None]

FILE = "trouble.npz"
VERSION = 1  # of the file: raised when a measure, a threshold or an array changes its meaning
_ARRAYS = (
    "version", "measures", "width", "height", "group", "one", "other", "similarity", "sameness", "mirrored", "places",
)  # fmt: skip
_CHUNK = 64
_MEASURED, _COMPARED = 0.2, 0.6  # shares of the whole when these steps are done


@dataclass(frozen=True, eq=False)
class Scan:
    """What was found in the N images of a data set."""

    quality: Quality
    duplicates: Duplicates
    places: NDArray[np.float32]  # (N, 2) on the map, 0..1

    @property
    def images(self) -> int:
        """N, the number of images that were scanned."""
        return len(self.places)


def scan(
    folder: Path,
    width: Sequence[int] | Array,
    height: Sequence[int] | Array,
    sha256: Sequence[str],
    seed: int = 0,
    progress: Progress = lambda done, words: None,
) -> Scan:
    """Examine the images of a data set's folder, of which row i has the given width, height and sha256.

    `progress(done, words)` gets the share done, 0..1, and what is being done; what it raises stops the work.
    The same files and seed give the same outcome. Raises BadInput when the folder's files are missing, damaged,
    or of another number of images, and when the disk has no room for the work.
    """
    pixels, measures = open_pixels(folder), statistics.open_statistics(folder)
    wide, high = np.asarray(width, np.int32), np.asarray(height, np.int32)
    counts = {len(pixels), len(measures), len(wide), len(high), len(sha256)}
    if len(counts) > 1:
        raise BadInput(
            f"The files in {folder.name} are of {len(pixels):,} images, the data set has {len(sha256):,}: "
            "`python -m core doctor --repair` makes them again."
        )
    read = _read_once(
        folder, pixels, wide, high, lambda share: progress(_MEASURED * share, "Measuring images")
    )
    found = duplicates.find(
        pixels, read.coefficients, read.digest, sha256,
        lambda share: progress(_MEASURED + (_COMPARED - _MEASURED) * share, "Looking for duplicates"),
    )  # fmt: skip
    places = layout.place(
        read.colours, measures, seed,
        lambda share: progress(_COMPARED + (1 - _COMPARED) * share, "Drawing the map"),
    )  # fmt: skip
    progress(1.0, "Drawing the map")
    return Scan(Quality(read.measures, wide, high), found, places)


@dataclass(frozen=True, eq=False)
class _Read:
    measures: Array  # (N, 5)
    digest: Array  # (N,)
    coefficients: Array  # (N, 16, 16) float16, in a file
    colours: Array  # (N, 8, 8, 3) uint8, in a file


def _read_once(
    folder: Path, pixels: Array, width: Array, height: Array, progress: Callable[[float], None]
) -> _Read:
    n = len(pixels)
    read = _Read(
        np.empty((n, len(quality.MEASURES)), np.float32),
        np.empty(n, np.uint64),
        _in_file(folder, (n, descriptor.WAVES, descriptor.WAVES), np.dtype(np.float16)),
        _in_file(folder, (n, layout.CELLS, layout.CELLS, 3), np.dtype(np.uint8)),
    )
    for start in range(0, n, _CHUNK):
        rows = slice(start, start + _CHUNK)
        some = np.asarray(pixels[rows])
        colour = descriptor.colour_cells(some)
        read.measures[rows] = quality.measure(some, width[rows], height[rows])
        read.digest[rows] = duplicates.digests(some)
        read.coefficients[rows] = descriptor.describe(descriptor.luma(colour))
        read.colours[rows] = layout.cells(colour)
        progress(min(1.0, (start + _CHUNK) / n))
    return read


def _in_file(folder: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array in a file without a name: the system may drop its pages, and nothing is left of it afterwards."""
    if not shape[0]:
        return np.empty(shape, dtype)
    need = dtype.itemsize * math.prod(shape)
    with tempfile.TemporaryFile(dir=folder) as file, disk.watched(lambda: need):
        # Its room is taken first: a mapped page that finds the disk full kills the process instead of raising.
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, need)
        return np.memmap(file, dtype=dtype, mode="w+", shape=shape)


def write(folder: Path, found: Scan) -> None:
    """Write the outcome into the data set's folder, whole or not at all."""
    odd, same = found.quality, found.duplicates
    arrays = {
        "version": np.array(VERSION),
        "measures": odd.measures,
        "width": odd.width,
        "height": odd.height,
        "group": same.group,
        "one": same.one,
        "other": same.other,
        "similarity": same.similarity,
        "sameness": same.sameness,
        "mirrored": same.mirrored,
        "places": found.places,
    }
    # mypy: savez takes arrays by name, of which none is its own argument.
    files.write_whole(folder / FILE, lambda file: np.savez(file, allow_pickle=False, **arrays))


def made_at(folder: Path) -> int | None:
    """When the data set was scanned last, in ns since the epoch; None: never. Another scan has another time."""
    try:
        return (folder / FILE).stat().st_mtime_ns
    except OSError:
        return None


def latest(folder: Path, images: int) -> Scan | None:
    """The outcome of the last scan, None before there was one; read once as long as it is the last.

    Raises BadInput as `read`.
    """
    made = made_at(folder)
    return None if made is None else _read_once_made(folder, images, made)


@lru_cache(maxsize=4)
def _read_once_made(folder: Path, images: int, _made_at: int) -> Scan:
    return read(folder, images)


def read(folder: Path, images: int) -> Scan:
    """The outcome of the last scan, of a data set that has so many images now; a few milliseconds.

    Images that were added since the scan have no row in it. Raises BadInput when there is none, when it is
    damaged, of another version, or of more images than there are.
    """
    held = _load(folder / FILE)
    if int(held["version"]) != VERSION:
        raise BadInput(
            "The scan of this data set was made by another version of Errata: scan the data set again."
        )
    found = Scan(
        Quality(held["measures"], held["width"], held["height"]),
        Duplicates(*(held[name] for name in ("group", "one", "other", "similarity", "sameness", "mirrored"))),
        held["places"],
    )
    if found.images > images:
        raise BadInput(
            f"The scan is of {found.images:,} images, the data set has {images:,}: scan the data set again."
        )
    if not _fits(found):
        raise arrays.Damaged(folder / FILE, "its arrays do not fit together", arrays.SCAN)
    return found


def _load(path: Path) -> dict[str, Array]:
    try:
        return arrays.packed(path, _ARRAYS, arrays.SCAN)
    except arrays.Gone:
        raise BadInput("This data set has not been scanned: scan the data set first.") from None


def _fits(found: Scan) -> bool:
    n, same, odd = found.images, found.duplicates, found.quality
    pairs = len(same.one)
    shapes = [
        (odd.measures, (n, len(quality.MEASURES))),
        (odd.width, (n,)),
        (odd.height, (n,)),
        (same.group, (n,)),
        (found.places, (n, 2)),
        *(
            (column, (pairs,))
            for column in (same.one, same.other, same.similarity, same.sameness, same.mirrored)
        ),
    ]
    if any(array.shape != shape for array, shape in shapes):
        return False
    rows = np.concatenate([same.one, same.other])
    return not len(rows) or bool(rows.min() >= 0 and rows.max() < n)
