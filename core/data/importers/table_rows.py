"""The rows of a table of labels, matched with images: what fits goes into a draft, what does not is a problem."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.data.importers import tables
from core.data.importers.choosing import Chosen
from core.data.importers.draft import Draft
from core.data.importers.matching import ImageNames
from core.data.importers.names import short
from core.data.importers.records import Place
from db.terms import Part


@dataclass
class Reading:
    """One table while it is read; `repeats_are_usual` when an image has a row for each of its labels."""

    draft: Draft
    images: ImageNames
    table: tables.Table
    chosen: Chosen
    repeats_are_usual: bool = False
    image_columns: tuple[str, ...] = tables.IMAGE_COLUMNS
    meta_columns: tuple[tuple[int, str], ...] = ()
    """Position and name of the further columns that are kept with the image."""

    def __post_init__(self) -> None:
        self.file = f"{self.chosen.folder}{self.table.path.name}"
        self._first: dict[int, int] = {}  # the line that first named an image
        for note in self.table.notes:
            self.draft.note(note)

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
                    self.draft.problem("bad line", where, f"{too_wide}; left out.")
                    continue
                row = row[:width]
            name = row[image_at] if image_at < len(row) else ""
            key = find(self.images, name, self.chosen.folder)
            if key is None:
                self.draft.problem("missing image", where, self.images.why_not(name))
                continue
            part = self.chosen.part
            if split_at is not None and split_at < len(row) and (word := row[split_at].strip()):
                part = part_of(self.draft, word, where) or part
            meta = {name: row[at] for at, name in self.meta_columns if at < len(row) and row[at].strip()}
            image = self.draft.image(key, part, meta, where)
            if not self.repeats_are_usual:
                first = self._first.setdefault(image, line)
                if first != line:
                    reason = f"{key} stands in line {first} already; the labels of both lines are kept."
                    self.draft.problem("duplicate line", where, reason)
            yield where, image, row


def find(images: ImageNames, name: str, folder: str) -> str | None:
    """The key that a name means in a file of this folder: beside the file, else anywhere."""
    return (images.exactly(folder + name) if folder else None) or images.find(name)


def part_of(draft: Draft, word: str, where: Place) -> Part | None:
    """The part of the split that a word means; another word is told."""
    part = tables.PARTS.get(word.strip().lower())
    if part is None:
        reason = f"{short(word)} is not a part of a split (train, val, test); it is drawn instead."
        draft.problem("unknown split", where, reason)
    return part
