"""Moving images between the parts and leaving them out: each change is a batch and a revision, and can be undone."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select, update

from db import batches, models
from db.bulk import CHUNK
from db.datasets import lock
from db.errors import Conflict, Stale
from db.records import Applied, Batch, Place, Placement
from db.store import Store
from db.terms import Part, Source

_DRAWN = "drawn"  # in the settings of a split: those of every split that was applied, undone or not


def move(
    store: Store,
    dataset_id: int,
    wanted: Mapping[int, Place],
    *,
    author: str,
    client_id: str,
    reason: str,
    split: Mapping[str, object] | None = None,
    seen: int | None = None,
) -> Applied:
    """Put images (by row) elsewhere, all in one batch.

    split: how later images are to get their part from now on; None: as before. seen: the revision that its author
    looked at; None: whichever. Raises Missing, Stale when that is not the newest any more, and Conflict when every
    image is there already.
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        if seen is not None:
            _refuse_later(connection, dataset_id, seen)
        held = batches.named_places(connection, dataset_id, list(wanted))
        moved = [Placement(row, held[row], place) for row, place in wanted.items() if held[row] != place]
        if not moved:
            raise Conflict("There is nothing to change: every image is there already.")
        batch = _store(connection, dataset_id, moved, author, client_id, reason)
        if split is not None:
            drawn = [*_drawn(_split(connection, dataset_id)), dict(split)]
            _note_split(connection, dataset_id, {**split, _DRAWN: drawn})
    return Applied(batch, repeated=False)


def settle_split(connection: Connection, dataset_id: int) -> None:
    """After an undo, of a split or of its undo: later images follow the last split that still stands."""
    held = _split(connection, dataset_id)
    drawn = _drawn(held)
    made = [int(one["revision"]) + 1 for one in drawn if "revision" in one]
    table = models.batches
    own = (table.c.dataset_id == dataset_id, table.c.undone_by.is_not(None), table.c.revision.in_(made))
    gone = set(connection.execute(select(table.c.revision).where(*own)).scalars()) if made else set()
    standing = [one for one in drawn if "revision" not in one or int(one["revision"]) + 1 not in gone]
    if made:
        _note_split(connection, dataset_id, {**(standing[-1] if standing else {}), _DRAWN: drawn})


def _split(connection: Connection, dataset_id: int) -> dict[str, Any]:
    table = models.datasets
    return dict(connection.execute(select(table.c.split).where(table.c.id == dataset_id)).scalar_one() or {})


def _note_split(connection: Connection, dataset_id: int, split: Mapping[str, object]) -> None:
    table = models.datasets
    connection.execute(update(table).where(table.c.id == dataset_id).values(split=dict(split)))


def _drawn(split: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What was drawn by before, the oldest first; the import's own has no revision."""
    return list(split.get(_DRAWN) or [split])


def decide(
    store: Store,
    dataset_id: int,
    moves: Sequence[Placement],
    *,
    author: str,
    client_id: str,
    reason: str,
) -> Applied:
    """Put images where their author wants them, who saw them where they were; all of them or none.

    One that stays where it is was looked at, which is kept, too; only a batch that moves something is a revision.
    Raises Missing, Stale when somebody moved one of them meanwhile, Conflict when one is named twice.
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        if len({move.row for move in moves}) != len(moves):
            raise Conflict("One image is named twice in the same change: nothing was saved.")
        batches.refuse_moved(connection, dataset_id, moves)
        batch = _store(connection, dataset_id, moves, author, client_id, reason)
    return Applied(batch, repeated=False)


def _store(
    connection: Connection,
    dataset_id: int,
    moves: Sequence[Placement],
    author: str,
    client_id: str,
    reason: str,
) -> Batch:
    batch = batches.begin(
        connection,
        dataset_id,
        Source.SPLIT,
        author=author,
        client_id=client_id,
        reason=reason,
        size=len(moves),
        numbered=any(move.before != move.after for move in moves),
    )
    batches.store_placements(connection, dataset_id, batch.id, moves)
    return batch


def decided(store: Store, dataset_id: int, reasons: Collection[str]) -> dict[str, set[int]]:
    """By each of these reasons, the rows that somebody decided on for it, and nobody took that back."""
    moved, batch = models.placements, models.batches
    wanted = (
        select(batch.c.reason, moved.c.row)
        .join(batch, batch.c.id == moved.c.batch_id)
        .where(
            batch.c.dataset_id == dataset_id,
            batch.c.source == Source.SPLIT.value,
            batch.c.reason.in_(list(reasons)),
            batch.c.undone_by.is_(None),
        )
    )
    found: dict[str, set[int]] = {reason: set() for reason in reasons}
    with store.read() as connection:
        for reason, row in connection.execute(wanted):
            found[reason].add(row)
    return found


def of_rows(store: Store, dataset_id: int, rows: Sequence[int]) -> dict[int, Place]:
    """Where these images are now; those that are not there are left out."""
    with store.read() as connection:
        return batches.places(connection, dataset_id, rows)


def _refuse_later(connection: Connection, dataset_id: int, seen: int) -> None:
    table = models.datasets
    now = connection.execute(select(table.c.revision).where(table.c.id == dataset_id)).scalar_one()
    if now != seen:
        raise Stale(
            f"Nothing was moved: the data set is at revision {now} by now, this was drawn of revision {seen}. "
            "Look at it again, then apply it."
        )


def added_since(store: Store, dataset_id: int, revision: int) -> list[int]:
    """The rows of the images that came after a revision, ascending."""
    table = models.images
    wanted = select(table.c.row).where(table.c.dataset_id == dataset_id, table.c.added > revision)
    with store.read() as connection:
        return list(connection.execute(wanted.order_by(table.c.row)).scalars())


def added_to_train(store: Store, dataset_id: int, revision: int) -> int:
    """How many images that came after a revision are there to train on."""
    table = models.images
    own = table.c.dataset_id == dataset_id
    # Images are appended: from the end, only those that came after are read.
    last = select(table.c.row).where(own, table.c.added <= revision).order_by(table.c.row.desc()).limit(1)
    with store.read() as connection:
        before = connection.execute(last).scalar()
        later = select(func.count()).where(own, table.c.row > (-1 if before is None else before))
        later = later.where(table.c.part == Part.TRAIN.value, table.c.left_out.is_(False))
        return int(connection.execute(later).scalar_one())


def before(store: Store, dataset_id: int, revision: int, rows: Sequence[int]) -> dict[int, Place]:
    """Where those of these images were at a revision that were moved after it."""
    moved, batch = models.placements, models.batches
    found: dict[int, Place] = {}
    with store.read() as connection:
        for start in range(0, len(rows), CHUNK):
            wanted = (
                select(moved.c.row, moved.c.before_part, moved.c.before_left_out)
                .join(batch, batch.c.id == moved.c.batch_id)
                .where(batch.c.dataset_id == dataset_id, batch.c.revision > revision)
                .where(moved.c.row.in_(list(rows[start : start + CHUNK])))
                .order_by(batch.c.revision.desc())
            )
            # The first move after the revision is read last.
            found.update((r, Place(Part(part), bool(out))) for r, part, out in connection.execute(wanted))
    return found


def left_out(store: Store, dataset_id: int) -> list[int]:
    """The rows of the images that are left out, ascending, but for those whose import was undone."""
    image, batch = models.images, models.batches
    undone = select(batch.c.revision).where(
        batch.c.dataset_id == dataset_id,
        batch.c.source == Source.IMPORT.value,
        batch.c.undone_by.is_not(None),
    )
    wanted = select(image.c.row).where(
        image.c.dataset_id == dataset_id, image.c.left_out.is_(True), image.c.added.not_in(undone)
    )
    with store.read() as connection:
        return list(connection.execute(wanted.order_by(image.c.row)).scalars())


def undone(store: Store, dataset_id: int, revision: int) -> bool:
    """True if the batch that made this revision was taken back."""
    table = models.batches
    wanted = select(table.c.undone_by).where(
        table.c.dataset_id == dataset_id, table.c.revision == revision, table.c.undone_by.is_not(None)
    )
    with store.read() as connection:
        return connection.execute(wanted).first() is not None
