"""Folds in which every image is judged once: stratified, repeatable, and no group on two sides.

Legend: N images, L labels, K folds.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.codes import PART_CODES
from core.data import split_table, stratify
from core.data.split_table import HANDFUL, SplitTable
from core.errors import BadInput
from db.terms import Part

MOST = 20  # folds; each is a training run
_IN_FOLDS = [PART_CODES[part] for part in (Part.TRAIN, Part.VALIDATION)]  # test images stay unseen


def assign(
    present: NDArray[np.bool_],
    k: int,
    seed: int,
    groups: NDArray[np.int64] | None = None,
    parts: NDArray[np.int8] | None = None,
) -> NDArray[np.int8]:
    """The fold of each image, int8 (N,): 0 to k - 1, and -1 for test images and those left out.

    present (N, L). groups (N,) is one number a group that stays in one fold, below 0 for none; exact duplicates
    belong into it, or one is learned from while its copy is judged (`stratify.joined` makes one grouping of
    several). parts (N,) as core.states has them; without them every image is in a fold. The same seed gives
    the same folds.

    Raises BadInput for a number of folds that cannot be, or more folds than images or groups.

    How: core.data.stratify.draw, with k equal shares.
    """
    if not 2 <= k <= MOST:
        raise BadInput(f"The number of folds cannot be {k}: choose from 2 to {MOST}.")
    used = np.ones(len(present), dtype=bool) if parts is None else np.isin(parts, _IN_FOLDS)
    numbers = None if groups is None else groups[used]
    _check_enough(k, int(used.sum()), numbers)
    given = np.full(int(used.sum()), -1, dtype=np.int64)
    fold = stratify.draw(present[used], np.full(k, 1 / k), given, seed, numbers)
    alone = np.ones(len(fold), dtype=bool) if numbers is None else stratify.numbered(numbers) < 0
    stratify.fill_empty(fold, alone, k, seed)
    empty = k - len(np.unique(fold))
    if empty:
        raise BadInput(f"The groups leave {empty} of {k} folds without an image; choose fewer folds.")
    out = np.full(len(present), -1, dtype=np.int8)
    out[used] = fold
    return out


def table(
    present: NDArray[np.bool_],
    labels: Sequence[str],
    fold: NDArray[np.int8],
    groups: NDArray[np.int64] | None = None,
) -> SplitTable:
    """What the folds (N,), as assign() gave them, hold of present (N, L), and what is wrong, in sentences."""
    k = int(fold.max(initial=0)) + 1
    names = [f"fold {at + 1}" for at in range(k)]
    side = fold.astype(np.int64)
    made = split_table.tabulate(present, labels, names, side, np.full(k, 1 / k), groups)
    sentences = [*split_table.sizes_off(made), *_scarce(made), *split_table.divisions(made)]
    return replace(made, sentences=tuple(sentences))


def _scarce(made: SplitTable) -> list[str]:
    """A sentence on labels that some fold has none of, and one on labels of which some fold has but few."""
    k, positives = made.positives.shape[0], made.positives.sum(axis=0)
    low, high = made.positives.min(axis=0), made.positives.max(axis=0)
    none = [f"{made.labels[at]} {positives[at]}" for at in np.flatnonzero(low == 0).tolist()]
    few = [
        f"{made.labels[at]} {low[at]} to {high[at]}"
        for at in np.flatnonzero((low > 0) & (low < HANDFUL)).tolist()
    ]
    said = []
    if none:
        said.append(
            f"Some of the {k} folds have no image of: {split_table.listed(none)} (images in all folds); "
            "they cannot judge these labels. Choose fewer folds, or add images."
        )
    if few:
        said.append(f"A fold has fewer than {HANDFUL} images of: {split_table.listed(few)}.")
    return said


def _check_enough(k: int, images: int, groups: NDArray[np.int64] | None) -> None:
    """Raise BadInput if there are fewer images, or groups and images alone, than folds."""
    if images < k:
        raise BadInput(f"{k} folds need {k} images; there are {images} in train and validation.")
    if groups is None:
        return
    number = stratify.numbered(groups)
    apart = int(number.max(initial=-1)) + 1 + int((number < 0).sum())
    if apart < k:
        raise BadInput(
            f"{k} folds need {k} groups, as a group stays in one fold; there are {apart} (images alone counted "
            "as groups). Choose fewer folds, or keep smaller groups together."
        )
