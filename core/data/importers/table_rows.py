"""The rows of a table of labels, matched with images: what fits goes into a draft, what does not is a problem."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from core.data.importers import tables
from core.data.importers.choosing import Chosen
from core.data.importers.names import short
from core.data.importers.records import Place
from core.data.importers.source import Source


@dataclass
class Reading:
    """One table while it is read; `repeats_are_usual` when an image has a row for each of its labels."""

    source: Source
    table: tables.Table
    chosen: Chosen
    repeats_are_usual: bool = False
    image_columns: tuple[str, ...] = tables.IMAGE_COLUMNS
    meta_columns: tuple[tuple[int, str], ...] = ()
    """Position and name of the further columns that are kept with the image."""

    def __post_init__(self) -> None:
        self.file = f"{self.chosen.folder}{self.table.path.name}"
        self._first = array("i")  # by image: the line that first named it, 0 for none
        for note in self.table.notes:
            self.source.draft.note(note)

    def rows(self) -> Iterator[tuple[Place, int, list[str]]]:
        """Yield (place, image, cells) of every usable row; its part and further columns are taken on the way.

        There are at most as many cells as the header has; a short row has fewer.
        """
        image_at = self.table.column(self.image_columns)
        split_at = self.table.column(tables.SPLIT_COLUMNS)
        assert image_at is not None  # Tables without this column are not chosen.
        width = len(self.table.header)
        for line, row in self.table.rows:
            where = Place(self.file, line)
            if len(row) > width:
                if too_wide := self.table.too_wide(row):
                    self.source.draft.problem("bad line", where, f"{too_wide}; left out.")
                    continue
                row = row[:width]
            name = row[image_at] if image_at < len(row) else ""
            part = self.chosen.part
            if split_at is not None and split_at < len(row) and row[split_at]:
                part = self.source.part(row[split_at], where) or part
            meta = {name: row[at] for at, name in self.meta_columns if at < len(row) and row[at].strip()}
            image = self.source.image(name, where, part, self.chosen.folder, meta)
            if image is None:
                continue
            if not self.repeats_are_usual and (first := self._seen(image, line)):
                reason = (
                    f"{short(name, 80)} stands in line {first} already; the labels of both lines are kept."
                )
                self.source.draft.problem("duplicate line", where, reason)
            yield where, image, row
        self.table.tell_left_out(self.source.bad_line(self.file))

    def _seen(self, image: int, line: int) -> int:
        """The line that has named the image before, or 0."""
        missing = image + 1 - len(self._first)
        if missing > 0:
            self._first.extend((0,) * missing)
        first = self._first[image]
        self._first[image] = first or line
        return first
