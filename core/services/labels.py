"""The list of labels: renamed, described, merged, split off, added, removed; each change one revision.

Every change returns the batch that it made, which `corrections.undo` takes back.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core import keys, states
from core.actor import Actor
from core.data.importers.names import clean_label
from core.errors import BadInput
from core.implications import following, graph
from core.states import Array
from db import datasets, held, labels, runs
from db.errors import Missing
from db.labels import NewLabel
from db.records import Applied, Batch, Label
from db.store import Store
from db.terms import LabelState

LONGEST_DESCRIPTION = 300
MOST_EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class MergeEffect:
    """What merging one label into another would do, in images; before it is done."""

    first: int  # have the label that goes
    second: int  # have the one that stays
    both: int
    conflicts: int  # one present, the other absent: they become present
    present: int  # have it afterwards
    unknown_before: int  # of the one that stays
    unknown: int
    verified_before: int
    verified: int

    @property
    def either(self) -> int:
        """Images that have one of the two or both."""
        return self.first + self.second - self.both


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes from sight with a label."""

    present: int
    verified: int
    runs: int  # that learned it; they keep it
    implied_by: tuple[str, ...]  # names of labels that lose their implication


@dataclass(frozen=True, slots=True)
class Split:
    """What a label split off another begins with."""

    possible: int  # images to look at: the other label is present
    unsure: int  # the other label is unknown, so this one is, too
    impossible: int  # the other label is absent, so this one is, too


def named(store: Store, actor: Actor, dataset_id: int, name: str) -> Label:
    """The label of that name. Raises Missing, with names that are near."""
    listed = datasets.labels(store, dataset_id)
    for label in listed:
        if label.name == name:
            return label
    near = [label.name for label in listed if name.casefold() in label.name.casefold()] or [
        label.name for label in listed
    ]
    some = ", ".join(f"“{one}”" for one in near[:8])
    raise Missing(f"There is no label “{name}” in this data set; there are {some}.")


def rename(
    store: Store, actor: Actor, dataset_id: int, label_id: int, name: str, *, reason: str = ""
) -> Batch:
    """Give a label another name. Raises BadInput, Missing, and Conflict for one that is taken."""
    return _edited(store, actor, dataset_id, {label_id: {"name": clean_label(name)}}, reason)


def describe(
    store: Store,
    actor: Actor,
    dataset_id: int,
    label_id: int,
    *,
    description: str,
    examples: Sequence[int],
    reason: str = "",
) -> Batch:
    """Say what a label means: a sentence, and rows of images that show it. Raises BadInput, Missing, Conflict."""
    sentence = " ".join(description.split())
    if len(sentence) > LONGEST_DESCRIPTION:
        raise BadInput(f"The description has {len(sentence)} characters; at most {LONGEST_DESCRIPTION} fit.")
    if any(not char.isprintable() for char in sentence):
        raise BadInput("The description holds a control character or an invisible one: remove it.")
    rows = list(dict.fromkeys(examples))
    if len(rows) > MOST_EXAMPLES:
        raise BadInput(f"A label has at most {MOST_EXAMPLES} example images; these are {len(rows)}.")
    there = {image.row for image in datasets.images(store, dataset_id, rows)}
    if gone := [row for row in rows if row not in there]:
        raise BadInput(f"There is no image number {gone[0]} in this data set: choose another example.")
    fields = {"description": sentence, "examples": rows}
    return _edited(store, actor, dataset_id, {label_id: fields}, reason)


def set_key(
    store: Store,
    actor: Actor,
    dataset_id: int,
    label_id: int,
    key: str,
    *,
    take: bool = False,
    reason: str = "",
) -> Batch:
    """Give a label its key in the gallery, or none; take: from the label that has it now.

    Raises BadInput (the gallery's own, or no letter or digit), Missing, and Conflict for another label's.
    """
    wanted: dict[int, dict[str, object]] = {label_id: {"key": keys.check(key)}}
    holder = holder_of(datasets.labels(store, dataset_id), keys.check(key))
    if take and holder is not None and holder.id != label_id:
        wanted[holder.id] = {"key": ""}
    return _edited(store, actor, dataset_id, wanted, reason)


def holder_of(listed: Sequence[Label], key: str) -> Label | None:
    """The label that has a key."""
    return next((label for label in listed if key and label.key.lower() == key), None)


def imply(
    store: Store,
    actor: Actor,
    dataset_id: int,
    label_id: int,
    implied: Sequence[int],
    *,
    reason: str = "",
) -> Batch:
    """Declare what a label implies, in place of what it implied before.

    Raises Missing, Conflict, and BadInput where it would close a cycle: such labels mean the same.
    """
    listed = datasets.labels(store, dataset_id)
    column = {label.id: at for at, label in enumerate(listed)}
    for one in (label_id, *implied):
        if one not in column:
            raise Missing(labels.GONE)
    own = listed[column[label_id]].name
    for one in dict.fromkeys(implied):
        other = listed[column[one]].name
        if one == label_id:
            raise BadInput(f"“{own}” implies itself already: choose another label.")
        if column[label_id] in following(graph(listed), column[one]):
            raise BadInput(
                f"“{other}” implies “{own}” already; if “{own}” implies “{other}”, too, they are the same label: "
                "merge them instead."
            )
    wanted = {label_id: {"implies": list(dict.fromkeys(implied))}}
    return _edited(store, actor, dataset_id, wanted, reason)


def _edited(
    store: Store, actor: Actor, dataset_id: int, wanted: Mapping[int, Mapping[str, object]], reason: str
) -> Batch:
    return labels.edit(store, dataset_id, wanted, **_by(actor, reason)).batch


def _by(actor: Actor, reason: str) -> dict[str, str]:
    return {"author": actor.name, "client_id": uuid.uuid4().hex, "reason": reason}


def add(
    store: Store,
    actor: Actor,
    dataset_id: int,
    name: str,
    *,
    default_state: LabelState,
    description: str = "",
    reason: str = "",
) -> tuple[Batch, int]:
    """Add a label and give it a free key; returns its id, too.

    default_state: of every image: unknown (not looked at) or absent. Raises BadInput, Missing, Conflict.
    """
    if default_state is LabelState.PRESENT:
        raise BadInput("A new label is unknown or absent to begin with: set it present where it is.")
    new = NewLabel(
        clean_label(name), _free_key(store, dataset_id, name), default_state, " ".join(description.split())
    )
    return _added(labels.add(store, dataset_id, new, **_by(actor, reason)))


def split(
    store: Store,
    actor: Actor,
    dataset_id: int,
    label_id: int,
    name: str,
    *,
    implies: bool,
    reason: str = "",
) -> tuple[Batch, int]:
    """Split a label off another: unknown where that may be, absent where it is not; returns its id, too.

    implies: the new label implies the other from now on. Raises BadInput, Missing, Conflict.
    """
    new = NewLabel(
        clean_label(name),
        _free_key(store, dataset_id, name),
        split_of=label_id,
        implies=[label_id] if implies else [],
    )
    return _added(labels.add(store, dataset_id, new, **_by(actor, reason)))


def _free_key(store: Store, dataset_id: int, name: str) -> str:
    return keys.proposed(name, [label.key for label in datasets.labels(store, dataset_id)])


def _added(done: tuple[Applied, int]) -> tuple[Batch, int]:
    return done[0].batch, done[1]


def remove(store: Store, actor: Actor, dataset_id: int, label_id: int, *, reason: str = "") -> Batch:
    """Take a label out of the list; its cells and history stay. Raises Missing, Conflict (the last label)."""
    return labels.remove(store, dataset_id, label_id, **_by(actor, reason)).batch


def merge(
    store: Store, actor: Actor, dataset_id: int, label_id: int, into: int, *, reason: str = ""
) -> Batch:
    """Make one label of two: an image has `into` if it had either. Raises Missing, Conflict."""
    return labels.merge(store, dataset_id, label_id, into, **_by(actor, reason)).batch


def merge_effect(store: Store, actor: Actor, dataset_id: int, label_id: int, into: int) -> MergeEffect:
    """What `merge` would do now. Raises Missing."""
    found = states.matrix(store, dataset_id)
    (a, a_seen), (b, b_seen) = _column(found, label_id), _column(found, into)
    after, seen = either(a, a_seen, b, b_seen)
    return MergeEffect(
        first=int((a == 1).sum()),
        second=int((b == 1).sum()),
        both=int(((a == 1) & (b == 1)).sum()),
        conflicts=int((((a == 1) & (b == 0)) | ((a == 0) & (b == 1))).sum()),
        present=int((after == 1).sum()),
        unknown_before=int((b == -1).sum()),
        unknown=int((after == -1).sum()),
        verified_before=int(b_seen.sum()),
        verified=int(seen.sum()),
    )


def either(a: Array, a_seen: Array, b: Array, b_seen: Array) -> tuple[Array, Array]:
    """`db.labels.either` of whole columns: states int8 (N,) and whether they are verified, bool (N,)."""
    present, unknown = (a == 1) | (b == 1), (a == -1) | (b == -1)
    merged = np.where(present, 1, np.where(unknown, -1, 0)).astype(np.int8)
    of_present = ((a == 1) & a_seen) | ((b == 1) & b_seen)
    of_unknown = (a_seen | (a != -1)) & (b_seen | (b != -1))
    return merged, np.where(present, of_present, np.where(unknown, of_unknown, a_seen & b_seen))


def _column(found: states.States, label_id: int) -> tuple[Array, Array]:
    """(states, verified) of one label. Raises Missing."""
    for label in found.labels:
        if label.id == label_id:
            return found.states[:, label.position], found.verified[:, label.position]
    raise Missing(labels.GONE)


def removal(store: Store, actor: Actor, dataset_id: int, label_id: int) -> Removal:
    """What `remove` would take from sight now. Raises Missing."""
    found = states.matrix(store, dataset_id)
    column, seen = _column(found, label_id)
    known = {revision: held.labels(store, dataset_id, revision) for revision in _revisions(store, dataset_id)}
    knowing = [r for r in runs.listing(store, dataset_id) if any(i.id == label_id for i in known[r.revision])]
    naming = tuple(label.name for label in found.labels if label_id in label.implies)
    return Removal(int((column == 1).sum()), int(seen.sum()), len(knowing), naming)


def _revisions(store: Store, dataset_id: int) -> set[int]:
    return {run.revision for run in runs.listing(store, dataset_id)}


def split_effect(store: Store, actor: Actor, dataset_id: int, label_id: int) -> Split:
    """What `split` would begin with now. Raises Missing."""
    column, _ = _column(states.matrix(store, dataset_id), label_id)
    return Split(int((column == 1).sum()), int((column == -1).sum()), int((column == 0).sum()))
