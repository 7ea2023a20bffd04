"""What a search looks at, read in whole columns; and what changed of it since a revision."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from db import models, revisions
from db.errors import Missing
from db.records import Change
from db.store import Store
from db.terms import Part, Source

_LABELS_STAY = frozenset((Source.CORRECTION.value, Source.SPLIT.value, Source.VERDICT.value))
_AT_ONCE = 100_000  # rows; bounds the lists that they pass through


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a data set is."""

    revision: int
    images: int


@dataclass(frozen=True, slots=True)
class News:
    """What changed of a data set after a revision: changes the newest first, places as they are now."""

    now: Standing
    changes: Sequence[Change]
    places: Sequence[tuple[int, Part, bool]]  # (row, part, left out)
    labels_too: bool  # whether the labels themselves may have changed: their names, or which there are


def standing(store: Store, dataset_id: int) -> Standing:
    """How far a data set is. Raises Missing."""
    with store.read() as connection:
        return _standing(connection, dataset_id)


def _standing(connection: Connection, dataset_id: int) -> Standing:
    table = models.datasets
    wanted = select(table.c.revision, table.c.images).where(table.c.id == dataset_id)
    found = connection.execute(wanted).one_or_none()
    if found is None:
        raise Missing(f"There is no data set number {dataset_id}.")
    return Standing(int(found.revision), int(found.images))


def since(store: Store, dataset_id: int, revision: int, *, most: int) -> News | None:
    """What changed after a revision; None where more than `most` cells and places did. Raises Missing."""
    batch, moved, image = models.batches, models.placements, models.images
    after = (batch.c.dataset_id == dataset_id, batch.c.revision > revision)
    with store.read() as connection:
        now = _standing(connection, dataset_id)
        batches = connection.execute(select(batch.c.source, batch.c.size).where(*after)).all()
        if sum(size for _, size in batches) > most:
            return None
        rows = select(moved.c.row).join(batch, batch.c.id == moved.c.batch_id).where(*after)
        places = select(image.c.row, image.c.part, image.c.left_out).where(
            image.c.dataset_id == dataset_id, image.c.row.in_(rows)
        )
        return News(
            now,
            revisions.later(connection, dataset_id, revision),
            [(row, Part(part), bool(out)) for row, part, out in connection.execute(places)],
            any(source not in _LABELS_STAY for source, _ in batches),
        )


def keys(store: Store, dataset_id: int, start: int) -> Iterator[str]:
    """The keys of the images from a row on, by row."""
    table = models.images
    chunks = _by_row(store, dataset_id, select(table.c.row, table.c.key), start)
    return (key for some in chunks for _, key in some)


def sizes(store: Store, dataset_id: int, start: int) -> tuple["array[int]", "array[int]", "array[int]"]:
    """(width, height, bytes) of the images from a row on, by row."""
    table = models.images
    wanted = select(table.c.row, table.c.width, table.c.height, table.c.bytes)
    found = array("i"), array("i"), array("q")
    for some in _by_row(store, dataset_id, wanted, start):
        _, *values = zip(*some, strict=True)
        for column, more in zip(found, values, strict=True):
            column.extend(more)
    return found


def origins(store: Store, dataset_id: int) -> "array[int]":
    """Which of the data set's roots every image came from, by row."""
    table = models.images
    found = array("i")
    for some in _by_row(store, dataset_id, select(table.c.row, table.c.origin), 0):
        found.extend(origin for _, origin in some)
    return found


def digests(store: Store, dataset_id: int) -> list[str]:
    """The SHA-256 of every image's file, hexadecimal, by row."""
    table = models.images
    return [
        digest
        for some in _by_row(store, dataset_id, select(table.c.row, table.c.sha256), 0)
        for _, digest in some
    ]


def _by_row(
    store: Store, dataset_id: int, wanted: Select[Any], start: int
) -> Iterator[Sequence[tuple[Any, ...]]]:
    """What is wanted of the images from a row on, of which the row comes first, some images at a time."""
    table = models.images
    ordered = wanted.where(table.c.dataset_id == dataset_id).order_by(table.c.row).limit(_AT_ONCE)
    last = start - 1
    while True:
        with store.read() as connection:
            some = connection.execute(ordered.where(table.c.row > last)).cursor.fetchall()
        if some:
            yield some
        if len(some) < _AT_ONCE:
            return
        last = some[-1][0]


def described(store: Store, dataset_id: int) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(row, further columns of the source) of the images that have any."""
    table = models.images
    wanted = select(table.c.row, table.c.meta).where(
        table.c.dataset_id == dataset_id, table.c.meta.is_not(None)
    )
    with store.read() as connection:
        rows = connection.execution_options(yield_per=_AT_ONCE).execute(wanted)
        yield from ((row, meta) for row, meta in rows)


def changed_by(store: Store, dataset_id: int, author: str) -> list[int]:
    """The rows whose labels or places somebody changed after the import, in no order; case does not matter."""
    batch = models.batches
    theirs = (
        batch.c.dataset_id == dataset_id,
        func.lower(batch.c.author) == author.lower(),
        batch.c.source != Source.IMPORT.value,
    )
    rows: set[int] = set()
    with store.read() as connection:
        for table in (models.changes, models.placements):
            wanted = select(table.c.row).join(batch, batch.c.id == table.c.batch_id).where(*theirs)
            rows.update(connection.execute(wanted.distinct()).scalars())
    return list(rows)


def copies(store: Store, dataset_id: int) -> list[int]:
    """The rows of images whose content another image has, too."""
    table = models.images
    twice = (
        select(table.c.sha256)
        .where(table.c.dataset_id == dataset_id)
        .group_by(table.c.sha256)
        .having(func.count() > 1)
    )
    wanted = select(table.c.row).where(table.c.dataset_id == dataset_id, table.c.sha256.in_(twice))
    with store.read() as connection:
        return list(connection.execute(wanted).scalars())
