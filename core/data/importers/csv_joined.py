"""A table with one row an image and all its labels in one cell."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from core.data.importers import listing, tables
from core.data.importers.names import short, shown
from core.data.importers.records import Parsed
from core.data.importers.table_rows import Reading
from db.terms import LabelState

LABEL_COLUMNS = ("labels", "tags", "classes", "categories", "label")
SEPARATORS = ("|", ";", ",", " ")  # In the order in which they are believed: a space may be part of a name.
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class CsvJoined:
    """`image,labels[,split]`; the separator within `labels` is found in the cells and shown."""

    name = "csv"
    title = "CSV: one row an image, labels joined in one cell"

    def looks_like(self, root: Path) -> bool:
        """True when a table at the top of root has an image column and a labels column."""
        return tables.has(root, _misfit)

    def parse(self, root: Path) -> Parsed:
        """Read the table and match its rows with the image files beside it.

        Images that the table does not name are left out, with a note. Raises BadInput when there is no
        table, or more than one, or it is broken.
        """
        table, base = tables.open_one(root, _misfit, "the columns image and labels")
        labels_at = table.column(LABEL_COLUMNS)
        assert labels_at is not None  # _misfit saw it
        one_a_row = table.header[labels_at] == "label"
        separator = separator_of([row[labels_at] for _, row in table.rows if len(row) > labels_at])
        reading = Reading(table, listing.images(base), repeats_are_usual=one_a_row)
        for where, key, cells in reading.rows():
            cell = cells[labels_at] if labels_at < len(cells) else ""
            for name in _names(cell, None if one_a_row else separator, where, reading):
                reading.set(key, name, LabelState.PRESENT, where)
        note = f"Separator: {'none, one label a row' if one_a_row else shown(separator)}"
        return reading.parsed(self.name, base, [note])


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


def _names(cell: str, separator: str | None, where: str, reading: Reading) -> list[str]:
    if separator is None:
        return [cell] if cell.strip() else []
    try:
        return split_labels(cell, separator)
    except csv.Error as error:
        reason = f"{short(cell)} cannot be split into labels ({error}); the image is kept without them."
        reading.tell("bad line", where, reason)
        return []


def _misfit(head: tables.Head) -> str | None:
    if missing := tables.lacks_images(head):
        return missing
    if not set(head.header) & set(LABEL_COLUMNS):
        return f", line {head.line} has no column of labels ({', '.join(LABEL_COLUMNS)})"
    return None
