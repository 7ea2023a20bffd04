"""Data sets, their labels and their images."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from db import models
from db.errors import Conflict, Missing
from db.records import Dataset, Image, Label
from db.store import Store, insert_row
from db.terms import LabelState, Part, Source

CHUNK = 5_000  # rows a statement: bounded memory, and the driver's fast path


def _dataset(row: Any) -> Dataset:
    fields = dict(row._mapping)
    fields["default_state"] = LabelState(fields["default_state"])
    fields["notes"] = tuple(fields["notes"])
    return Dataset(**fields)


def as_image(row: Any) -> Image:
    """The record of one row of the image table."""
    fields = dict(row._mapping)
    fields["part"] = Part(fields["part"])
    return Image(**fields)


def create(
    store: Store,
    *,
    name: str,
    folder: str,
    source: str,
    root: str,
    format: str,
    default_state: LabelState,
    labels: Sequence[tuple[str, str]],
    images: Sequence[Image],
    cells: Sequence[tuple[int, int, LabelState]],
    author: str,
    client_id: str,
    demo: bool = False,
    notes: Sequence[str] = (),
) -> Dataset:
    """Store a whole import in one transaction, as revision 1.

    labels: (name, key) by position. images: their `dataset_id` is ignored. cells: (row, position, state),
    only those that differ from `default_state`. Raises Conflict if the name is taken; then nothing is stored.
    """
    now = time.time()
    with store.write() as connection:
        dataset_id = _insert_dataset(
            connection,
            {
                "name": name,
                "folder": folder,
                "source": source,
                "root": root,
                "format": format,
                "default_state": default_state.value,
                "revision": 1,
                "images": len(images),
                "created_at": now,
                "created_by": author,
                "demo": demo,
                "notes": list(notes),
            },
        )
        label_ids = _insert_labels(connection, dataset_id, labels)
        _insert_many(connection, models.images, [{**asdict(i), "dataset_id": dataset_id} for i in images])
        first = {
            "dataset_id": dataset_id,
            "revision": 1,
            "source": Source.IMPORT.value,
            "author": author,
            "created_at": now,
            "reason": f"Imported from {source}",
            "client_id": client_id,
            "size": len(cells),
        }
        batch_id = insert_row(connection, models.batches, first)
        _insert_cells(connection, dataset_id, batch_id, label_ids, default_state, cells)
    return get(store, dataset_id)


def _insert_dataset(connection: Connection, values: dict[str, Any]) -> int:
    try:
        return insert_row(connection, models.datasets, values)
    except IntegrityError as error:
        raise Conflict(
            f"There is already a data set named “{values['name']}”: choose another name."
        ) from error


def _insert_labels(connection: Connection, dataset_id: int, labels: Sequence[tuple[str, str]]) -> list[int]:
    ids = []
    for position, (name, key) in enumerate(labels):
        row = {"dataset_id": dataset_id, "position": position, "name": name, "key": key}
        ids.append(insert_row(connection, models.labels, row))
    return ids


def _insert_many(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(table), list(rows[start : start + CHUNK]))


def _insert_cells(
    connection: Connection,
    dataset_id: int,
    batch_id: int,
    label_ids: Sequence[int],
    default_state: LabelState,
    cells: Sequence[tuple[int, int, LabelState]],
) -> None:
    for start in range(0, len(cells), CHUNK):
        part = cells[start : start + CHUNK]
        connection.execute(
            insert(models.cells),
            [
                {
                    "dataset_id": dataset_id,
                    "row": r,
                    "label_id": label_ids[p],
                    "state": s.value,
                    "verified": False,
                }
                for r, p, s in part
            ],
        )
        connection.execute(
            insert(models.changes),
            [
                {
                    "batch_id": batch_id,
                    "row": r,
                    "label_id": label_ids[p],
                    "before_state": default_state.value,
                    "before_verified": False,
                    "after_state": s.value,
                    "after_verified": False,
                }
                for r, p, s in part
            ],
        )


def lock(connection: Connection, dataset_id: int) -> None:
    """Hold a data set's row until the transaction ends. Raises Missing.

    The first statement of every write that first looks at what holds: without it two writers may both look,
    on PostgreSQL, before either has written. SQLite has no such clause; there the whole transaction waits.
    """
    table = models.datasets
    wanted = select(table.c.id).where(table.c.id == dataset_id).with_for_update(key_share=True)
    if connection.execute(wanted).one_or_none() is None:
        raise Missing(f"There is no data set number {dataset_id}.")


def listing(store: Store) -> list[Dataset]:
    """Every data set, the newest first."""
    with store.read() as connection:
        return [
            _dataset(r)
            for r in connection.execute(select(models.datasets).order_by(models.datasets.c.id.desc()))
        ]


def get(store: Store, dataset_id: int) -> Dataset:
    """One data set. Raises Missing."""
    with store.read() as connection:
        row = connection.execute(
            select(models.datasets).where(models.datasets.c.id == dataset_id)
        ).one_or_none()
    if row is None:
        raise Missing(f"There is no data set number {dataset_id}.")
    return _dataset(row)


def by_name(store: Store, name: str) -> Dataset:
    """The data set of that name. Raises Missing, with the names that there are."""
    with store.read() as connection:
        row = connection.execute(select(models.datasets).where(models.datasets.c.name == name)).one_or_none()
        names = (
            connection.execute(select(models.datasets.c.name).order_by(models.datasets.c.name))
            .scalars()
            .all()
        )
    if row is None:
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        some = ", ".join(f"“{n}”" for n in names[:10])
        there = f"there are {some}{more}" if names else "there are none yet"
        raise Missing(f"There is no data set named “{name}”; {there}.")
    return _dataset(row)


def rename(store: Store, dataset_id: int, name: str) -> Dataset:
    """Give a data set another name. Raises Missing, or Conflict if the name is taken."""
    with store.write() as connection:
        try:
            done = connection.execute(
                update(models.datasets).where(models.datasets.c.id == dataset_id).values(name=name)
            )
        except IntegrityError as error:
            raise Conflict(f"There is already a data set named “{name}”: choose another name.") from error
        if done.rowcount == 0:
            raise Missing(f"There is no data set number {dataset_id}.")
    return get(store, dataset_id)


def remove(store: Store, dataset_id: int) -> None:
    """Delete a data set with its labels, images, history and runs. Raises Missing."""
    with store.write() as connection:
        runs = models.runs
        job_ids = (
            connection.execute(select(runs.c.job_id).where(runs.c.dataset_id == dataset_id)).scalars().all()
        )
        done = connection.execute(delete(models.datasets).where(models.datasets.c.id == dataset_id))
        if done.rowcount == 0:
            raise Missing(f"There is no data set number {dataset_id}.")
        connection.execute(delete(models.jobs).where(models.jobs.c.id.in_(job_ids)))


def labels(store: Store, dataset_id: int) -> list[Label]:
    """The labels of a data set by position."""
    table = models.labels
    with store.read() as connection:
        rows = connection.execute(
            select(table).where(table.c.dataset_id == dataset_id).order_by(table.c.position)
        )
        return [Label(**row._mapping) for row in rows]


def images(store: Store, dataset_id: int, rows: Sequence[int] | None = None) -> list[Image]:
    """The images of a data set by row; all of them, or those named (each once)."""
    table = models.images
    wanted = select(table).where(table.c.dataset_id == dataset_id).order_by(table.c.row)
    with store.read() as connection:
        if rows is None:
            return [as_image(row) for row in connection.execute(wanted)]
        named = sorted({int(row) for row in rows})
        found: list[Image] = []
        for start in range(0, len(named), CHUNK):
            some = wanted.where(table.c.row.in_(named[start : start + CHUNK]))
            found += [as_image(row) for row in connection.execute(some)]
    return found


def parts(store: Store, dataset_id: int) -> list[Part]:
    """The part of every image, by row."""
    table = models.images
    wanted = select(table.c.part).where(table.c.dataset_id == dataset_id).order_by(table.c.row)
    with store.read() as connection:
        return [Part(word) for word in connection.execute(wanted).scalars()]


def rows_of_keys(store: Store, dataset_id: int, keys: Sequence[str]) -> dict[str, int]:
    """The rows of the images with those keys; a key without an image is not in the answer."""
    table = models.images
    found: dict[str, int] = {}
    with store.read() as connection:
        for start in range(0, len(keys), 500):  # engines limit the bound variables of a statement
            wanted = select(table.c.key, table.c.row).where(
                table.c.dataset_id == dataset_id, table.c.key.in_(list(keys[start : start + 500]))
            )
            found.update((key, row) for key, row in connection.execute(wanted))
    return found


def folders(store: Store) -> set[str]:
    """The folder names that data sets own."""
    with store.read() as connection:
        return set(connection.execute(select(models.datasets.c.folder)).scalars())


def count_images(store: Store, dataset_id: int) -> dict[Part, int]:
    """How many images each part holds."""
    table = models.images
    wanted = select(table.c.part, func.count()).where(table.c.dataset_id == dataset_id).group_by(table.c.part)
    with store.read() as connection:
        return {Part(part): int(count) for part, count in connection.execute(wanted)}
