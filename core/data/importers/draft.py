"""What an importer fills while it reads: images, labels and cells in any order become one sorted Parsed."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from core.codes import CODES, PART_WORDS, STATES
from core.data.importers import listing, records
from core.data.importers.names import clean_label, short
from core.data.importers.records import Array, Cells, Parsed, ParsedImage, Place, Problem
from core.errors import BadInput
from core.words import counted
from db.terms import LabelState, Part


class Draft:
    """One source while it is read; memory is some 30 bytes a cell and 200 an image."""

    def __init__(self, format: str, root: Path) -> None:
        self._format, self._root = format, root
        self._image_at: dict[str, int] = {}
        self._parts: list[Part | None] = []
        self._meta: dict[int, dict[str, str]] = {}
        self._label_at: dict[str, int] = {}  # by the cleaned name
        self._raw: dict[str, int | None] = {}  # by the name as written
        self._files: dict[str, int] = {}
        self._images, self._labels, self._lines = array("i"), array("i"), array("i")
        self._codes, self._verified, self._file = array("b"), array("b"), array("i")
        self._problems: list[Problem] = []
        self._told: Counter[str] = Counter()  # problems by file
        self._notes: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._image_at

    def __len__(self) -> int:
        return len(self._image_at)

    @property
    def labels(self) -> int:
        """How many labels there are so far."""
        return len(self._label_at)

    def image(
        self,
        key: str,
        part: Part | None = None,
        meta: Mapping[str, str] | None = None,
        where: Place | None = None,
    ) -> int:
        """The index of an image, new or known; of two different parts the first is kept, and the other told."""
        at = self._image_at.get(key)
        if at is None:
            at = self._image_at[key] = len(self._image_at)
            self._parts.append(part)
        elif part is not None:
            before = self._parts[at]
            if before is None:
                self._parts[at] = part
            elif before is not part:
                reason = f"{key} is in {before.value} by an earlier entry, in {part.value} here; the first is kept."
                self.problem("two splits", where or Place(key), reason)
        if meta:
            self._meta[at] = {**meta, **self._meta.get(at, {})}
        return at

    def part_of(self, image: int) -> Part | None:
        """The part that an image has been given so far."""
        return self._parts[image]

    def label(self, name: str, where: Place | None = None) -> int | None:
        """The index of a label by its name as written; None for a refused name, which is told once."""
        if name in self._raw:
            return self._raw[name]
        try:
            clean = clean_label(name)
        except BadInput as error:
            self._raw[name] = None
            self.problem("label name", where or Place(""), f"{error} The images are kept without it.")
            return None
        at = self._label_at.setdefault(clean, len(self._label_at))
        self._raw[name] = at
        return at

    def say(
        self,
        image: int,
        label: int | None,
        state: LabelState = LabelState.PRESENT,
        *,
        verified: bool = False,
        where: Place | None = None,
    ) -> None:
        """Note one cell; a label that was refused (None) is passed over."""
        if label is None:
            return
        self._images.append(image)
        self._labels.append(label)
        self._codes.append(CODES[state])
        self._verified.append(verified)
        if where is not None:
            self._place(len(self._images) - 1, where)

    def say_many(self, images: Array, labels: Array, codes: Array, verified: Array) -> None:
        """Note cells by arrays of one length, as `Cells` has them; those with a label below 0 are passed over."""
        kept = labels >= 0
        for column, values in (
            (self._images, images),
            (self._labels, labels),
            (self._codes, codes),
            (self._verified, verified),
        ):
            column.frombytes(values[kept].astype(column.typecode).tobytes())

    def _place(self, cell: int, where: Place) -> None:
        if missing := cell - len(self._lines):  # cells of which no place is known
            self._lines.frombytes(bytes(4 * missing))
            self._file.frombytes(b"\xff" * (4 * missing))  # -1
        self._lines.append(where.line or 0)
        self._file.append(self._files.setdefault(where.file, len(self._files)))

    def problem(self, kind: str, where: Place, reason: str) -> None:
        """Add a problem, or count it where its file has very many."""
        self._told[where.file] += 1
        if self._told[where.file] <= records.MOST_TOLD:
            self._problems.append(Problem(kind, where.file, reason, where.line, where.at))

    def problems(self, found: Iterable[Problem]) -> None:
        """Add problems that were found elsewhere."""
        for problem in found:
            self.problem(problem.kind, Place(problem.file, problem.line, problem.at), problem.reason)

    def more(self, file: str, count: int) -> None:
        """Count problems of a file that are not told each by itself."""
        self._told[file] += count

    def note(self, text: str) -> None:
        """Add a sentence for people."""
        self._notes.append(text)

    def keep_rest(self, keys: Iterable[str]) -> None:
        """Keep the images that nothing named, with nothing listed, and note how many they are."""
        rest = [key for key in keys if key not in self._image_at]
        for key in rest:
            self.image(key)
        if rest:
            self.note(f"Images that nothing names, kept with nothing listed: {listing.some(rest)}.")

    def leave_rest(self, keys: Iterable[str], what: str) -> None:
        """Leave out the images that nothing named, with a note."""
        rest = [key for key in keys if key not in self._image_at]
        if rest:
            self.note(f"Images that {what} does not name, left out: {listing.some(rest)}.")

    def _parts_by_folder(self) -> None:
        """Give images without a part the one that a folder of theirs is named after.

        Only where such folders name the training part and another one: a lone folder `test` says nothing.
        """
        keys = [key for key, at in self._image_at.items() if self._parts[at] is None]
        named = {key: part for key in keys if (part := _part_in(key))}
        if Part.TRAIN in named.values() and len(set(named.values())) > 1:
            for key, part in named.items():
                self._parts[self._image_at[key]] = part
            self.note(f"The folders' names give the part of the split of {counted(len(named), 'image')}.")

    def finish(self, unlisted: LabelState | None = None, unlisted_why: str = "") -> Parsed:
        """All that was gathered, in order. What was said twice with two states is settled, see `_settled`."""
        self._parts_by_folder()
        keys, to_image = _sorted(self._image_at)
        labels, to_label = _sorted(self._label_at)
        self._image_at = {}  # at a million images it is as large as all that is made now
        cells = self._settled(keys, labels, to_image, to_label)
        self._told_rest()
        old = np.argsort(to_image).tolist()  # the index in the draft of each sorted image
        images = tuple(
            ParsedImage(key, self._parts[at], self._meta.get(at)) for key, at in zip(keys, old, strict=True)
        )
        return Parsed(
            format=self._format,
            root=self._root,
            labels=tuple(labels),
            images=images,
            cells=cells,
            problems=tuple(self._problems),
            notes=tuple(self._notes),
            unlisted=unlisted,
            unlisted_why=unlisted_why,
        )

    def _settled(self, keys: list[str], labels: list[str], to_image: Array, to_label: Array) -> Cells:
        """The cells in order, each once.

        A verified word stands against one that is not verified; two of equal weight with different states
        leave the cell unknown, for nobody can know which is right, and that is told.
        """
        if not self._images:
            return Cells.none()
        width = len(labels)
        cell = to_image[np.frombuffer(self._images, np.int32)].astype(np.int64)
        cell = cell * width + to_label[np.frombuffer(self._labels, np.int32)]
        order = np.argsort(cell, kind="stable")
        cell = cell[order]
        codes = np.frombuffer(self._codes, np.int8)[order]
        verified = np.frombuffer(self._verified, np.bool_)[order]
        first = np.concatenate(([True], cell[1:] != cell[:-1]))
        if not first.all():
            starts = np.flatnonzero(first)
            codes, verified, two = self._agreed(codes, verified, starts, np.cumsum(first) - 1)
            self._tell_two(keys, labels, cell[starts], order, starts, two)
            cell = cell[starts]
        return Cells((cell // width).astype(np.int32), (cell % width).astype(np.int32), codes, verified)

    def _agreed(
        self, codes: Array, verified: Array, starts: Array, group: Array
    ) -> tuple[Array, Array, Array]:
        """Code and verified of each cell, and the cells that have two states; `starts`: where each begins."""
        sure = np.maximum.reduceat(verified, starts)
        counts = verified == sure[group]
        high = np.maximum.reduceat(np.where(counts, codes, np.int8(-2)), starts)
        low = np.minimum.reduceat(np.where(counts, codes, np.int8(2)), starts)
        if overruled := int(np.count_nonzero(~counts & (codes != high[group]))):
            self.note(f"Cells where a verified state stands against one that is not: {overruled:,}.")
        agreed = high == low
        states = np.where(agreed, high, -1).astype(np.int8)
        return states, np.logical_and(sure, agreed), np.flatnonzero(~agreed)

    def _tell_two(
        self, keys: list[str], labels: list[str], cell: Array, order: Array, starts: Array, two: Array
    ) -> None:
        """Tell of the cells at `two` which states they were given, and where the other one was."""
        ends, files = np.append(starts[1:], len(order)), list(self._files)
        for at in two[: records.MOST_TOLD].tolist():
            said = order[starts[at] : ends[at]].tolist()
            before = self._codes[said[0]]
            other = next(one for one in said if self._codes[one] != before)
            key, label = keys[cell[at] // len(labels)], labels[cell[at] % len(labels)]
            file = self._file[other] if other < len(self._file) else -1
            where = Place(files[file], self._lines[other] or None) if file >= 0 else Place(key)
            reason = (
                f"{key} has {short(label)} {STATES[before].value} by an earlier entry, "
                f"{STATES[self._codes[other]].value} here: unknown."
            )
            self.problem("two states", where, reason)
        if len(two) > records.MOST_TOLD:
            self.note(f"Cells with two states, taken as unknown: {len(two):,}.")

    def _told_rest(self) -> None:
        for file, count in self._told.items():
            if count > records.MOST_TOLD:
                reason = f"{count - records.MOST_TOLD:,} more problems with its lines."
                self._problems.append(Problem("more problems", file, reason))


def _part_in(key: str) -> Part | None:
    """The part that the folders of a path name, if they name one."""
    if "/" not in key:
        return None
    parts = {PART_WORDS[word] for word in key.lower().split("/")[:-1] if word in PART_WORDS}
    return parts.pop() if len(parts) == 1 else None


def _sorted(index: dict[str, int]) -> tuple[list[str], Array]:
    """The names in order, and the new index of each old one, int32."""
    names = sorted(index)
    new = np.empty(len(names), np.int32)
    new[np.fromiter((index[name] for name in names), np.int64, len(names))] = np.arange(len(names))
    return names, new
