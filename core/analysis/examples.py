"""The pictures beside an error: training images with and without the label, and those in doubt."""

from dataclasses import dataclass

import numpy as np

from core.analysis import space
from core.analysis.inputs import ABSENT, PRESENT
from core.analysis.space import Scene

NEAREST = 5
DOUBTFUL = 60
EVEN = 0.5  # a probability on the annotation's side of it contradicts nothing, whatever training went through
DOUBTFUL_FROM = 150  # the doubtful are chosen among so many nearest


@dataclass(frozen=True)
class Examples:
    """Rows of the inputs, nearest first."""

    with_label: tuple[int, ...]
    without_label: tuple[int, ...]
    same_doubt: tuple[int, ...]  # in contributions; empty where the model contradicts none of the nearest


def find(scene: Scene, rows: np.ndarray, labels: np.ndarray) -> list[Examples]:
    """Find the examples of each (row, label); the label's annotation there must be known."""
    found: list[Examples | None] = [None] * len(rows)
    for label in np.unique(labels):
        parts = space.contributions(scene, int(label))
        for state in (PRESENT, ABSENT):
            mine = np.flatnonzero((labels == label) & (scene.given.states[rows, labels] == state))
            if len(mine):
                for place, examples in zip(
                    mine, _of_label(scene, int(label), parts, rows[mine], state), strict=True
                ):
                    found[place] = examples
    return [examples for examples in found if examples is not None]


def _of_label(scene: Scene, label: int, parts: np.ndarray, rows: np.ndarray, state: int) -> list[Examples]:
    states = scene.given.states[scene.train, label]
    carries, lacks = (scene.train[states == value] for value in (PRESENT, ABSENT))
    near, _ = space.nearest(scene.directions, rows, carries, NEAREST)
    far, _ = space.nearest(scene.directions, rows, lacks, NEAREST)
    same = carries if state == PRESENT else lacks
    same = same[~scene.given.verified[same, label]]
    alike, _ = space.nearest(parts, rows, same, DOUBTFUL_FROM)
    doubted = _doubted(scene, label)
    return [
        Examples(_rows(a), _rows(b), _rows(c[doubted[c]][:DOUBTFUL]))
        for a, b, c in zip(near, far, [row[row >= 0] for row in alike], strict=True)
    ]


def _doubted(scene: Scene, label: int) -> np.ndarray:
    """Tell (N,) where the model contradicts the annotation: now, or while training and more likely than not now."""
    given = scene.given
    present = given.states[:, label] == PRESENT
    doubted = scene.predicted[:, label] != present
    if given.aum is not None:
        leans_away = (given.scores[:, label] >= EVEN) != present
        doubted = doubted | (leans_away & (np.nan_to_num(given.aum[:, label], nan=1.0) < 0))
    return np.asarray(doubted & np.isfinite(given.scores[:, label]))


def _rows(found: np.ndarray) -> tuple[int, ...]:
    return tuple(int(row) for row in found if row >= 0)
