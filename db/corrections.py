"""Changing labels: batches of appended rows; one batch is one revision, stored with what holds now."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from db import batches, models, occasions, placements
from db.datasets import lock
from db.errors import Conflict, Missing, Stale
from db.records import Applied, Batch, CellChange, LabelEdit, Placement
from db.revisions import as_batch, changes_of, edits_of, placements_of, verdicts_of
from db.store import Store
from db.terms import Cause, Source


def _refuse_foreign(connection: Connection, dataset_id: int, changes: Sequence[CellChange]) -> None:
    """Refuse cells that are not this data set's: foreign keys alone would let a label of another set in."""
    named = {c.label_id for c in changes}
    table = models.labels
    wanted = select(table.c.id, table.c.name, table.c.alive).where(table.c.dataset_id == dataset_id)
    own = {row.id: row for row in connection.execute(wanted)}
    if named - set(own):
        raise Missing(f"Label number {min(named - set(own))} is not one of this data set's.")
    gone = [own[label_id].name for label_id in sorted(named) if not own[label_id].alive]
    if gone:
        raise Missing(f"The label “{gone[0]}” was removed meanwhile: nothing was saved. Reload the page.")
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
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        if len(cells) != len(changes):
            raise Conflict("One cell is named twice in the same change: nothing was saved.")
        _refuse_foreign(connection, dataset_id, changes)
        occasions.refuse_strange(connection, dataset_id, changes, run_id)
        batches.refuse_stale(connection, dataset_id, changes)
        real = [c for c in changes if c.seen != c.wanted]
        if not real:
            raise Conflict("There is nothing to change: every label already is as wanted.")
        batch = batches.begin(
            connection,
            dataset_id,
            Source.CORRECTION,
            author=author,
            client_id=client_id,
            reason=reason,
            size=len(real),
            run_id=run_id,
        )
        batches.store_changes(connection, dataset_id, batch.id, real)
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
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        finding = _finding_of(connection, dataset_id, finding_id)
        if finding.cause != seen.value:
            raise Stale(
                f"Nothing was saved: the cause is “{finding.cause}” by now, no longer “{seen.value}”."
            )
        if seen is cause:
            raise Conflict(f"The cause already is “{cause.value}”.")
        batch = batches.begin(
            connection,
            dataset_id,
            Source.VERDICT,
            author=author,
            client_id=client_id,
            reason=reason,
            size=1,
            numbered=False,
            run_id=finding.run_id,
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

    Images that a later import brought are left out by it. Raises Missing, Conflict (the first import, or undone
    already) or Stale (one of its cells, labels or images changed later).
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        table = models.batches
        row = connection.execute(
            select(table).where(table.c.id == batch_id, table.c.dataset_id == dataset_id)
        ).one_or_none()
        if row is None:
            raise Missing("This data set's history has no such change: reload the page.")
        target = as_batch(row)
        if target.undone_by is not None:
            raise Conflict("This change was undone already.")
        if target.revision == 1:
            raise Conflict("The first import cannot be undone: delete the data set instead.")
        batch = _store_inverse(connection, dataset_id, target, author, client_id)
        _mark_undone(connection, target, batch.id)
        placements.settle_split(connection, dataset_id)
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
    edits = [LabelEdit(0, e.label_id, e.after, e.before) for e in edits_of(connection, target.id)]
    places = [Placement(m.row, m.after, m.before) for m in placements_of(connection, target.id)]
    moved = verdicts_of(connection, target.id)
    batches.refuse_stale(connection, dataset_id, inverse)
    batches.refuse_edited(connection, edits)
    batches.refuse_gone(connection, inverse, edits)
    batches.refuse_moved(connection, dataset_id, places)
    batch = batches.begin(
        connection,
        dataset_id,
        Source.UNDO,
        author=author,
        client_id=client_id,
        reason=target.reason,
        size=target.size,
        numbered=bool(inverse or edits or places),
        run_id=target.run_id,
        undoes=target.id,
    )
    if inverse:
        batches.store_changes(connection, dataset_id, batch.id, inverse)
    if edits:
        free = batches.without_taken_keys(connection, dataset_id, edits)
        batches.store_edits(connection, batch.id, free)
    if places:
        batches.store_placements(connection, dataset_id, batch.id, places)
    for verdict in moved:
        finding = _finding_of(connection, dataset_id, verdict.finding_id)
        if finding.cause != verdict.after.value:
            raise Stale(f"Nothing was undone: the cause is “{finding.cause}” by now.")
        _store_verdict(connection, batch.id, finding, verdict.after, verdict.before)
    return batch
