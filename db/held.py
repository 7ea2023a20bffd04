"""What held at a revision: the labels, the cells and the places of the images, walked back from today."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from db import models, packed, revisions
from db.datasets import as_label
from db.errors import Missing
from db.records import Change, Label
from db.store import Store


@dataclass(frozen=True, slots=True)
class Held:
    """What it takes to know the labels at a revision, read in one snapshot.

    `cells` are those that today differ from their label's default or are verified; walked back by `later`, the
    newest first, they are the cells as they were. `places` are those of the images 0, 1, … that there were at the
    frame, as in db.packed.
    """

    revision: int
    labels: tuple[Label, ...]  # those of the frame, by position
    cells: packed.PackedCells
    later: Sequence[Change]
    places: bytearray


def at(store: Store, dataset_id: int, revision: int | None = None, frame: int | None = None) -> Held:
    """The labels at a revision (None: the newest), of the images and labels that there were at revision `frame`.

    frame: None: the same revision. An image's part is that of the frame; one that is left out at either revision
    is left out. Raises Missing: no such data set, or no such revision of it.
    """
    with store.read() as connection:
        table = models.datasets
        found = connection.execute(
            select(table.c.name, table.c.revision, table.c.images).where(table.c.id == dataset_id)
        ).one_or_none()
        if found is None:
            raise Missing(f"There is no data set number {dataset_id}.")
        newest = int(found.revision)
        of = newest if revision is None else revision
        seen = of if frame is None else frame
        for wanted in (of, seen):
            if not 1 <= wanted <= newest:
                raise Missing(f"There is no revision {wanted} of “{found.name}”: the newest is {newest}.")
        return Held(
            revision=of,
            labels=tuple(labels_at(connection, dataset_id, seen)),
            cells=packed.cells(connection, dataset_id, int(found.images)),
            later=revisions.later(connection, dataset_id, of) if of < newest else [],
            places=_places_at(connection, dataset_id, of, seen, newest),
        )


def labels_at(connection: Connection, dataset_id: int, revision: int) -> list[Label]:
    """The labels that there were at a revision, as they were then, by position."""
    table, edit, batch = models.labels, models.label_edits, models.batches
    rows = connection.execute(
        select(table).where(table.c.dataset_id == dataset_id).order_by(table.c.position)
    )
    found = {row.id: dict(row._mapping) for row in rows}
    since = (
        select(edit.c.label_id, edit.c.before)
        .join(batch, batch.c.id == edit.c.batch_id)
        .where(batch.c.dataset_id == dataset_id, batch.c.revision > revision)
        .order_by(batch.c.revision.desc())
    )
    for label_id, before in connection.execute(since):
        found[label_id].update(before)
    alive = [fields for fields in found.values() if fields["alive"]]
    return [as_label(fields, position) for position, fields in enumerate(alive)]


def labels(store: Store, dataset_id: int, revision: int) -> list[Label]:
    """The labels that there were at a revision, as they were then, by position."""
    with store.read() as connection:
        return labels_at(connection, dataset_id, revision)


def _places_at(connection: Connection, dataset_id: int, revision: int, frame: int, newest: int) -> bytearray:
    table = models.images
    there = select(func.count()).where(table.c.dataset_id == dataset_id, table.c.added <= frame)
    places = packed.places(connection, dataset_id, int(connection.execute(there).scalar_one()))
    if min(revision, frame) == newest:
        return places
    out_at = bytearray(places)  # as at `revision`; `places` become those at `frame`
    moved, batch = models.placements, models.batches
    since = (
        select(moved.c.row, moved.c.before_part, moved.c.before_left_out, batch.c.revision)
        .join(batch, batch.c.id == moved.c.batch_id)
        .where(batch.c.dataset_id == dataset_id, batch.c.revision > min(revision, frame))
        .order_by(batch.c.revision.desc())
    )
    for row, part, left_out, number in connection.execute(since):
        if row >= len(places):
            continue
        before = packed.PARTS.index(part) + packed.LEFT_OUT * bool(left_out)
        if number > frame:
            places[row] = before
        if number > revision:
            out_at[row] = before
    return bytearray(a | (b & packed.LEFT_OUT) for a, b in zip(places, out_at, strict=True))
