"""Changing labels: batches of appended rows; one batch is one revision, stored with what holds now."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from db import models, occasions
from db.datasets import lock
from db.errors import Conflict, Missing, Stale
from db.records import Applied, Batch, CellChange, CellValue
from db.revisions import as_batch, changes_of, current, default_state, verdicts_of
from db.store import Store, insert_row
from db.terms import Cause, Source


def _repeated(connection: Connection, dataset_id: int, client_id: str) -> Batch | None:
    """The batch that was stored under this client id before, if any."""
    table = models.batches
    wanted = select(table).where(table.c.dataset_id == dataset_id, table.c.client_id == client_id)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else as_batch(row)


def _next_revision(connection: Connection, dataset_id: int) -> int:
    table = models.datasets
    # The row is locked until the batch is stored: revisions follow commits, on every engine.
    connection.execute(update(table).where(table.c.id == dataset_id).values(revision=table.c.revision + 1))
    return int(connection.execute(select(table.c.revision).where(table.c.id == dataset_id)).scalar_one())


def _store_batch(connection: Connection, **fields: Any) -> Batch:
    fields.setdefault("created_at", time.time())
    batch_id = insert_row(connection, models.batches, fields)
    return as_batch(connection.execute(select(models.batches).where(models.batches.c.id == batch_id)).one())


def _store_changes(
    connection: Connection, dataset_id: int, batch_id: int, changes: Iterable[CellChange]
) -> None:
    default = CellValue(default_state(connection, dataset_id))
    changes = list(changes)
    connection.execute(
        insert(models.changes),
        [
            {
                "batch_id": batch_id,
                "row": c.row,
                "label_id": c.label_id,
                "before_state": c.seen.state.value,
                "before_verified": c.seen.verified,
                "after_state": c.wanted.state.value,
                "after_verified": c.wanted.verified,
                "finding_id": c.finding_id,
                "reason": c.reason,
            }
            for c in changes
        ],
    )
    table = models.cells
    # One cell a statement: the whole key is known, and the driver repeats it fast.
    here = (
        table.c.dataset_id == dataset_id,
        table.c.row == bindparam("at"),
        table.c.label_id == bindparam("of"),
    )
    connection.execute(delete(table).where(*here), [{"at": c.row, "of": c.label_id} for c in changes])
    kept = [
        {
            "dataset_id": dataset_id,
            "row": c.row,
            "label_id": c.label_id,
            "state": c.wanted.state.value,
            "verified": c.wanted.verified,
        }
        for c in changes
        if c.wanted != default
    ]
    if kept:
        connection.execute(insert(table), kept)


def _refuse_stale(connection: Connection, dataset_id: int, changes: Sequence[CellChange]) -> None:
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


def _refuse_foreign(connection: Connection, dataset_id: int, changes: Sequence[CellChange]) -> None:
    """Refuse cells that are not this data set's: foreign keys alone would let a label of another set in."""
    named = {c.label_id for c in changes}
    table = models.labels
    own = set(connection.execute(select(table.c.id).where(table.c.dataset_id == dataset_id)).scalars())
    if named - own:
        raise Missing(f"Label number {min(named - own)} is not one of this data set's.")
    images = connection.execute(
        select(models.datasets.c.images).where(models.datasets.c.id == dataset_id)
    ).scalar_one()
    for change in changes:
        if not 0 <= change.row < images:
            raise Missing(f"There is no image number {change.row} in this data set; it has {images}.")


def apply(
    store: Store,
    dataset_id: int,
    changes: Sequence[CellChange],
    *,
    author: str,
    client_id: str,
    reason: str = "",
    run_id: int | None = None,
) -> Applied:
    """Store changes as one batch and one revision, all of them or none.

    Repeating a `client_id` changes nothing and returns the first answer. Raises Stale when a cell no longer
    has the value that its author saw, Missing when a label, image, run or error is not this data set's,
    Conflict when there is nothing to change or a cell is named twice.
    """
    cells = {(c.row, c.label_id) for c in changes}
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := _repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        if len(cells) != len(changes):
            raise Conflict("One cell is named twice in the same change: nothing was saved.")
        _refuse_foreign(connection, dataset_id, changes)
        occasions.refuse_strange(connection, dataset_id, changes, run_id)
        _refuse_stale(connection, dataset_id, changes)
        real = [c for c in changes if c.seen != c.wanted]
        if not real:
            raise Conflict("There is nothing to change: every label already is as wanted.")
        batch = _store_batch(
            connection,
            dataset_id=dataset_id,
            revision=_next_revision(connection, dataset_id),
            source=Source.CORRECTION.value,
            author=author,
            reason=reason,
            run_id=run_id,
            client_id=client_id,
            size=len(real),
        )
        _store_changes(connection, dataset_id, batch.id, real)
    return Applied(batch, repeated=False)


def move(
    store: Store,
    dataset_id: int,
    finding_id: int,
    seen: Cause,
    cause: Cause,
    *,
    author: str,
    client_id: str,
    reason: str = "",
) -> Applied:
    """Move a finding to another cause.

    Raises Missing, Stale (somebody moved it meanwhile) or Conflict (it is there already).
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := _repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        finding = _finding_of(connection, dataset_id, finding_id)
        if finding.cause != seen.value:
            raise Stale(
                f"Nothing was saved: the cause is “{finding.cause}” by now, no longer “{seen.value}”."
            )
        if seen is cause:
            raise Conflict(f"The cause already is “{cause.value}”.")
        batch = _store_batch(
            connection,
            dataset_id=dataset_id,
            revision=None,
            source=Source.VERDICT.value,
            author=author,
            reason=reason,
            run_id=finding.run_id,
            client_id=client_id,
            size=1,
        )
        _store_verdict(connection, batch.id, finding, seen, cause)
    return Applied(batch, repeated=False)


def _finding_of(connection: Connection, dataset_id: int, finding_id: int) -> Any:
    finding, run = models.findings, models.runs
    wanted = (
        select(finding.c.id, finding.c.run_id, finding.c.row, finding.c.label_id, finding.c.cause)
        .join(run, run.c.id == finding.c.run_id)
        .where(finding.c.id == finding_id, run.c.dataset_id == dataset_id)
    )
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise Missing("This finding is no longer there: the run was analysed again. Reload the page.")
    return row


def _store_verdict(connection: Connection, batch_id: int, finding: Any, before: Cause, after: Cause) -> None:
    connection.execute(
        insert(models.verdicts).values(
            batch_id=batch_id,
            run_id=finding.run_id,
            row=finding.row,
            label_id=finding.label_id,
            finding_id=finding.id,
            before=before.value,
            after=after.value,
        )
    )
    table = models.findings
    connection.execute(update(table).where(table.c.id == finding.id).values(cause=after.value))


def undo(store: Store, dataset_id: int, batch_id: int, *, author: str, client_id: str) -> Applied:
    """Take a batch back by its inverse, as a new batch.

    Raises Missing, Conflict (an import, or undone already) or Stale (one of its cells changed later).
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := _repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        table = models.batches
        row = connection.execute(
            select(table).where(table.c.id == batch_id, table.c.dataset_id == dataset_id)
        ).one_or_none()
        if row is None:
            raise Missing(f"There is no change number {batch_id} in this data set.")
        target = as_batch(row)
        if target.undone_by is not None:
            raise Conflict("This change was undone already.")
        if target.source is Source.IMPORT:
            raise Conflict("An import cannot be undone: delete the data set instead.")
        batch = _store_inverse(connection, dataset_id, target, author, client_id)
        _mark_undone(connection, target, batch.id)
    return Applied(batch, repeated=False)


def _mark_undone(connection: Connection, target: Batch, by: int) -> None:
    """Mark `target` undone; undoing an undo brings what it undid back, and so on down the chain."""
    table = models.batches
    connection.execute(update(table).where(table.c.id == target.id).values(undone_by=by))
    upper, holds = target, False
    while upper.undoes is not None:
        undone_by = upper.id if holds else None
        connection.execute(update(table).where(table.c.id == upper.undoes).values(undone_by=undone_by))
        upper = as_batch(connection.execute(select(table).where(table.c.id == upper.undoes)).one())
        holds = not holds


def _store_inverse(
    connection: Connection, dataset_id: int, target: Batch, author: str, client_id: str
) -> Batch:
    inverse = [
        CellChange(c.row, c.label_id, c.after, c.before, c.finding_id, c.reason)
        for c in changes_of(connection, target.id)
    ]
    moved = verdicts_of(connection, target.id)
    _refuse_stale(connection, dataset_id, inverse)
    batch = _store_batch(
        connection,
        dataset_id=dataset_id,
        revision=_next_revision(connection, dataset_id) if inverse else None,
        source=Source.UNDO.value,
        author=author,
        reason=target.reason,
        run_id=target.run_id,
        undoes=target.id,
        client_id=client_id,
        size=target.size,
    )
    if inverse:
        _store_changes(connection, dataset_id, batch.id, inverse)
    for verdict in moved:
        finding = _finding_of(connection, dataset_id, verdict.finding_id)
        if finding.cause != verdict.after.value:
            raise Stale(f"Nothing was undone: the cause is “{finding.cause}” by now.")
        _store_verdict(connection, batch.id, finding, verdict.after, verdict.before)
    return batch
