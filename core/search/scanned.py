"""What a scan of the data set found, as searches and the map ask for it; None as long as there was none."""

from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput

Array = np.ndarray[Any, Any]


def report(folder: Path) -> Path:
    """The file that a scan writes last."""
    return folder / "scan.json"


def odd(folder: Path, kind: str | None) -> Array | None:
    """bool (n,): the images that are odd in this way, None: in any."""
    return None


def groups(folder: Path) -> Array | None:
    """int (n,): the number of the group of copies and near copies that an image is in, -1: in none."""
    return None


def map_points(folder: Path) -> Array | None:
    """float32 (n, 2): the place of each image on the embedding map, 0..1 from the lower left."""
    return None


def not_yet(word: str) -> BadInput:
    """What a search says that needs a scan before there was one."""
    return BadInput(f"“{word}” needs a scan of the data set: start it on the Data page first.")
