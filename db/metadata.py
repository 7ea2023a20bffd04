"""Further columns that a source had of its images (photographer, site, …): their names, and the values of one."""

from sqlalchemy import select

from db import models
from db.store import Store

_LOOKED_AT = 2_000  # images that are asked which columns they have


def columns(store: Store, dataset_id: int) -> list[str]:
    """The names of the further columns, as the first images that have any name them."""
    table = models.images
    wanted = (
        select(table.c.meta)
        .where(table.c.dataset_id == dataset_id, table.c.meta.is_not(None))
        .order_by(table.c.row)
        .limit(_LOOKED_AT)
    )
    found: dict[str, None] = {}
    with store.read() as connection:
        for meta in connection.execute(wanted).scalars():
            found.update(dict.fromkeys(meta))
    return list(found)


def values(store: Store, dataset_id: int, column: str) -> dict[int, str]:
    """The value of a column by row; images without one, or with an empty one, are left out."""
    table = models.images
    wanted = select(table.c.row, table.c.meta).where(
        table.c.dataset_id == dataset_id, table.c.meta.is_not(None)
    )
    with store.read() as connection:
        return {row: str(meta[column]) for row, meta in connection.execute(wanted) if meta.get(column)}
