"""Whether two images show the same picture: one is laid over the other, then their fine structure is compared.

First the window of `one` that fits `other` best is found on the slow waves (Gauss–Newton on its four edges, with
brightness and contrast free: Lucas and Kanade 1981). Then the pixels of both are compared tile by tile, with all
that is slower than a tile taken away: two sunsets have the same slow waves, but not the same clouds.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.trouble import descriptor
from core.data.trouble.candidates import Candidates

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, Any]  # of float32

LEAST_FIT = 0.85  # correlation of the slow waves
LEAST_FINE_FIT = 0.35  # the same with every wave weighted by its frequency squared, as an edge detector would
LEAST_PROOF = 0.6  # of 12,000 photographs no pair of different pictures is above .57
_HOPELESS = 0.8  # after one step
_EMPTY_FIT = 0.99
_MOST_EMPTY_DISTANCE = 3.0  # levels: pictures without structure are the same if their colours are this near
_POINTS = 16
_STEPS = 3  # after the first
_LONGEST_STEP = 0.1
_PLAY = 0.08  # how far a window may reach beyond the picture, 0..1
_SMALLEST = 0.65
_SIDE = 64  # pixels a side that are compared
_TILE = 8
_REACH = 4  # half the side of the mean that is taken away
_LEAST_STRUCTURE = 0.5  # levels a pixel; a tile with less is empty
_MOST_STRUCTURE = 4.0  # more does not count more
_WORST = 0.2  # share of the structure that may differ: a watermark, a stamp, a border
_PRIOR = 20.0  # structure that speaks against every pair: that of five full tiles


def aligned(coefficients: Array, pairs: Candidates) -> tuple[Candidates, Floats]:
    """The pairs that still fit once laid over each other, their windows refined, and the fit (P,), 0..1."""
    pairs, fit = _step(coefficients, pairs, 1)
    good = fit >= _HOPELESS
    pairs, fit = _step(coefficients, select(pairs, good), _STEPS)
    good = (fit >= LEAST_FIT) & (_fine_fit(coefficients, pairs) >= LEAST_FINE_FIT)
    return select(pairs, good), fit[good]


def select(pairs: Candidates, chosen: Array | slice) -> Candidates:
    """Some of the pairs, by mask or by place."""
    return Candidates(
        pairs.one[chosen],
        pairs.other[chosen],
        pairs.window[chosen],
        pairs.mirrored[chosen],
        pairs.cosine[chosen],
    )


def _both(coefficients: Array, pairs: Candidates) -> tuple[Floats, Floats]:
    """Coefficients (p, 16, 16) of one, and of other as it lies under it."""
    other = coefficients[pairs.other].astype(np.float32)
    turned = np.where(pairs.mirrored[:, None, None], descriptor.mirror(other), other)
    return coefficients[pairs.one].astype(np.float32), turned


def _fine_fit(coefficients: Array, pairs: Candidates) -> Floats:
    """(p,): correlation of what the windows show with the other, fine waves before slow ones."""
    one, other = _both(coefficients, pairs)
    shown = _shown(one, pairs.window)[0].reshape(-1, _POINTS, _POINTS)
    whole = _whole() / _POINTS
    squares = np.arange(descriptor.WAVES) ** 2
    weight = np.add.outer(squares, squares).astype(np.float32)
    a = ((whole.T @ shown @ whole) * weight).reshape(len(one), -1)
    b = (other * weight).reshape(len(one), -1)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray(np.einsum("ij,ij->i", a, b) / np.maximum(lengths, 1e-6))


def _whole() -> Floats:
    return np.asarray(descriptor.basis(np.zeros(1), np.ones(1), _POINTS)[0])  # (points, waves)


def _step(coefficients: Array, pairs: Candidates, steps: int) -> tuple[Candidates, Floats]:
    one, other = _both(coefficients, pairs)
    whole = _whole()
    target, _ = _unit((whole @ other @ whole.T).reshape(len(other), -1))
    window = pairs.window.copy()
    best, fit = window.copy(), np.full(len(one), -1, dtype=np.float32)
    for step in range(steps + 1):
        shown, planes = _shown(one, window)
        flat, length = _unit(shown)
        correlation = np.einsum("ij,ij->i", flat, target)
        better = correlation > fit
        fit[better], best[better] = correlation[better], window[better]
        if step < steps:
            window = _moved(window, flat, planes() / length[:, None], target)
    return replace(pairs, window=best), fit


def _shown(one: Floats, window: Floats) -> tuple[Floats, Callable[[], Floats]]:
    """What the windows show, (p, 256), and how to get its change with each of the four edges, (p, 4, 256)."""
    top, bottom, left, right = window.T
    down, across = descriptor.basis(top, bottom, _POINTS), descriptor.basis(left, right, _POINTS)
    bands = down @ one
    p, t = len(one), descriptor.middles(_POINTS)

    def planes() -> Floats:
        by_y = descriptor.slopes(top, bottom, _POINTS) @ one @ across.transpose(0, 2, 1)
        by_x = bands @ descriptor.slopes(left, right, _POINTS).transpose(0, 2, 1)
        moved = [by_y * (1 - t)[:, None], by_y * t[:, None], by_x * (1 - t), by_x * t]
        return np.stack([plane.reshape(p, -1) for plane in moved], axis=1)

    return (bands @ across.transpose(0, 2, 1)).reshape(p, -1), planes


def _moved(window: Floats, shown: Floats, planes: Floats, target: Floats) -> Floats:
    """The windows after one Gauss–Newton step towards the target."""
    flat = np.ones_like(shown[:, None])
    jacobian = np.concatenate([planes, shown[:, None], flat], axis=1)  # (p, 6, 256)
    normal = jacobian @ jacobian.transpose(0, 2, 1)
    edges = np.arange(4)
    normal[:, edges, edges] *= 1.02
    normal += 1e-5 * np.eye(6, dtype=np.float32)
    solved = np.linalg.solve(normal, jacobian @ target[:, :, None])[:, :, 0]
    gain = np.maximum(solved[:, 4:5], 0.2)
    moved = window + np.clip(solved[:, :4] / gain, -_LONGEST_STEP, _LONGEST_STEP)
    moved[:, 0::2] = np.clip(moved[:, 0::2], -_PLAY, 1 - _SMALLEST)
    moved[:, 1::2] = np.clip(moved[:, 1::2], _SMALLEST, 1 + _PLAY)
    return moved.astype(np.float32)


def _unit(flat: Floats) -> tuple[Floats, Floats]:
    """(p, m) without its mean, of unit length, and that length (p, 1)."""
    centred = flat - flat.mean(axis=1, keepdims=True)
    length = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
    return centred / length, length


def compared(one: Array, other: Array, pairs: Candidates, fit: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Pixels (p, 128, 128, 3) of both → (p,) how far their fine structure agrees, 0..1, and whether it proves them.

    The similarity is the mean correlation of 8 × 8 tiles at 64 pixels a side, weighted by their structure, the worst
    fifth left out. As three tiles may agree by chance, a prior weight speaks against every pair: a pair is proven
    where the similarity with it reaches LEAST_PROOF. Where both are nearly empty, their colours are compared.
    """
    turned = np.where(pairs.mirrored[:, None, None, None], other[:, :, ::-1], other)
    top, bottom, left, right = pairs.window.T
    a = _hats(top, bottom) @ _luma(one) @ _hats(left, right).transpose(0, 2, 1)  # (p, 64, 64)
    agreed, weight = _agreement(a, _luma(turned))
    distance = np.abs(one[:, ::8, ::8].astype(np.int16) - turned[:, ::8, ::8]).mean(axis=(1, 2, 3))
    empty = (distance <= _MOST_EMPTY_DISTANCE) & (fit >= _EMPTY_FIT)
    similarity = np.where(empty, np.maximum(agreed, 1 - distance / 20), agreed)
    return similarity.astype(np.float32), empty | (agreed * weight / (weight + _PRIOR) >= LEAST_PROOF)


def _agreement(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """(p, 64, 64) brightness of both → (p,) correlation of their fine structure, 0..1, and the weight behind it."""
    fine_a, fine_b = a - _mean_around(a), b - _mean_around(b)
    own, others = _tiles(fine_a * fine_a), _tiles(fine_b * fine_b)  # each (p, 64)
    correlation = _tiles(fine_a * fine_b) / (np.sqrt(own * others) + 1e-3)
    # A copy of less contrast has less structure everywhere; structure that one alone has speaks against them.
    gain = np.sqrt((own.mean(axis=1, keepdims=True) + 0.1) / (others.mean(axis=1, keepdims=True) + 0.1))
    structure = np.maximum(_corners(a), gain * _corners(b)) / np.sqrt(gain)
    weight = np.where(structure > _LEAST_STRUCTURE, np.minimum(structure, _MOST_STRUCTURE), 0)
    order = np.argsort(correlation, axis=1)
    correlation = np.take_along_axis(correlation, order, axis=1)
    weight = np.take_along_axis(weight, order, axis=1)
    total = weight.sum(axis=1, keepdims=True)
    weight = np.where(np.cumsum(weight, axis=1) > _WORST * total, weight, 0)
    left = weight.sum(axis=1)
    return np.clip((weight * correlation).sum(axis=1) / np.maximum(left, 1e-6), 0, 1), left


def _corners(plane: Floats) -> Floats:
    """(p, 64, 64) → (p, 64): change in the direction that changes least, levels a pixel (Shi and Tomasi 1994).

    A horizon, a black bar, the edge of a moon change one way only: all of them look alike, and prove nothing.
    """
    by_x, by_y = np.zeros_like(plane), np.zeros_like(plane)
    by_x[:, :, 1:-1] = (plane[:, :, 2:] - plane[:, :, :-2]) / 2
    by_y[:, 1:-1] = (plane[:, 2:] - plane[:, :-2]) / 2
    xx, yy, xy = _tiles(by_x * by_x), _tiles(by_y * by_y), _tiles(by_x * by_y)
    least = (xx + yy) / 2 - np.sqrt(np.square((xx - yy) / 2) + np.square(xy))
    return np.asarray(np.sqrt(np.maximum(least, 0)))


def _luma(pixels: Array) -> Floats:
    """(p, 128, 128, 3) uint8 → (p, 64, 64), 0..255; three eighths, a half and an eighth stand for BT.601."""
    rows = np.add(pixels[:, ::2], pixels[:, 1::2], dtype=np.uint16)
    cells = rows[:, :, ::2] + rows[:, :, 1::2]  # (p, 64, 64, 3), sums of four
    summed = 3 * cells[..., 0] + 4 * cells[..., 1] + cells[..., 2]
    return np.asarray(summed, dtype=np.float32) / 32


def _tiles(plane: Floats) -> Floats:
    """(p, 64, 64) → (p, 64): means of 8 × 8 pixels."""
    p, tiles = len(plane), _SIDE // _TILE
    return np.asarray(plane.reshape(p, tiles, _TILE, tiles, _TILE).mean(axis=(2, 4)).reshape(p, -1))


def _hats(low: Floats, high: Floats) -> Floats:
    """(p,) ends of windows → (p, 64, 64): a line of pixels becomes 64 evenly within the window, between two each."""
    places = low[:, None] + (high - low)[:, None] * descriptor.middles(_SIDE)
    at = np.clip(places * _SIDE - 0.5, 0, _SIDE - 1)
    reach = np.maximum(high - low, 1)[:, None, None]
    weight = np.maximum(0, 1 - np.abs(at[:, :, None] - np.arange(_SIDE, dtype=np.float32)) / reach)
    return np.asarray(weight / weight.sum(axis=2, keepdims=True), dtype=np.float32)


def _mean_around(plane: Floats) -> Floats:
    """Mean of the 9 × 9 pixels around each; edges are repeated."""
    width = 2 * _REACH + 1
    padded = np.pad(plane, ((0, 0), (_REACH + 1, _REACH), (_REACH + 1, _REACH)), mode="edge")
    down = np.cumsum(padded, axis=1)
    down = down[:, width:] - down[:, :-width]
    across = np.cumsum(down, axis=2)
    return np.asarray((across[:, :, width:] - across[:, :, :-width]) / width**2)
