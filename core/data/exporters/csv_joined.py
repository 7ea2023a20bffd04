"""`image,labels,split`: one row an image, as the importer `csv` reads it."""

import csv
import re
from pathlib import Path

from core.data.exporters import target
from core.data.exporters.records import Snapshot, unlisted_losses
from core.data.importers import listing

_NEEDS_BAR = re.compile(r"\s")
_NEEDS_QUOTES = re.compile(r'[|;,"]')
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class CsvExport:
    """Every image has a row, so that an image without labels is not taken for one that was not looked at."""

    name = "csv"
    title = "CSV: one row an image, labels joined in one cell, and the split"
    tells_corrections = False

    def losses(self, snapshot: Snapshot) -> list[str]:
        """Sentences for what will not be in the file."""
        shown = (snapshot.states == 1).any(axis=0)
        empty = [
            label for label, any_image in zip(snapshot.labels, shown.tolist(), strict=True) if not any_image
        ]
        lost = [f"Labels that no image has are not written: {listing.some(empty)}."] if empty else []
        return [*lost, *unlisted_losses(snapshot)]

    def write(self, out: Path, snapshot: Snapshot, *, force: bool = False) -> None:
        """Write one CSV file, UTF-8. Raises BadInput when out exists and `force` is not given."""
        separator = " " if all(_is_plain(label) for label in snapshot.labels) else "|"
        cells = [separator.join(map(_quoted, snapshot.present(row))) for row in range(len(snapshot.images))]
        _show_separator(cells, separator)
        need = sum(len(key) + len(cell) + 16 for (key, _), cell in zip(snapshot.images, cells, strict=True))
        with (
            target.new_file(out, need, force=force) as draft,
            open(draft, "w", encoding="utf-8", newline="") as file,
        ):
            rows = csv.writer(file)
            rows.writerow(("image", "labels", "split"))
            for (key, part), cell in zip(snapshot.images, cells, strict=True):
                rows.writerow((key, cell, part.value))


def _is_plain(label: str) -> bool:
    return not _NEEDS_BAR.search(label) and not _NEEDS_QUOTES.search(label)


def _quoted(label: str) -> str:
    doubled = label.replace('"', '""')
    return f'"{doubled}"' if _NEEDS_QUOTES.search(label) else label


def _show_separator(cells: list[str], separator: str) -> None:
    """With one label a row no separator would stand in the file, and "traffic light" would read as two."""
    if separator == " " or any(separator in _QUOTED.sub("", cell) for cell in cells):
        return
    first = next((at for at, cell in enumerate(cells) if cell), None)
    if first is not None:
        cells[first] += separator
