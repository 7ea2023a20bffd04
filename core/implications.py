"""What it means that one label implies another: what follows, what contradicts it, what the data suggest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from core.codes import CODES
from db.records import Label
from db.terms import LabelState

Array = np.ndarray[Any, Any]
# By column: the columns that a label implies by itself.
Graph = Mapping[int, Sequence[int]]

LEAST_CONFIDENCE = 0.9
LEAST_SUPPORT = 20  # images with both
_LEAST_BY_CHANCE = 5
_PRESENT, _ABSENT, _UNKNOWN = (CODES[state] for state in LabelState)
_ROWS_AT_ONCE = 1 << 16  # bounds the copy that the products need; counts stay exact in float32


class Way(StrEnum):
    """How a violation is mended."""

    PRESENT = "present"  # what is implied is set present
    AWAY = "away"  # the label that implies it is taken away


@dataclass(frozen=True, eq=False)
class Violation:
    """Images that have a label without one that it implies."""

    column: int
    implied: int
    absent: Array  # int64 (n,): rows where what is implied is absent
    unknown: Array  # int64 (m,): rows where nobody has said

    def __len__(self) -> int:
        return self.absent.size + self.unknown.size


@dataclass(frozen=True, slots=True)
class Mended:
    """A cell as it is after a violation was mended."""

    row: int
    column: int
    state: int  # 1 present, 0 absent
    verified: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An implication that the data hold nearly always."""

    column: int
    implied: int
    confidence: float  # 0..1: of the images with the label and a known state of the other, those that have it
    support: int  # images with both
    both_ways: bool  # the other suggests this one, too: perhaps they are one label


def graph(labels: Sequence[Label]) -> dict[int, tuple[int, ...]]:
    """The implications by column; those of labels that are not listed are left out."""
    column = {label.id: at for at, label in enumerate(labels)}
    return {
        at: tuple(column[one] for one in label.implies if one in column) for at, label in enumerate(labels)
    }


def following(implies: Graph, column: int) -> frozenset[int]:
    """Everything that a label implies, by itself or through others; a cycle ends where it began."""
    found: set[int] = set()
    waiting = list(implies.get(column, ()))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += implies.get(one, ())
    return frozenset(found - {column})


def before(implies: Graph, column: int) -> frozenset[int]:
    """Everything that implies a label, by itself or through others."""
    return following(_turned(implies), column)


def _turned(implies: Graph) -> dict[int, list[int]]:
    turned: dict[int, list[int]] = {}
    for one, others in implies.items():
        for other in others:
            turned.setdefault(other, []).append(one)
    return turned


def cycles(implies: Graph) -> list[tuple[int, ...]]:
    """Labels that imply each other, in groups: what each group means is one label."""
    reach = {column: following(implies, column) for column in implies}
    groups: dict[int, tuple[int, ...]] = {}
    for column in sorted(reach):
        same = tuple(sorted({column} | {one for one in reach[column] if column in reach.get(one, ())}))
        if len(same) > 1:
            groups[same[0]] = same
    return list(groups.values())


def violations(states: Array, implies: Graph) -> list[Violation]:
    """By implication, the images that break it; the most contradictions first. states: int8 (N, L)."""
    found = []
    for column, others in implies.items():
        has = states[:, column] == _PRESENT  # (N,)
        for other in others:
            absent = np.flatnonzero(has & (states[:, other] == _ABSENT))
            unknown = np.flatnonzero(has & (states[:, other] == _UNKNOWN))
            if absent.size or unknown.size:
                found.append(Violation(column, other, absent, unknown))
    return sorted(found, key=lambda one: (-one.absent.size, -one.unknown.size, one.column, one.implied))


def mend(states: Array, verified: Array, implies: Graph, broken: Violation, way: Way) -> Iterator[Mended]:
    """The cells that mending a violation changes, with those of its chain, so that no other breaks by it.

    PRESENT: what is implied, and all that follows, is set present where it is not. AWAY: where what is implied is
    absent, the label and all that imply it are set absent; where nobody has said, nothing is. A cell counts as
    verified where the one that it was derived from is. states: int8 (N, L), verified: bool (N, L).
    """
    if way is Way.PRESENT:
        rows, told = np.concatenate([broken.absent, broken.unknown]), broken.column
        columns = {broken.implied} | following(implies, broken.implied)
    else:
        rows, told = broken.absent, broken.implied
        columns = {broken.column} | before(implies, broken.column)
    wanted = _PRESENT if way is Way.PRESENT else _ABSENT
    for column in sorted(columns - {told}):
        held = states[rows, column]
        changed = held != _PRESENT if way is Way.PRESENT else held == _PRESENT
        for row in rows[changed]:
            yield Mended(int(row), column, wanted, bool(verified[row, told]))


def suggested(
    states: Array,
    implies: Graph,
    *,
    least_confidence: float = LEAST_CONFIDENCE,
    least_support: int = LEAST_SUPPORT,
) -> list[Suggestion]:
    """Implications that hold in the data and are not declared, the surest first. states: int8 (N, L).

    Confidence and support are those of association rules (Agrawal et al. 1993), over the images where both states
    are known. What most images have anyway is implied by nothing: chance alone would leave it out five times and
    more, and the label must at least halve that.
    """
    both, known = _together(states)
    absent = (states == _ABSENT).sum(axis=0) / np.maximum((states != _UNKNOWN).sum(axis=0), 1)  # (L,) share
    by_chance = known * absent  # (L, L) images without it, were the two independent
    confidence = both / np.maximum(known, 1)  # (L, L)
    holds = (confidence >= least_confidence) & (both >= least_support)
    holds &= (by_chance >= _LEAST_BY_CHANCE) & (known - both <= by_chance / 2)
    found = [
        Suggestion(a, b, float(confidence[a, b]), int(both[a, b]), bool(holds[b, a]))
        for a, b in np.argwhere(holds).tolist()
        if a != b and b not in following(implies, a) and a not in following(implies, b)
    ]
    return sorted(found, key=lambda one: (-one.confidence, -one.support, one.column, one.implied))


def _together(states: Array) -> tuple[Array, Array]:
    """(images with both labels, images with the row's label and a known state of the column's), int64 (L, L)."""
    width = states.shape[1]
    both, known = np.zeros((width, width), np.int64), np.zeros((width, width), np.int64)
    for start in range(0, len(states), _ROWS_AT_ONCE):
        some = states[start : start + _ROWS_AT_ONCE]
        present = (some == _PRESENT).astype(np.float32)
        both += (present.T @ present).astype(np.int64)
        known += (some == _PRESENT).sum(axis=0)[:, None]
        unknown = some == _UNKNOWN
        if unknown.any():  # rare, and the product costs as much as the other
            known -= (present.T @ unknown.astype(np.float32)).astype(np.int64)
    return both, known
