"""What an importer found, before anything is decoded or stored: compact at a million images."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from core.codes import STATES
from db.terms import LabelState, Part

Array = np.ndarray[Any, Any]

MOST_TOLD = 10_000  # problems of one file that are told each by itself; the rest is counted


class Place(NamedTuple):
    """Where something stands: a file relative to the imported root, its line, or a place within it."""

    file: str
    line: int | None = None
    at: str = ""
    """In files without lines that mean something, such as JSON: `annotations[3]`."""

    def __str__(self) -> str:
        inside = f":{self.line}" if self.line is not None else ""
        return f"{self.file}{inside}, {self.at}" if self.at else f"{self.file}{inside}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in the source that could not be taken as it stands."""

    kind: str
    file: str
    """Relative to the imported root."""
    reason: str
    """A sentence: what is wrong, and what was done or is to be done."""
    line: int | None = None
    at: str = ""

    @property
    def where(self) -> str:
        """The file, or `file:line`."""
        return str(Place(self.file, self.line, self.at))


@dataclass(frozen=True, slots=True)
class ParsedImage:
    """One image file of the source."""

    key: str
    """Path relative to the imported root, with forward slashes."""
    part: Part | None = None
    """The side of the split that the source gives, if it gives one."""
    meta: Mapping[str, str] | None = None
    """Further columns that the source has of it (photographer, site …), None where there are none."""


@dataclass(frozen=True, eq=False)
class Cells:
    """What the source lists, sorted by (image, label), each cell once; M cells."""

    images: Array  # int32 (M,): index into Parsed.images
    labels: Array  # int32 (M,): index into Parsed.labels
    codes: Array  # int8 (M,): 1 present, 0 absent, -1 unknown
    verified: Array  # bool (M,)

    @classmethod
    def none(cls) -> "Cells":
        """No cell at all."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int8), np.empty(0, np.bool_))

    def __len__(self) -> int:
        return len(self.images)

    def of(self, image: int) -> dict[int, tuple[int, bool]]:
        """The cells of one image: (code, verified) by the label's index; for tests and single looks."""
        first, last = np.searchsorted(self.images, (image, image + 1))
        here = slice(int(first), int(last))
        values = zip(self.codes[here].tolist(), self.verified[here].tolist(), strict=True)
        return dict(zip(self.labels[here].tolist(), values, strict=True))


@dataclass(frozen=True, eq=False)
class Parsed:
    """A source read as far as its text goes; images and labels in sorted order."""

    format: str
    root: Path
    labels: tuple[str, ...]
    images: tuple[ParsedImage, ...]
    cells: Cells
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    unlisted: LabelState | None = None
    """What the format itself says of a label that is not listed; None: the person who imports decides."""
    unlisted_why: str = ""
    """A sentence for that person, where there is something to know."""

    def by_key(self) -> dict[str, dict[str, LabelState]]:
        """The cells in words, of the images that have any: for tests and small sources."""
        said: dict[str, dict[str, LabelState]] = {}
        cells = self.cells
        rows = zip(cells.images.tolist(), cells.labels.tolist(), cells.codes.tolist(), strict=True)
        for image, label, code in rows:
            said.setdefault(self.images[image].key, {})[self.labels[label]] = STATES[code]
        return said

    def verified_by_key(self) -> dict[str, set[str]]:
        """The labels that a person has verified, of the images that have any: for tests and small sources."""
        said: dict[str, set[str]] = {}
        for at in np.flatnonzero(self.cells.verified).tolist():
            image, label = int(self.cells.images[at]), int(self.cells.labels[at])
            said.setdefault(self.images[image].key, set()).add(self.labels[label])
        return said


class Importer(Protocol):
    """One format. `looks_like` is cheap: it opens a few files at most."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def signs(self) -> str:
        """What it is recognised by, for people; goes on "there is" or "it needs"."""

    def looks_like(self, root: Path) -> bool: ...

    def parse(self, root: Path) -> Parsed: ...
