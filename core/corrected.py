"""What people changed of the labels since their import, a cell once: from what, to what, by whom, when and why."""

from core.data.exporters.records import Corrected
from db import datasets, findings, revisions
from db.errors import Missing
from db.records import Batch, Change
from db.store import Store
from db.terms import LARGEST, Cause, Source


def cells(store: Store, dataset_id: int, revision: int | None = None) -> tuple[Corrected, ...]:
    """The cells changed up to a revision (the newest, unless given), by image and label. Raises Missing."""
    batches = {
        batch.id: batch
        for batch in revisions.history(store, dataset_id, limit=LARGEST)
        if batch.source is not Source.IMPORT and (batch.revision or 0) <= (revision or LARGEST)
    }
    first: dict[tuple[int, int], Change] = {}
    last: dict[tuple[int, int], Change] = {}
    for change in revisions.changed_since(store, dataset_id, 1):  # the newest first; 1 is the import
        if change.batch_id in batches:
            last.setdefault((change.row, change.label_id), change)
            first[change.row, change.label_id] = change
    kept = sorted(cell for cell, change in last.items() if change.after != first[cell].before)
    keys = {i.row: i.key for i in datasets.images(store, dataset_id, sorted({row for row, _ in kept}))}
    names = {label.id: label.name for label in datasets.labels(store, dataset_id)}
    causes = _causes(store, {last[cell].finding_id for cell in kept})
    return tuple(
        _corrected(keys[row], names[label_id], first[row, label_id], last[row, label_id], batches, causes)
        for row, label_id in kept
    )


def _corrected(
    image: str,
    label: str,
    first: Change,
    last: Change,
    batches: dict[int, Batch],
    causes: dict[int | None, Cause],
) -> Corrected:
    batch = batches[last.batch_id]
    return Corrected(
        image=image,
        label=label,
        before=first.before.state,
        after=last.after.state,
        reason=batch.reason if last.reason is None else last.reason,
        author=batch.author,
        changed_at=batch.created_at,
        finding_id=last.finding_id,
        cause=causes.get(last.finding_id),
        run_id=batch.run_id,
    )


def _causes(store: Store, wanted: set[int | None]) -> dict[int | None, Cause]:
    found: dict[int | None, Cause] = {}
    for number in wanted - {None}:
        try:
            found[number] = findings.get(store, number or 0).cause
        except Missing:  # its run was analysed again since
            continue
    return found
