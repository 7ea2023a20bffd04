"""Which images are odd: seven measures read from the pixel cache, each with a threshold and a sentence.

Scores run from 0 (as odd as can be) to 1; an image is odd where its score is below the threshold of the kind.

    dark             the brightness that 99 % of the pixels stay below (CleanVision's measure and threshold)
    bright           1 − the brightness that 95 % of the pixels lie above (CleanVision's measure, twice its threshold)
    blurry           how much of a change over four pixels happens within one, at the sharpest edges
    grey             5 × the difference of the colour channels that 99 % of the pixels stay below
    low information  a fifth of the bits that say how a pixel differs from its neighbour
    tiny             the short side against twice what counts as tiny (below)
    extreme aspect   short side ÷ long side (CleanVision's measure and threshold)
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = np.ndarray[Any, Any]  # of float32
Bytes = NDArray[np.uint8]
Array = np.ndarray[Any, Any]


class Odd(StrEnum):
    """The kinds of odd images, in the order of the columns of scores."""

    DARK = "dark"
    BRIGHT = "bright"
    BLURRY = "blurry"
    GREY = "grey"
    LOW_INFORMATION = "low information"
    TINY = "tiny"
    EXTREME_ASPECT = "extreme aspect"


KINDS = tuple(Odd)
THRESHOLDS: dict[Odd, float] = {
    Odd.DARK: 0.32,
    Odd.BRIGHT: 0.1,
    # Of 600 photographs blurred by .8 % of their side 99 % are below, of the untouched ones .5 %.
    Odd.BLURRY: 0.5,
    Odd.GREY: 0.25,
    Odd.LOW_INFORMATION: 0.3,
    Odd.TINY: 0.5,
    Odd.EXTREME_ASPECT: 0.35,
}
MEASURES = ("brightness_99", "brightness_5", "sharpness", "chroma_99", "entropy_bits")

_TINY_PX = 64
_TILES = 8  # a side: blur is measured at the sharpest edge of each tile
_FAR = 4  # pixels over which the whole of an edge is seen; a sharp one needs one of them
_LEAST_CHANGE = 24  # of 255: what is weaker than this is texture or noise, no edge
_MOST_NOISE = 20
_ENOUGH_TILES = 8
_SHARPEST = 0.1  # share of the tiles with an edge that may be sharper than the measure
_SCALED = 1.1  # an axis enlarged or reduced by less than this is taken as it is
_REDUCED = 0.8  # what reducing leaves of the sharpness: its filter reaches over two pixels


@dataclass(frozen=True, eq=False)
class Quality:
    """What was measured of N images."""

    measures: Floats  # (N, 5), columns as in MEASURES; sharpness is NaN where there is no edge to judge by
    width: NDArray[np.int32]  # (N,) pixels of the file
    height: NDArray[np.int32]

    @property
    def scores(self) -> Floats:
        """(N, 7), 0..1, columns as in KINDS."""
        bright_99, bright_5, sharp, chroma, entropy = self.measures.T
        short = np.minimum(self.width, self.height)
        long = np.maximum(np.maximum(self.width, self.height), 1)
        columns = [
            bright_99,
            1 - bright_5,
            np.nan_to_num(sharp, nan=1.0),
            5 * chroma,
            entropy / 5,
            short / (2 * self.tiny_px),
            short / long,
        ]
        return np.asarray(np.clip(np.stack(columns, axis=1), 0, 1), dtype=np.float32)

    @property
    def tiny_px(self) -> float:
        """Below this short side an image is tiny: 64 pixels, or half the median where all are small."""
        short = np.minimum(self.width, self.height)
        return float(min(_TINY_PX, max(np.median(short) / 2, 1))) if len(short) else float(_TINY_PX)

    @property
    def odd(self) -> NDArray[np.bool_]:
        """(N, 7), True where the score is below the threshold of its kind."""
        limits = np.array([THRESHOLDS[kind] for kind in KINDS], dtype=np.float32)
        return np.asarray(self.scores < limits)

    def measured(self, row: int, kind: Odd) -> str:
        """What was measured of one image, in two words: `7 % bright`, `20 × 24`."""
        bright_99, bright_5, sharp, chroma, entropy = self.measures[row].tolist()
        match kind:
            case Odd.DARK:
                return f"{100 * bright_99:.0f} % bright"
            case Odd.BRIGHT:
                return f"{100 * bright_5:.0f} % bright"
            case Odd.BLURRY:
                return f"{100 * sharp:.0f} % sharp"
            case Odd.GREY:
                return f"{100 * chroma:.1f} % colour"
            case Odd.LOW_INFORMATION:
                return f"{entropy:.1f} bits"
            case Odd.TINY | Odd.EXTREME_ASPECT:
                return f"{int(self.width[row]):,} × {int(self.height[row]):,}"

    def sentence(self, row: int, kind: Odd) -> str:
        """Say what is odd about one image, with the number."""
        bright_99, bright_5, sharp, chroma, entropy = self.measures[row].tolist()
        width, height = int(self.width[row]), int(self.height[row])
        limit = THRESHOLDS[kind]
        match kind:
            case Odd.DARK:
                return (
                    f"99 % of its pixels are darker than {100 * bright_99:.0f} % of white; "
                    f"dark is below {100 * limit:.0f} %."
                )
            case Odd.BRIGHT:
                return (
                    f"95 % of its pixels are brighter than {100 * bright_5:.0f} % of white; "
                    f"bright is above {100 * (1 - limit):.0f} %."
                )
            case Odd.BLURRY:
                return (
                    f"At its sharpest edges one pixel of {_FAR} holds {100 * sharp:.0f} % of the change; "
                    f"blurry is below {100 * limit:.0f} %, most photographs have 80 %."
                )
            case Odd.GREY:
                return (
                    f"Red, green and blue differ by at most {100 * chroma:.1f} % in 99 % of its pixels; "
                    f"grey is below {100 * (limit / 5):.0f} %."
                )
            case Odd.LOW_INFORMATION:
                return (
                    f"{entropy:.1f} bits say how a pixel differs from its neighbour; "
                    f"low is below {5 * limit:.1f}, most photographs have 5."
                )
            case Odd.TINY:
                return f"It has {width:,} × {height:,} pixels; tiny is a side below {self.tiny_px:.0f}."
            case Odd.EXTREME_ASPECT:
                ratio = max(width, height) / max(min(width, height), 1)
                return f"It is {width:,} × {height:,} pixels, {ratio:.1f} to 1; extreme is above {1 / limit:.1f} to 1."


def measure(pixels: Bytes, width: Array, height: Array) -> Floats:
    """(n, 128, 128, 3) squashed pixels and the (n,) sides of their files → (n, 5), columns as in MEASURES.

    Brightness and chroma are 0..1, entropy is in bits; sharpness is about .25..1, NaN without an edge.
    """
    n = len(pixels)
    some = pixels[
        :, ::2, ::2
    ]  # every second pixel of every second line tells the same, at a quarter of the cost
    red, green, blue = (np.ascontiguousarray(some[..., at]) for at in range(3))  # each (n, 64, 64)
    high = np.maximum(np.maximum(red, green), blue)
    low = np.minimum(np.minimum(red, green), blue)
    luma = _luma(red, green, blue)
    # A red rose has little luma and yet is not dark: half of the brightness is the strongest channel.
    brightness = ((luma.astype(np.uint16) + high) >> 1).astype(np.uint8)
    light = np.cumsum(_histograms(brightness), axis=1)  # (n, 256)
    colour = np.cumsum(_histograms(high - low), axis=1)
    steps = _distance(luma[:, :, 1:], luma[:, :, :-1])
    columns = [
        _percentile(light, 0.99),
        _percentile(light, 0.05),
        sharpness(np.ascontiguousarray(pixels[..., 1]), width, height) if n else np.zeros(0),
        _percentile(colour, 0.99),
        _entropy(_histograms(steps)),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def sharpness(plane: Bytes, width: Array, height: Array) -> Floats:
    """(n, 128, 128) one channel → (n,): the share of a change over four pixels that one pixel holds.

    A sharp edge holds nearly all of it, a ramp a quarter. It is read where the picture is sharpest, so that
    a blurred background is no fault; across and down apart, the worse counts, for motion blurs one way only.
    The noise of the quietest tiles is taken off, for noise is as sharp as can be. NaN where there is no edge.

    The pixels are squashed to 128 × 128: an axis of fewer pixels was enlarged, so its steps grow with it, and
    an enlarged picture is not taken for a blurred one. An axis of more pixels was reduced: what is judged is
    the blur that a model will see, less what the reducing did.
    """
    steps = np.column_stack([_steps(width, plane.shape[2]), _steps(height, plane.shape[1])])
    kept = np.column_stack([_kept(width, plane.shape[2]), _kept(height, plane.shape[1])])
    found = np.full(len(plane), np.nan, dtype=np.float32)
    for across, down in np.unique(steps, axis=0).tolist():
        rows = np.flatnonzero((steps == (across, down)).all(axis=1))
        found[rows] = _sharpness(plane if len(rows) == len(plane) else plane[rows], across, down, kept[rows])
    return found


def _kept(side_px: Array, cached_px: int) -> Floats:
    """(n,) the share of the sharpness that is left after squashing a side to the cached pixels."""
    return np.where(side_px > _SCALED * cached_px, _REDUCED, 1).astype(np.float32)


def _steps(side_px: Array, cached_px: int) -> NDArray[np.int64]:
    """(n,) how many cached pixels a pixel of the file takes, with its soft borders; 1 unless enlarged."""
    scale = cached_px / np.maximum(side_px, 1)
    return np.where(scale < _SCALED, 1, np.minimum(np.rint(1.5 * scale), cached_px // 8)).astype(np.int64)


def _sharpness(plane: Bytes, across: int, down: int, kept: Floats) -> Floats:
    near = [_tile_changes(plane, across, axis=2), _tile_changes(plane, down, axis=1)]  # each (n, 64)
    far = [_tile_changes(plane, _FAR * across, axis=2), _tile_changes(plane, _FAR * down, axis=1)]
    ratios = []
    for this, other in ((0, 1), (1, 0)):
        noise = np.minimum(np.partition(near[this], 6, axis=1)[:, 6:7], _MOST_NOISE)  # of the quietest tenth
        change = far[this] - noise
        # Where the other direction changes more, this one sees a slanted edge, which is wide without being soft.
        edge = (change >= _LEAST_CHANGE) & (2 * far[this] >= far[other])
        held = np.maximum(near[this] - noise, 0) / np.maximum(change, 1) / kept[:, this, None]
        ratios.append(np.where(edge, held, -1))
    each = [_sharpest(ratio, _ENOUGH_TILES) for ratio in ratios]
    both = _sharpest(np.concatenate(ratios, axis=1), _ENOUGH_TILES // 2)
    worse = np.fmin(*each)
    return np.where(np.isnan(worse), both, worse).astype(np.float32)


def _tile_changes(plane: Bytes, step: int, axis: int) -> Floats:
    """(n, 64): the largest difference of two pixels `step` apart, in each of 8 × 8 tiles."""
    n, side = plane.shape[:2]
    changes = np.zeros_like(plane)
    if axis == 2:
        changes[:, :, :-step] = _distance(plane[:, :, step:], plane[:, :, :-step])
    else:
        changes[:, :-step] = _distance(plane[:, step:], plane[:, :-step])
    tile = side // _TILES
    rows = changes.reshape(n, _TILES, tile, side).max(axis=2)
    most = rows.reshape(n, _TILES, _TILES, tile).max(axis=3)
    return np.asarray(most.reshape(n, -1), dtype=np.float32)


def _sharpest(ratios: Floats, enough: int) -> Floats:
    """(n, tiles), negative without an edge → (n,): the tenth percentile from above, NaN below `enough` edges."""
    ordered = np.sort(ratios, axis=1)
    edges = (ratios >= 0).sum(axis=1)
    at = ratios.shape[1] - 1 - (_SHARPEST * edges).astype(np.int64)
    picked = ordered[np.arange(len(ratios)), at]
    return np.where(edges >= enough, picked, np.nan).astype(np.float32)


def _distance(one: Bytes, other: Bytes) -> Bytes:
    """|one − other| without leaving uint8."""
    return np.asarray(np.maximum(one, other) - np.minimum(one, other))


def _luma(red: Bytes, green: Bytes, blue: Bytes) -> Bytes:
    """ITU-R BT.601 in 8 bits."""
    summed = np.multiply(red, 77, dtype=np.uint16)
    summed += np.multiply(green, 150, dtype=np.uint16)
    summed += np.multiply(blue, 29, dtype=np.uint16)
    return (summed >> 8).astype(np.uint8)


def _histograms(values: Bytes) -> Floats:
    """(n, …) uint8 → (n, 256) shares."""
    n = len(values)
    flat = values.reshape(n, math.prod(values.shape[1:]))
    bins = flat + (np.arange(n, dtype=np.int64) * 256)[:, None]
    counts = np.bincount(bins.ravel(), minlength=256 * n).reshape(n, 256)
    return (counts / max(flat.shape[1], 1)).astype(np.float32)


def _percentile(summed: Floats, share: float) -> Floats:
    """(n, 256) cumulated shares → (n,) 0..1: the lowest value that `share` of the pixels do not exceed."""
    return np.asarray((summed < share - 1e-6).sum(axis=1) / 255, dtype=np.float32)


def _entropy(shares: Floats) -> Floats:
    """(n, 256) → (n,) bits."""
    bits = -(shares * np.log2(np.maximum(shares, 1e-12))).sum(axis=1)
    return np.asarray(np.maximum(bits, 0), dtype=np.float32)  # of one value alone it is -0
