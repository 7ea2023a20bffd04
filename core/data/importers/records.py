"""What an importer found, before anything is decoded or stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from db.terms import LabelState, Part

MOST_TOLD = 10_000  # lines of one file that are told each by itself; the rest is counted


@dataclass(frozen=True)
class Problem:
    """One thing in the source that could not be taken as it stands."""

    kind: str
    where: str
    """The file, or `file:line`, relative to the imported root."""
    reason: str
    """A sentence: what is wrong, and what was done or is to be done."""


@dataclass(frozen=True)
class ParsedImage:
    """One image file of the source."""

    key: str
    """Path relative to the imported root, with forward slashes."""
    part: Part | None
    """The side of the split that the source gives, if it gives one."""


@dataclass(frozen=True)
class Parsed:
    """A source read as far as its text goes; `cells` holds only what the source lists."""

    format: str
    root: Path
    labels: tuple[str, ...]
    images: tuple[ParsedImage, ...]
    cells: Mapping[str, Mapping[str, LabelState]]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


class Importer(Protocol):
    """One format. `looks_like` is cheap: it opens a few files at most."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def looks_like(self, root: Path) -> bool: ...

    def parse(self, root: Path) -> Parsed: ...
