"""A source that an importer reads: its files, the names of its images, and the draft that is filled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.codes import PART_WORDS
from core.data.importers import listing
from core.data.importers.draft import Draft
from core.data.importers.matching import ImageNames
from core.data.importers.names import short
from core.data.importers.records import Place
from db.terms import Part


@dataclass(frozen=True)
class Source:
    """The images under a root, found by the names that annotations call them."""

    root: Path
    found: listing.Listing
    images: ImageNames
    draft: Draft

    @classmethod
    def open(cls, format: str, root: Path) -> "Source":
        """List the files of root, or of the folder of that file. Raises BadInput when there is no such folder."""
        base = root.parent if root.is_file() else root
        found = listing.images(base)
        draft = Draft(format, base)
        draft.problems(found.problems)
        return cls(base, found, ImageNames(found.keys), draft)

    def image(
        self,
        name: str,
        where: Place,
        part: Part | None = None,
        folder: str = "",
        meta: Mapping[str, str] | None = None,
    ) -> int | None:
        """The index of the image that is meant, beside the file in `folder` or anywhere; None is told."""
        key = (self.images.exactly(folder + name) if folder else None) or self.images.find(name)
        if key is None:
            self.draft.problem("missing image", where, self.images.why_not(name))
            return None
        return self.draft.image(key, part, meta, where)

    def bad_line(self, file: str) -> Callable[[int, str], None]:
        """What tells of a line of a file that is left out: call it with the number and the reason."""

        def told(line: int, reason: str) -> None:
            self.draft.problem("bad line", Place(file, line), reason)

        return told

    def part(self, word: str, where: Place) -> Part | None:
        """The part of the split that a word means; another word is told."""
        part = PART_WORDS.get(word.strip().lower())
        if part is None and word.strip():
            reason = f"{short(word)} is not a part of a split (train, val, test); it is drawn instead."
            self.draft.problem("unknown split", where, reason)
        return part
