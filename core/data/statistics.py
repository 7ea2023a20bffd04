"""Numbers that describe a picture as a whole: what a model may lean on instead of the thing itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import arrays

FILE = "stats.npy"
Floats = NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
_CELL_PX = 4  # Colour is measured on means of 4×4 pixels, edges on every pixel.
_EDGE = 24  # of 255: a change of more than this from one pixel to the next


def statistics(pixels: NDArray[np.uint8], aspect: Floats) -> Floats:
    """(n, side, side, 3) pixels and (n,) width ÷ height → (n, K), columns as in STATISTICS.

    The side must be a multiple of 8. Ranges are 0..1 unless the name's comment says otherwise.
    """
    measured = _Measured(pixels, aspect)
    return np.stack([measure(measured) for measure in _MEASURES.values()], axis=1)


class _Measured:
    """The few planes that all statistics are read from; sums run over slices, ten times numpy's axis sums."""

    def __init__(self, pixels: NDArray[np.uint8], aspect: Floats) -> None:
        n, side = pixels.shape[:2]
        cells = side // _CELL_PX
        rows = pixels.reshape(n, cells, _CELL_PX, side * 3).astype(np.uint16)
        bands = rows[:, :, 0] + rows[:, :, 1] + rows[:, :, 2] + rows[:, :, 3]  # (n, cells, side × 3)
        # Of every twelfth value a whole row at a time: steps over three channels take twice as long in all.
        sums = np.stack([_summed(bands, channel) for channel in range(3)])  # (3, n, cells, cells)
        planes = sums.astype(np.float32) / np.float32(255 * _CELL_PX**2)
        self.red, self.green, self.blue = planes  # each (n, cells, cells), 0..1
        self.luma: Floats = _LUMA[0] * self.red + _LUMA[1] * self.green + _LUMA[2] * self.blue
        high = np.maximum(np.maximum(self.red, self.green), self.blue)
        low = np.minimum(np.minimum(self.red, self.green), self.blue)
        self.chroma: Floats = high - low
        self.saturation: Floats = self.chroma / np.maximum(high, np.float32(1e-6))
        grey = np.ascontiguousarray(
            pixels[..., 1]
        )  # Green stands for luma: 59 % of it, and no multiplication.
        across = _distance(grey[:, :, 1:], grey[:, :, :-1])  # (n, side, side-1), 0..255
        down = _distance(grey[:, 1:], grey[:, :-1])
        self.across, self.down = _mean(across), _mean(down)  # each (n,)
        self.edges = _share(across > _EDGE), _share(down > _EDGE)
        self.half = cells // 2
        self.aspect = aspect

    def hue(self, part: Callable[[Floats], Floats]) -> Floats:
        """Mean of part(hue), weighted by chroma, so that grey has no hue; -1..1."""
        root = np.float32(np.sqrt(3.0))
        angle = np.arctan2(root * (self.green - self.blue), 2 * self.red - self.green - self.blue)
        weighted = _mean(part(angle) * self.chroma)
        return _floats(weighted / np.maximum(_mean(self.chroma), 1e-6))

    def blueness(self) -> Floats:
        """How far blue stands above the mean of red and green, by cell; -1..1."""
        return _floats(self.blue - (self.red + self.green) / 2)

    def greenness(self) -> Floats:
        """How far green stands above the mean of red and blue, by cell; -1..1."""
        return _floats(self.green - (self.red + self.blue) / 2)

    def border(self) -> Floats:
        """Luma of the outer ring, an eighth of the side wide; (n,)."""
        edge = max(self.half // 4, 1)
        inner = self.luma[:, edge:-edge, edge:-edge]
        whole, inside = self.luma[0].size, inner[0].size
        return _floats((_mean(self.luma) * whole - _mean(inner) * inside) / (whole - inside))


def _summed(bands: NDArray[np.uint16], channel: int) -> NDArray[np.uint16]:
    first, *others = (bands[:, :, 3 * at + channel :: 3 * _CELL_PX] for at in range(_CELL_PX))
    return np.asarray(sum(others, first), dtype=np.uint16)


def _distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """|one − other| without leaving uint8."""
    return np.asarray(np.maximum(one, other) - np.minimum(one, other))


def _share(true: NDArray[np.bool_]) -> Floats:
    """(n, h, w) → (n,): counted image by image, five times as fast as numpy counts along an axis."""
    counts = np.array([np.count_nonzero(one) for one in true], np.int64)
    return _floats(counts / max(true[:1].size, 1))


def _floats(values: NDArray[Any]) -> Floats:
    return np.asarray(values, dtype=np.float32)


def _mean(plane: NDArray[Any]) -> Floats:
    """(n, h, w) → (n,)"""
    flat = plane.reshape(len(plane), -1)
    total = flat.sum(axis=1, dtype=np.float32 if plane.dtype == np.float32 else np.int64)
    return _floats(total / flat.shape[1])


def _spread(plane: Floats) -> Floats:
    return _floats(plane.reshape(len(plane), -1).std(axis=1))


_MEASURES: dict[str, Callable[[_Measured], Floats]] = {
    "brightness": lambda m: _mean(m.luma),
    "contrast": lambda m: _spread(m.luma),
    "saturation": lambda m: _mean(m.saturation),
    "hue_sin": lambda m: m.hue(np.sin),  # -1..1
    "hue_cos": lambda m: m.hue(np.cos),  # -1..1
    "warmth": lambda m: _mean(m.red - m.blue),  # -1..1
    "colour_spread": lambda m: _spread(m.chroma),
    "brightness_upper": lambda m: _mean(m.luma[:, : m.half]),
    "brightness_lower": lambda m: _mean(m.luma[:, m.half :]),
    "blueness_upper": lambda m: _mean(m.blueness()[:, : m.half]),  # -1..1
    "blueness_lower": lambda m: _mean(m.blueness()[:, m.half :]),  # -1..1
    "greenness_upper": lambda m: _mean(m.greenness()[:, : m.half]),  # -1..1
    "greenness_lower": lambda m: _mean(m.greenness()[:, m.half :]),  # -1..1
    "dark_share": lambda m: _mean(m.luma < 0.2),
    "bright_share": lambda m: _mean(m.luma > 0.85),
    "edge_density": lambda m: (m.edges[0] + m.edges[1]) / np.float32(2),
    "sharpness": lambda m: (m.across + m.down) / np.float32(510),
    "vertical_lines": lambda m: m.across / np.maximum(m.across + m.down, np.float32(1e-6)),
    "vignette": lambda m: m.border() - _mean(m.luma),  # -1..1, ring against the whole
    "aspect": lambda m: np.log2(m.aspect),  # 0 square, 1 twice as wide as high
}

STATISTICS = tuple(_MEASURES)


SHAPE = (None, len(STATISTICS))


def open_statistics(folder: Path) -> Floats:
    """(N, K) float32, columns named by STATISTICS. Raises Damaged, Gone: missing, cut short or of another version."""
    return np.array(arrays.mapped(folder / FILE, arrays.REPAIR, "float32", SHAPE))
