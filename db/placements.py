"""Moving images between the parts and leaving them out: each change is a batch and a revision, and can be undone."""

from collections.abc import Mapping

from sqlalchemy import update

from db import batches, models
from db.datasets import lock
from db.errors import Conflict
from db.records import Applied, Place, Placement
from db.store import Store
from db.terms import Source


def move(
    store: Store,
    dataset_id: int,
    wanted: Mapping[int, Place],
    *,
    author: str,
    client_id: str,
    reason: str,
    split: Mapping[str, object] | None = None,
) -> Applied:
    """Put images (by row) elsewhere, all in one batch.

    split: how later images are to get their part from now on; None: as before. Raises Missing, and Conflict when
    every image is there already.
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        held = batches.places(connection, dataset_id, list(wanted))
        moved = [Placement(row, held[row], place) for row, place in wanted.items() if held[row] != place]
        if not moved:
            raise Conflict("There is nothing to change: every image is there already.")
        batch = batches.store_batch(
            connection,
            dataset_id=dataset_id,
            revision=batches.next_revision(connection, dataset_id),
            source=Source.SPLIT.value,
            author=author,
            reason=reason,
            client_id=client_id,
            size=len(moved),
        )
        batches.store_placements(connection, dataset_id, batch.id, moved)
        if split is not None:
            table = models.datasets
            connection.execute(update(table).where(table.c.id == dataset_id).values(split=dict(split)))
    return Applied(batch, repeated=False)
