"""Searching a data set by an expression: pages of images, all rows, and how many of what is among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core import search
from core.actor import Actor
from core.errors import BadInput
from core.search import columns, nodes, scanned
from core.search.beside import Beside
from core.search.columns import Columns
from core.search.masks import Masks
from core.settings import Settings
from db import datasets, held, packed, runs
from db.records import Image
from db.store import Store
from db.terms import LabelState, Part

Array = np.ndarray[Any, Any]

MOST_POINTS = 50_000  # of a map that is drawn
LONGEST_NAME = 500  # of what a map is coloured by
_ENDS = (1, 99)  # percentiles: a few odd ones at the ends would leave all others in one colour


@dataclass(frozen=True, slots=True)
class Only:
    """What a search is narrowed to beside its text; None: not at all. A state is that of the label beside it."""

    label_id: int | None = None
    state: LabelState | None = None
    part: Part | None = None


@dataclass(frozen=True)
class Counts:
    """How many images a search means, and how many of them are like what a filter may choose next."""

    images: int
    labels: Mapping[int, Mapping[LabelState, int]]  # by label id
    verified: Mapping[int, int]  # by label id
    parts: Mapping[Part, int]
    left_out: int


@dataclass(frozen=True, eq=False)
class Colours:
    """What the points of the map are coloured by."""

    kind: Literal["part", "number", "label"]
    values: Array  # float32 (n,)
    low: float  # of numbers, where the scale of colours begins and ends
    high: float


@dataclass(frozen=True, eq=False)
class MapPoints:
    """The points of the embedding map that are drawn; a sample where there are more than MOST_POINTS."""

    rows: Array  # int32 (n,), ascending
    points: Array  # float32 (n, 2), 0..1 from the lower left
    images: int  # that have a place on the map


def check(store: Store, actor: Actor, dataset_id: int, text: str) -> None:
    """Read a search without carrying it out. Raises BadInput that points at the mistake."""
    search.parse(text, datasets.labels(store, dataset_id))


def page(
    store: Store,
    settings: Settings,
    actor: Actor,
    dataset_id: int,
    text: str = "",
    *,
    only: Only | None = None,
    run_id: int | None = None,
    after_row: int | None = None,
    limit: int = 60,
) -> list[Image]:
    """The images that a search means, by row, those after `after_row`. Raises BadInput and Missing.

    run_id: the run whose predictions `predicted:` and `score:` ask for.
    """
    known = columns.of(store, dataset_id)
    asked = _masks(store, settings, known, dataset_id, run_id)
    start = 0 if after_row is None else max(after_row + 1, 0)
    found = asked.first(_node(known, text, only), start, limit)
    return datasets.images(store, dataset_id, found.tolist())


def rows(
    store: Store,
    settings: Settings,
    actor: Actor,
    dataset_id: int,
    text: str = "",
    *,
    only: Only | None = None,
    run_id: int | None = None,
) -> Array:
    """The rows of all images that a search means, int32 (n,), ascending. Raises BadInput and Missing."""
    known = columns.of(store, dataset_id)
    return _masks(store, settings, known, dataset_id, run_id).rows(_node(known, text, only))


def counts(
    store: Store,
    settings: Settings,
    actor: Actor,
    dataset_id: int,
    text: str = "",
    *,
    only: Only | None = None,
    run_id: int | None = None,
) -> Counts:
    """How many images a search means, by label, state and part. Raises BadInput and Missing."""
    known = columns.of(store, dataset_id)
    node = _node(known, text, only)
    asked = _masks(store, settings, known, dataset_id, run_id)
    chosen = None if isinstance(node, nodes.Everything) else asked.mask(node)
    images = known.images if chosen is None else int(np.count_nonzero(chosen))
    places = known.places if chosen is None else known.places[chosen]
    in_place = np.bincount(places, minlength=2 * packed.LEFT_OUT)
    by_label, verified = {}, {}
    for label in known.labels:
        cells = known.cells[label.id]
        codes = cells.codes if chosen is None else cells.codes[chosen[cells.rows]]
        by_code = np.bincount(codes, minlength=2 * packed.VERIFIED)
        of_state = {
            state: int(by_code[code] + by_code[code + packed.VERIFIED])
            for state, code in columns.STATE_CODES.items()
        }
        of_state[label.default_state] += images - len(codes)
        by_label[label.id] = of_state
        verified[label.id] = int(by_code[packed.VERIFIED :].sum())
    return Counts(
        images=images,
        labels=by_label,
        verified=verified,
        parts={part: int(in_place[code]) for part, code in columns.PLACE_CODES.items()},
        left_out=int(in_place[packed.LEFT_OUT :].sum()),
    )


def _node(known: Columns, text: str, only: Only | None) -> nodes.Node:
    node = search.parse(text, known.labels)
    narrowed: list[nodes.Node] = [] if isinstance(node, nodes.Everything) else [node]
    if only is not None and only.part is not None:
        narrowed.append(nodes.InPart(only.part))
    if only is not None and only.state is not None:
        if only.label_id is None or only.label_id not in known.cells:
            raise BadInput("A state is a label's: choose a label of this data set beside it.")
        narrowed.append(nodes.HasLabel(only.label_id, only.state))
    if not narrowed:
        return node
    return narrowed[0] if len(narrowed) == 1 else nodes.And(tuple(narrowed))


def _masks(store: Store, settings: Settings, known: Columns, dataset_id: int, run_id: int | None) -> Masks:
    dataset = datasets.get(store, dataset_id)
    if run_id is None:
        return Masks(store, dataset_id, known, Beside(settings, dataset))
    run = runs.get(store, run_id)
    if run.dataset_id != dataset_id:
        raise BadInput(f"Run {run_id} belongs to another data set.")
    labels = held.labels(store, dataset_id, run.revision)
    return Masks(store, dataset_id, known, Beside(settings, dataset, run, labels))


def scanned_map(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> MapPoints | None:
    """The embedding map that a scan has drawn, or None before there was one.

    Raises Missing, and BadInput for a scan that is damaged or of other images.
    """
    dataset = datasets.get(store, dataset_id)
    found = scanned.map_points(Beside(settings, dataset).folder, dataset.images)
    if found is None:
        return None
    placed = np.flatnonzero(~np.isnan(found).any(axis=1)).astype(np.int32)
    chosen = placed
    if len(placed) > MOST_POINTS:
        chosen = np.sort(np.random.default_rng(0).choice(placed, MOST_POINTS, replace=False))
    return MapPoints(chosen, np.asarray(found[chosen], np.float32), len(placed))


def colours(
    store: Store, settings: Settings, actor: Actor, dataset_id: int, name: str, chosen: Array
) -> Colours:
    """What to colour each of the chosen rows by.

    name: "label:12" (1 present, 0 absent, -1 unknown), "part" (its place in Part, -1 left out), or a measure of
    a search, NaN where it was not measured. Raises BadInput and Missing.
    """
    values = _colours(store, settings, dataset_id, name, chosen)
    known = values[~np.isnan(values)]
    low, high = np.percentile(known, _ENDS).tolist() if known.size else (0.0, 1.0)
    kind: Literal["part", "number", "label"] = "label"
    if name == "part" or name in search.MEASURES:
        kind = "part" if name == "part" else "number"
    return Colours(kind, values, low, high)


def _colours(store: Store, settings: Settings, dataset_id: int, name: str, chosen: Array) -> Array:
    known = columns.of(store, dataset_id)
    if name == "part":
        parts = np.where(known.places >= packed.LEFT_OUT, -1, known.places.astype(np.int8))
        return np.asarray(parts[chosen], np.float32)
    if name in search.MEASURES:
        asked = _masks(store, settings, known, dataset_id, None)
        return np.asarray(asked.measure(name)[chosen], np.float32)
    number = name.removeprefix("label:")
    label_id = int(number) if number.isascii() and number.isdigit() and len(number) < 12 else -1
    if label_id not in known.cells:
        raise BadInput(f"“{name[:40]}” is no label of this data set and no measure: reload the page.")
    present, unknown = (
        known.state(label_id, state)[chosen] for state in (LabelState.PRESENT, LabelState.UNKNOWN)
    )
    return np.asarray(present.astype(np.float32) - unknown)
