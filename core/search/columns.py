"""The labels and places of a data set in memory, brought up to date by what changed since it was last asked.

Any combination of labels is then a few operations on arrays of N booleans, whatever N is; the database is asked
only for the revision, for the changes since, and for the images that are shown.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from core import states
from core.search.facts import Facts
from core.search.kept import Kept
from core.states import States
from db import held, packed, search
from db.records import Label
from db.store import Store
from db.terms import LabelState, Part

Array = np.ndarray[Any, Any]

STATE_CODES = {state: code for code, state in enumerate(packed.STATES)}
PLACE_CODES = {part: code for code, part in enumerate(packed.PARTS)}
_MOST_NEWS = 50_000  # changed cells; beyond, reading everything anew is quicker
_MASK_BYTES = 80_000_000  # of each data set
_ROWS_BYTES = 32_000_000
_MOST_SETS = 4


@dataclass(frozen=True, eq=False)
class LabelCells:
    """The stored cells of one label; all other images have its default."""

    rows: Array  # int32 (C,), ascending
    codes: Array  # uint8 (C,): as in STATE_CODES, plus packed.VERIFIED
    default: LabelState

    def changed(self, rows: Array, codes: Array) -> "LabelCells":
        """With these cells instead; rows ascending and each once."""
        at = np.searchsorted(self.rows, rows)
        there = np.zeros(len(rows), bool)
        inside = at < len(self.rows)
        there[inside] = self.rows[at[inside]] == rows[inside]
        kept = self.codes.copy()
        kept[at[there]] = codes[there]
        return LabelCells(
            np.insert(self.rows, at[~there], rows[~there]),
            np.insert(kept, at[~there], codes[~there]),
            self.default,
        )


class Columns:
    """A data set at one revision. What was computed of it is kept as long as it is the newest."""

    def __init__(
        self,
        revision: int,
        labels: Sequence[Label],
        cells: dict[int, LabelCells],
        places: Array,
        facts: Facts,
        kept: Kept | None = None,
    ) -> None:
        self.revision = revision
        self.labels = tuple(labels)
        self.cells = cells  # by label id
        self.places = places  # uint8 (N,): as in PLACE_CODES, plus packed.LEFT_OUT
        self.facts = facts
        # Masks begin their key with what they are of, and of a label with its id: see _brought_up_to_date.
        self.kept = kept or Kept(_MASK_BYTES)
        self.rows = Kept(_ROWS_BYTES)  # apart: the rows of one search are as large as four masks

    @property
    def images(self) -> int:
        return len(self.places)

    def state(self, label_id: int, state: LabelState) -> Array:
        """The images whose cell of this label is in this state, bool (N,)."""
        return self.kept.get(("state", label_id, state), lambda: self._state(label_id, state))

    def _state(self, label_id: int, state: LabelState) -> Array:
        cells = self.cells[label_id]
        here = (cells.codes & (packed.VERIFIED - 1)) == STATE_CODES[state]
        mask = np.full(self.images, state is cells.default)
        mask[cells.rows[~here]] = False
        mask[cells.rows[here]] = True
        return mask

    def verified(self, label_id: int) -> Array:
        """The images whose cell of this label a person has verified, bool (N,)."""

        def make() -> Array:
            cells = self.cells[label_id]
            mask = np.zeros(self.images, bool)
            mask[cells.rows[cells.codes >= packed.VERIFIED]] = True
            return mask

        return self.kept.get(("verified", label_id), make)

    def count_present(self) -> Array:
        """How many labels each image carries, int32 (N,)."""
        return self.kept.get(
            "present", lambda: self._count(lambda label: self._state(label, LabelState.PRESENT))
        )

    def count_verified(self) -> Array:
        """How many labels of each image a person has verified, int32 (N,)."""
        return self.kept.get(("verified",), lambda: self._count(self.verified))

    def _count(self, mask: Callable[[int], Array]) -> Array:
        total = np.zeros(self.images, np.int32)
        for label in self.labels:
            total += mask(label.id)
        return total

    def part(self, part: Part) -> Array:
        """The images that count in a part, bool (N,)."""
        return self.kept.get(("part", part), lambda: self.places == PLACE_CODES[part])

    def left_out(self) -> Array:
        """The images that are left out, bool (N,)."""
        return self.kept.get(("part", None), lambda: self.places >= packed.LEFT_OUT)


def matrix(known: Columns) -> States:
    """The same as one matrix of all labels, without the database; kept with the masks of this revision."""

    def filled(default: Callable[[LabelCells], int], part: int, kind: type) -> Array:
        made: Array = np.empty((known.images, len(known.labels)), kind)
        for at, label in enumerate(known.labels):
            cells = known.cells[label.id]
            made[:, at] = default(cells)
            made[cells.rows, at] = states.decoded(cells.codes)[part]
        return made

    return States(
        known.labels,
        known.kept.get(
            ("matrix", "states"), lambda: filled(lambda one: states.CODES[one.default], 0, np.int8)
        ),
        known.kept.get(("matrix", "verified"), lambda: filled(lambda _: 0, 1, bool)),
        known.kept.get(("matrix", "parts"), lambda: states.sides(known.places)),
        known.revision,
    )


class _Place:
    """Where the newest columns of one data set are kept."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.columns: Columns | None = None


_places: "WeakKeyDictionary[Store, OrderedDict[int, _Place]]" = WeakKeyDictionary()
_lock = threading.Lock()


def of(store: Store, dataset_id: int) -> Columns:
    """The columns of a data set at its newest revision. Raises Missing."""
    now = search.standing(store, dataset_id)
    with _lock:
        places = _places.setdefault(store, OrderedDict())
        place = places.setdefault(dataset_id, _Place())
        places.move_to_end(dataset_id)
        while len(places) > _MOST_SETS:
            places.popitem(last=False)
    with place.lock:
        had = place.columns
        if had is None or had.revision < now.revision:
            newer = None if had is None else _brought_up_to_date(store, dataset_id, had)
            place.columns = newer or _read(store, dataset_id, had)
        found = place.columns
    assert found is not None
    return found


def _read(store: Store, dataset_id: int, had: Columns | None) -> Columns:
    found = held.at(store, dataset_id)
    facts = had.facts if had is not None else Facts(store, dataset_id)
    return Columns(
        found.revision,
        found.labels,
        _by_label(found.cells, found.labels),
        np.frombuffer(found.places, np.uint8),
        facts,
    )


def _by_label(cells: packed.PackedCells, labels: Sequence[Label]) -> dict[int, LabelCells]:
    # In the order of rows already where the engine scans by key, which a stable sort sees at once.
    numbers = np.sort(np.frombuffer(cells.numbers, np.int64), kind="stable")
    rows, offsets = np.divmod(numbers >> 3, cells.span)
    codes = (numbers & 7).astype(np.uint8)
    order = np.argsort(offsets.astype(np.int16) if cells.span < 2**15 else offsets, kind="stable")
    rows, codes, offsets = rows[order].astype(np.int32), codes[order], offsets[order]
    found = {}
    for label in labels:
        start, stop = np.searchsorted(offsets, [label.id - cells.first, label.id - cells.first + 1])
        found[label.id] = LabelCells(rows[start:stop], codes[start:stop], label.default_state)
    return found


def _brought_up_to_date(store: Store, dataset_id: int, had: Columns) -> Columns | None:
    """The columns with what changed since; None where they are quicker read anew."""
    news = search.since(store, dataset_id, had.revision, most=_MOST_NEWS)
    if news is None or news.now.images != had.images:
        return None
    labels = held.labels(store, dataset_id, news.now.revision) if news.labels_too else had.labels
    if {label.id for label in labels} - had.cells.keys():
        return None  # a label came, or came back
    by_label: dict[int, dict[int, int]] = {}
    for change in reversed(news.changes):
        code = STATE_CODES[change.after.state] + packed.VERIFIED * change.after.verified
        by_label.setdefault(change.label_id, {})[change.row] = code
    cells = {label.id: had.cells[label.id] for label in labels}
    for label_id in by_label.keys() & cells.keys():
        changed = sorted(by_label[label_id].items())
        rows, codes = zip(*changed, strict=True)
        cells[label_id] = cells[label_id].changed(np.array(rows, np.int32), np.array(codes, np.uint8))
    places = had.places
    if news.places:
        places = places.copy()
        for row, part, out in news.places:
            places[row] = PLACE_CODES[part] + packed.LEFT_OUT * out

    def holds(key: Hashable) -> bool:
        match key:
            case ("state" | "verified", int(label_id), *_):
                return label_id in cells and label_id not in by_label
            case ("part", _):
                return not news.places
            case ("statistic" | "scores", *_):
                return True
        return False

    return Columns(news.now.revision, labels, cells, places, had.facts, had.kept.carried(holds))
