"""Were there too few training images of this kind? Judged for missed labels (FN) only.

Of the images that carry the label, the 20 nearest to the error are taken from training and validation
together. If the kind is as common in both, validation's share among them is its share everywhere; a kind
that training lacks has more. One-sided binomial test, Benjamini-Hochberg over all missed labels. The
expected share is never below the median over all missed labels: a network separates what it was trained on
from what it was not, and that lifts the share for every miss.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, false_discovery_control

from core.analysis import space
from core.analysis.evidence import Cells
from core.analysis.inputs import PRESENT
from core.analysis.space import Scene

KIN = 20  # nearest carriers of the label
FEWEST_CARRIERS = 2 * KIN
FALSE_SHARE = 0.05  # Benjamini-Hochberg level
NEVER_SEEN = 0.95  # P(sparsity) of a missed label that no training image carries
RADIUS_RANK = 10  # the radius of "similar" reaches this neighbour of a typical recognised image


@dataclass(frozen=True)
class Scarcity:
    """What was found for the errors of `Cells`; NaN where nothing could be asked."""

    probability: np.ndarray  # (C,)
    from_validation: np.ndarray  # (C,) of the KIN nearest carriers, how many are validation images
    expected: np.ndarray  # (C,) how many there would be if training had as many of this kind
    similar: np.ndarray  # (C,) training carriers within the label's radius
    usual: np.ndarray  # (C,) the same, median of the recognised images
    q_value: np.ndarray  # (C,)


def judge(scene: Scene, cells: Cells) -> Scarcity:
    """Look at every missed label; without embeddings only labels that training never showed are claimed."""
    count = len(cells.row)
    held, share = np.full(count, np.nan), np.full(count, np.nan)
    similar, usual = np.full(count, np.nan), np.full(count, np.nan)
    missed = cells.annotated & cells.wrong
    if scene.pictured:
        for label in np.unique(cells.label[missed]):
            mine = np.flatnonzero((cells.label == label) & cells.annotated)
            _look(scene, int(label), cells, mine, held, share, similar, usual)
    asked = np.flatnonzero(missed & np.isfinite(held))
    probability, q = np.zeros(count), np.full(count, np.nan)
    if len(asked):
        expected = np.maximum(share[asked], np.median(held[asked]) / KIN)
        q[asked] = false_discovery_control(np.clip(binom.sf(held[asked] - 1, KIN, expected), 0, 1))
        ratio = 1e-9 + (held[asked] + 0.5) / (KIN - held[asked] + 0.5) * (1 - expected) / expected
        claimed = np.where(q[asked] <= FALSE_SHARE, (1 - q[asked]) * np.maximum(0.0, 1 - 1 / ratio), 0.0)
        probability[asked] = claimed
        share[asked] = expected
    for label in np.unique(cells.label[missed]):
        states = scene.given.states[:, label]
        if not (states[scene.learned_from] == PRESENT).any():
            mine = missed & (cells.label == label)
            probability[mine], similar[mine] = NEVER_SEEN, 0
            held[mine], share[mine] = (states[scene.val] == PRESENT).sum(), 0.0
    return Scarcity(probability, held, share * KIN, similar, usual, q)


def _look(
    scene: Scene,
    label: int,
    cells: Cells,
    mine: np.ndarray,
    held: np.ndarray,
    share: np.ndarray,
    similar: np.ndarray,
    usual: np.ndarray,
) -> None:
    """Fill in the counts of one label's annotated cells, recognised and missed."""
    states = scene.given.states[:, label]
    taught = scene.train[states[scene.train] == PRESENT]
    tried = scene.val[states[scene.val] == PRESENT]
    rows, right = cells.row[mine], ~cells.wrong[mine]
    if len(taught) and right.any():
        _, distance = space.nearest(scene.directions, rows, taught, 5 * RADIUS_RANK)
        radius = np.median(distance[right, min(RADIUS_RANK, distance.shape[1]) - 1])
        similar[mine] = (distance <= radius).sum(axis=1)
        usual[mine] = np.floor(np.median(similar[mine][right]))
    pool = np.concatenate([taught, tried])
    if len(pool) < FEWEST_CARRIERS or len(tried) < 2:
        return
    found, _ = space.nearest(scene.directions, rows, pool, KIN)
    in_val = np.zeros(len(states) + 1, dtype=bool)
    in_val[tried] = True
    held[mine] = in_val[found].sum(axis=1)
    share[mine] = (len(tried) - 1) / (len(pool) - 1)
