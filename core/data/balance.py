"""Which versions of which training images are learned from: the 2020 report's recipe against imbalance.

Legend: n training images, L labels, M entries of the list to learn from. States (n, L): 1, 0, -1 (unknown).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.errors import BadInput

States = NDArray[np.integer[Any]]


def plan(
    states: States, labels: Sequence[str], config: TrainConfig, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """The list to learn from: rows (M,) of `states` and the version (M,) of each, 0 being the original.

    Every image gets `config.versions` versions. A version is dropped with `config.drop_probability` if its
    image has no label, or has the over-represented label and no under-represented one. An image that lost
    every version keeps its original. With one version there is nothing to thin out, and the list is every
    image once.
    """
    n = len(states)
    keep = np.ones((n, config.versions), dtype=bool)
    if config.versions > 1:
        chance = np.random.default_rng([seed, 1]).random(keep.shape)
        keep = ~(thinned(states, labels, config)[:, None] & (chance < config.drop_probability))
        keep[~keep.any(1), 0] = True
    rows, version = np.nonzero(keep)
    return rows.astype(np.int64), version.astype(np.int8)


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
