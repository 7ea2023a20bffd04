"""Images that show the same picture: equal files, equal pixels, and copies that were changed a little.

Resized, compressed again, cropped by a tenth, mirrored, brighter, without colour, watermarked, framed: two steps
find them. Candidates are the nearest by slow waves (`candidates`), each is then proven on the pixels (`alike`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.trouble import alike, candidates, grouping
from core.data.trouble.candidates import Candidates

Array = np.ndarray[Any, Any]
Rows = NDArray[np.int64]
Progress = Callable[[float], None]

NONE = -1  # the group of an image that has no duplicate
_PAIRS = 128  # whose pixels are held at once: 13 MB
_ALIGNED = 2048  # pairs laid over each other at once
_MULTIPLIERS = np.random.default_rng(0).integers(0, 2**63, 128 * 128 * 3 // 8, dtype=np.uint64) | np.uint64(1)


class Sameness(IntEnum):
    """How two images are the same, the strictest first."""

    FILE = 0
    PIXELS = 1
    NEAR = 2


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Groups of N images, and the P pairs that they rest on.

    Every member of a group is a duplicate of the group's centre, or of two that are, so that chains of small
    changes do not join different pictures; a pair between two groups is still among the pairs.
    """

    group: NDArray[np.int32]  # (N,) number of the group, by its lowest row, from 0; -1: no duplicate
    one: NDArray[np.int64]  # (P,) row; always the lower one
    other: NDArray[np.int64]  # (P,)
    similarity: NDArray[np.float32]  # (P,) 0..1; 1 for equal files and pixels
    sameness: NDArray[np.int8]  # (P,) as in Sameness
    mirrored: NDArray[np.bool_]  # (P,)

    @property
    def groups(self) -> list[Rows]:
        """The rows of each group, ascending, by the number of the group."""
        rows = np.argsort(self.group, kind="stable")
        rows = rows[self.group[rows] != NONE]
        starts = np.flatnonzero(np.diff(self.group[rows])) + 1
        return [part.astype(np.int64) for part in np.split(rows, starts)] if len(rows) else []

    def sentence(self, pair: int) -> str:
        """Say how the two images of a pair are the same, with the number."""
        match Sameness(int(self.sameness[pair])):
            case Sameness.FILE:
                return "The two files are equal, byte by byte."
            case Sameness.PIXELS:
                return "The two files differ, their pixels at 128 × 128 do not."
            case Sameness.NEAR:
                how = "mirrored, " if self.mirrored[pair] else ""
                agrees = 100 * float(self.similarity[pair])
                return f"The same picture, {how}changed: {agrees:.0f} % of its fine structure agrees."


def digests(pixels: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """(n, 128, 128, 3) → (n,): equal for equal pixels, and hardly ever otherwise."""
    words = np.ascontiguousarray(pixels).reshape(len(pixels), 8 * len(_MULTIPLIERS)).view(np.uint64)
    return np.asarray(words @ _MULTIPLIERS)


def find(
    pixels: Array,
    coefficients: Array,
    digest: Array,
    sha256: Sequence[str],
    progress: Progress = lambda share: None,
) -> Duplicates:
    """All duplicates among N images.

    pixels (N, 128, 128, 3) uint8, mapped; coefficients (N, 16, 16) from descriptor.describe; digest (N,) from
    digests; sha256 of each file. progress gets the share done, 0..1.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(
        limits=1, user_api="blas"
    ):  # its threads would wait for each other: see candidates
        return _find(pixels, coefficients, digest, sha256, progress)


def _find(
    pixels: Array, coefficients: Array, digest: Array, sha256: Sequence[str], progress: Progress
) -> Duplicates:
    first_file = _firsts(list(sha256))
    first = _first_pixels(pixels, digest, first_file)
    every = np.arange(len(first))
    copies = np.flatnonzero(first != every)
    same_file = first_file[copies] != copies
    target = np.where(same_file, first_file[copies], first[copies])
    # One of each lot of equal pixels stands for all of them.
    asked = candidates.find(coefficients, np.flatnonzero(first == every), lambda share: progress(0.4 * share))
    near, similarity = _proven(pixels, coefficients, asked, lambda share: progress(0.4 + 0.5 * share))
    # The search asks for a few neighbours only: in a large lot of copies many pairs were not looked at.
    one, other = grouping.missing(grouping.links(near.one, near.other, similarity))
    more, also = _proven(pixels, coefficients, candidates.between(coefficients, one, other))
    near, similarity = _joined(near, more), np.concatenate([similarity, also])
    head = grouping.heads(len(first), grouping.links(near.one, near.other, similarity))
    progress(1.0)
    exact = np.where(same_file, Sameness.FILE, Sameness.PIXELS)
    return Duplicates(
        group=grouping.numbered(head[first], NONE),
        one=np.concatenate([target, np.minimum(near.one, near.other)]),
        other=np.concatenate([copies, np.maximum(near.one, near.other)]),
        similarity=np.concatenate([np.ones(len(copies), np.float32), similarity]),
        sameness=np.concatenate([exact, np.full(len(near.one), Sameness.NEAR)]).astype(np.int8),
        mirrored=np.concatenate([np.zeros(len(copies), np.bool_), near.mirrored]),
    )


def _firsts(values: Sequence[object]) -> Rows:
    """(N,): the lowest row with the same value."""
    seen: dict[object, int] = {}
    return np.array([seen.setdefault(value, row) for row, value in enumerate(values)], dtype=np.int64)


def _first_pixels(pixels: Array, digest: Array, first_file: Rows) -> Rows:
    """(N,): the lowest row with equal pixels, or an equal file; equal digests are looked at."""
    first = _firsts(digest.tolist())
    for row in np.flatnonzero(first != np.arange(len(first))).tolist():
        if first_file[row] == row and not np.array_equal(pixels[row], pixels[first[row]]):
            first[row] = row
    first = np.minimum(first, first_file)
    while not np.array_equal(first, first[first]):  # a file's first may itself have the pixels of another
        first = first[first]
    return first


def _proven(
    pixels: Array, coefficients: Array, found: Candidates, progress: Progress = lambda share: None
) -> tuple[Candidates, NDArray[np.float32]]:
    """The candidates that are the same picture, and how far, 0..1."""
    kept, similarities = [], []
    for start in range(0, len(found.one), _ALIGNED):
        some = alike.select(found, slice(start, start + _ALIGNED))
        some, fit = alike.aligned(coefficients, some)
        for at in range(0, len(fit), _PAIRS):
            block = alike.select(some, slice(at, at + _PAIRS))
            similarity, proof = alike.compared(
                pixels[block.one], pixels[block.other], block, fit[at : at + _PAIRS]
            )
            kept.append(alike.select(block, proof))
            similarities.append(similarity[proof])
        progress(min(1.0, (start + _ALIGNED) / len(found.one)))
    if not kept:
        return alike.select(found, slice(0, 0)), np.zeros(0, np.float32)
    return _joined(*kept), np.concatenate(similarities)


def _joined(*parts: Candidates) -> Candidates:
    names = ("one", "other", "window", "mirrored", "cosine")
    return Candidates(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
