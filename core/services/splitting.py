"""The split of a data set: what each part holds, drawing it anew, moving single images, leaving images out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np

from core import states
from core.actor import Actor
from core.artifacts import DatasetFiles
from core.data import fewest, folds, splits, stratify
from core.data.split_table import SplitTable
from core.data.trouble import grouping, scan
from core.errors import BadInput
from core.files import Array
from core.settings import Settings
from core.states import States
from core.words import those
from db import datasets, metadata, placements
from db.records import Batch, Dataset, Place
from db.store import Store
from db.terms import Part

LOOKALIKES = "look-alikes"  # what may be kept together, beside the further columns of a source
LARGEST_SEED = 2**31 - 1
_COPIES = "copies"  # what earlier imports stored where nothing but copies stays together


class Draws(StrEnum):
    """Which images a split draws."""

    EVERY = "every"
    FEWEST = "fewest"  # only what parts with too many images give to those that lack some; copies stay
    ADDED = "added"  # those that came since the last split, and copies of one file


_SAID = {  # how the history tells of it
    Draws.EVERY: "Split anew",
    Draws.FEWEST: "Parts were filled up from those that held too many",
    Draws.ADDED: "Added images were split",
}


@dataclass(frozen=True)
class SplitWish:
    """How images get their part.

    together: what stays on one side, beside copies of one file, which all go to train: "" nothing, LOOKALIKES
    (near-duplicates of the last scan), or the name of a further column of the source.
    draws: which images may move.
    """

    shares: Mapping[Part, float] = field(default_factory=lambda: dict(splits.USUAL_SHARES))
    seed: int = 0
    together: str = ""
    draws: Draws = Draws.EVERY

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
            shares or dict(splits.USUAL_SHARES),
            int(held.get("seed", 0)),
            "" if held.get("together") == _COPIES else str(held.get("together", "")),
            Draws.ADDED,
        )


@dataclass(frozen=True, eq=False)
class Proposal:
    """A split that could be: what its parts would hold, and which images would move."""

    revision: int
    wish: SplitWish
    before: SplitTable  # both beside what the wish wants
    after: SplitTable
    held: Array  # int8 (N,): 0 train, 1 validation, 2 test, -1 left out, as core.states has them
    drawn: Array  # int8 (N,), left out where held is

    @property
    def moving(self) -> int:
        """How many images would move."""
        return int((self.held != self.drawn).sum())

    @property
    def moves(self) -> dict[tuple[Part, Part], int]:
        """How many images would move from where to where, the most first."""
        rows = self.held != self.drawn
        pairs = Counter(zip(self.held[rows].tolist(), self.drawn[rows].tolist(), strict=True))
        return {(states.PARTS[old], states.PARTS[new]): count for (old, new), count in pairs.most_common()}

    @property
    def places(self) -> dict[int, Place]:
        """Where the images go that would move, by row."""
        rows = np.flatnonzero(self.held != self.drawn)
        at = {code: Place(part) for code, part in states.PARTS.items()}
        return {row: at[code] for row, code in zip(rows.tolist(), self.drawn[rows].tolist(), strict=True)}


def columns(store: Store, actor: Actor, dataset_id: int) -> dict[str, int]:
    """The further columns of the source that can be kept together, and how many values each has."""
    return {name: count for name, count in metadata.counts(store, dataset_id).items() if name != LOOKALIKES}


def scanned_at(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> int | None:
    """When look-alikes were searched for, in ns since the epoch; None: never. Raises Missing."""
    return scan.made_at(DatasetFiles(settings, datasets.get(store, dataset_id)).folder)


def added_since(store: Store, actor: Actor, dataset_id: int) -> int:
    """How many images came after the last split was drawn (after the first import, if none was). Raises Missing."""
    return len(placements.added_since(store, dataset_id, _last(datasets.get(store, dataset_id))))


def table(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> SplitTable:
    """What the parts hold now, beside what the last split wanted, or what they have. Raises Missing."""
    dataset, known = datasets.get(store, dataset_id), states.matrix(store, dataset_id)
    wish = SplitWish.of(dataset)
    shares = wish.shares if _stands(store, dataset) else _held_shares(known)
    groups = _joined(store, settings, dataset, known, wish.together, lenient=True)
    return _table(known, known.parts, shares, groups)


def propose(store: Store, settings: Settings, actor: Actor, dataset_id: int, wish: SplitWish) -> Proposal:
    """Draw a split without storing it. Raises Missing, BadInput."""
    splits.check_shares(wish.shares)
    if not 0 <= wish.seed <= LARGEST_SEED:
        raise BadInput(f"The seed cannot be {wish.seed}: choose one from 0 to {LARGEST_SEED}.")
    dataset, known = datasets.get(store, dataset_id), states.matrix(store, dataset_id)
    groups = _groups(store, settings, dataset, known, wish.together)
    copies = _copies(store, dataset_id, len(known.parts))
    fixed = _kept(store, dataset, known) if wish.draws is Draws.ADDED else None
    present, out = known.states == 1, known.parts == states.LEFT_OUT
    if wish.draws is Draws.FEWEST:
        held, keeps = _parts(known.parts), fewest.untouched(SplitWish.of(dataset).shares, wish.shares)
        parts = fewest.moved(present, held, wish.shares, wish.seed, copies, groups, out, keeps)
    else:
        parts = splits.stratified(present, wish.shares, wish.seed, copies, fixed, groups, out)
    drawn = np.array([states.PART_CODES[part] for part in parts], np.int8)
    drawn[out] = states.LEFT_OUT
    both = copies if groups is None else stratify.joined(copies, groups)
    after = _table(known, drawn, wish.shares, both)
    unscanned = _unscanned(settings, dataset, len(drawn), wish.together)
    return Proposal(
        revision=known.revision,
        wish=wish,
        before=_table(known, known.parts, wish.shares, both),
        after=replace(after, sentences=(*after.sentences, *unscanned)),
        held=known.parts,
        drawn=drawn,
    )


def apply(store: Store, actor: Actor, dataset_id: int, proposal: Proposal, client_id: str) -> Batch:
    """Store a proposed split as a revision, and as what later imports follow.

    Raises Missing, Stale when labels or images changed since it was drawn, and Conflict when nothing moves.
    """
    wish = proposal.wish
    shares = ", ".join(f"{part.noun} {100 * share:.3g} %" for part, share in wish.shares.items())
    what = _SAID[wish.draws]
    kept = f"; {wish.together} together" if wish.together else ""
    return placements.move(
        store,
        dataset_id,
        proposal.places,
        author=actor.name,
        client_id=client_id,
        reason=f"{what}: {shares}{kept}; seed {wish.seed}",
        split=wish.to_json() | {"revision": proposal.revision},
        seen=proposal.revision,
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
    """Put images into a part (None: theirs), or leave them out: all in one batch.

    Raises Missing, BadInput without rows, and Conflict when every image is there already.
    """
    if not rows:
        raise BadInput("No image was named: choose some first.")
    held = placements.of_rows(store, dataset_id, rows)
    nowhere = Place(Part.TRAIN)  # move says that it is not there
    wanted = {row: Place(part or held.get(row, nowhere).part, left_out) for row in rows}
    return placements.move(
        store, dataset_id, wanted, author=actor.name, client_id=client_id, reason=reason
    ).batch


def left_out(store: Store, actor: Actor, dataset_id: int) -> list[int]:
    """The rows that are left out and can be taken back: not those of an import that was undone."""
    return placements.left_out(store, dataset_id)


def empty(store: Store, actor: Actor, dataset_id: int) -> dict[Part, int]:
    """The parts of a run that hold no image, and how many of theirs are left out and can be taken back."""
    counts = datasets.count_images(store, dataset_id)
    lacking = [part for part in (Part.VALIDATION, Part.TRAIN) if not counts.get(part)]
    if not lacking:
        return {}
    held = placements.of_rows(store, dataset_id, placements.left_out(store, dataset_id))
    return {part: sum(place.part is part for place in held.values()) for part in lacking}


def folds_table(
    store: Store,
    settings: Settings,
    actor: Actor,
    dataset_id: int,
    k: int,
    seed: int = 0,
    together: str = "",
) -> SplitTable:
    """What each of k folds of train and validation would hold; copies of one file share a fold.

    Raises Missing, BadInput.
    """
    dataset, known = datasets.get(store, dataset_id), states.matrix(store, dataset_id)
    groups = _joined(store, settings, dataset, known, together)
    fold = folds.assign(known.states == 1, k, seed, groups, known.parts)
    return folds.table(known.states == 1, known.names, fold, groups)


def _table(known: States, codes: Array, shares: Mapping[Part, float], groups: Array) -> SplitTable:
    return splits.table(
        known.states == 1,
        known.names,
        _parts(codes),
        shares,
        groups,
        left_out=codes == states.LEFT_OUT,
    )


def _parts(codes: Array) -> list[Part]:
    """The part of every image (N,); of one that is left out it says nothing."""
    return [states.PARTS.get(code, Part.TRAIN) for code in codes.tolist()]


def _last(dataset: Dataset) -> int:
    """The revision of which the last split was drawn; that of the first import if none was."""
    return int(dataset.split.get("revision", 1))


def _stands(store: Store, dataset: Dataset) -> bool:
    """True if parts were drawn, and nobody took that back."""
    drawn = dataset.split.get("revision")
    return bool(dataset.split.get("shares")) and not (
        drawn and placements.undone(store, dataset.id, int(drawn) + 1)
    )


def _kept(store: Store, dataset: Dataset, known: States) -> list[Part | None]:
    """The part (N,) of the images that were there at the last split, None for those added since."""
    parts: list[Part | None] = list(_parts(known.parts))
    for row in placements.added_since(store, dataset.id, _last(dataset)):
        if row < len(parts):
            parts[row] = None
    return parts


def _held_shares(known: States) -> Mapping[Part, float]:
    """The shares that the parts have; the usual ones where no image is in any."""
    counts = {part: known.rows(part).size for part in states.PART_CODES}
    total = sum(counts.values())
    return {part: count / total for part, count in counts.items() if count} or splits.USUAL_SHARES


def _joined(
    store: Store, settings: Settings, dataset: Dataset, known: States, what: str, *, lenient: bool = False
) -> Array:
    """(N,) groups of copies of one file and of what else stays together.

    lenient: without the latter where it is not known any more, as for a table of what is there. Raises BadInput.
    """
    copies = _copies(store, dataset.id, len(known.parts))
    try:
        groups = _groups(store, settings, dataset, known, what)
    except BadInput:
        if not lenient:
            raise
        groups = None
    return copies if groups is None else stratify.joined(copies, groups)


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
    groups = stratify.by_value([values.get(row) for row in range(images)])
    if (stratify.numbered(groups) < 0).all():
        raise BadInput(f"No two images share a value of “{what}”: it keeps nothing together; choose another.")
    return groups


def _copies(store: Store, dataset_id: int, images: int) -> Array:
    """(N,) the same number for copies of one file."""
    # Cut, as an import may have added images since the labels were read.
    return stratify.by_value(metadata.fingerprints(store, dataset_id)[:images])


def _lookalikes(settings: Settings, dataset: Dataset, images: int) -> Array:
    """(N,) what hangs together by look-alikes of the last scan, pairs between its groups too. Raises BadInput.

    Images that were added since are in no group.
    """
    same = scan.read(DatasetFiles(settings, dataset).folder, images).duplicates
    group = np.full(images, -1, np.int64)
    group[: len(same.group)] = same.group
    return stratify.joined(group, grouping.lowest(images, same.one, same.other, -1))


def _unscanned(settings: Settings, dataset: Dataset, images: int, what: str) -> tuple[str, ...]:
    """A sentence if images were added since the scan whose look-alikes are to stay together."""
    if what != LOOKALIKES:
        return ()
    added = images - scan.read(DatasetFiles(settings, dataset).folder, images).images
    if not added:
        return ()
    came = those(added, "image", "was", "were")
    return (f"{came} added since the scan, with look-alikes that are not known: scan the data set again.",)
