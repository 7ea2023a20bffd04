"""A table with one row an image and all its labels in one cell."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.data.importers import listing, tables
from core.data.importers.names import clean_label, short, shown
from core.data.importers.records import Parsed, ParsedImage, Problem
from core.errors import BadInput
from db.terms import LabelState, Part

LABEL_COLUMNS = ("labels", "tags", "classes", "categories", "label")
SEPARATORS = ("|", ";", ",", " ")  # In the order in which they are believed: a space may be part of a name.
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class CsvJoined:
    """`image,labels[,split]`; the separator within `labels` is found in the cells and shown."""

    name = "csv"
    title = "CSV: one row an image, labels joined in one cell"

    def looks_like(self, root: Path) -> bool:
        """True when a table at the top of root has an image column and a labels column."""
        try:
            return tables.find(root, _fits) is not None
        except BadInput:  # Several fit; parse says so in its own words.
            return True

    def parse(self, root: Path) -> Parsed:
        """Read the table and match its rows with the image files beside it.

        Images that the table does not name are left out, with a note. Raises BadInput when there is no
        table, or more than one, or it is broken.
        """
        path = tables.find(root, _fits)
        if path is None:
            raise BadInput(f"{root} holds no CSV file with the columns image and labels at its top.")
        table = tables.read(path)
        base = path.parent if root.is_file() else root
        found = listing.images(base)
        one_a_row = "label" in table.header and table.column(LABEL_COLUMNS[:-1]) is None
        rows = _Rows(table, tables.ImageNames(found.keys), one_a_row, problems=list(found.problems))
        rows.read()
        notes = [
            *table.notes,
            f"Separator: {'none, one label a row' if one_a_row else shown(rows.separator)}",
        ]
        left_out = [key for key in found.keys if key not in rows.parts]
        if left_out:
            notes.append(f"Images that the table does not name, left out: {listing.some(left_out)}.")
        return Parsed(
            format=self.name,
            root=base,
            labels=tuple(sorted(rows.labels())),
            images=tuple(ParsedImage(key, rows.parts[key]) for key in sorted(rows.parts)),
            cells=rows.cells,
            problems=tuple(rows.problems),
            notes=tuple(notes),
        )


def separator_of(cells: Sequence[str]) -> str:
    """The separator that the label cells use, quoted names aside: | before ; before , before a space."""
    bare = [_QUOTED.sub('""', cell) if '"' in cell else cell for cell in cells]
    for separator in SEPARATORS[:-1]:
        if any(separator in cell for cell in bare):
            return separator
    return "," if any('""' in cell for cell in bare) else " "


def split_labels(cell: str, separator: str) -> list[str]:
    """The names in one cell, empty ones dropped; a name in quotes may hold the separator.

    Raises csv.Error when a quote is not closed.
    """
    if separator == " " and '"' not in cell:
        return cell.split()
    if '"' not in cell:
        return [name for part in cell.split(separator) if (name := part.strip())]
    reader = csv.reader([cell], delimiter=separator, skipinitialspace=True, strict=True)
    return [name for row in reader for part in row if (name := part.strip())]


@dataclass
class _Rows:
    """The rows of one table as they are read: parts and cells by image, problems by line."""

    table: tables.Table
    images: tables.ImageNames
    one_a_row: bool
    problems: list[Problem]
    parts: dict[str, Part | None] = field(default_factory=dict)
    cells: dict[str, dict[str, LabelState]] = field(default_factory=dict)
    separator: str = " "

    def __post_init__(self) -> None:
        self._clean: dict[str, str | None] = {}
        self._first: dict[str, int] = {}

    def labels(self) -> set[str]:
        """Every label that the table names and that is allowed."""
        return {name for name in self._clean.values() if name is not None}

    def read(self) -> None:
        """Go through all rows once."""
        image_at = self.table.column(tables.IMAGE_COLUMNS)
        labels_at = self.table.column(LABEL_COLUMNS)
        split_at = self.table.column(tables.SPLIT_COLUMNS)
        assert image_at is not None  # _fits saw both columns
        assert labels_at is not None
        self.separator = separator_of([row[labels_at] for _, row in self.table.rows if len(row) > labels_at])
        for line, row in self.table.rows:
            where = f"{self.table.path.name}:{line}"
            if len(row) != len(self.table.header) and not _padded(row, len(self.table.header)):
                reason = f"It has {len(row)} cells where the header has {len(self.table.header)}; left out."
                self.problems.append(Problem("bad line", where, reason))
                continue
            cells = (*row, *[""] * (len(self.table.header) - len(row)))
            key = self.images.find(cells[image_at])
            if key is None:
                reason = f"No single image fits {short(cells[image_at], 80)}; left out."
                self.problems.append(Problem("missing image", where, reason))
                continue
            self._note_repeat(key, line, where)
            self._take_part(key, cells[split_at] if split_at is not None else "", where)
            self._take_labels(key, cells[labels_at], where)

    def _note_repeat(self, key: str, line: int, where: str) -> None:
        first = self._first.setdefault(key, line)
        if first != line and not self.one_a_row:
            reason = f"{key} stands in line {first} already; the labels of both lines are kept."
            self.problems.append(Problem("duplicate line", where, reason))

    def _take_part(self, key: str, cell: str, where: str) -> None:
        word = cell.strip().lower()
        part = tables.PARTS.get(word)
        if word and part is None:
            reason = f"{short(cell)} is not a part of a split (train, val, test); it is drawn instead."
            self.problems.append(Problem("unknown split", where, reason))
        before = self.parts.get(key)
        if before is not None and part is not None and part is not before:
            reason = f"{key} is in {before.value} by an earlier line; that one is kept."
            self.problems.append(Problem("two splits", where, reason))
        self.parts[key] = before or part

    def _take_labels(self, key: str, cell: str, where: str) -> None:
        try:
            names = [cell] * bool(cell.strip()) if self.one_a_row else split_labels(cell, self.separator)
        except csv.Error as error:
            reason = f"{short(cell)} cannot be split into labels ({error}); the image is kept without them."
            self.problems.append(Problem("bad line", where, reason))
            return
        for name in names:
            label = self._label(name, where)
            if label is not None:
                self.cells.setdefault(key, {})[label] = LabelState.PRESENT

    def _label(self, name: str, where: str) -> str | None:
        """The stored spelling, or None for a refused name, which is reported once."""
        if name not in self._clean:
            try:
                self._clean[name] = clean_label(name)
            except BadInput as error:
                self._clean[name] = None
                reason = f"{error} The images are kept without it."
                self.problems.append(Problem("label name", where, reason))
        return self._clean[name]


def _fits(header: tuple[str, ...]) -> bool:
    names = set(header)
    return bool(names & set(tables.IMAGE_COLUMNS)) and bool(names & set(LABEL_COLUMNS))


def _padded(row: tuple[str, ...], width: int) -> bool:
    """True for a row that only lacks cells at its end, or has empty ones too many."""
    return len(row) < width or not any(cell.strip() for cell in row[width:])
