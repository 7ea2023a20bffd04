"""The labels of a data set as arrays, now or at any revision."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from db import held
from db.records import Label, Run
from db.store import Store
from db.terms import LabelState, Part

Array = np.ndarray[Any, Any]

CODES: dict[LabelState, int] = {LabelState.PRESENT: 1, LabelState.ABSENT: 0, LabelState.UNKNOWN: -1}
PART_CODES: dict[Part, int] = {Part.TRAIN: 0, Part.VALIDATION: 1, Part.TEST: 2}
LEFT_OUT = -1  # the part of an image that is neither learned from nor judged

_WORDS = {state.value: code for state, code in CODES.items()}
_PART_WORDS = {part.value: code for part, code in PART_CODES.items()}
_AT_ONCE = 200_000  # stored cells; bounds the lists that they pass through


@dataclass(frozen=True, eq=False)
class States:
    """N images by L labels at one revision."""

    labels: tuple[Label, ...]
    states: Array  # int8 (N, L): 1 present, 0 absent, -1 unknown
    verified: Array  # bool (N, L)
    parts: Array  # int8 (N,): 0 train, 1 validation, 2 test, -1 left out
    revision: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    def of_labels(self, ids: Sequence[int]) -> "States":
        """The same images with these labels alone, in this order. Raises KeyError for one that is not there."""
        column = {label.id: at for at, label in enumerate(self.labels)}
        chosen = [column[label_id] for label_id in ids]
        return States(
            labels=tuple(replace(self.labels[at], position=place) for place, at in enumerate(chosen)),
            states=self.states[:, chosen],
            verified=self.verified[:, chosen],
            parts=self.parts,
            revision=self.revision,
        )

    def rows(self, part: Part) -> Array:
        """The rows of a part, int64 (n,), ascending."""
        return np.flatnonzero(self.parts == PART_CODES[part])


def matrix(
    store: Store, dataset_id: int, revision: int | None = None, *, frame: int | None = None
) -> States:
    """The labels at `revision` (the newest, unless given). Raises Missing.

    frame: of the images and labels that there were at that revision, with the parts of then; None: the same
    revision. The arrays of a run have the rows and columns of the frame that is the run's revision.
    The present cells are read, then the changes after `revision` are walked back, the newest first.
    """
    found = held.at(store, dataset_id, revision, frame)
    column = {label.id: label.position for label in found.labels}
    shape = (len(found.places), len(found.labels))
    states = np.empty(shape, np.int8)  # (N, L)
    states[:] = [CODES[label.default_state] for label in found.labels]
    verified = np.zeros(shape, bool)  # (N, L)
    _put(states, verified, found.cells, column)
    for change in found.later:
        at = column.get(change.label_id)
        if at is not None and change.row < len(states):
            states[change.row, at] = CODES[change.before.state]
            verified[change.row, at] = change.before.verified
    parts = np.array([LEFT_OUT if out else _PART_WORDS[part] for part, out in found.places], np.int8)  # (N,)
    return States(found.labels, states, verified, parts, found.revision)


def of_run(store: Store, run: Run, *, now: bool) -> States:
    """The labels that fit a run's arrays: its images and labels, with the states that it saw, or those of now.

    Raises Missing.
    """
    return matrix(store, run.dataset_id, None if now else run.revision, frame=run.revision)


def _put(
    states: Array, verified: Array, cells: Sequence[tuple[int, int, str, bool]], column: dict[int, int]
) -> None:
    """Write stored cells (row, label id, state, verified) into the matrices; those outside them are left."""
    for start in range(0, len(cells), _AT_ONCE):
        some = cells[start : start + _AT_ONCE]
        row, label_id, word, seen = zip(*some, strict=True)
        rows = np.array(row, np.int64)  # (C,)
        columns = np.array([column.get(one, -1) for one in label_id], np.int64)
        inside = (columns >= 0) & (rows < len(states))
        codes = np.array([_WORDS[one] for one in word], np.int8)
        states[rows[inside], columns[inside]] = codes[inside]
        verified[rows[inside], columns[inside]] = np.array(seen, bool)[inside]
