"""Pictures altered as training alters them, without torch: what core.training.batches does, for people to look at.

tests/core/data/test_rendering.py holds the two against each other.

Legend: B pictures, S side. Pixels are uint8 (B, S, S, 3); in between they are float32, 0..1.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.augment import Alterations, Floats

Pixels = NDArray[np.uint8]


def resize(pixels: Pixels, side_px: int) -> Pixels:
    """(B, s, s, 3) as (B, side, side, 3), every source pixel counting (antialiased)."""
    if pixels.shape[1] == side_px:
        return np.ascontiguousarray(pixels)
    small = np.empty((len(pixels), side_px, side_px, 3), dtype=np.uint8)
    for at, picture in enumerate(pixels):
        image = Image.fromarray(np.ascontiguousarray(picture))
        small[at] = np.asarray(image.resize((side_px, side_px), Image.Resampling.BILINEAR))
    return small


def alter(pixels: Pixels, todo: Alterations) -> Floats:
    """The pictures (B, S, S, 3) moved, toned and covered as drawn, float32 0..1."""
    x = pixels.astype(np.float32) / np.float32(255.0)
    if todo.moves:
        x = _moved(x, todo.affine)
    grey = x.mean(axis=3, keepdims=True)  # (B, S, S, 1)
    mean = grey.mean(axis=(1, 2), keepdims=True)  # (B, 1, 1, 1)
    x = grey + (x - grey) * _column(todo.saturation)
    x = np.clip(mean + _column(todo.brightness) + (x - mean) * _column(todo.contrast), 0.0, 1.0)
    covered: Floats = np.where(_covered(todo.boxes, x.shape[1]), mean, x)
    return covered


def blend(x: Floats, share: Floats, other: NDArray[np.int64]) -> Floats:
    """Each picture (B, S, S, 3) with its share (B,), the rest of it the picture at `other` (B,)."""
    return x * _column(share) + x[other] * _column(1 - share)


def as_pixels(x: Floats) -> Pixels:
    """0..1 as uint8."""
    return (x * 255.0 + 0.5).astype(np.uint8)


def _moved(x: Floats, affine: Floats) -> Floats:
    """Each output point read from where `affine` (B, 2, 3) says: bilinear, mirrored at the picture's edges."""
    count, side = x.shape[:2]
    at = ((2 * np.arange(side, dtype=np.float32) + 1) / side - 1).astype(np.float32)  # centres, -1..1
    a = affine[:, :, :, None, None]  # (B, 2, 3, 1, 1)
    across, down = (
        _reflected(a[:, i, 0] * at[None, None, :] + a[:, i, 1] * at[None, :, None] + a[:, i, 2], side)
        for i in range(2)
    )  # (B, S, S) each, in pixels
    left, top = across.astype(np.int64), down.astype(np.int64)
    right, bottom = np.minimum(left + 1, side - 1), np.minimum(top + 1, side - 1)
    wide, deep = (across - left)[..., None], (down - top)[..., None]
    flat = x.reshape(-1, 3)
    first = (np.arange(count) * side * side)[:, None, None]
    above = flat[first + top * side + left] * (1 - wide) + flat[first + top * side + right] * wide
    below = flat[first + bottom * side + left] * (1 - wide) + flat[first + bottom * side + right] * wide
    moved: Floats = above * (1 - deep) + below * deep
    return moved


def _reflected(at: Floats, side: int) -> Floats:
    """Coordinates -1..1 and beyond as pixels 0..S-1, mirrored at the edges."""
    from_edge = np.abs((at + 1) * np.float32(side / 2))
    turns, rest = np.divmod(from_edge, np.float32(side))
    inside = np.where(turns % 2 == 0, rest, side - rest) - np.float32(0.5)
    clipped: Floats = np.clip(inside, 0, side - 1).astype(np.float32)
    return clipped


def _covered(boxes: Floats, side: int) -> NDArray[np.bool_]:
    """True (B, S, S, 1) inside any of the boxes (B, K, 4)."""
    at = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / np.float32(side)
    top, left, bottom, right = (boxes[:, :, i, None] for i in range(4))  # (B, K, 1) each
    down, across = (at >= top) & (at < bottom), (at >= left) & (at < right)  # (B, K, S)
    inside = np.asarray((down[..., :, None] & across[..., None, :]).any(axis=1))
    return inside[..., None]


def _column(values: Floats) -> Floats:
    return values[:, None, None, None]
