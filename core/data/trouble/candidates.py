"""Which pairs may show the same picture: the nearest of each image, cut and mirrored, by its slow waves.

Numpy in blocks up to 50,000 images, faiss beyond; faiss is loaded only then.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.trouble import descriptor
from core.data.trouble.descriptor import Window

Array = np.ndarray[Any, Any]
Rows = NDArray[np.int64]
Found = tuple[Rows, Rows, NDArray[np.float32]]  # queries, their neighbours, cosines
Progress = Callable[[float], None]

EXACT_UP_TO = 50_000  # images; beyond, an index finds nearly all of the nearest in a hundredth of the time
LEAST_COSINE = 0.82
_LEAST_CONTRAST = 3.0  # levels of 255: an empty picture is like every other
_BLOCK_CELLS = 2_000_000  # cosines held at once: 8 MB, near the processor
_CROWD = 64  # neighbours a row on average, beyond which not all are put in order
_QUERIES = 50_000  # vectors asked of the index at once
_TRAINING = 200_000
_READ = 8192  # images whose coefficients are held at once: 8 MB


@dataclass(frozen=True, eq=False)
class Candidates:
    """P pairs of rows: a window of `one`, perhaps mirrored, looks like the whole of `other`."""

    one: Rows  # (P,)
    other: Rows  # (P,)
    window: NDArray[np.float32]  # (P, 4): top, bottom, left, right, 0..1
    mirrored: NDArray[np.bool_]  # (P,)
    cosine: NDArray[np.float32]  # (P,)


def find(coefficients: Array, rows: Rows, progress: Progress = lambda share: None) -> Candidates:
    """Each unordered pair once, with its best window, among the given rows of (N, 16, 16) coefficients.

    At 12,000 images 3 neighbours are taken of 22 cuts of each, beyond 50,000 one of 12.
    """
    starts = range(0, len(rows), _READ)
    contrast = [descriptor.contrast(coefficients[rows[start : start + _READ]]) for start in starts]
    rows = rows[np.concatenate([np.zeros(0), *contrast]) >= _LEAST_CONTRAST]
    few = len(rows) <= EXACT_UP_TO
    cuts = _cuts((0.9, 0.8) if few else (0.9,))
    if len(rows) < 2:
        return _best([], cuts)
    wholes = _vectors(coefficients, rows, Window(), mirrored=False)
    search: Callable[[Array], Found] = _Exact(wholes, 3) if few else _Indexed(wholes, 1)
    found = []
    for at, (window, mirrored) in enumerate(cuts):
        one, other, cosine = search(_vectors(coefficients, rows, window, mirrored=mirrored))
        found.append((rows[one], rows[other], cosine, np.full(len(one), at, dtype=np.int16)))
        progress((at + 1) / len(cuts))
    return _best(found, cuts)


def between(coefficients: Array, one: Rows, other: Rows) -> Candidates:
    """The given pairs, (P,) and (P,) rows, with the best window of either; those unlike in all windows are left out."""
    cuts = _cuts((0.9, 0.8))
    found = []
    for at, (window, mirrored) in enumerate(cuts):
        for a, b in ((one, other), (other, one)):
            cut = descriptor.vectors(coefficients[a], window, mirrored=mirrored)
            cosine = np.einsum("ij,ij->i", cut, descriptor.vectors(coefficients[b]))
            near = cosine >= LEAST_COSINE
            found.append((a[near], b[near], cosine[near], np.full(int(near.sum()), at, dtype=np.int16)))
    return _best(found, cuts)


def _vectors(coefficients: Array, rows: Rows, window: Window, *, mirrored: bool) -> Array:
    """(n, 42) of the given rows; the coefficients are read in blocks, as they may lie in a file."""
    found = np.empty((len(rows), descriptor.DIMENSIONS), dtype=np.float32)
    for start in range(0, len(rows), _READ):
        some = coefficients[rows[start : start + _READ]]
        found[start : start + _READ] = descriptor.vectors(some, window, mirrored=mirrored)
    return found


def _cuts(shares: tuple[float, ...]) -> list[tuple[Window, bool]]:
    return [(window, mirrored) for window in descriptor.windows(shares) for mirrored in (False, True)]


class _Exact:
    """All cosines, in blocks, one a thread: threads of BLAS itself wait for each other, long ones beside other work."""

    def __init__(self, wholes: Array, neighbours: int) -> None:
        self.wholes = np.ascontiguousarray(wholes.T)  # (42, n)
        self.neighbours = neighbours

    def __call__(self, queries: Array) -> Found:
        step = max(1, _BLOCK_CELLS // len(queries))
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            parts = pool.map(
                lambda start: self._block(start, queries[start : start + step]), range(0, len(queries), step)
            )
        one, other, cosine = (np.concatenate(column) for column in zip(*parts, strict=True))
        return one, other, cosine

    def _block(self, start: int, queries: Array) -> Found:
        cosines = queries @ self.wholes
        here = np.arange(len(cosines))
        cosines[here, start + here] = -1
        flat = cosines.ravel()
        cells = np.flatnonzero(flat >= LEAST_COSINE)  # few, and flat: found five times as fast
        if len(cells) > _CROWD * len(cosines):
            wanted = min(self.neighbours, cosines.shape[1])
            best = np.argpartition(cosines, -wanted, axis=1)[:, -wanted:]
            cells = (here[:, None] * cosines.shape[1] + best).ravel()
            cells = cells[flat[cells] >= LEAST_COSINE]
        one, other = np.divmod(cells, cosines.shape[1])
        found = flat[cells]
        order = np.lexsort((other, -found, one))
        one, other, found = one[order], other[order], found[order]
        kept = np.arange(len(one)) - np.searchsorted(one, one) < self.neighbours
        return one[kept] + start, other[kept], found[kept]


class _Indexed:
    """An inverted file of faiss: the vectors by their nearest of some thousand centres, 16 of which are read."""

    def __init__(self, wholes: Array, neighbours: int) -> None:
        import faiss

        n, width = wholes.shape
        centres = int(4 * np.sqrt(n))
        self.neighbours = neighbours
        self.index = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, centres, faiss.METRIC_INNER_PRODUCT)
        self.index.cp.seed = 0
        self.index.cp.niter = 6
        sample = np.random.default_rng(0).choice(n, min(n, _TRAINING, 40 * centres), replace=False)
        self.index.train(wholes[np.sort(sample)])
        self.index.add(wholes)
        self.index.nprobe = 16

    def __call__(self, queries: Array) -> Found:
        parts = []
        for start in range(0, len(queries), _QUERIES):
            # One more is asked for, as the nearest may be the picture itself.
            cosine, other = self.index.search(queries[start : start + _QUERIES], self.neighbours + 1)
            one = np.arange(start, start + len(other))[:, None]
            near = (cosine >= LEAST_COSINE) & (other >= 0) & (other != one)
            near &= np.cumsum(near, axis=1) <= self.neighbours
            parts.append((np.broadcast_to(one, other.shape)[near], other[near], cosine[near]))
        ones, others, cosines = (np.concatenate(column) for column in zip(*parts, strict=True))
        return ones, others, cosines


def _best(found: list[tuple[Rows, Rows, Array, Array]], cuts: list[tuple[Window, bool]]) -> Candidates:
    """Of all ways in which a pair was found the one with the largest cosine."""
    none = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.int16))
    one, other, cosine, cut = (np.concatenate(column) for column in zip(none, *found, strict=True))
    low, high = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((cut, -cosine, high, low))
    low, high = low[order], high[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    kept = order[first]
    window = np.array([(w.top, w.bottom, w.left, w.right) for w, _ in cuts], dtype=np.float32)
    mirrored = np.array([turned for _, turned in cuts])
    return Candidates(one[kept], other[kept], window[cut[kept]], mirrored[cut[kept]], cosine[kept])
