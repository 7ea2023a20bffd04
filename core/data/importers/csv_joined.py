"""A table with one row an image and all its labels in one cell."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from core.data.importers import choosing, csv_long, tables
from core.data.importers.choosing import Chosen
from core.data.importers.draft import Draft
from core.data.importers.names import short, shown
from core.data.importers.records import Parsed, Place
from core.data.importers.source import Source
from core.data.importers.table_rows import Reading

LABEL_COLUMNS = ("labels", "tags", "classes", "categories", "label")
SEPARATORS = ("|", ";", ",", " ")  # In the order in which they are believed: a space may be part of a name.
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class CsvJoined:
    """`image,labels[,split]`; the separator within `labels` is found in the cells and shown."""

    name = "csv"
    title = "CSV: one row an image, labels joined in one cell"
    signs = "a table with the columns image and labels"

    def looks_like(self, root: Path) -> bool:
        """True when a table of root has an image column and a labels column."""
        return choosing.has(root, misfit)

    def parse(self, root: Path) -> Parsed:
        """Read the table and match its rows with the image files beside it; further columns are kept as `meta`.

        Images that the table does not name are left out, with a note. Raises BadInput when there is no
        table, or more than one of the same part, or it is broken.
        """
        opened = choosing.open_all(root, misfit, "the columns image and labels")
        source = Source.open(self.name, root)
        for chosen, table in opened:
            read_rows(source, table, chosen)
        source.draft.leave_rest(source.found.keys, "the table")
        return source.draft.finish()


def read_rows(source: Source, table: tables.Table, chosen: Chosen) -> None:
    """Take every row of a table that fits."""
    labels_at = table.column(LABEL_COLUMNS)
    assert labels_at is not None  # misfit saw it
    one_a_row = table.header[labels_at] == "label"
    separator = None
    if not one_a_row:
        separator = separator_of(row[labels_at] for _, row in table.rows if len(row) > labels_at)
    more = tables.further_columns(table, labels_at)
    reading = Reading(source, table, chosen, repeats_are_usual=one_a_row, meta_columns=more)
    for where, image, cells in reading.rows():
        cell = cells[labels_at] if labels_at < len(cells) else ""
        for name in _names(cell, separator, where, source.draft):
            source.draft.say(image, source.draft.label(name, where), where=where)
    source.draft.note(f"Separator: {'none, one label a row' if separator is None else shown(separator)}")


def separator_of(cells: Iterable[str]) -> str:
    """The separator that the label cells use, quoted names aside: | before ; before , before a space."""
    rank, quotes = len(SEPARATORS) - 1, False
    for cell in cells:
        bare = _QUOTED.sub('""', cell) if '"' in cell else cell
        quotes = quotes or '""' in bare
        rank = next((at for at in range(rank) if SEPARATORS[at] in bare), rank)
        if not rank:
            break
    if SEPARATORS[rank] != " ":
        return SEPARATORS[rank]
    return "," if quotes else " "


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


def _names(cell: str, separator: str | None, where: Place, draft: Draft) -> list[str]:
    if separator is None:
        return [cell] if cell.strip() else []
    try:
        return split_labels(cell, separator)
    except csv.Error as error:
        reason = f"{short(cell)} cannot be split into labels ({error}); the image is kept without them."
        draft.problem("bad line", where, reason)
        return []


def misfit(head: tables.Head) -> str | None:
    """Why a table is not of this format, or None."""
    if missing := tables.lacks_images(head):
        return missing
    if not set(head.header) & set(LABEL_COLUMNS):
        return f", line {head.line} has no column of labels ({', '.join(LABEL_COLUMNS)})"
    if csv_long.is_long(head.header):
        return f", line {head.line} has a class a row, as the format csv-long has"
    return None
