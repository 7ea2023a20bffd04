"""The rows of a table of labels, matched with images: what fits is gathered, what does not is a problem."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.data.importers import listing, records, tables
from core.data.importers.names import clean_label, short
from core.data.importers.records import Parsed, ParsedImage, Problem
from core.errors import BadInput
from db.terms import LabelState, Part


@dataclass
class Reading:
    """One table while it is read; `repeats_are_usual` when an image has a row for each of its labels."""

    table: tables.Table
    found: listing.Listing
    repeats_are_usual: bool = False
    problems: list[Problem] = field(default_factory=list)
    parts: dict[str, Part | None] = field(default_factory=dict)
    cells: dict[str, dict[str, LabelState]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.problems.extend(self.found.problems)
        self._images = tables.ImageNames(self.found.keys)
        self._labels: dict[str, str | None] = {}
        self._first: dict[str, int] = {}
        self._untold = 0

    def rows(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield (`file:line`, image key, cells) of every usable row; its part is taken on the way.

        There are at most as many cells as the header has; a short row has fewer.
        """
        image_at = self.table.column(tables.IMAGE_COLUMNS)
        split_at = self.table.column(tables.SPLIT_COLUMNS)
        assert image_at is not None  # Tables without this column are not chosen.
        width = len(self.table.header)
        for line, row in self.table.rows:
            where = f"{self.table.path.name}:{line}"
            if too_wide := self.table.too_wide(row):
                self.tell("bad line", where, f"{too_wide}; left out.")
                continue
            cells = row[:width]
            name = cells[image_at] if image_at < len(cells) else ""
            key = self._images.find(name)
            if key is None:
                self.tell("missing image", where, f"No single image fits {short(name, 80)}; left out.")
                continue
            first = self._first.setdefault(key, line)
            if first != line and not self.repeats_are_usual:
                reason = f"{key} stands in line {first} already; the labels of both lines are kept."
                self.tell("duplicate line", where, reason)
            self._take_part(
                key, cells[split_at] if split_at is not None and split_at < len(cells) else "", where
            )
            yield where, key, cells

    def set(self, key: str, name: str, state: LabelState, where: str) -> None:
        """Note the state of one cell, unless the label's name is refused."""
        label = self.label(name, where)
        if label is None:
            return
        cells = self.cells.setdefault(key, {})
        before = cells.setdefault(label, state)
        if before is not state:
            reason = (
                f"{key} has {short(label)} {before.value} by an earlier line, {state.value} here: unknown."
            )
            self.tell("two states", where, reason)
            cells[label] = LabelState.UNKNOWN

    def label(self, name: str, where: str) -> str | None:
        """The stored spelling, or None for a refused name, which is reported once."""
        if name not in self._labels:
            try:
                self._labels[name] = clean_label(name)
            except BadInput as error:
                self._labels[name] = None
                self.tell("label name", where, f"{error} The images are kept without it.")
        return self._labels[name]

    def tell(self, kind: str, where: str, reason: str) -> None:
        """Add a problem, or count it where there are very many."""
        if len(self.problems) < records.MOST_TOLD:
            self.problems.append(Problem(kind, where, reason))
        else:
            self._untold += 1

    def parsed(self, format: str, root: Path, notes: list[str]) -> Parsed:
        """All that was gathered; images that the table does not name are left out, with a note."""
        if self._untold:
            reason = f"{self._untold:,} more problems with its lines."
            self.problems.append(Problem("bad lines", self.table.path.name, reason))
        left_out = [key for key in self.found.keys if key not in self.parts]
        if left_out:
            notes = [*notes, f"Images that the table does not name, left out: {listing.some(left_out)}."]
        return Parsed(
            format=format,
            root=root,
            labels=tuple(sorted({label for label in self._labels.values() if label is not None})),
            images=tuple(ParsedImage(key, self.parts[key]) for key in sorted(self.parts)),
            cells=self.cells,
            problems=tuple(self.problems),
            notes=(*self.table.notes, *notes),
        )

    def _take_part(self, key: str, cell: str, where: str) -> None:
        word = cell.strip().lower()
        part = tables.PARTS.get(word)
        if word and part is None:
            reason = f"{short(cell)} is not a part of a split (train, val, test); it is drawn instead."
            self.tell("unknown split", where, reason)
        before = self.parts.get(key)
        if before is not None and part is not None and part is not before:
            self.tell(
                "two splits", where, f"{key} is in {before.value} by an earlier line; that one is kept."
            )
        self.parts[key] = before or part
