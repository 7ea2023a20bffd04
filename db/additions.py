"""Importing once more into a data set: new images, new labels and changed cells are one batch and one revision."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from db import batches, labels, models
from db.datasets import insert_images, lock
from db.errors import Conflict, Stale
from db.records import Applied, CellChange, CellValue, Image, Place, Placement
from db.revisions import defaults as defaults_of
from db.store import Store
from db.terms import LabelState, Source


@dataclass(frozen=True, slots=True)
class Addition:
    """What an import adds to a data set of `revision` and `images` rows, which is all that it looked at."""

    revision: int
    images: int
    new_images: Sequence[Image]  # rows from `images` on; `added` and `dataset_id` are set here
    new_labels: Sequence[tuple[str, str]]  # (name, key)
    default_state: LabelState  # of the new labels
    changes: Sequence[CellChange]  # of images and labels that there were
    # Cells of new images or new labels: (row, label id or -1 - place among new_labels, value); none is the default.
    cells: Sequence[tuple[int, int, CellValue]]
    root: str | None = None  # where the new images lie, if not under the data set's own root
    notes: Sequence[str] = ()


def apply(
    store: Store, dataset_id: int, addition: Addition, *, author: str, client_id: str, reason: str
) -> Applied:
    """Store an addition, all of it or nothing.

    Raises Stale when the data set is no longer what the import looked at, Conflict when there is nothing to add.
    """
    table = models.datasets
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        held = connection.execute(select(table).where(table.c.id == dataset_id)).one()
        if held.images != addition.images:
            raise Stale("Nothing was imported: another import has added images meanwhile. Look again first.")
        batches.refuse_stale(connection, dataset_id, addition.changes)
        size = len(addition.new_images) + len(addition.new_labels) + len(addition.changes)
        size += len(addition.cells)
        if not size:
            raise Conflict("There is nothing to import: every image and label is there already.")
        batch = batches.store_batch(
            connection,
            dataset_id=dataset_id,
            revision=batches.next_revision(connection, dataset_id),
            source=Source.IMPORT.value,
            author=author,
            reason=reason,
            client_id=client_id,
            size=size,
        )
        roots = list(held.more_roots)
        if addition.root is not None and addition.new_images:
            roots.append(addition.root)
        origin = len(roots) if addition.root is not None else 0
        insert_images(
            connection,
            dataset_id,
            [_arrived(image, batch.revision or 0, origin) for image in addition.new_images],
        )
        # Undoing the import leaves them out; their rows stay, as arrays have them.
        arrivals = [
            Placement(image.row, Place(image.part, left_out=True), image.place)
            for image in addition.new_images
        ]
        if arrivals:
            batches.store_placements(connection, dataset_id, batch.id, arrivals)
        ids = labels.append(connection, dataset_id, addition.new_labels, addition.default_state)
        for (name, key), label_id in zip(addition.new_labels, ids, strict=True):
            labels.store_arrival(connection, batch.id, label_id, {"name": name, "key": key})
        connection.execute(
            update(table)
            .where(table.c.id == dataset_id)
            .values(
                images=held.images + len(addition.new_images),
                more_roots=roots,
                notes=[*held.notes, *addition.notes],
            )
        )
        defaults = defaults_of(connection, dataset_id)
        found = [
            CellChange(row, label_id, CellValue(defaults[label_id]), value)
            for row, named, value in addition.cells
            for label_id in (named if named >= 0 else ids[-1 - named],)
        ]
        if addition.changes or found:
            batches.store_changes(connection, dataset_id, batch.id, [*addition.changes, *found])
    return Applied(batch, repeated=False)


def _arrived(image: Image, revision: int, origin: int) -> Image:
    return Image(
        0,
        image.row,
        image.key,
        image.part,
        image.sha256,
        image.width,
        image.height,
        image.bytes,
        image.left_out,
        revision,
        origin,
        image.meta,
    )
