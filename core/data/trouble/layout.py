"""A map of all images in two dimensions: what looks alike lies together, by colour, composition and texture.

No network is needed: an image is 8 × 8 means of its colours and its statistics, reduced by principal components.
Up to 5,000 images t-SNE places all of them; beyond, it places 5,000 drawn at random, and every other image comes
to lie among the three of them that are most like it. Linear in the number of images: a million takes minutes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, Any]  # of float32
Progress = Callable[[float], None]

CELLS = 8  # a side
LANDMARKS = 5_000
_COMPONENTS = 24
_ITERATIONS = 500
_NEAREST = 3
_BLOCK = 2048  # images placed at once: 40 MB of distances
_FITTED = 20_000  # images that the components are found on
_CHROMA = 2.0  # colour counts as much as brightness, of which there is more
_SEVERAL = 2_000  # points from which more than one thread is worth its while
_FEW = 5  # images that need no map
_TO_OPPONENT = np.array(
    [[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], dtype=np.float32
)  # ITU-R BT.601: Y, Cb, Cr


def cells(colour: Floats) -> NDArray[np.uint8]:
    """(n, 32, 32, 3) colours 0..255 → (n, 8, 8, 3), what `place` reads."""
    n, side = colour.shape[:2]
    tile = side // CELLS
    means = colour.reshape(n, CELLS, tile, CELLS, tile, 3).mean(axis=(2, 4))
    return np.asarray(means.round(), dtype=np.uint8)


def place(
    colours: NDArray[np.uint8], statistics: Floats, seed: int, progress: Progress = lambda share: None
) -> Floats:
    """(N, 8, 8, 3) colours and (N, K) statistics → (N, 2) places, each axis 0..1. The same seed, the same map."""
    if len(colours) < _FEW:
        return np.column_stack([np.linspace(0, 1, len(colours)), np.full(len(colours), 0.5)]).astype(
            np.float32
        )
    rng = np.random.default_rng(seed)
    fitted = _drawn(rng, len(colours), _FITTED)
    project = _Components(_features(colours[fitted], statistics[fitted]))
    landmarks = _drawn(rng, len(colours), LANDMARKS)
    space = project(_features(colours[landmarks], statistics[landmarks]))
    progress(0.05)
    placed = _tsne(space, seed)
    progress(0.9)
    places = np.empty((len(colours), 2), dtype=np.float32)
    places[landmarks] = placed
    rest = np.setdiff1d(np.arange(len(colours)), landmarks)
    for start in range(0, len(rest), _BLOCK):
        rows = rest[start : start + _BLOCK]
        places[rows] = _among(project(_features(colours[rows], statistics[rows])), space, placed)
        progress(0.9 + 0.1 * start / len(rest))
    low, high = places.min(axis=0), places.max(axis=0)
    return np.asarray((places - low) / np.maximum(high - low, 1e-6), dtype=np.float32)


def _drawn(rng: np.random.Generator, count: int, most: int) -> NDArray[np.int64]:
    if count <= most:
        return np.arange(count)
    return np.sort(rng.choice(count, most, replace=False))


def _features(colours: Array, statistics: Floats) -> Floats:
    """(n, 192 + K), in which distances mean unlikeness."""
    opponent = (colours.astype(np.float32) / 255) @ _TO_OPPONENT.T
    opponent[..., 1:] *= _CHROMA
    return np.concatenate([opponent.reshape(len(colours), -1), np.nan_to_num(statistics)], axis=1)


class _Components:
    """Principal components of a sample; the statistics are scaled to the spread of all colours together."""

    def __init__(self, sample: Floats) -> None:
        self.centre = sample.mean(axis=0)
        split = CELLS * CELLS * 3
        spread = np.maximum(sample.std(axis=0), 1e-6)
        self.scale = np.ones(sample.shape[1], dtype=np.float32)
        shown = float(np.sqrt(np.square(spread[:split]).sum()))
        self.scale[split:] = shown / spread[split:] / np.sqrt(max(sample.shape[1] - split, 1)) / 2
        scaled = ((sample - self.centre) * self.scale).astype(np.float64)
        _, axes = np.linalg.eigh(scaled.T @ scaled)
        kept = axes[:, ::-1][:, :_COMPONENTS]
        # The sign of an axis is chance: the largest entry is made positive.
        signs = np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(kept.shape[1])])
        self.axes = (kept * signs).astype(np.float32)

    def __call__(self, features: Floats) -> Floats:
        return np.asarray(((features - self.centre) * self.scale) @ self.axes)


def _tsne(space: Floats, seed: int) -> Floats:
    """(n, d) → (n, 2), van der Maaten 2014 (Barnes–Hut), begun at the first two components."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    begin = space[:, :2] / max(float(space[:, 0].std()), 1e-6) * 1e-4
    model = TSNE(
        perplexity=min(30.0, (len(space) - 1) / 3),
        init=begin,
        max_iter=_ITERATIONS,
        random_state=seed,
        method="barnes_hut",
    )
    # On few points its threads wait for each other longer than they work.
    with threadpool_limits(limits=1 if len(space) < _SEVERAL else None, user_api="openmp"):
        return np.asarray(model.fit_transform(space), dtype=np.float32)


def _among(space: Floats, landmarks: Floats, placed: Floats) -> Floats:
    """(n, d) → (n, 2): the weighted mean of the places of the nearest landmarks."""
    squares = np.square(landmarks).sum(axis=1) - 2 * space @ landmarks.T
    nearest = np.argpartition(squares, _NEAREST - 1, axis=1)[:, :_NEAREST]
    distance = np.take_along_axis(squares, nearest, axis=1) + np.square(space).sum(axis=1, keepdims=True)
    weight = 1 / (np.maximum(distance, 0) + 1e-6)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("nk,nkd->nd", weight, placed[nearest]), dtype=np.float32)
