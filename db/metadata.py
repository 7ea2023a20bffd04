"""What images bring beside their labels: further columns of the source (photographer, site, …), and fingerprints."""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select

from db import models
from db.store import Store

_AT_ONCE = 10_000  # rows in memory while a column is read


def counts(store: Store, dataset_id: int) -> dict[str, int]:
    """How many different values each further column has; a column without any is left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for _, meta in _read(store, dataset_id):
        for column, value in meta.items():
            if value:
                found[column].add(str(value))
    return {column: len(values) for column, values in found.items()}


def values(store: Store, dataset_id: int, column: str) -> dict[int, str]:
    """The value of a column by row; images without one, or with an empty one, are left out."""
    return {row: str(meta[column]) for row, meta in _read(store, dataset_id) if meta.get(column)}


def fingerprints(store: Store, dataset_id: int) -> list[str]:
    """The SHA-256 of every image, by row."""
    table = models.images
    wanted = select(table.c.sha256).where(table.c.dataset_id == dataset_id).order_by(table.c.row)
    with store.read() as connection:
        return list(connection.execute(wanted).scalars())


def _read(store: Store, dataset_id: int) -> Iterator[tuple[int, dict[str, str]]]:
    """(row, further columns) of the images that have any."""
    table = models.images
    wanted = (
        select(table.c.row, table.c.meta)
        .where(table.c.dataset_id == dataset_id, table.c.meta.is_not(None))
        .order_by(table.c.row)
    )
    with store.read() as connection:
        rows = connection.execute(wanted.execution_options(yield_per=_AT_ONCE))
        yield from ((row, meta) for row, meta in rows)
