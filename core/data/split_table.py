"""What a split holds, beside what was wanted, and what is wrong with it in sentences.

Legend: N images, L labels, S sides (parts of a split, or folds).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data import stratify
from core.data.importers import listing
from core.words import those

HANDFUL = 5  # positives: with fewer on a side, one image moves a label's recall by a quarter or more
_MOST_NAMED = 6
_OFF = 0.1  # of the wanted images: a side that misses them by more is told


@dataclass(frozen=True, eq=False)
class SplitTable:
    """Images and positives of each label on each side, beside what was wanted."""

    labels: tuple[str, ...]
    sides: tuple[str, ...]  # "training", "validation", "test"; or "fold 1", …
    images: NDArray[np.int64]  # (S,)
    images_wanted: NDArray[np.float64]  # (S,)
    positives: NDArray[np.int64]  # (S, L)
    positives_wanted: NDArray[np.float64]  # (S, L)
    left_out: int  # images on none of the sides
    divided: int  # groups on more than one side, because their parts were given
    largest_group: int  # images of the largest group on the sides; 0 without groups
    sentences: tuple[str, ...]  # what a person should know before training

    @property
    def few(self) -> NDArray[np.bool_]:
        """True (S, L) where a side that has images has fewer than a HANDFUL of positives."""
        return few(self.images, self.positives)

    @property
    def scarce(self) -> list[tuple[str, int, int]]:
        """(label, side, positives) of each of these few, the rarest first."""
        return scarce(self.labels, self.images, self.positives)


def few(images: NDArray[np.int64], positives: NDArray[np.int64]) -> NDArray[np.bool_]:
    """True (S, L) where a side with images (S,) has fewer than a HANDFUL of positives (S, L).

    A side without any image is another trouble: every label would be told of it.
    """
    return np.asarray((positives < HANDFUL) & (images > 0)[:, None])


def scarce(
    labels: Sequence[str], images: NDArray[np.int64], positives: NDArray[np.int64]
) -> list[tuple[str, int, int]]:
    """(label, side, positives) of labels with too few examples on a side to learn or judge, the rarest first.

    images (S,), positives (S, L).
    """
    found = [
        (int(positives[side, at]), side, at) for side, at in np.argwhere(few(images, positives)).tolist()
    ]
    return [(labels[at], side, count) for count, side, at in sorted(found)]


def tabulate(
    present: NDArray[np.bool_],
    labels: Sequence[str],
    sides: Sequence[str],
    side: NDArray[np.int64],
    wanted: NDArray[np.float64],
    groups: NDArray[np.int64] | None = None,
) -> SplitTable:
    """Count present (N, L) by side (N,), which is below 0 for images on none; `wanted` (S,) are shares."""
    count = len(sides)
    on = side >= 0
    images = np.bincount(side[on], minlength=count)
    positives = np.array([present[side == at].sum(axis=0) for at in range(count)], dtype=np.int64)
    positives = positives.reshape(count, len(labels))
    divided, largest = (0, 0) if groups is None else _grouped(side[on], groups[on])
    return SplitTable(
        labels=tuple(labels),
        sides=tuple(sides),
        images=images.astype(np.int64),
        images_wanted=wanted * int(images.sum()),
        positives=positives,
        positives_wanted=np.outer(wanted, positives.sum(axis=0)),
        left_out=int(len(side) - on.sum()),
        divided=divided,
        largest_group=largest,
        sentences=(),
    )


def sizes_off(table: SplitTable) -> list[str]:
    """A sentence for each side whose images miss what was wanted by more than a tenth of it."""
    total = int(table.images.sum())
    said = []
    for name, found, wanted in zip(table.sides, table.images.tolist(), table.images_wanted, strict=True):
        if abs(found - wanted) > max(1.0, _OFF * wanted):
            share = f"{_percent(found, total)} of the images, not {_percent(wanted, total)}"
            said.append(f"{_upper(name)} has {found:,} of {total:,}: {share}{_because(table, total)}.")
    return said


def divisions(table: SplitTable) -> list[str]:
    """A sentence if groups are on two sides."""
    if not table.divided:
        return []
    what = those(table.divided, "group", "is", "are")
    return [
        f"{what} on more than one side, since their images had parts before: what is learned from one image "
        "is judged by its like. Leave the copies out, or draw the whole split anew."
    ]


def listed(items: Sequence[str]) -> str:
    """`baby 2, sea 4 and 3 more`."""
    return listing.some(items, _MOST_NAMED)


def _grouped(side: NDArray[np.int64], groups: NDArray[np.int64]) -> tuple[int, int]:
    """(groups on more than one side, images of the largest group)."""
    group = stratify.numbered(groups)
    rows = group >= 0
    if not rows.any():
        return 0, 0
    pairs = np.unique(np.stack([group[rows], side[rows]]), axis=1)
    return int((np.bincount(pairs[0]) > 1).sum()), int(np.bincount(group[rows]).max())


def _because(table: SplitTable, total: int) -> str:
    if table.largest_group <= _OFF * total:
        return ""
    return f"; the largest group holds {table.largest_group:,} images and stays on one side"


def _percent(part: float, total: int) -> str:
    return f"{100 * part / total:.3g} %"


def _upper(name: str) -> str:
    return name[0].upper() + name[1:]
