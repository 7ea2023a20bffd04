"""The labels of a data set as arrays, now or at any revision."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from db import datasets, revisions
from db.records import CellValue, Label
from db.store import Store
from db.terms import LabelState, Part

Array = np.ndarray[Any, Any]

CODES: dict[LabelState, int] = {LabelState.PRESENT: 1, LabelState.ABSENT: 0, LabelState.UNKNOWN: -1}
PART_CODES: dict[Part, int] = {Part.TRAIN: 0, Part.VALIDATION: 1, Part.TEST: 2}


@dataclass(frozen=True, eq=False)
class States:
    """N images by L labels at one revision."""

    labels: tuple[Label, ...]
    states: Array  # int8 (N, L): 1 present, 0 absent, -1 unknown
    verified: Array  # bool (N, L)
    parts: Array  # int8 (N,): 0 train, 1 validation, 2 test
    revision: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    def rows(self, part: Part) -> Array:
        """The rows of a part, int64 (n,), ascending."""
        return np.flatnonzero(self.parts == PART_CODES[part])


def matrix(store: Store, dataset_id: int, revision: int | None = None) -> States:
    """The labels at `revision` (the newest, unless given). Raises Missing.

    The present cells are read, then the changes after `revision` are walked back, the newest first.
    """
    dataset = datasets.get(store, dataset_id)
    at, cells, later = revisions.labels_at(store, dataset_id, revision)
    labels = tuple(datasets.labels(store, dataset_id))
    position = {label.id: label.position for label in labels}
    shape = (dataset.images, len(labels))
    states = np.full(shape, CODES[dataset.default_state], np.int8)  # (N, L)
    verified = np.zeros(shape, bool)  # (N, L)

    def put(row: int, label_id: int, value: CellValue) -> None:
        column = position[label_id]
        states[row, column] = CODES[value.state]
        verified[row, column] = value.verified

    for cell in cells:
        put(cell.row, cell.label_id, cell.value)
    for change in later:
        put(change.row, change.label_id, change.before)
    parts = np.array([PART_CODES[part] for part in datasets.parts(store, dataset_id)], np.int8)  # (N,)
    return States(labels, states, verified, parts, at)
