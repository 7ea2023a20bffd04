"""Importing once more into a data set: new images, new labels and changed cells are one batch and one revision."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, select, update

from db import batches, labels, models
from db.datasets import insert_images, lock
from db.errors import Conflict, Stale
from db.records import Applied, Batch, CellChange, CellValue, Image, Place, Placement
from db.revisions import defaults as defaults_of
from db.store import Store
from db.terms import LabelState, Part, Source

T = TypeVar("T")
_AT_ONCE = 20_000  # cells and images that are objects at the same time


@dataclass(frozen=True, slots=True)
class Addition:
    """What an import adds to a data set of `revision` and `images` rows, which is all that it looked at."""

    revision: int
    images: int
    new_images: Sequence[Image]  # rows from `images` on; `added`, `origin` and `dataset_id` are set here
    new_labels: Sequence[tuple[str, str]]  # (name, key)
    default_state: LabelState  # of the new labels
    changes: Sequence[CellChange]  # of images and labels that there were
    # Cells of new images or new labels: (row, label id or -1 - place among new_labels, value); none is the default.
    cells: Sequence[tuple[int, int, CellValue]]
    root: str | None = None  # where the new images lie; None: under the data set's own root
    notes: Sequence[str] = ()

    @property
    def size(self) -> int:
        """Changes in it: cells, labels and images."""
        return len(self.new_images) + len(self.new_labels) + len(self.changes) + len(self.cells)


@dataclass(frozen=True, eq=False)
class Known:
    """The images of a data set by row, as far as another import has to know them."""

    keys: list[str]
    digests: bytes  # 32 bytes an image: SHA-256 of the file
    parts: list[Part]
    left_out: list[bool]


def known(store: Store, dataset_id: int) -> Known:
    """Every image of a data set, in a few plain lists."""
    table = models.images
    wanted = (
        select(table.c.key, table.c.sha256, table.c.part, table.c.left_out)
        .where(table.c.dataset_id == dataset_id)
        .order_by(table.c.row)
    )
    words = {part.value: part for part in Part}
    keys, digests, parts, left_out = [], bytearray(), [], []
    with store.read() as connection:
        for key, sha256, part, out in connection.execute(wanted):
            keys.append(key)
            digests += bytes.fromhex(sha256)
            parts.append(words[part])
            left_out.append(bool(out))
    return Known(keys, bytes(digests), parts, left_out)


def is_stored(store: Store, dataset_id: int, client_id: str) -> bool:
    """True when an addition of that client id was stored."""
    with store.read() as connection:
        return batches.repeated(connection, dataset_id, client_id) is not None


def apply(
    store: Store, dataset_id: int, addition: Addition, *, author: str, client_id: str, reason: str
) -> Applied:
    """Store an addition, all of it or nothing.

    Raises Stale when the data set is no longer what the import looked at, Conflict when there is nothing to add.
    """
    with store.write() as connection:
        lock(connection, dataset_id)
        if before := batches.repeated(connection, dataset_id, client_id):
            return Applied(before, repeated=True)
        table = models.datasets
        held = connection.execute(select(table).where(table.c.id == dataset_id)).one()
        _refuse_other(held, addition)
        for some in _by(addition.changes):
            batches.refuse_stale(connection, dataset_id, some)
        batch = batches.begin(
            connection,
            dataset_id,
            Source.IMPORT,
            author=author,
            client_id=client_id,
            reason=reason,
            size=addition.size,
        )
        roots = _store_images(connection, held, batch, addition)
        label_ids = _store_labels(connection, dataset_id, batch, addition)
        connection.execute(
            update(table)
            .where(table.c.id == dataset_id)
            .values(
                images=held.images + len(addition.new_images),
                more_roots=roots,
                notes=[*held.notes, *addition.notes],
            )
        )
        _store_cells(connection, dataset_id, batch, addition, label_ids)
    return Applied(batch, repeated=False)


def _refuse_other(held: Any, addition: Addition) -> None:
    """Raises Stale unless the data set is the one that was looked at, and Conflict for an empty addition."""
    if held.images != addition.images:
        raise Stale("Nothing was imported: another import has added images meanwhile. Look again first.")
    if held.revision != addition.revision:
        raise Stale("Nothing was imported: somebody has changed the data set meanwhile. Look again first.")
    if not addition.size:
        raise Conflict("There is nothing to import: every image and label is there already.")


def _store_images(connection: Connection, held: Any, batch: Batch, addition: Addition) -> list[str]:
    """Store the new images; returns the further roots that the data set has then."""
    roots = [held.root, *held.more_roots]
    root = held.root if addition.root is None else addition.root
    if addition.new_images and root not in roots:
        roots.append(root)
    origin, added = roots.index(root) if root in roots else 0, batch.revision or 0
    for some in _by(addition.new_images):
        arrived = [replace(image, added=added, origin=origin) for image in some]
        insert_images(connection, held.id, arrived)
        # Undoing the import leaves them out; their rows stay, as arrays have them.
        arrivals = [Placement(one.row, Place(one.part, left_out=True), one.place) for one in arrived]
        batches.store_placements(connection, held.id, batch.id, arrivals)
    return roots[1:]


def _store_labels(connection: Connection, dataset_id: int, batch: Batch, addition: Addition) -> list[int]:
    """Store the new labels; returns their ids."""
    table, names = models.labels, [name for name, _ in addition.new_labels]
    taken = select(table.c.name).where(table.c.dataset_id == dataset_id, table.c.alive.is_(True))
    if there := set(connection.execute(taken).scalars()) & set(names):
        raise Conflict(f"There is already a label “{min(there)}”: nothing was imported.")
    ids = labels.append(connection, dataset_id, addition.new_labels, addition.default_state)
    for (name, key), label_id in zip(addition.new_labels, ids, strict=True):
        labels.store_arrival(connection, batch.id, label_id, {"name": name, "key": key})
    return ids


def _store_cells(
    connection: Connection, dataset_id: int, batch: Batch, addition: Addition, new_ids: Sequence[int]
) -> None:
    default = {label_id: CellValue(state) for label_id, state in defaults_of(connection, dataset_id).items()}
    for some in _by(addition.changes):
        batches.store_changes(connection, dataset_id, batch.id, some)
    for cells in _by(addition.cells):
        found = ((row, named if named >= 0 else new_ids[-1 - named], value) for row, named, value in cells)
        batches.store_changes(
            connection,
            dataset_id,
            batch.id,
            [CellChange(row, label_id, default[label_id], value) for row, label_id, value in found],
        )


def _by(things: Iterable[T]) -> Iterator[list[T]]:
    """Some of the things after the others, so that not all of them are objects at the same time."""
    waiting = iter(things)
    while some := list(islice(waiting, _AT_ONCE)):
        yield some
