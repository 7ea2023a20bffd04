"""`image,labels,split`: one row an image, as the importer `csv` reads it."""

import re
from collections.abc import Iterator
from pathlib import Path

from core.data.exporters import losses, text
from core.data.exporters.records import PLAIN, Carries, Options, Snapshot

_NEEDS_BAR = re.compile(r"\s")
_NEEDS_QUOTES = re.compile(r'[|;,"]')


class CsvExport(losses.ToldByWhatItCarries):
    """Every image has a row, so that an image without labels is not taken for one that was not looked at."""

    name = "csv"
    title = "CSV: one row an image, labels joined in one cell, and the split"
    suffix = ".csv"
    carries = Carries(parts=True, meta=True, tables=True)

    def write(self, out: Path, snapshot: Snapshot, options: Options = PLAIN) -> None:
        """Write one CSV file, UTF-8. Raises BadInput when out exists and is not to be replaced."""
        header = ("image", "labels", "split", *snapshot.further())
        text.table(out, header, _rows(snapshot), text.need_bytes(snapshot, 16, 3), options)


def _rows(snapshot: Snapshot) -> Iterator[list[str]]:
    separator = " " if all(_is_plain(label) for label in snapshot.labels) else "|"
    # With one label a row no separator would stand in the file, and "traffic light" would read as two.
    show = separator == "|" and not any(len(columns) > 1 for columns in snapshot.listed())
    quoted, further = [_quoted(label) for label in snapshot.labels], snapshot.further()
    for row, columns in enumerate(snapshot.listed()):
        key, part = snapshot.images[row]
        cell = separator.join(text.named(quoted, columns))
        if show and columns:
            cell, show = cell + separator, False
        meta = snapshot.meta_of(row) if further else {}
        yield [key, cell, part.value, *(meta.get(name, "") for name in further)]


def _is_plain(label: str) -> bool:
    return not _NEEDS_BAR.search(label) and not _NEEDS_QUOTES.search(label)


def _quoted(label: str) -> str:
    doubled = label.replace('"', '""')
    return f'"{doubled}"' if _NEEDS_QUOTES.search(label) else label
