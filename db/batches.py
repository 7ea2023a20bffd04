"""One batch: what changes together, numbered by one revision and stored with what holds now."""

import time
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from db import models
from db.bulk import CHUNK, insert_many
from db.errors import Conflict, Missing, Stale
from db.records import Batch, CellChange, CellValue, LabelEdit, Place, Placement
from db.revisions import as_batch, current, defaults
from db.store import insert_row
from db.terms import Part, Source


def repeated(connection: Connection, dataset_id: int, client_id: str) -> Batch | None:
    """The batch that was stored under this client id before, if any."""
    table = models.batches
    wanted = select(table).where(table.c.dataset_id == dataset_id, table.c.client_id == client_id)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else as_batch(row)


def next_revision(connection: Connection, dataset_id: int) -> int:
    """Number the next revision; the data set's row is locked until the batch is stored."""
    table = models.datasets
    # Revisions follow commits, on every engine.
    connection.execute(update(table).where(table.c.id == dataset_id).values(revision=table.c.revision + 1))
    return int(connection.execute(select(table.c.revision).where(table.c.id == dataset_id)).scalar_one())


def begin(
    connection: Connection,
    dataset_id: int,
    source: Source,
    *,
    author: str,
    client_id: str,
    reason: str,
    size: int,
    numbered: bool = True,
    run_id: int | None = None,
    undoes: int | None = None,
) -> Batch:
    """Store the batch itself; numbered: it changes something that has revisions, and makes the next one."""
    fields = {
        "dataset_id": dataset_id,
        "revision": next_revision(connection, dataset_id) if numbered else None,
        "source": source.value,
        "author": author,
        "created_at": time.time(),
        "reason": reason,
        "run_id": run_id,
        "undoes": undoes,
        "client_id": client_id,
        "size": size,
    }
    batch_id = insert_row(connection, models.batches, fields)
    return as_batch(connection.execute(select(models.batches).where(models.batches.c.id == batch_id)).one())


def store_changes(
    connection: Connection, dataset_id: int, batch_id: int, changes: Iterable[CellChange]
) -> None:
    """Append the changes of cells, and make the present state of each what was wanted."""
    default = {label_id: CellValue(state) for label_id, state in defaults(connection, dataset_id).items()}
    changes = list(changes)
    insert_many(
        connection,
        models.changes,
        (
            "batch_id",
            "row",
            "label_id",
            "before_state",
            "before_verified",
            "after_state",
            "after_verified",
            "finding_id",
            "reason",
        ),
        (
            (
                batch_id,
                c.row,
                c.label_id,
                c.seen.state.value,
                c.seen.verified,
                c.wanted.state.value,
                c.wanted.verified,
                c.finding_id,
                c.reason,
            )
            for c in changes
        ),
    )
    table = models.cells
    # One cell a statement: the whole key is known, and the driver repeats it fast.
    here = (
        table.c.dataset_id == dataset_id,
        table.c.row == bindparam("at"),
        table.c.label_id == bindparam("of"),
    )
    for start in range(0, len(changes), CHUNK):
        some = changes[start : start + CHUNK]
        connection.execute(delete(table).where(*here), [{"at": c.row, "of": c.label_id} for c in some])
    store_cells(
        connection,
        dataset_id,
        ((c.row, c.label_id, c.wanted) for c in changes if c.wanted != default[c.label_id]),
    )


def store_cells(connection: Connection, dataset_id: int, cells: Iterable[tuple[int, int, CellValue]]) -> None:
    """Store the present value of (row, label_id) that have none stored; none of them is the label's default."""
    insert_many(
        connection,
        models.cells,
        ("dataset_id", "row", "label_id", "state", "verified"),
        ((dataset_id, row, label_id, value.state.value, value.verified) for row, label_id, value in cells),
    )


def refuse_stale(connection: Connection, dataset_id: int, changes: Sequence[CellChange]) -> None:
    """Raises Stale when a cell no longer has the value that its author saw."""
    held = current(connection, dataset_id, [(c.row, c.label_id) for c in changes])
    stale = [c for c in changes if held[c.row, c.label_id] != c.seen]
    if stale:
        author = _last_author(connection, dataset_id, stale[0])
        who = f"{author} has changed" if author else "somebody has changed"
        count = "this label" if len(changes) == 1 else f"{len(stale)} of these {len(changes)} labels"
        raise Stale(f"Nothing was saved: {who} {count} since you saw it.")


def _last_author(connection: Connection, dataset_id: int, cell: CellChange) -> str | None:
    change, batch = models.changes, models.batches
    wanted = (
        select(batch.c.author)
        .join(change, batch.c.id == change.c.batch_id)
        .where(batch.c.dataset_id == dataset_id, change.c.row == cell.row, change.c.label_id == cell.label_id)
        .order_by(batch.c.id.desc())
        .limit(1)
    )
    return connection.execute(wanted).scalar_one_or_none()


def store_edits(connection: Connection, batch_id: int, edits: Sequence[LabelEdit]) -> None:
    """Append the edits of labels, and make each label what was wanted.

    Raises Conflict for a name taken twice, and where no label would be left.
    """
    table = models.labels
    named = [edit for edit in edits if "name" in edit.after]
    if len(named) > 1:
        # Names may change hands within a batch: all are given up first. No person can type such a name.
        for edit in named:
            aside = f"\ue000{edit.label_id}"
            connection.execute(update(table).where(table.c.id == edit.label_id).values(name=aside))
    # What gives up its name by going goes first, so that another may take it in the same batch.
    for edit in sorted(edits, key=lambda edit: bool(edit.after.get("alive", True))):
        _store_edit(connection, edit)
    _refuse_none_left(connection, edits)
    rows = [
        {"batch_id": batch_id, "label_id": e.label_id, "before": dict(e.before), "after": dict(e.after)}
        for e in edits
    ]
    connection.execute(insert(models.label_edits), rows)


def without_taken_keys(
    connection: Connection, dataset_id: int, edits: Sequence[LabelEdit]
) -> list[LabelEdit]:
    """The same edits, but a label whose key another one has by now comes back without a key."""
    table, edited = models.labels, {edit.label_id for edit in edits}
    own = select(table.c.id, table.c.key, table.c.alive).where(table.c.dataset_id == dataset_id)
    labels = connection.execute(own).all()
    held = {label.id: label.key for label in labels}
    taken = {label.key for label in labels if label.alive and label.key and label.id not in edited}
    found = []
    for edit in edits:
        stays = edit.after.get("alive", "key" in edit.after)
        if stays and edit.after.get("key", held[edit.label_id]) in taken:
            before = {"key": held[edit.label_id], **edit.before}
            edit = LabelEdit(edit.batch_id, edit.label_id, before, {**edit.after, "key": ""})
        found.append(edit)
    return found


def _store_edit(connection: Connection, edit: LabelEdit) -> None:
    table = models.labels
    try:
        # A savepoint: PostgreSQL ends a transaction in which a statement failed.
        with connection.begin_nested():
            connection.execute(update(table).where(table.c.id == edit.label_id).values(dict(edit.after)))
    except IntegrityError as error:
        held = select(table.c.name).where(table.c.id == edit.label_id)
        name = edit.after.get("name") or connection.execute(held).scalar_one()
        raise Conflict(
            f"There is already a label “{name}”: nothing was saved. Rename that one first."
        ) from error


def _refuse_none_left(connection: Connection, edits: Sequence[LabelEdit]) -> None:
    gone = [edit.label_id for edit in edits if edit.after.get("alive") is False]
    if not gone:
        return
    table = models.labels
    its = select(table.c.dataset_id).where(table.c.id == gone[0]).scalar_subquery()
    left = select(table.c.id).where(table.c.dataset_id == its, table.c.alive.is_(True)).limit(1)
    if connection.execute(left).one_or_none() is None:
        raise Conflict("A data set needs at least one label: this is its last.")


def store_placements(
    connection: Connection, dataset_id: int, batch_id: int, moved: Sequence[Placement]
) -> None:
    """Append the changes of place, and put each image there."""
    insert_many(
        connection,
        models.placements,
        ("batch_id", "row", "before_part", "before_left_out", "after_part", "after_left_out"),
        (
            (batch_id, m.row, m.before.part.value, m.before.left_out, m.after.part.value, m.after.left_out)
            for m in moved
        ),
    )
    table = models.images
    wanted = (
        update(table)
        .where(table.c.dataset_id == dataset_id, table.c.row == bindparam("at"))
        .values(part=bindparam("to"), left_out=bindparam("out"))
    )
    for start in range(0, len(moved), CHUNK):
        some = moved[start : start + CHUNK]
        connection.execute(
            wanted, [{"at": m.row, "to": m.after.part.value, "out": m.after.left_out} for m in some]
        )


def places(connection: Connection, dataset_id: int, rows: Sequence[int]) -> dict[int, Place]:
    """Where each of these images is; those that are not there are left out."""
    table = models.images
    found: dict[int, Place] = {}
    named = sorted(set(rows))
    for start in range(0, len(named), CHUNK):
        wanted = select(table.c.row, table.c.part, table.c.left_out).where(
            table.c.dataset_id == dataset_id, table.c.row.in_(named[start : start + CHUNK])
        )
        for row, part, left_out in connection.execute(wanted):
            found[row] = Place(Part(part), bool(left_out))
    return found


def named_places(connection: Connection, dataset_id: int, rows: Sequence[int]) -> dict[int, Place]:
    """Where each of these images is. Raises Missing for a row that is not there."""
    found = places(connection, dataset_id, rows)
    if lost := set(rows) - set(found):
        raise Missing(f"There is no image number {min(lost)} in this data set.")
    return found


def refuse_moved(connection: Connection, dataset_id: int, moved: Sequence[Placement]) -> None:
    """Raises Stale when an image is no longer where its author saw it."""
    held = named_places(connection, dataset_id, [m.row for m in moved])
    elsewhere = sum(held[m.row] != m.before for m in moved)
    if elsewhere:
        count = "this image" if len(moved) == 1 else f"{elsewhere} of these {len(moved)} images"
        raise Stale(f"Nothing was saved: somebody has moved {count} since you saw it.")


def refuse_gone(connection: Connection, changes: Sequence[CellChange], edits: Sequence[LabelEdit]) -> None:
    """Raises Stale for cells of a label that was removed since, unless these edits bring it back or took it."""
    table = models.labels
    named = {c.label_id for c in changes} - {e.label_id for e in edits if "alive" in e.after}
    wanted = select(table.c.name).where(table.c.id.in_(named), table.c.alive.is_(False)).limit(1)
    gone = connection.execute(wanted).scalar_one_or_none()
    if gone is not None:
        raise Stale(
            f"Nothing was saved: the label “{gone}” was removed or merged since. Undo that first, then this."
        )


def refuse_edited(connection: Connection, edits: Sequence[LabelEdit]) -> None:
    """Raises Stale when a label is no longer as its author saw it."""
    table = models.labels
    ids = [edit.label_id for edit in edits]
    held = {
        row.id: dict(row._mapping) for row in connection.execute(select(table).where(table.c.id.in_(ids)))
    }
    for edit in edits:
        now = held[edit.label_id]
        if any(now[name] != value for name, value in edit.before.items()):
            raise Stale(f"Nothing was saved: somebody has edited the label “{now['name']}” since you saw it.")
