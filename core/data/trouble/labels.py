"""What the labels themselves give away: conflicts, leaks, labels too rare to be judged, implied labels missing.

States are (N, L) int8: 1 present, 0 absent, -1 unknown; parts are (N,) int8: 0 train, 1 validation, 2 test.
An unknown cell contradicts nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.trouble.duplicates import NONE, Duplicates

Array = np.ndarray[Any, Any]
Rows = tuple[int, ...]

PARTS = ("train", "val", "test")
HANDFUL = 5
LEAST_CONFIDENCE = 0.9
LEAST_SUPPORT = 20
_BLOCK = 65_536  # rows counted at once
_LIFT = 0.5  # an implication must leave at most half of the exceptions that chance would


@dataclass(frozen=True)
class Conflict:
    """Duplicates that disagree about a label."""

    group: int
    label: int
    present: Rows
    absent: Rows

    def sentence(self, name: str) -> str:
        """Say how many of the copies carry the label."""
        all_of_them = len(self.present) + len(self.absent)
        return f"Of {all_of_them} copies of one picture {len(self.present)} carry “{name}”, {len(self.absent)} do not."


@dataclass(frozen=True)
class Leak:
    """One picture in more than one part; the group is -1 for a pair whose images are in no group together."""

    group: int
    rows: Rows
    parts: Rows
    """The part of each row, as in PARTS."""

    def sentence(self) -> str:
        """Say how often the picture is in each part."""
        counts = [
            f"{self.parts.count(code)} × {name}" for code, name in enumerate(PARTS) if code in self.parts
        ]
        return f"One picture is in {len(counts)} parts: {', '.join(counts)}."


@dataclass(frozen=True)
class Scarce:
    """A label with less than a handful of images in a part."""

    label: int
    part: int
    present: int

    def sentence(self, name: str) -> str:
        """Say how many images carry the label."""
        images = "image carries" if self.present == 1 else "images carry"
        return f"{self.present} {PARTS[self.part]} {images} “{name}”; below {HANDFUL} no figure of it means much."


@dataclass(frozen=True, eq=False)
class Violation:
    """Images that carry a label without the one that it implies."""

    if_label: int
    then_label: int
    absent: NDArray[np.int64]
    """Rows where the implied label is absent."""
    unknown: NDArray[np.int64]
    """Rows where nobody has said."""

    def sentence(self, if_name: str, then_name: str) -> str:
        """Say how many images lack the implied label."""
        lacking = len(self.absent) + len(self.unknown)
        images = "image carries" if lacking == 1 else "images carry"
        return f"{lacking} {images} “{if_name}” without “{then_name}” ({len(self.unknown)} of them unknown)."


@dataclass(frozen=True)
class Suggestion:
    """An implication that the data hold nearly everywhere, one way only."""

    if_label: int
    then_label: int
    support: int
    """Images with both."""
    confidence: float
    """Share of the images with the first label, and a known second, that carry the second; 0..1."""

    def sentence(self, if_name: str, then_name: str) -> str:
        """Say how often the implication holds."""
        share, images = f"{self.confidence:.0%}", f"{self.support:,} images"
        return f"{share} of the images with “{if_name}” carry “{then_name}” too ({images})."


def conflicts(states: Array, duplicates: Duplicates) -> list[Conflict]:
    """Each label of each group that some members carry and others do not, by group and label."""
    rows = np.flatnonzero(duplicates.group != NONE)
    if not len(rows):
        return []
    rows = rows[np.argsort(duplicates.group[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(duplicates.group[rows], prepend=NONE - 1))
    of_group = states[rows]  # (members, L)
    both = np.maximum.reduceat(of_group == 1, starts) & np.maximum.reduceat(of_group == 0, starts)
    members = np.split(rows, starts[1:])
    found = []
    for group, label in np.argwhere(both).tolist():
        cells = states[members[group], label]
        present, absent = members[group][cells == 1], members[group][cells == 0]
        found.append(Conflict(group, label, tuple(present.tolist()), tuple(absent.tolist())))
    return found


def leaks(parts: Array, duplicates: Duplicates) -> list[Leak]:
    """Each group that is in more than one part, then each pair between groups that is."""
    found = [
        _leak(group, rows.tolist(), parts)
        for group, rows in enumerate(duplicates.groups)
        if len(np.unique(_placed(parts[rows]))) > 1
    ]
    group = duplicates.group
    one, other = duplicates.one, duplicates.other
    apart = (group[one] == NONE) | (group[one] != group[other])
    across = (parts[one] != parts[other]) & (parts[one] >= 0) & (parts[other] >= 0)
    for at in np.flatnonzero(apart & across).tolist():
        found.append(_leak(NONE, [int(one[at]), int(other[at])], parts))
    return found


def _placed(parts: Array) -> Array:
    """Those that are in a part at all."""
    return parts[parts >= 0]


def _leak(group: int, rows: list[int], parts: Array) -> Leak:
    placed = [row for row in rows if parts[row] >= 0]
    return Leak(group, tuple(placed), tuple(int(parts[row]) for row in placed))


def scarce(states: Array, parts: Array, least: int = HANDFUL) -> list[Scarce]:
    """Each label with fewer than `least` images in a part that has images, by label and part."""
    there = [code for code in range(len(PARTS)) if (parts == code).any()]
    counts = {code: (states[parts == code] == 1).sum(axis=0) for code in there}  # each (L,)
    return [
        Scarce(label, code, int(counts[code][label]))
        for label in range(states.shape[1])
        for code in there
        if counts[code][label] < least
    ]


def violations(states: Array, implications: Iterable[tuple[int, int]]) -> list[Violation]:
    """For each (if label, then label) the rows that carry the first without the second; those without any left out."""
    found = []
    for first, second in implications:
        carry = states[:, first] == 1
        absent = np.flatnonzero(carry & (states[:, second] == 0))
        unknown = np.flatnonzero(carry & (states[:, second] == -1))
        if len(absent) or len(unknown):
            found.append(Violation(first, second, absent, unknown))
    return found


def suggested(states: Array, known: Iterable[tuple[int, int]] = ()) -> list[Suggestion]:
    """Implications that the data suggest, the surest first, without those already known.

    Confidence ≥ .9 on ≥ 20 images with both, less than .9 the other way round, and at most half of the exceptions
    that chance would leave: of a label that nearly every image carries, everything would seem to imply it.
    """
    labels = states.shape[1]
    both, asked = np.zeros((labels, labels)), np.zeros((labels, labels))
    present, known_cells = np.zeros(labels), np.zeros(labels)
    for start in range(0, len(states), _BLOCK):
        some = states[start : start + _BLOCK]
        carry, said = (some == 1).astype(np.float32), (some >= 0).astype(np.float32)
        both += carry.T @ carry  # exact: a block has fewer rows than float32 has whole numbers
        asked += carry.T @ said
        present += carry.sum(axis=0)
        known_cells += said.sum(axis=0)
    confidence = both / np.maximum(asked, 1)
    by_chance = present / np.maximum(known_cells, 1)
    sure = (confidence >= LEAST_CONFIDENCE) & (both >= LEAST_SUPPORT)
    sure &= (confidence.T < LEAST_CONFIDENCE) & (1 - confidence <= _LIFT * (1 - by_chance))
    np.fill_diagonal(sure, False)
    given = set(known)
    found = [
        Suggestion(first, second, int(both[first, second]), float(confidence[first, second]))
        for first, second in np.argwhere(sure).tolist()
        if (first, second) not in given
    ]
    return sorted(found, key=lambda one: (-one.confidence, -one.support, one.if_label, one.then_label))
