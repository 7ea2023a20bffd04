"""Iterative stratification: every label has its share on every side, and what belongs together stays together.

Legend: N images, L labels, G groups of two images or more, S sides. A side is a number, -1 while open; sides
from S on are kept as they are and take no part in the shares. A group is a number, below 0 for none.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def draw(
    present: NDArray[np.bool_],
    wanted: NDArray[np.float64],
    given: Ints,
    seed: int,
    groups: Ints | None = None,
) -> Ints:
    """The side (N,) of each image: as `given` (N,), and where that is -1 drawn by the shares `wanted` (S,).

    present (N, L). Images without any label count as one more label. Open images of one group get one side;
    groups are placed before single images, which then fill up what is lacking. The same seed gives the same
    sides.

    Single images: Sechidis, Tsoumakas, Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD 2011,
    algorithm 1. Groups: the same greedy choice by what is lacking, the largest group first, over all labels
    of the group at once, each weighed by one over its images (as scikit-learn's StratifiedGroupKFold weighs
    classes); the rarest label alone left twice the deviation on groups of a long tail.
    """
    labels = np.column_stack([present, ~present.any(axis=1)])  # (N, L+1)
    rng = np.random.default_rng(seed)
    sides = given.copy()
    if groups is not None:
        group = np.where(sides < 0, numbered(groups), -1)
        sides = _place_groups(labels, wanted, sides, numbered(group), rng)
    of_size, of_label = _lacking(labels, wanted, sides)
    return _Draw(labels, of_size, of_label, sides, rng).run()


def numbered(groups: Ints) -> Ints:
    """The groups of two images or more as 0, 1, … (N,); -1 for images alone."""
    out = np.full(len(groups), -1, dtype=np.int64)
    named = np.flatnonzero(groups >= 0)
    _, group, sizes = np.unique(groups[named], return_inverse=True, return_counts=True)
    several = sizes > 1
    out[named] = np.where(several, np.cumsum(several) - 1, -1)[group]
    return out


def by_value(values: Iterable[str | None]) -> Ints:
    """A grouping (N,): the same number for the same value; -1 for None."""
    known: dict[str, int] = {}
    numbers = [-1 if value is None else known.setdefault(value, len(known)) for value in values]
    return np.array(numbers, dtype=np.int64)


def joined(*groupings: Ints) -> Ints:
    """Groups (N,) that keep together what any of the groupings (N,) does: duplicates and photographers, say."""
    numbers = [numbered(grouping) for grouping in groupings]
    least = np.arange(len(numbers[0]), dtype=np.int64)  # (N,) the first image that each hangs together with
    while True:
        before = least.copy()
        for group in numbers:
            rows = np.flatnonzero(group >= 0)
            first = np.full(int(group.max(initial=-1)) + 1, len(least))  # (G,)
            np.minimum.at(first, group[rows], least[rows])
            least[rows] = first[group[rows]]
        if np.array_equal(before, least):
            return least


def fill_empty(sides: Ints, movable: NDArray[np.bool_], count: int, seed: int) -> None:
    """Give a side that rounding left empty one movable image of the largest side, where that has two to spare."""
    rng = np.random.default_rng((seed, 1))
    for at in range(count):
        counts = np.bincount(sides, minlength=count)[:count]
        largest = int(counts.argmax())
        candidates = np.flatnonzero((sides == largest) & movable)
        if counts[at] == 0 and counts[largest] > 1 and len(candidates):
            sides[rng.choice(candidates)] = at


def whole(amounts: NDArray[np.float64]) -> Ints:
    """Whole numbers (S,) for amounts with a whole sum, by the largest remainders; of equal ones the first."""
    found = np.floor(amounts + 1e-9).astype(np.int64)
    rest = round(float(amounts.sum())) - int(found.sum())
    found[np.argsort(found - amounts, kind="stable")[:rest]] += 1
    return found


def level(
    present: NDArray[np.bool_],
    wanted: NDArray[np.float64],
    given: Ints,
    sides: Ints,
    movable: NDArray[np.bool_],
    seed: int,
) -> None:
    """Move drawn images until each side has what it lacked of the open ones, in whole images.

    present (N, L), wanted (S,), given (N,) as for `draw`, which drew `sides` (N,). A label of a handful of new
    images leaves no side but the largest a whole one: label by label, all would go there, and the shares would
    drift. Moved is the movable (N,) image that lets the labels' shares deviate least; the seed breaks ties.
    """
    labels = np.column_stack([present, ~present.any(axis=1)])  # (N, L+1)
    opened = given < 0
    of_size, of_label = _lacking(labels, wanted, given)
    count = len(wanted)
    got = [opened & (sides == at) for at in range(count)]
    left = np.array([int(mine.sum()) for mine in got]) - whole(of_size)  # (S,) images too many
    over = np.array([labels[mine].sum(axis=0) for mine in got]) - of_label  # (S, L+1) positives too many
    weight = 1.0 / np.maximum(labels[opened].sum(axis=0), 1)  # (L+1,)
    order = np.random.default_rng((seed, 2)).permutation(np.flatnonzero(opened & movable))
    while True:
        moving = np.bincount(sides[order], minlength=count)[:count] > 0  # (S,) a group stays where it is
        giver, taker = int(np.where(moving, left, 0).argmax()), int(left.argmin())
        if not moving[giver] or left[giver] <= 0 or left[taker] >= 0:
            return
        rows = order[sides[order] == giver]
        costs = labels[rows] @ (weight * (over[taker] - over[giver] + 1))  # (n,) of squared deviation, halved
        row = int(rows[costs.argmin()])
        sides[row] = taker
        left[giver], left[taker] = left[giver] - 1, left[taker] + 1
        over[giver] -= labels[row]
        over[taker] += labels[row]


def _lacking(
    labels: NDArray[np.bool_], wanted: NDArray[np.float64], sides: Ints
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Images (S,) and positives (S, L+1) that each side still lacks; they sum to what is open.

    A side that was given more than its share lacks nothing, and the others share what is open in proportion:
    lacks that promised more than there is would starve the smallest side.
    """
    count = len(wanted)
    held = np.zeros((count, labels.shape[1] + 1))
    for at in range(count):
        mine = sides == at
        held[at] = [int(mine.sum()), *labels[mine].sum(axis=0)]
    unset = sides < 0
    left = np.array([int(unset.sum()), *labels[unset].sum(axis=0)], dtype=np.float64)
    lacks = np.maximum(np.outer(wanted, left + held.sum(axis=0)) - held, 0.0)  # (S, L+2)
    total = lacks.sum(axis=0)
    over = total > left * (1 + 1e-9)
    lacks[:, over] *= left[over] / total[over]
    return lacks[:, 0], lacks[:, 1:]


def _place_groups(
    labels: NDArray[np.bool_], wanted: NDArray[np.float64], sides: Ints, group: Ints, rng: np.random.Generator
) -> Ints:
    """Sides (N,) in which each group (numbered, of open images) is placed as a whole, the largest first."""
    rows = np.flatnonzero(group >= 0)
    if not len(rows):
        return sides
    rows = rows[np.argsort(group[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(group[rows], prepend=-1))
    sizes = np.diff(starts, append=len(rows))  # (G,)
    counts = np.add.reduceat(labels[rows], starts, axis=0, dtype=np.int32)  # (G, L+1)
    of_size, of_label = _lacking(labels, wanted, sides)
    weight = 1.0 / np.maximum(labels[sides < 0].sum(axis=0), 1)  # (L+1,)
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    of_group = np.empty(len(sizes), dtype=np.int64)
    for at in order.tolist():
        fits = of_size >= sizes[at]
        if fits.any():
            score = of_label @ (counts[at] * weight) + of_size * (sizes[at] / len(labels))
            side = int(np.where(fits, score, -np.inf).argmax())
        else:
            side = int(of_size.argmax())
        of_group[at] = side
        of_size[side] -= sizes[at]
        of_label[side] -= counts[at]
    placed = sides.copy()
    placed[rows] = of_group[group[rows]]
    return placed


class _Draw:
    """Algorithm 1: the rarest label first, each of its images to the side that lacks that label most."""

    def __init__(
        self,
        labels: NDArray[np.bool_],
        of_size: NDArray[np.float64],
        of_label: NDArray[np.float64],
        given: Ints,
        rng: np.random.Generator,
    ) -> None:
        self.labels = labels
        self.of_size: list[float] = of_size.tolist()
        self.of_label: list[list[float]] = of_label.tolist()
        self.drawn = given.copy()  # (N,) index of the side, -1 while open
        self.rng = rng

    def run(self) -> Ints:
        """Draw every open image; (N,)."""
        open_counts = self.labels[self.drawn < 0].sum(axis=0)  # (L+1,)
        while open_counts.any():
            rarest = int(np.where(open_counts > 0, open_counts, len(self.labels) + 1).argmin())
            rows = np.flatnonzero(self.labels[:, rarest] & (self.drawn < 0))
            self._place(self.rng.permutation(rows), rarest)
            open_counts = open_counts - self.labels[rows].sum(axis=0)
        return self.drawn

    def _place(self, rows: Ints, label: int) -> None:
        """Place all open images of one label; on three numbers plain lists are faster than arrays."""
        chances = self.rng.random((len(rows), len(self.of_size))).tolist()
        for row, chance in zip(rows.tolist(), chances, strict=True):
            lacks = [wanted[label] for wanted in self.of_label]
            at = max(range(len(lacks)), key=lambda p: (lacks[p], self.of_size[p], chance[p]))
            self.drawn[row] = at
            self.of_size[at] -= 1
            wanted = self.of_label[at]
            for other in np.flatnonzero(self.labels[row]).tolist():
                wanted[other] -= 1
