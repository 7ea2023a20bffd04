"""Data sets, their labels and their images."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, false, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from db import models
from db.bulk import CHUNK, insert_many
from db.errors import Conflict, Missing
from db.records import Dataset, Image, Label
from db.store import Store, insert_row
from db.terms import LabelState, Part, Source

# A cell that a source tells: (row, position of the label, state, verified by a person).
NewCell = tuple[int, int, LabelState, bool]


def _dataset(row: Any) -> Dataset:
    fields = dict(row._mapping)
    fields["default_state"] = LabelState(fields["default_state"])
    fields["notes"] = tuple(fields["notes"])
    fields["more_roots"] = tuple(fields["more_roots"])
    return Dataset(**fields)


def as_label(fields: Mapping[str, Any], position: int) -> Label:
    """The record of one row of the label table, at `position` among those it is listed with."""
    values = {**fields, "position": position, "default_state": LabelState(fields["default_state"])}
    values["examples"], values["implies"] = tuple(fields["examples"]), tuple(fields["implies"])
    return Label(**values)


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
    cells: Sequence[NewCell],
    author: str,
    client_id: str,
    demo: bool = False,
    notes: Sequence[str] = (),
    split: Mapping[str, Any] | None = None,
    unknown_labels: Sequence[tuple[str, str]] = (),
) -> Dataset:
    """Store a whole import in one transaction, as revision 1.

    labels: (name, key) by position; unknown_labels stand behind them, unknown on every image. images: their
    `dataset_id` is ignored. cells: only those that differ from `default_state` or are verified.
    Raises Conflict if the name is taken; then nothing is stored.
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
                "more_roots": [],
                "split": dict(split or {}),
            },
        )
        label_ids = insert_labels(connection, dataset_id, labels, default_state)
        insert_labels(
            connection, dataset_id, unknown_labels, LabelState.UNKNOWN, first_position=len(label_ids)
        )
        insert_images(connection, dataset_id, images)
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
        # Read in here: an error once it is stored would have the import remove the files of its rows.
        stored = select(models.datasets).where(models.datasets.c.id == dataset_id)
        return _dataset(connection.execute(stored).one())


def _insert_dataset(connection: Connection, values: dict[str, Any]) -> int:
    try:
        return insert_row(connection, models.datasets, values)
    except IntegrityError as error:
        raise Conflict(
            f"There is already a data set named “{values['name']}”: choose another name."
        ) from error


def insert_labels(
    connection: Connection,
    dataset_id: int,
    labels: Sequence[tuple[str, str]],
    default_state: LabelState,
    *,
    first_position: int = 0,
) -> list[int]:
    """Store labels (name, key) at the next places; returns their ids."""
    ids = []
    for position, (name, key) in enumerate(labels, start=first_position):
        row = {
            "dataset_id": dataset_id,
            "position": position,
            "name": name,
            "key": key,
            "default_state": default_state.value,
            "description": "",
            "examples": [],
            "implies": [],
            "alive": True,
        }
        ids.append(insert_row(connection, models.labels, row))
    return ids


def insert_images(connection: Connection, dataset_id: int, images: Sequence[Image]) -> None:
    """Store images as they are, but for their data set."""
    columns = (
        "dataset_id", "row", "key", "part", "sha256", "width", "height", "bytes", "left_out", "added", "origin",
    )  # fmt: skip
    described: list[dict[str, Any]] = []

    def plain() -> Iterator[tuple[Any, ...]]:
        for i in images:  # once: a sequence may make its records as they are asked for
            if i.meta:
                described.append({"at": i.row, "facts": dict(i.meta)})
            # _value_: what .value gives, without the detour that takes a tenth of a large import.
            yield (
                dataset_id, i.row, i.key, i.part._value_, i.sha256, i.width, i.height, i.bytes, i.left_out, i.added,
                i.origin,
            )  # fmt: skip

    insert_many(connection, models.images, columns, plain())
    table = models.images
    for start in range(0, len(described), CHUNK):
        connection.execute(
            update(table)
            .where(table.c.dataset_id == dataset_id, table.c.row == bindparam("at"))
            .values(meta=bindparam("facts", type_=table.c.meta.type)),
            described[start : start + CHUNK],
        )


def _insert_cells(
    connection: Connection,
    dataset_id: int,
    batch_id: int,
    label_ids: Sequence[int],
    default_state: LabelState,
    cells: Sequence[NewCell],
) -> None:
    insert_many(
        connection,
        models.cells,
        ("dataset_id", "row", "label_id", "state", "verified"),
        ((dataset_id, row, label_ids[at], state._value_, verified) for row, at, state, verified in cells),
    )
    # Every cell is new, so the engine makes the changes of them by itself, in the order of their key.
    cell, change = models.cells, models.changes
    made = (
        select(
            literal(batch_id),
            cell.c.row,
            cell.c.label_id,
            literal(default_state.value),
            false(),
            cell.c.state,
            cell.c.verified,
        )
        .where(cell.c.dataset_id == dataset_id)
        .order_by(cell.c.row, cell.c.label_id)
    )
    names = [
        "batch_id", "row", "label_id", "before_state", "before_verified", "after_state", "after_verified",
    ]  # fmt: skip
    connection.execute(insert(change).from_select(names, made))


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
    """The labels that a data set has now, by position."""
    table = models.labels
    with store.read() as connection:
        rows = connection.execute(
            select(table)
            .where(table.c.dataset_id == dataset_id, table.c.alive.is_(True))
            .order_by(table.c.position)
        )
        return [as_label(dict(row._mapping), position) for position, row in enumerate(rows)]


def every_label(store: Store, dataset_id: int) -> list[Label]:
    """The labels that a data set ever had, the removed ones too, in the order in which they came."""
    table = models.labels
    with store.read() as connection:
        rows = connection.execute(
            select(table).where(table.c.dataset_id == dataset_id).order_by(table.c.position)
        )
        return [as_label(dict(row._mapping), row.position) for row in rows]


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
    """How many images each part holds, those that are left out aside."""
    table = models.images
    wanted = (
        select(table.c.part, func.count())
        .where(table.c.dataset_id == dataset_id, table.c.left_out.is_(False))
        .group_by(table.c.part)
    )
    with store.read() as connection:
        return {Part(part): int(count) for part, count in connection.execute(wanted)}
