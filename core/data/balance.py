"""What an epoch learns from: which versions of which training images, and how often each is seen.

Legend: n training images, L labels, M entries of the list to learn from. States (n, L): 1, 0, -1 (unknown).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.errors import BadInput

States = NDArray[np.integer[Any]]

MOST_REPEATS = 10.0  # of a picture in an epoch: one image of a label of its own would be learned by heart


def plan(
    states: States, labels: Sequence[str], config: TrainConfig, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """The list to learn from: rows (M,) of `states` and the version (M,) of each, 0 being the original.

    The 2020 report's recipe against imbalance: every image gets `config.versions` versions. A version is
    dropped with `config.drop_probability` if its image has no label, or has the over-represented label and no
    under-represented one. An image that lost every version keeps its original. With one version there is
    nothing to thin out, and the list is every image once.
    """
    n = len(states)
    keep = np.ones((n, config.versions), dtype=bool)
    if config.versions > 1:
        chance = np.random.default_rng([seed, 1]).random(keep.shape)
        keep = ~(thinned(states, labels, config)[:, None] & (chance < config.drop_probability))
        keep[~keep.any(1), 0] = True
    rows, version = np.nonzero(keep)
    return rows.astype(np.int64), version.astype(np.int8)


def repeats(states: States, config: TrainConfig) -> NDArray[np.float64]:
    """How often an epoch sees each entry of the list on average, (M,), from 1 to MOST_REPEATS.

    states (M, L) of the list. Repeat factor sampling: with f the share of the list that has a label, and t the
    setting `sampling`, an entry is seen max(1, √(t/f)) times by its rarest label (Gupta, Dollár, Girshick,
    "LVIS", CVPR 2019; the root is from Mahajan et al., "Exploring the Limits of Weakly Supervised Pretraining",
    ECCV 2018).
    """
    often = np.ones(len(states))
    if config.sampling is None or not len(states):
        return often
    present = states == 1
    share = present.sum(axis=0) / len(states)  # (L,)
    for label in np.flatnonzero((share > 0) & (share < config.sampling)).tolist():
        factor = min(MOST_REPEATS, float(np.sqrt(config.sampling / share[label])))
        np.maximum(often, factor, out=often, where=present[:, label])
    return often


def pictures(often: NDArray[np.float64]) -> int:
    """How many pictures an epoch shows, whatever is drawn: the sum of the repeats (M,), rounded up."""
    return int(np.ceil(round(float(often.sum()), 6)))


def drawn(often: NDArray[np.float64], seed: int, epoch: int) -> NDArray[np.int64]:
    """Places in the list (T,), ascending, that an epoch shows; the same for the same seed and epoch.

    Systematic sampling: each entry comes its repeats (M,) rounded down or up, on average exactly, so none is
    ever left out and every epoch is of one length.
    """
    count = pictures(often)
    if count == len(often):
        return np.arange(count, dtype=np.int64)
    rng = np.random.default_rng([seed, 4, epoch])
    order = rng.permutation(len(often))  # else neighbours in the list would be rounded together
    ends = np.cumsum(often[order]) * (count / often.sum())
    at = np.searchsorted(ends, np.arange(count) + rng.random(), side="right")
    return np.sort(order[np.minimum(at, len(often) - 1)])


def thinned(states: States, labels: Sequence[str], config: TrainConfig) -> NDArray[np.bool_]:
    """True (n,) for images whose versions may be dropped."""
    present = states == 1
    over = over_represented(states, labels, config)
    bare: NDArray[np.bool_] = ~present.any(1)
    if over is None:
        return bare
    rare = present[:, under_represented(states)].any(1)
    some: NDArray[np.bool_] = present[:, over] & ~rare
    return bare | some


def under_represented(states: States) -> NDArray[np.bool_]:
    """True (L,) for labels with fewer positives than the median label."""
    positives = (states == 1).sum(0)
    return np.asarray(positives < np.median(positives))


def check_over_represented(labels: Sequence[str], config: TrainConfig) -> None:
    """Raises BadInput if the label that is set to be thinned out does not exist."""
    if config.over_represented is not None and config.over_represented not in labels:
        raise BadInput(
            f"The over-represented label {config.over_represented!r} is none of the data set's "
            f"{len(labels)} labels; name one of them, or none."
        )


def over_represented(states: States, labels: Sequence[str], config: TrainConfig) -> int | None:
    """The place of the label to thin out: the one set, else *people*, else the largest above twice the
    median.

    Raises BadInput if the label that is set does not exist.
    """
    check_over_represented(labels, config)
    if config.over_represented is not None:
        return list(labels).index(config.over_represented)
    if "people" in labels:
        return list(labels).index("people")
    positives = (states == 1).sum(0)
    largest = int(np.argmax(positives))
    return largest if positives[largest] > 2 * np.median(positives) else None
