"""The split of a data set: what each part holds, drawing it anew, moving single images, leaving images out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core import states
from core.actor import Actor
from core.data import splits, stratify
from core.data.split_table import SplitTable
from core.errors import BadInput
from core.files import Array
from core.settings import Settings
from core.states import States
from db import datasets, metadata, placements, runs
from db.records import Batch, Dataset, Place
from db.store import Store
from db.terms import Part

DEFAULT_SHARES: Mapping[Part, float] = {Part.TRAIN: 0.8, Part.VALIDATION: 0.2}
LOOKALIKES = "look-alikes"  # what may be kept together, beside the further columns of a source
_PARTS = {code: part for part, code in states.PART_CODES.items()}


@dataclass(frozen=True)
class SplitWish:
    """How images get their part.

    together: what stays on one side, beside copies of one file, which all go to train: "" nothing, LOOKALIKES
    (near-duplicates of the last scan), or the name of a further column of the source.
    anew: draw every image; else those that have a part keep it.
    """

    shares: Mapping[Part, float] = field(default_factory=lambda: dict(DEFAULT_SHARES))
    seed: int = 0
    together: str = ""
    anew: bool = True

    def to_json(self) -> dict[str, Any]:
        """As it is stored with the data set, for images that a later import adds."""
        shares = {part.value: share for part, share in self.shares.items()}
        return {"shares": shares, "seed": self.seed, "together": self.together}

    @classmethod
    def of(cls, dataset: Dataset) -> "SplitWish":
        """What the data set was split by last; the usual split where it does not say."""
        held = dataset.split
        shares = {Part(word): float(share) for word, share in dict(held.get("shares") or {}).items()}
        return cls(
            shares or dict(DEFAULT_SHARES), int(held.get("seed", 0)), str(held.get("together", "")), False
        )


@dataclass(frozen=True, eq=False)
class Proposal:
    """A split that could be: what its parts would hold, and which images would move."""

    revision: int
    table: SplitTable
    places: Mapping[int, Place]  # by row, of the images that would move
    runs: int  # runs whose validation images would no longer be those of new runs


def together(store: Store, actor: Actor, dataset_id: int) -> list[str]:
    """What a data set can keep on one side: see SplitWish."""
    return ["", LOOKALIKES, *metadata.columns(store, dataset_id)]


def table(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> SplitTable:
    """What the parts hold now, beside what was wanted. Raises Missing."""
    dataset, known = datasets.get(store, dataset_id), states.matrix(store, dataset_id)
    wish = SplitWish.of(dataset)
    shares = wish.shares if dataset.split else _held_shares(known)
    return splits.table(
        known.states == 1,
        known.names,
        _parts(known),
        shares,
        _groups(store, settings, dataset, known, wish.together),
        left_out=known.parts == states.LEFT_OUT,
    )


def propose(store: Store, settings: Settings, actor: Actor, dataset_id: int, wish: SplitWish) -> Proposal:
    """Draw a split without storing it. Raises Missing, BadInput."""
    dataset, known = datasets.get(store, dataset_id), states.matrix(store, dataset_id)
    present, out = known.states == 1, known.parts == states.LEFT_OUT
    held = _parts(known)
    groups = _groups(store, settings, dataset, known, wish.together)
    drawn = splits.stratified(
        present,
        wish.shares,
        wish.seed,
        together=_copies(store, dataset),
        fixed=None if wish.anew else held,
        groups=groups,
        left_out=out,
    )
    moved = {
        row: Place(new, bool(out[row]))
        for row, (old, new) in enumerate(zip(held, drawn, strict=True))
        if old is not new and not out[row]
    }
    made = splits.table(present, known.names, drawn, wish.shares, groups, left_out=out)
    return Proposal(known.revision, made, moved, len(runs.listing(store, dataset_id)) if moved else 0)


def apply(
    store: Store, settings: Settings, actor: Actor, dataset_id: int, wish: SplitWish, client_id: str
) -> Batch:
    """Store a drawn split as a revision, and as what later imports follow. Raises Missing, Conflict, BadInput."""
    proposal = propose(store, settings, actor, dataset_id, wish)
    kept = f", {wish.together} together" if wish.together else ""
    shares = ", ".join(f"{part.value} {share:.0%}" for part, share in wish.shares.items())
    return placements.move(
        store,
        dataset_id,
        proposal.places,
        author=actor.name,
        client_id=client_id,
        reason=f"Split anew: {shares}{kept}",
        split=wish.to_json(),
    ).batch


def place(
    store: Store,
    actor: Actor,
    dataset_id: int,
    rows: Sequence[int],
    *,
    part: Part | None,
    left_out: bool,
    client_id: str,
    reason: str,
) -> Batch:
    """Put images into a part (None: theirs), or leave them out. Raises Missing, Conflict, BadInput."""
    if not rows:
        raise BadInput("No image was named: choose some first.")
    held = {image.row: image.part for image in datasets.images(store, dataset_id, list(rows))}
    wanted = {row: Place(part or held.get(row, Part.TRAIN), left_out) for row in rows}
    return placements.move(
        store, dataset_id, wanted, author=actor.name, client_id=client_id, reason=reason
    ).batch


def _parts(known: States) -> list[Part]:
    """The part of every image; of one that is left out it says nothing."""
    return [_PARTS.get(code, Part.TRAIN) for code in known.parts.tolist()]


def _held_shares(known: States) -> dict[Part, float]:
    """The shares that the parts have."""
    counts = {part: known.rows(part).size for part in states.PART_CODES}
    total = max(1, sum(counts.values()))
    return {part: count / total for part, count in counts.items() if count}


def _groups(store: Store, settings: Settings, dataset: Dataset, known: States, what: str) -> Array | None:
    """(N,) one number a group that stays together, -1 for none; None without groups. Raises BadInput."""
    images = len(known.parts)
    if not what:
        return None
    if what == LOOKALIKES:
        return _lookalikes(settings, dataset, images)
    values = metadata.values(store, dataset.id, what)
    if not values:
        raise BadInput(f"No image has a value of “{what}”: choose another column, or none.")
    return stratify.numbered(_numbers([values.get(row) for row in range(images)]))


def _copies(store: Store, dataset: Dataset) -> Array:
    return _numbers([image.sha256 for image in datasets.images(store, dataset.id)])


def _numbers(values: Sequence[str | None]) -> Array:
    """(N,) the same number for the same value, -1 for None."""
    known: dict[str, int] = {}
    return np.array(
        [-1 if value is None else known.setdefault(value, len(known)) for value in values], np.int64
    )


def _lookalikes(settings: Settings, dataset: Dataset, images: int) -> Array:
    raise BadInput("Look-alikes are not known yet: scan the data set for trouble first.")
