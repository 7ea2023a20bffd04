"""Trouble in the data before any training: scanning for it, how much there is, and what people decided."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np

from core import states
from core.actor import Actor
from core.artifacts import DatasetFiles
from core.data import split_table
from core.data.split_table import HANDFUL
from core.data.trouble import scan
from core.data.trouble.scan import Scan
from core.search import columns
from core.settings import Settings
from core.states import States
from core.troubles import GROUPED, WHY, Item, Judge, Kind, Looks
from db import datasets, jobs, placements
from db.records import Dataset, Job
from db.store import Store
from db.terms import JobKind, Part

__all__ = ["GROUPED", "HANDFUL", "WHY", "Item", "Kind"]


@dataclass(frozen=True)
class KindCount:
    """How much of one kind there is."""

    kind: Kind
    found: int  # items in its gallery
    open: int  # of them, those that nobody has decided on


@dataclass(frozen=True)
class Overview:
    """What a scan found, by the labels and parts of now."""

    scanned_images: int
    images: int  # more, when an import has added some since
    kinds: tuple[KindCount, ...]  # those with any
    few: tuple[tuple[str, Part, int], ...]  # (label, part, images), fewer than a HANDFUL; the rarest first


def reason(kind: Kind) -> str:
    """Why a person decided on an image: how the history tells it, and the gallery finds it again."""
    return f"Trouble in the data: {kind.value}"


def start(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> Job:
    """Queue a scan, or return the one that waits or works already. Raises Missing."""
    datasets.get(store, dataset_id)
    waiting = jobs.listing(store, states=jobs.OPEN, kinds=[JobKind.SCAN], dataset_id=dataset_id)
    if waiting:
        return waiting[0]
    return jobs.add(store, JobKind.SCAN, actor=actor.name, dataset_id=dataset_id, params={})


def overview(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> Overview | None:
    """How much trouble there is; None before the first scan. Raises Missing, BadInput when its file is damaged."""
    dataset = datasets.get(store, dataset_id)
    looks = _scanned(settings, dataset)
    if looks is None:
        return None
    known = columns.matrix(columns.of(store, dataset_id))
    looked = _decided(store, dataset_id, Kind)
    kinds = []
    for kind in Kind:
        judge = Judge(known, looks, kind, looked[kind], {})
        found, still_open = judge.counts()
        if found:
            kinds.append(KindCount(kind, found, still_open))
    return Overview(looks.images, dataset.images, tuple(kinds), tuple(_few(known)))


def page(
    store: Store,
    settings: Settings,
    actor: Actor,
    dataset_id: int,
    kind: Kind,
    *,
    only_open: bool = True,
    after: int | None = None,
    limit: int = 60,
) -> list[Item]:
    """A page of one kind, those after the order `after`; empty before the first scan. Raises Missing, BadInput."""
    dataset = datasets.get(store, dataset_id)
    looks = _scanned(settings, dataset)
    if looks is None:
        return []
    keys = _keys(store, dataset_id, looks) if kind in GROUPED else {}
    known = columns.matrix(columns.of(store, dataset_id))
    judge = Judge(known, looks, kind, decided(store, actor, dataset_id, kind), keys)
    listed = (item for item in judge.wanted(only_open=only_open) if after is None or item.order > after)
    return list(islice(listed, limit))


def _keys(store: Store, dataset_id: int, looks: Looks) -> dict[int, str]:
    """The keys of the images that look like another, by row: what is said of one names the others."""
    rows = np.unique(np.concatenate([looks.same.one, looks.same.other])).tolist()
    return {image.row: image.key for image in datasets.images(store, dataset_id, rows)}


def decided(store: Store, actor: Actor, dataset_id: int, kind: Kind) -> set[int]:
    """The rows that somebody decided on in the gallery of a kind."""
    return _decided(store, dataset_id, [kind])[kind]


def _decided(store: Store, dataset_id: int, kinds: Iterable[Kind]) -> dict[Kind, set[int]]:
    reasons = {kind: reason(kind) for kind in kinds}
    found = placements.decided(store, dataset_id, reasons.values())
    return {kind: found[why] for kind, why in reasons.items()}


def _scanned(settings: Settings, dataset: Dataset) -> Looks | None:
    folder = DatasetFiles(settings, dataset).folder
    found = scan.latest(folder, dataset.images)
    return None if found is None else _looks(found)


@lru_cache(maxsize=4)
def _looks(found: Scan) -> Looks:
    return Looks(found)


def _few(known: States) -> Iterator[tuple[str, Part, int]]:
    """(label, part, images) below a HANDFUL in a part that has images, the rarest first."""
    parts = list(states.PART_CODES)
    side = known.parts.astype(np.int64)  # (N,) a part's code is its place, and below 0 for images left out
    words = [part.value for part in parts]
    held = split_table.tabulate(known.states == 1, known.names, words, side, np.zeros(len(parts)))
    for label, place, count in held.scarce:
        yield label, parts[place], count
