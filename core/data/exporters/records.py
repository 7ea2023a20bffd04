"""What an exporter is, and what it is given: the labels as they stand at one revision, and what people changed."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.codes import CODES
from db.terms import Cause, LabelState, Part

Array = np.ndarray[Any, Any]

_BLOCK = 16_384  # rows looked at in one go: memory does not grow with the number of images


class Pictures(StrEnum):
    """How the images themselves come into an export that holds them."""

    COPY = "copy"
    HARDLINK = "hardlink"
    SYMLINK = "symlink"


@dataclass(frozen=True, slots=True)
class Options:
    """How an export is written."""

    force: bool = False  # replace what is there already
    neutralise: bool = False  # keep spreadsheets from taking names for formulas
    pictures: Pictures | None = None  # None: the annotations alone


PLAIN = Options()


@dataclass(frozen=True, slots=True)
class Corrected:
    """A cell that is not as it was, or that a person has verified as it was."""

    image: str
    label: str
    before: LabelState  # as it was imported, or at the revision that the changes begin after
    after: LabelState
    reason: str
    author: str
    changed_at: float
    finding_id: int | None
    cause: Cause | None  # of that finding; None where there was none, or it is gone
    run_id: int | None
    verified_before: bool = False
    verified_after: bool = True


@dataclass(frozen=True, eq=False)
class Snapshot:
    """N images by L labels; states int8 (N, L) are 1 present, 0 absent, -1 unknown."""

    labels: tuple[str, ...]
    images: tuple[tuple[str, Part], ...]
    """(key, part) by row of `states`."""
    states: Array
    verified: Array
    """bool (N, L): cells that a person has looked at."""
    defaults: tuple[LabelState, ...]
    """By label: the state of cells that no source listed, absent or unknown."""
    meta: tuple[Mapping[str, str] | None, ...] = ()
    """By row: further columns of the source; empty when no image has any."""
    sizes: Array | None = None
    """int (N, 2): width and height in px."""
    files: Callable[[int], Path] | None = None
    """Where the original of a row lies."""
    left_out: int = 0
    """Images of the data set that are not in this snapshot."""
    corrected: tuple[Corrected, ...] = field(default=())
    """What people changed or verified, a cell once; for the format that tells it."""

    @property
    def default(self) -> LabelState:
        """What most labels take for a cell that nothing lists."""
        return Counter(self.defaults).most_common(1)[0][0] if self.defaults else LabelState.ABSENT

    def present(self, row: int) -> list[str]:
        """The labels that one image has."""
        return [self.labels[at] for at in np.flatnonzero(self.states[row] == 1).tolist()]

    def columns(self, chosen: Callable[[Array, Array], Array]) -> Iterator[list[int]]:
        """The columns of each row, in order, where `chosen(states, verified)` of a block of rows is true."""
        for start in range(0, len(self.images), _BLOCK):
            block = slice(start, start + _BLOCK)
            mask = chosen(self.states[block], self.verified[block])  # bool (n, L)
            found = np.nonzero(mask)[1].tolist()
            begin = 0
            for end in np.cumsum(mask.sum(axis=1)).tolist():
                yield found[begin:end]
                begin = end

    def listed(self, state: LabelState = LabelState.PRESENT) -> Iterator[list[int]]:
        """The columns of each row that are in that state."""
        return self.columns(lambda states, verified: states == CODES[state])

    def further(self) -> tuple[str, ...]:
        """The names of all further columns, in order."""
        return tuple(sorted({name for row in self.meta if row for name in row}))

    def meta_of(self, row: int) -> Mapping[str, str]:
        """The further columns of one row."""
        return (self.meta[row] if self.meta else None) or {}


@dataclass(frozen=True, slots=True)
class Carries:
    """What comes back as it was when an export in one format is imported again."""

    absent: bool = False
    """Absent cells are told from those that nothing lists."""
    unknown: bool = False
    """Unknown cells are told from those that nothing lists."""
    unseen: bool = False
    """Images of which nothing at all is known are told from those without a label."""
    verified: bool = False
    parts: bool = False
    empty_labels: bool = False
    """Labels that no image has."""
    images: bool = True
    """Images that have no label."""
    meta: bool = False
    """Further columns of the source."""
    selection: bool = True
    """Which images were chosen: those left out are not taken for images without a label."""
    tables: bool = False
    """It is a table that people open in a spreadsheet: its cells can be neutralised."""
    pictures: bool = False
    """The images themselves can come along: copied, or linked."""
    corrections: bool = False
    """It holds not the labels but what people changed of them."""


class Exporter(Protocol):
    """One format; `losses` is said to the person before `write` is called."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def suffix(self) -> str:
        """Of the file that it writes; empty when that is a folder."""

    @property
    def carries(self) -> Carries: ...

    def losses(self, snapshot: Snapshot) -> list[str]: ...

    def write(self, out: Path, snapshot: Snapshot, options: Options = ...) -> None: ...
