"""What people changed of the labels since their import, a cell once: from what, to what, by whom, when and why."""

from core.data.exporters.records import Corrected
from db import datasets, findings, revisions
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
    since_import = revisions.changed_since(store, dataset_id, 1)  # 1 is the import
    ends = revisions.ends([change for change in since_import if change.batch_id in batches])
    kept = sorted(cell for cell, (first, last) in ends.items() if last.after != first.before)
    keys = {i.row: i.key for i in datasets.images(store, dataset_id, sorted({row for row, _ in kept}))}
    names = {label.id: label.name for label in datasets.labels(store, dataset_id)}
    called = {ends[cell][1].finding_id for cell in kept}
    causes = findings.causes(store, sorted(number for number in called if number is not None))
    return tuple(
        _corrected(keys[row], names[label_id], *ends[row, label_id], batches, causes)
        for row, label_id in kept
    )


def _corrected(
    image: str,
    label: str,
    first: Change,
    last: Change,
    batches: dict[int, Batch],
    causes: dict[int, Cause],
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
        cause=None if last.finding_id is None else causes.get(last.finding_id),
        run_id=batch.run_id,
    )
