"""The signals of a validation cell, none of which saw the cell's own annotation.

A *cell* is one (validation image, label) with a known annotation. Errors are looked at together with correct
cells of the same prediction: those are what a flipped label is made of.
"""

from dataclasses import dataclass

import numpy as np

from core.analysis import repair, space
from core.analysis.inputs import PRESENT, UNKNOWN, Progress
from core.analysis.space import Scene

NEIGHBOURS = 15
CORRECT_KEPT = 400  # correct cells kept per label and prediction; each then stands for several
POOL_KEPT = 6000
SIGNALS = (
    "logit above the threshold",
    "held-out vote, contributions",
    "held-out vote, features",
    "training vote, contributions",
    "logit after repair",
    "support by the other labels",
)


@dataclass(frozen=True)
class Cells:
    """C validation cells: every error, and a sample of correct ones."""

    row: np.ndarray  # (C,) row of the inputs
    label: np.ndarray  # (C,)
    predicted: np.ndarray  # (C,) bool
    annotated: np.ndarray  # (C,) bool
    weight: np.ndarray  # (C,) how many cells it stands for
    # (C, 15) held-out rows of the same prediction, nearest in contributions first; -1 fills up what the pool
    # lacks: an array of row numbers holds nothing else, and it is used as an index only where it is >= 0.
    look: np.ndarray
    signals: np.ndarray  # (C, S) support for "present"
    repaired: np.ndarray  # (C,) logit above the threshold after the repair, NaN = not tried

    @property
    def wrong(self) -> np.ndarray:
        """(C,) bool: prediction and annotation differ."""
        return np.asarray(self.predicted != self.annotated)

    def take(self, which: np.ndarray) -> "Cells":
        """Keep some cells."""
        return Cells(**{name: value[which] for name, value in vars(self).items()})


def gather(scene: Scene, progress: Progress) -> Cells:
    """Compute the signals of every error and of the correct cells that it is compared with."""
    half = repair.halves(scene)
    repaired = repair.crossed(scene, half)
    support = repair.companions(scene, half)
    progress(0.15, "Comparing the errors with held-out images")
    size = len(scene.given.labels)
    parts = []
    for label in range(size):
        parts.append(_of_label(scene, label, repaired[:, label], support[:, label]))
        progress(0.15 + 0.4 * (label + 1) / size, f"Look-alikes of {scene.given.labels[label]}")
    names = parts[0].keys()
    return Cells(**{name: np.concatenate([part[name] for part in parts]) for name in names})


def vote(states: np.ndarray, look: np.ndarray, label: int, base: np.ndarray) -> np.ndarray:
    """Give the smoothed log-odds of "present" among each cell's look-alikes.

    states (N, L); look (C, k) rows or -1; base (C,) the share of present in the pool.
    """
    there = look >= 0
    present = states[np.maximum(look, 0), label] == PRESENT
    share = ((present & there).sum(axis=1) + 2 * base) / (there.sum(axis=1) + 2)
    return np.asarray(np.log(share / (1 - share)))


def _of_label(scene: Scene, label: int, repaired: np.ndarray, support: np.ndarray) -> dict[str, np.ndarray]:
    given, val = scene.given, scene.val
    rng = np.random.default_rng((given.seed, label))
    known = val[given.states[val, label] != UNKNOWN]
    place = np.full(len(given.scores), -1)
    place[val] = np.arange(len(val))
    rows, weight = _sample(scene, label, known, rng)
    predicted = scene.predicted[rows, label]
    parts = space.contributions(scene, label)
    look = np.full((len(rows), NEIGHBOURS), -1)
    taught = np.full((len(rows), NEIGHBOURS), -1)
    base = np.full((len(rows), 2), 0.5)
    train = scene.train[given.states[scene.train, label] != UNKNOWN]
    base_train = np.full(len(rows), 0.5)
    for side in (True, False):
        mine = predicted == side
        pool = _some(known[scene.predicted[known, label] == side], rng)
        look[mine] = _padded(space.nearest(parts, rows[mine], pool, NEIGHBOURS)[0])
        base[mine, 0] = _share(given.states[pool, label])
        pool = _some(train[scene.predicted[train, label] == side], rng)
        taught[mine] = _padded(space.nearest(parts, rows[mine], pool, NEIGHBOURS)[0])
        base_train[mine] = _share(given.states[pool, label])
    pool = _some(known, rng)
    alike = _padded(space.nearest(scene.directions, rows, pool, NEIGHBOURS)[0])
    base[:, 1] = _share(given.states[pool, label])
    margin = scene.logits[rows, label] - scene.cut[label]
    after = repaired[place[rows]] - scene.cut[label]
    signals = np.column_stack(
        [
            margin,
            vote(given.states, look, label, base[:, 0]),
            vote(given.states, alike, label, base[:, 1]),
            vote(given.states, taught, label, base_train),
            np.where(np.isfinite(after), after, margin),
            support[place[rows]],
        ]
    )
    return {
        "row": rows,
        "label": np.full(len(rows), label),
        "predicted": predicted,
        "annotated": given.states[rows, label] == PRESENT,
        "weight": weight,
        "look": look,
        "signals": signals,
        "repaired": after,
    }


def _sample(
    scene: Scene, label: int, known: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Keep every error and at most CORRECT_KEPT correct cells of each prediction."""
    predicted = scene.predicted[known, label]
    right = predicted == (scene.given.states[known, label] == PRESENT)
    kept, weight = [known[~right]], [np.ones(int((~right).sum()))]
    for side in (True, False):
        pool = known[right & (predicted == side)]
        some = pool if len(pool) <= CORRECT_KEPT else np.sort(rng.choice(pool, CORRECT_KEPT, replace=False))
        kept.append(some)
        weight.append(np.full(len(some), len(pool) / max(1, len(some))))
    return np.concatenate(kept).astype(np.int64), np.concatenate(weight)


def _some(pool: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return pool if len(pool) <= POOL_KEPT else np.sort(rng.choice(pool, POOL_KEPT, replace=False))


def _padded(found: np.ndarray) -> np.ndarray:
    wide = np.full((len(found), NEIGHBOURS), -1, dtype=np.int64)
    wide[:, : found.shape[1]] = found
    return wide


def _share(state: np.ndarray) -> float:
    return float(np.clip((state == PRESENT).mean(), 0.02, 0.98)) if len(state) else 0.5
