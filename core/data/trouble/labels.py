"""Labels with too few images in a part: nothing that is said of them means much.

States are (N, L) int8: 1 present, 0 absent, -1 unknown; parts are (N,) int8: 0 train, 1 validation, 2 test.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

PARTS = 3
HANDFUL = 5


@dataclass(frozen=True)
class Scarce:
    """A label with less than a handful of images in a part."""

    label: int
    part: int
    present: int


def scarce(states: Array, parts: Array, least: int = HANDFUL) -> list[Scarce]:
    """Each label with fewer than `least` images in a part that has images, by label and part."""
    there = [code for code in range(PARTS) if (parts == code).any()]
    counts = {code: (states[parts == code] == 1).sum(axis=0) for code in there}  # each (L,)
    return [
        Scarce(label, code, int(counts[code][label]))
        for label in range(states.shape[1])
        for code in there
        if counts[code][label] < least
    ]
