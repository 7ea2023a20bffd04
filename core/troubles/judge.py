"""One kind of trouble in one data set: its items in an order that stays, and which of them are open.

Legend: N images, L labels.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from core import implications, states
from core.data.trouble.duplicates import NONE
from core.data.trouble.quality import KINDS, Odd
from core.files import Array
from core.states import States
from core.troubles.kinds import LEFT_ALONE, Item, Kind
from core.troubles.looks import Looks
from db.records import Label, Place
from db.terms import LabelState, Part

_ODD = frozenset(kind.value for kind in KINDS)


class Judge:
    """One kind of trouble in one data set: its items, and which of them are open."""

    def __init__(
        self, known: States, looks: Looks, kind: Kind, decided: set[int], keys: Mapping[int, str]
    ) -> None:
        """decided: rows that a person has decided on; keys: of the images that have look-alikes, by row."""
        self.known, self.looks, self.kind, self._keys = known, looks, kind, keys
        self._decided = decided
        self._label = {label.id: label for label in known.labels}

    def items(self) -> Iterator[Item]:
        """Every item, in an order that stays while people decide."""
        if self.kind is Kind.IMPLIED:
            return self._implied()
        if self.kind in (Kind.CONFLICTS, Kind.LEAKS, Kind.COPIES, Kind.LOOKALIKES):
            return self._grouped()
        return self._odd(Odd(self.kind.value))

    def counts(self) -> tuple[int, int]:
        """(items, those of them that are open)."""
        if self.kind.value in _ODD:
            rows = self._odd_rows(Odd(self.kind.value))
            out = self.known.parts[rows] == states.LEFT_OUT
            looked = np.isin(rows, np.fromiter(self._decided, np.int64, len(self._decided)))
            return len(rows), int((~out & ~looked).sum())
        listed = [self.open(item) for item in self.items()]
        return len(listed), sum(listed)

    def wanted(self, *, only_open: bool) -> Iterator[Item]:
        """The items, or those that are open; of a group all, as long as one of them is open."""
        if not only_open:
            yield from self.items()
            return
        for group, items in groupby(self.items(), key=lambda item: item.group):
            listed = list(items)
            if group is not None and any(self.open(item) for item in listed):
                yield from listed
            elif group is None:
                yield from (item for item in listed if self.open(item))

    def open(self, item: Item) -> bool:
        """True while nobody has decided on an item, and what is wrong still holds."""
        if self._out(item.row):
            return False
        if item.label_id is not None:
            return not self.known.verified[item.row, self._label[item.label_id].position]
        if item.row in self._decided:
            return False
        return self.kind not in (Kind.COPIES, Kind.LOOKALIKES, Kind.LEAKS) or item.suggested is not None

    def _out(self, row: int) -> bool:
        return bool(self.known.parts[row] == states.LEFT_OUT)

    def _part(self, row: int) -> Part:
        return states.PARTS.get(int(self.known.parts[row]), Part.TRAIN)  # what is left out suggests nothing

    def _without(self, row: int) -> str:
        """The place of an image once it is left out."""
        return Place(self._part(row), left_out=True).word

    def _odd_rows(self, odd: Odd) -> Array:
        """The rows of odd images, the oddest first."""
        quality, column = self.looks.found.quality, KINDS.index(odd)
        rows = np.flatnonzero(quality.odd[:, column])
        return rows[np.argsort(quality.scores[rows, column], kind="stable")]

    def _odd(self, odd: Odd) -> Iterator[Item]:
        quality, column = self.looks.found.quality, KINDS.index(odd)
        scores = quality.scores[:, column]
        for row in self._odd_rows(odd).tolist():
            yield Item(
                order=_rank(float(scores[row]), row),
                row=row,
                label_id=None,
                suggested=None if self.kind in LEFT_ALONE else self._without(row),
                title=odd.value,
                measure=quality.measured(row, odd),
                evidence=quality.sentence(row, odd),
                group=None,
                same=(),
            )

    def _groups(self) -> Iterator[tuple[int, list[int]]]:
        yield from self.looks.groups(copies=self.kind is Kind.COPIES)
        if self.kind is Kind.LEAKS:
            yield from self.looks.pairs_apart()

    def _grouped(self) -> Iterator[Item]:
        step = 1 + len(self.known.labels)
        order = 0
        for number, rows in self._groups():
            build: Callable[[int, list[int]], Iterable[Item]] = {
                Kind.CONFLICTS: self._conflicts,
                Kind.LEAKS: self._leaks,
                Kind.COPIES: self._copies,
                Kind.LOOKALIKES: self._alike,
            }[self.kind]
            for item in build(number, rows):
                # Group by group, then label by label, then image by image: the same whatever is decided.
                label = 0 if item.label_id is None else 1 + self._label[item.label_id].position
                yield replace(item, order=order * step + label * len(rows) + rows.index(item.row))
            order += len(rows)

    def _inside(self, rows: Sequence[int]) -> list[int]:
        return [row for row in rows if not self._out(row)]

    def _copies(self, number: int, rows: list[int]) -> Iterator[Item]:
        inside = self._inside(rows)
        for at, row in enumerate(rows):
            extra = row in inside[1:]
            yield self._image(
                number, rows, row, self._without(row) if extra else None,
                title=f"copy {at + 1} of {len(rows)}",
                measure="same picture",
                evidence=f"The same picture as {self._others(rows, row)}.{self._labels_differ(rows)}",
            )  # fmt: skip

    def _alike(self, number: int, rows: list[int]) -> Iterator[Item]:
        inside = self._inside(rows)
        pixels = self.looks.found.quality.width.astype(np.int64) * self.looks.found.quality.height
        largest = max(inside, key=lambda row: (int(pixels[row]), -row), default=None)
        if self.looks.copies[rows[0]] != NONE and len(set(self.looks.copies[rows].tolist())) == 1:
            return  # nothing but copies: they have a gallery of their own
        for at, row in enumerate(rows):
            extra = len(inside) > 1 and row in inside and row != largest
            size = f"{self.looks.found.quality.width[row]} × {self.looks.found.quality.height[row]}"
            yield self._image(
                number, rows, row, self._without(row) if extra else None,
                title=f"look-alike {at + 1} of {len(rows)}",
                measure=size,
                evidence=f"{self._alike_to(row)} It has {size} pixels.{self._labels_differ(rows)}",
            )  # fmt: skip

    def _leaks(self, number: int, rows: list[int]) -> Iterator[Item]:
        inside = self._inside(rows)
        parts = {self._part(row) for row in inside}
        if len(parts) < 2:
            return
        for row in inside:
            part = self._part(row)
            others = [one for one in inside if one != row]
            where = ", ".join(
                f"{count} in {other.noun}"
                for other in Part
                if (count := sum(self._part(one) is other for one in others))
            )
            yield self._image(
                number, rows, row, None if part is Part.TRAIN else Part.TRAIN.value,
                title="leak",
                measure=self.looks.agreement(row),
                evidence=f"{self._alike_to(row)} Of its look-alikes, {where}.",
            )  # fmt: skip

    def _conflicts(self, number: int, rows: list[int]) -> Iterator[Item]:
        inside = self._inside(rows)
        held = self.known.states[inside]  # (n, L)
        for at in np.flatnonzero((held == 1).any(axis=0) & (held == 0).any(axis=0)).tolist():
            label, column = self.known.labels[at], held[:, at]
            present, absent = int((column == 1).sum()), int((column == 0).sum())
            seen = self.known.verified[inside, at]
            verified = set(column[seen].tolist()) - {-1}
            # What people have verified decides, where they agree; of a tie, the label was rather forgotten.
            code = verified.pop() if len(verified) == 1 else int(present >= absent)
            for row in inside:
                yield Item(
                    order=0,
                    row=row,
                    label_id=label.id,
                    suggested=states.STATES[code].value,
                    title=label.name,
                    measure=f"{present} : {absent}",
                    evidence=(
                        f"“{label.name}” is present on {present} and absent on {absent} of these look-alikes. "
                        f"{self._alike_to(row)}"
                    ),
                    group=number,
                    same=tuple(one for one in rows if one != row),
                )

    def _implied(self) -> Iterator[Item]:
        labels = self.known.labels
        step = 1 + len(labels) ** 2
        found = [
            _lacking(
                row,
                labels[one.column],
                labels[one.implied],
                row * step + one.column * len(labels) + one.implied,
            )
            for one in implications.violations(self.known.states, implications.graph(labels))
            for row in one.absent.tolist()
        ]
        return iter(sorted(found, key=lambda item: item.order))

    def _image(
        self, number: int, rows: list[int], row: int, suggested: str | None, *, title: str, measure: str, evidence: str
    ) -> Item:  # fmt: skip
        same = tuple(one for one in rows if one != row)
        return Item(0, row, None, suggested, title, measure, evidence, number, same)

    def _named(self, row: int) -> str:
        where = "left out" if self._out(row) else f"in {self._part(row).noun}"
        return f"{self._keys.get(row, f'image {row}')} ({where})"

    def _others(self, rows: Sequence[int], row: int) -> str:
        others = [one for one in rows if one != row]
        if len(others) == 1:
            return self._named(others[0])
        return f"{len(others)} others"

    def _alike_to(self, row: int) -> str:
        nearest = self.looks.nearest(row)
        if nearest is None:
            return ""
        other, how = nearest
        return f"Most like {self._named(other)}: {how}"

    def _labels_differ(self, rows: Sequence[int]) -> str:
        held = self.known.states[list(rows)]
        names = [self.known.names[at] for at in np.flatnonzero((held != held[0]).any(axis=0)).tolist()]
        return f" Their labels differ: {', '.join(names[:6])}." if names else ""


def _lacking(row: int, label: Label, implied: Label, order: int) -> Item:
    return Item(
        order=order,
        row=row,
        label_id=implied.id,
        suggested=LabelState.PRESENT.value,
        title=implied.name,
        measure=f"has {label.name}",
        evidence=f"It has “{label.name}”, which implies “{implied.name}”; that is absent here.",
        group=None,
        same=(),
    )


def _rank(score: float, row: int) -> int:
    """An order by score, then by row, as a whole number that the address of a page can carry."""
    return int(score * 1_000_000) * 10_000_000 + row
