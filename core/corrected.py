"""What people changed of the labels, a cell once: from what, to what, by whom, when and why."""

from collections.abc import Collection

from core.data.exporters.records import Corrected
from core.errors import BadInput
from db import datasets, findings, revisions
from db.errors import Missing
from db.records import Batch, Change
from db.store import Store
from db.terms import LARGEST, Cause, Source

_IMPORTED = 1  # the revision that the import made


def cells(
    store: Store,
    dataset_id: int,
    revision: int | None = None,
    *,
    since: int | None = None,
    rows: Collection[int] | None = None,
) -> tuple[Corrected, ...]:
    """The cells changed after one revision up to another (the import up to the newest, unless given).

    rows: of these images alone. By image and label. What an import changed is nobody's correction. Raises
    Missing, and BadInput when `since` is no earlier than `revision`.
    """
    _check_range(store, dataset_id, revision, since)
    batches = {
        batch.id: batch
        for batch in revisions.history(store, dataset_id, limit=LARGEST)
        if batch.source is not Source.IMPORT and (batch.revision or 0) <= (revision or LARGEST)
    }
    changed = revisions.changed_since(store, dataset_id, since or _IMPORTED)
    chosen = None if rows is None else frozenset(rows)
    ends = revisions.ends(
        [
            change
            for change in changed
            if change.batch_id in batches and (chosen is None or change.row in chosen)
        ]
    )
    names = {label.id: label.name for label in datasets.labels(store, dataset_id)}
    kept = sorted(
        cell
        for cell, (first, last) in ends.items()
        # A removed label is handed back to nobody.
        if last.after != first.before and cell[1] in names
    )
    keys = {i.row: i.key for i in datasets.images(store, dataset_id, sorted({row for row, _ in kept}))}
    called = {ends[cell][1].finding_id for cell in kept}
    causes = findings.causes(store, sorted(number for number in called if number is not None))
    return tuple(
        _corrected(keys[row], names[label_id], *ends[row, label_id], batches, causes)
        for row, label_id in kept
    )


def _check_range(store: Store, dataset_id: int, revision: int | None, since: int | None) -> None:
    dataset = datasets.get(store, dataset_id)
    last = dataset.revision if revision is None else revision
    for asked in (last, since or _IMPORTED):
        if not 1 <= asked <= dataset.revision:
            raise Missing(
                f"There is no revision {asked} of “{dataset.name}”: the newest is {dataset.revision}."
            )
    if since is not None and since >= last:
        raise BadInput(f"No change lies after revision {since} and up to {last}: begin with an earlier one.")


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
        verified_before=first.before.verified,
        verified_after=last.after.verified,
    )
