"""The labels of a data set as arrays, now or at any revision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.codes import CODES, LEFT_OUT, PART_CODES, PARTS, STATES
from db import held, packed
from db.records import Label, Run
from db.store import Store
from db.terms import Part

Array = np.ndarray[Any, Any]

__all__ = [
    "CODES", "LEFT_OUT", "PARTS", "PART_CODES", "STATES", "Array", "States", "decoded", "matrix", "of_run",
    "sides", "unpacked",
]  # fmt: skip

_OF_STATE = np.array([CODES[state] for state in packed.STATES], np.int8)  # by the packed place of a state
# By the packed place of a part, then the same for images that are left out.
_OF_PLACE = np.array([PART_CODES[part] for part in packed.PARTS], np.int8)
_OF_PLACE = np.append(_OF_PLACE, [LEFT_OUT] * (2 * packed.LEFT_OUT - len(_OF_PLACE))).astype(np.int8)
_AT_ONCE = 1_000_000  # stored cells; bounds the arrays that they pass through


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


def matrix(store: Store, dataset_id: int, revision: int | None = None, *, frame: int | None = None) -> States:
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
    parts = sides(np.frombuffer(found.places, np.uint8))  # (N,)
    return States(found.labels, states, verified, parts, found.revision)


def of_run(store: Store, run: Run, *, now: bool) -> States:
    """The labels that fit a run's arrays: its images and labels, with the states that it saw, or those of now.

    Raises Missing.
    """
    return matrix(store, run.dataset_id, None if now else run.revision, frame=run.revision)


def unpacked(cells: packed.PackedCells, start: int, stop: int) -> tuple[Array, Array, Array, Array]:
    """Some of the stored cells: their rows, label ids, codes of states (as in CODES) and whether they are verified."""
    numbers = np.frombuffer(cells.numbers, np.int64)[start:stop]
    value, place = numbers & 7, numbers >> 3
    return place // cells.span, place % cells.span + cells.first, *decoded(value)


def decoded(values: Array) -> tuple[Array, Array]:
    """What packed values of cells mean: codes of states (as in CODES), and whether they are verified."""
    return _OF_STATE[values & (packed.VERIFIED - 1)], values >= packed.VERIFIED


def sides(places: Array) -> Array:
    """The parts, as in PART_CODES or LEFT_OUT, of packed places."""
    return np.asarray(_OF_PLACE[places])


def _put(states: Array, verified: Array, cells: packed.PackedCells, column: Mapping[int, int]) -> None:
    """Write stored cells into the matrices; those of other labels or of later images are left."""
    at = np.full(cells.span, -1, np.int64)  # the column of each label, by id − first
    for known, place in column.items():
        at[known - cells.first] = place
    for start in range(0, len(cells.numbers), _AT_ONCE):
        row, label_id, code, seen = unpacked(cells, start, start + _AT_ONCE)
        columns = at[label_id - cells.first]
        inside = (columns >= 0) & (row < len(states))
        states[row[inside], columns[inside]] = code[inside]
        verified[row[inside], columns[inside]] = seen[inside]
