"""A picture in 256 numbers: the slow waves of its brightness, from which any part of it can be drawn again.

The discrete cosine transform of the 32 × 32 luma, cut to 16 × 16 waves. A cosine series is a function of the
place, so the picture inside a window (a crop), or mirrored, follows from the same numbers without its pixels.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, Any]  # of float32

WAVES = 16  # a side of the coefficients
_CELLS = 32  # a side of the luma that they are made of
_LOW = 8  # waves a side that candidates are searched by
_TILT = 0.25  # (1 + u² + v²) to this power: fine waves are weak, yet tell pictures apart
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601

_U = np.arange(WAVES)
_AMPLITUDE = np.where(_U == 0, 1.0, np.sqrt(2.0))
_KEPT = np.add.outer(np.arange(_LOW), np.arange(_LOW)) <= _LOW
_KEPT[0, 0] = False  # the mean: a brighter copy is a copy
DIMENSIONS = int(_KEPT.sum())  # 42
_WEIGHT = ((1 + np.add.outer(np.arange(_LOW) ** 2, np.arange(_LOW) ** 2)) ** _TILT)[_KEPT].astype(np.float32)


@dataclass(frozen=True)
class Window:
    """The part of a picture that another may show: from 0 to 1 down and across."""

    top: float = 0.0
    bottom: float = 1.0
    left: float = 0.0
    right: float = 1.0


def windows(shares: Iterable[float]) -> tuple[Window, ...]:
    """The whole, and for each share of the side: the middle and the four corners."""
    found = [Window()]
    for share in shares:
        rest = 1 - share
        places = [(rest / 2, rest / 2), *((y, x) for y in (0.0, rest) for x in (0.0, rest))]
        found += [Window(y, y + share, x, x + share) for y, x in places]
    return tuple(found)


def luma(colour: Floats) -> Floats:
    """(n, 32, 32, 3) → (n, 32, 32) brightness, 0..255."""
    return np.asarray(colour @ _LUMA)


def colour_cells(pixels: NDArray[np.uint8]) -> Floats:
    """(n, 128, 128, 3) → (n, 32, 32, 3), means of 4 × 4 pixels, 0..255; sums run over slices, as in statistics."""
    n, side = pixels.shape[:2]
    tile = side // _CELLS
    rows = pixels.reshape(n, _CELLS, tile, side * 3)
    bands = _summed([rows[:, :, at] for at in range(tile)]).reshape(n, _CELLS, _CELLS, tile, 3)
    sums = _summed([bands[..., at, :] for at in range(tile)])
    return sums.astype(np.float32) / np.float32(tile**2)


def describe(luma: Floats) -> NDArray[np.float16]:
    """(n, 32, 32) brightness 0..255 → (n, 16, 16) coefficients, in levels of brightness."""
    wave = basis(np.zeros(1), np.ones(1), _CELLS)[0] / _CELLS  # (32, 16)
    return np.asarray(wave.T @ luma @ wave).astype(np.float16)


def contrast(coefficients: Array) -> Floats:
    """(n, 16, 16) → (n,): standard deviation of the smoothed brightness, in levels."""
    power = np.square(coefficients.reshape(len(coefficients), -1)[:, 1:].astype(np.float32))
    return np.asarray(np.sqrt(power.sum(axis=1)))


def vectors(coefficients: Array, window: Window = Window(), *, mirrored: bool = False) -> Floats:
    """(n, 16, 16) → (n, 42) of unit length: what the window shows, whatever its brightness and contrast.

    `mirrored` turns it left to right after the cut.
    """
    down = _cut(window.top, window.bottom)
    across = _cut(window.left, window.right)
    low = down @ coefficients.astype(np.float32) @ across.T  # (n, 8, 8)
    if mirrored:
        low = mirror(low)
    chosen = low[:, _KEPT] * _WEIGHT
    length = np.linalg.norm(chosen, axis=1, keepdims=True)
    return np.asarray(chosen / np.maximum(length, 1e-6), dtype=np.float32)


def mirror(coefficients: Array) -> Array:
    """(n, h, w) waves of the picture turned left to right: the odd waves across change their sign."""
    return coefficients * np.where(np.arange(coefficients.shape[-1]) % 2, -1, 1).astype(np.float32)


def basis(low: Array, high: Array, points: int) -> Floats:
    """(p,) and (p,) ends of windows → (p, points, 16): the waves at points spread evenly between the ends."""
    return np.asarray(np.cos(_angles(low, high, points)) * _AMPLITUDE, dtype=np.float32)


def slopes(low: Array, high: Array, points: int) -> Floats:
    """As basis, the derivative by the place."""
    return np.asarray(-np.sin(_angles(low, high, points)) * (_AMPLITUDE * np.pi * _U), dtype=np.float32)


def middles(points: int) -> Floats:
    """(points,) middles of equal parts of 0..1."""
    return ((np.arange(points) + 0.5) / points).astype(np.float32)


def _angles(low: Array, high: Array, points: int) -> Floats:
    places = low[:, None] + (high - low)[:, None] * middles(points)
    return np.asarray((np.pi * places)[:, :, None] * _U, dtype=np.float32)


def _cut(low: float, high: float) -> Floats:
    """(8, 16): coefficients of the whole → coefficients of the part."""
    here = basis(np.array([low]), np.array([high]), _CELLS)[0]  # (32, 16)
    wave = basis(np.zeros(1), np.ones(1), _CELLS)[0][:, :_LOW] / _CELLS  # (32, 8)
    return np.asarray(wave.T @ here, dtype=np.float32)


def _summed(parts: list[Array]) -> NDArray[np.uint16]:
    total = np.add(parts[0], parts[1], dtype=np.uint16)
    for part in parts[2:]:
        total += part
    return total
