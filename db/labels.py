"""Changing the list of labels itself: each change is a batch and a revision, and can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from db import batches, models
from db.datasets import insert_labels, lock
from db.errors import Conflict, Missing
from db.records import Applied, Batch, CellChange, CellValue, LabelEdit
from db.revisions import defaults, edits_of
from db.store import Store
from db.terms import LabelState, Source

EDITABLE = ("name", "key", "description", "examples", "implies")
GONE = "This label is no longer there: somebody removed it. Reload the page."
# In a batch that merges or splits, of the label that another one was merged into or split off: the history names it.
_STAYED = {"alive": True}


@dataclass(frozen=True, slots=True)
class NewLabel:
    """A label to add; every cell begins as `default_state`, unless it is split off another label."""

    name: str
    key: str = ""
    default_state: LabelState = LabelState.UNKNOWN
    description: str = ""
    split_of: int | None = None  # absent where this label is, else unknown
    implies: Sequence[int] = ()  # ids of labels


@dataclass(frozen=True, slots=True)
class Rename:
    """A label that got another name."""

    revision: int
    label_id: int
    before: str
    after: str


def _rows(connection: Connection, dataset_id: int) -> dict[int, dict[str, Any]]:
    """The living labels of a data set by id, as the table holds them."""
    table = models.labels
    wanted = select(table).where(table.c.dataset_id == dataset_id, table.c.alive.is_(True))
    return {row.id: dict(row._mapping) for row in connection.execute(wanted)}


def _living(found: Mapping[int, dict[str, Any]], label_id: int) -> dict[str, Any]:
    if label_id not in found:
        raise Missing(GONE)
    return found[label_id]


def _batch(
    connection: Connection, dataset_id: int, author: str, client_id: str, reason: str, size: int
) -> Batch:
    return batches.begin(
        connection, dataset_id, Source.LABELS, author=author, client_id=client_id, reason=reason, size=size
    )


def edit(
    store: Store,
    dataset_id: int,
    wanted: Mapping[int, Mapping[str, Any]],
    *,
    author: str,
    client_id: str,
    reason: str,
) -> Applied:
    """Give labels other names, keys, descriptions, examples or implications, all in one batch.

    wanted: by label id, the fields to change (of EDITABLE). Raises Missing, and Conflict for a name that is taken
    or when nothing changes.
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        found, edits = _rows(connection, dataset_id), []
        for label_id, fields in wanted.items():
            if strange := set(fields) - set(EDITABLE):
                raise ValueError(f"not a field of a label that can be edited: {sorted(strange)}")
            held = _living(found, label_id)
            plain = {name: _plain(value) for name, value in fields.items()}
            after = {name: value for name, value in plain.items() if held[name] != value}
            if after:
                edits.append(LabelEdit(0, label_id, {name: held[name] for name in after}, after))
        if not edits:
            raise Conflict("There is nothing to change: every label already is as wanted.")
        _refuse_taken_key(found, edits)
        batch = _batch(connection, dataset_id, author, client_id, reason, len(edits))
        batches.store_edits(connection, batch.id, edits)
    return Applied(batch, repeated=False)


def _plain(value: Any) -> Any:
    """As the table holds it: JSON knows lists alone."""
    return value if isinstance(value, str) else list(value)


def _refuse_taken_key(found: Mapping[int, dict[str, Any]], edits: Sequence[LabelEdit]) -> None:
    key = {label_id: str(held["key"]) for label_id, held in found.items()}
    given = {edit.label_id: str(edit.after["key"]) for edit in edits if "key" in edit.after}
    key |= given
    for label_id, wanted in given.items():
        other = next((one for one, its in key.items() if wanted and its == wanted and one != label_id), None)
        if other is not None:
            raise Conflict(
                f"The key {wanted.upper()} is that of “{found[other]['name']}”: nothing was saved."
            )


def add(
    store: Store, dataset_id: int, new: NewLabel, *, author: str, client_id: str, reason: str
) -> tuple[Applied, int]:
    """Add a label, or split one off another; returns its id, too.

    Raises Missing, and Conflict for a name that is taken.
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True), _added_by(connection, before.id)
        found = _rows(connection, dataset_id)
        _refuse_taken(found, new.name)
        of = None if new.split_of is None else _living(found, new.split_of)
        for implied in new.implies:
            _living(found, implied)
        default_state = new.default_state if of is None else _possible(LabelState(of["default_state"]))
        label_id = append(connection, dataset_id, [(new.name, new.key)], default_state)[0]
        changes = [] if of is None else _split_cells(connection, dataset_id, of["id"], label_id)
        batch = _batch(connection, dataset_id, author, client_id, reason, 1 + len(changes))
        first = {"name": new.name, "key": new.key, "description": new.description}
        store_arrival(connection, batch.id, label_id, {**first, "implies": list(new.implies)})
        if of is not None:
            _note(connection, batch.id, of["id"])
        if changes:
            batches.store_changes(connection, dataset_id, batch.id, changes)
    return Applied(batch, repeated=False), label_id


def _possible(state: LabelState) -> LabelState:
    """What is known of a part of a label: it can be only where the whole may be."""
    return LabelState.ABSENT if state is LabelState.ABSENT else LabelState.UNKNOWN


def _split_cells(connection: Connection, dataset_id: int, of: int, label_id: int) -> list[CellChange]:
    table = models.cells
    wanted = (
        select(table.c.row, table.c.state)
        .where(table.c.dataset_id == dataset_id, table.c.label_id == of)
        .order_by(table.c.row)
    )
    default = CellValue(defaults(connection, dataset_id)[label_id])
    cells = ((row, CellValue(_possible(LabelState(state)))) for row, state in connection.execute(wanted))
    return [CellChange(row, label_id, default, value) for row, value in cells if value != default]


def _note(connection: Connection, batch_id: int, label_id: int) -> None:
    batches.store_edits(connection, batch_id, [LabelEdit(0, label_id, _STAYED, _STAYED)])


def append(
    connection: Connection, dataset_id: int, new: Sequence[tuple[str, str]], default_state: LabelState
) -> list[int]:
    """Store labels (name, key) behind the last; returns their ids. They stand in no batch yet."""
    table = models.labels
    last = connection.execute(
        select(func.max(table.c.position)).where(table.c.dataset_id == dataset_id)
    ).scalar()
    return insert_labels(
        connection, dataset_id, new, default_state, first_position=0 if last is None else int(last) + 1
    )


def store_arrival(connection: Connection, batch_id: int, label_id: int, fields: Mapping[str, Any]) -> None:
    """Note that a batch brought a label, which undoing it takes away again."""
    arrival = LabelEdit(0, label_id, {"alive": False}, {**fields, "alive": True})
    batches.store_edits(connection, batch_id, [arrival])


def _added_by(connection: Connection, batch_id: int) -> int:
    arrived = [e.label_id for e in edits_of(connection, batch_id) if e.before.get("alive") is False]
    if not arrived:
        raise Conflict("Another change was saved under this client id: give each its own.")
    return arrived[0]


def _refuse_taken(found: Mapping[int, dict[str, Any]], name: str) -> None:
    if any(held["name"] == name for held in found.values()):
        raise Conflict(f"There is already a label “{name}”: nothing was saved.")


def remove(
    store: Store, dataset_id: int, label_id: int, *, author: str, client_id: str, reason: str
) -> Applied:
    """Take a label out of the list; its cells and history stay, so that undoing it brings all back.

    Raises Missing, and Conflict for the last label of a data set.
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        found = _rows(connection, dataset_id)
        _living(found, label_id)
        if len(found) == 1:
            raise Conflict("A data set needs at least one label: this is its last.")
        batch = _batch(connection, dataset_id, author, client_id, reason, 1)
        batches.store_edits(connection, batch.id, _leaving(found, label_id, None))
    return Applied(batch, repeated=False)


def _leaving(found: Mapping[int, dict[str, Any]], label_id: int, into: int | None) -> list[LabelEdit]:
    """The edits when a label goes: itself, and the implications that named it (they name `into` from now on)."""
    edits = [LabelEdit(0, label_id, {"alive": True}, {"alive": False})]
    if into is not None:
        edits.append(LabelEdit(0, into, _STAYED, _STAYED))
    for other, held in found.items():
        if other != label_id and label_id in held["implies"]:
            named = [into if one == label_id else one for one in held["implies"]]
            kept = [one for one in dict.fromkeys(named) if one is not None and one != other]
            stayed = _STAYED if other == into else {}
            before, after = {**stayed, "implies": held["implies"]}, {**stayed, "implies": kept}
            edits = [edit for edit in edits if edit.label_id != other]
            edits.append(LabelEdit(0, other, before, after))
    return edits


def merge(
    store: Store,
    dataset_id: int,
    label_id: int,
    into: int,
    *,
    author: str,
    client_id: str,
    reason: str,
) -> Applied:
    """Make one label of two: an image has `into` if it had either; absent only where both were.

    A cell of `into` counts as verified where what decided it was (see `either`). Raises Missing and Conflict.
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        found = _rows(connection, dataset_id)
        _living(found, label_id), _living(found, into)
        if label_id == into:
            raise Conflict("A label cannot be merged into itself: choose another one.")
        changes = _merged_cells(connection, dataset_id, label_id, into)
        batch = _batch(connection, dataset_id, author, client_id, reason, 1 + len(changes))
        if changes:
            batches.store_changes(connection, dataset_id, batch.id, changes)
        batches.store_edits(connection, batch.id, _leaving(found, label_id, into))
    return Applied(batch, repeated=False)


def _merged_cells(connection: Connection, dataset_id: int, label_id: int, into: int) -> list[CellChange]:
    default = {one: CellValue(state) for one, state in defaults(connection, dataset_id).items()}
    table = models.cells
    stored: dict[int, dict[int, CellValue]] = {label_id: {}, into: {}}
    wanted = select(table.c.row, table.c.label_id, table.c.state, table.c.verified).where(
        table.c.dataset_id == dataset_id, table.c.label_id.in_([label_id, into])
    )
    for row, of, state, verified in connection.execute(wanted):
        stored[of][row] = CellValue(LabelState(state), bool(verified))
    rows: Sequence[int] = sorted(set(stored[label_id]) | set(stored[into]))
    if either(default[label_id], default[into]) != default[into]:
        # Two defaults that differ: what neither stores changes, too.
        images = select(models.datasets.c.images).where(models.datasets.c.id == dataset_id)
        rows = range(connection.execute(images).scalar_one())
    changes = []
    for row in rows:
        held = stored[into].get(row, default[into])
        both = either(stored[label_id].get(row, default[label_id]), held)
        if both != held:
            changes.append(CellChange(row, into, held, both))
    return changes


def either(one: CellValue, other: CellValue) -> CellValue:
    """What is known of "one or the other": present if either is, absent if both are, else unknown.

    One verified presence decides; absence, and not knowing, are verified only where nothing is left to look at.
    """
    both = (one, other)
    present = [value.verified for value in both if value.state is LabelState.PRESENT]
    if present:
        return CellValue(LabelState.PRESENT, any(present))
    unknown = [value.verified for value in both if value.state is LabelState.UNKNOWN]
    if unknown:
        return CellValue(LabelState.UNKNOWN, all(unknown))
    return CellValue(LabelState.ABSENT, one.verified and other.verified)


def renames(store: Store, dataset_id: int) -> list[Rename]:
    """Every name that a label had before, the newest first; with them a name of long ago can be found."""
    edit, batch = models.label_edits, models.batches
    wanted = (
        select(batch.c.revision, edit.c.label_id, edit.c.before, edit.c.after)
        .join(batch, batch.c.id == edit.c.batch_id)
        .where(batch.c.dataset_id == dataset_id)
        .order_by(batch.c.revision.desc(), edit.c.label_id)
    )
    with store.read() as connection:
        return [
            Rename(revision, label_id, before["name"], after["name"])
            for revision, label_id, before, after in connection.execute(wanted)
            if "name" in before and "name" in after
        ]
