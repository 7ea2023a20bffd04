"""Changing the list of labels itself: each change is a batch and a revision, and can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from db import batches, models
from db.datasets import insert_labels, lock
from db.errors import Conflict, Missing
from db.records import Applied, Batch, CellChange, CellValue, LabelEdit
from db.revisions import defaults
from db.store import Store
from db.terms import LabelState, Source

EDITABLE = ("name", "key", "description", "examples", "implies")


@dataclass(frozen=True, slots=True)
class NewLabel:
    """A label to add; every cell begins as `default_state`."""

    name: str
    key: str = ""
    default_state: LabelState = LabelState.UNKNOWN
    description: str = ""
    # Where its cells are known from the beginning: (row, state, verified).
    cells: Sequence[tuple[int, LabelState, bool]] = ()


def _rows(connection: Connection, dataset_id: int) -> dict[int, dict[str, Any]]:
    """The living labels of a data set by id, as the table holds them."""
    table = models.labels
    wanted = select(table).where(table.c.dataset_id == dataset_id, table.c.alive.is_(True))
    return {row.id: dict(row._mapping) for row in connection.execute(wanted)}


def _living(found: Mapping[int, dict[str, Any]], label_id: int) -> dict[str, Any]:
    if label_id not in found:
        raise Missing("This label is no longer there: somebody removed it. Reload the page.")
    return found[label_id]


def _batch(
    connection: Connection, dataset_id: int, author: str, client_id: str, reason: str, size: int
) -> Batch:
    return batches.store_batch(
        connection,
        dataset_id=dataset_id,
        revision=batches.next_revision(connection, dataset_id),
        source=Source.LABELS.value,
        author=author,
        reason=reason,
        client_id=client_id,
        size=size,
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
            after = {name: value for name, value in fields.items() if held[name] != value}
            if after:
                edits.append(LabelEdit(0, label_id, {name: held[name] for name in after}, after))
        if not edits:
            raise Conflict("There is nothing to change: every label already is as wanted.")
        batch = _batch(connection, dataset_id, author, client_id, reason, len(edits))
        batches.store_edits(connection, batch.id, edits)
    return Applied(batch, repeated=False)


def add(
    store: Store, dataset_id: int, new: NewLabel, *, author: str, client_id: str, reason: str
) -> tuple[Applied, int]:
    """Add a label; returns its id, too. Raises Missing, and Conflict for a name that is taken."""
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True), _added_by(connection, before.id)
        _refuse_taken(_rows(connection, dataset_id), new.name)
        label_id = append(connection, dataset_id, [(new.name, new.key)], new.default_state)[0]
        batch = _batch(connection, dataset_id, author, client_id, reason, 1 + len(new.cells))
        first = {"name": new.name, "key": new.key, "description": new.description}
        store_arrival(connection, batch.id, label_id, first)
        default = CellValue(new.default_state)
        changes = [
            CellChange(row, label_id, default, CellValue(state, verified))
            for row, state, verified in new.cells
            if CellValue(state, verified) != default
        ]
        if changes:
            batches.store_changes(connection, dataset_id, batch.id, changes)
    return Applied(batch, repeated=False), label_id


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
    table = models.label_edits
    return int(connection.execute(select(table.c.label_id).where(table.c.batch_id == batch_id)).scalar_one())


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
    for other, held in found.items():
        if other != label_id and label_id in held["implies"]:
            named = [into if one == label_id else one for one in held["implies"]]
            kept = [one for one in dict.fromkeys(named) if one is not None and one != other]
            edits.append(LabelEdit(0, other, {"implies": held["implies"]}, {"implies": kept}))
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

    A cell of `into` counts as verified where what decided it was. Raises Missing and Conflict.
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
    """What is known of "one or the other": present if either is, absent if both are, else unknown."""
    for state in (LabelState.PRESENT, LabelState.UNKNOWN):
        deciding = [value for value in (one, other) if value.state is state]
        if deciding:
            return CellValue(state, any(value.verified for value in deciding))
    return CellValue(LabelState.ABSENT, one.verified and other.verified)
