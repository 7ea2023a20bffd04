"""What a scan of the data set found, as searches and the map ask for it; None as long as there was none.

Of images that came after the scan nothing was found: they are odd in no way, in no group, and have no place.
"""

from pathlib import Path
from typing import Any

import numpy as np

from core.data.trouble import quality, scan
from core.errors import BadInput

Array = np.ndarray[Any, Any]


def odd(folder: Path, kind: str | None, images: int) -> Array | None:
    """bool (N,): the images that are odd in this way, None: in any. Raises BadInput for a damaged scan."""
    found = scan.latest(folder, images)
    if found is None:
        return None
    by_kind = found.quality.odd  # (N, 7)
    if kind is None:
        return _filled(np.asarray(by_kind.any(axis=1)), images, False)
    return _filled(by_kind[:, quality.KINDS.index(quality.Odd(kind))], images, False)


def groups(folder: Path, images: int) -> Array | None:
    """int (N,): the group of copies and near copies that an image is in, -1: in none. Raises BadInput likewise."""
    found = scan.latest(folder, images)
    return None if found is None else _filled(found.duplicates.group, images, -1)


def map_points(folder: Path, images: int) -> Array | None:
    """float32 (N, 2): the place of each image on the map, 0..1 from the lower left. Raises BadInput likewise."""
    found = scan.latest(folder, images)
    return None if found is None else _filled(found.places, images, np.nan)


def not_yet(word: str) -> BadInput:
    """What a search says that needs a scan before there was one."""
    return BadInput(f"“{word}” needs a scan of the data set: start it on the Data page first.")


def _filled(values: Array, images: int, otherwise: float) -> Array:
    filled = np.full((images, *values.shape[1:]), otherwise, values.dtype)
    filled[: len(values)] = values
    return filled
