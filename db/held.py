"""What held at a revision: the labels, the cells and the places of the images, walked back from today."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from db import models, revisions
from db.datasets import as_label
from db.errors import Missing
from db.records import Change, Label
from db.store import Store


@dataclass(frozen=True, slots=True)
class Held:
    """What it takes to know the labels at a revision, read in one snapshot.

    `cells` are (row, label id, state, verified) of every cell that today differs from its label's default or is
    verified; walked back by `later`, the newest first, they are the cells as they were. `places` are those of the
    images 0, 1, … that there were at the frame.
    """

    revision: int
    labels: tuple[Label, ...]  # those of the frame, by position
    cells: Sequence[tuple[int, int, str, bool]]
    later: Sequence[Change]
    places: Sequence[tuple[str, bool]]  # (part, left out)


def at(store: Store, dataset_id: int, revision: int | None = None, frame: int | None = None) -> Held:
    """The labels at a revision (None: the newest), of the images and labels that there were at revision `frame`.

    frame: None: the same revision. An image's part is that of the frame; one that is left out at either revision
    is left out. Raises Missing: no such data set, or no such revision of it.
    """
    with store.read() as connection:
        table = models.datasets
        found = connection.execute(
            select(table.c.name, table.c.revision).where(table.c.id == dataset_id)
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
            cells=_stored_cells(connection, dataset_id),
            later=revisions.later(connection, dataset_id, of) if of < newest else [],
            places=_places_at(connection, dataset_id, of, seen, newest),
        )


def _stored_cells(connection: Connection, dataset_id: int) -> list[tuple[int, int, str, bool]]:
    table = models.cells
    wanted = select(table.c.row, table.c.label_id, table.c.state, table.c.verified).where(
        table.c.dataset_id == dataset_id
    )
    # The driver's own tuples: a million of them in a second.
    return list(connection.execute(wanted).cursor.fetchall())


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


def _places_at(
    connection: Connection, dataset_id: int, revision: int, frame: int, newest: int
) -> list[tuple[str, bool]]:
    table = models.images
    wanted = (
        select(table.c.part, table.c.left_out)
        .where(table.c.dataset_id == dataset_id, table.c.added <= frame)
        .order_by(table.c.row)
    )
    now = connection.execute(wanted).cursor.fetchall()
    if min(revision, frame) == newest:
        return [(part, bool(out)) for part, out in now]
    parts, out_then, out_at = [p for p, _ in now], [bool(o) for _, o in now], [bool(o) for _, o in now]
    moved, batch = models.placements, models.batches
    since = (
        select(moved.c.row, moved.c.before_part, moved.c.before_left_out, batch.c.revision)
        .join(batch, batch.c.id == moved.c.batch_id)
        .where(batch.c.dataset_id == dataset_id, batch.c.revision > min(revision, frame))
        .order_by(batch.c.revision.desc())
    )
    for row, part, left_out, number in connection.execute(since):
        if row >= len(parts):
            continue
        if number > frame:
            parts[row], out_then[row] = part, left_out
        if number > revision:
            out_at[row] = left_out
    return [(part, a or b) for part, a, b in zip(parts, out_then, out_at, strict=True)]
