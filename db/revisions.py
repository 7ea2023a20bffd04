"""Reading labels and their history: what holds now, what held at a revision, who changed what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from db import models
from db.datasets import as_image
from db.errors import Missing
from db.records import Batch, Cell, CellValue, Change, Image, VerdictChange
from db.store import Store
from db.terms import Cause, LabelState, Part, Source

_ROWS_A_STATEMENT = 500  # one bound variable each, well below every engine's limit


@dataclass(frozen=True, slots=True)
class Selection:
    """Which images of a data set to look at; None means all. A state is that of the label beside it."""

    dataset_id: int
    label_id: int | None = None
    state: LabelState | None = None
    part: Part | None = None


def as_batch(row: Any) -> Batch:
    fields = {k: v for k, v in row._mapping.items() if k != "client_id"}
    fields["source"] = Source(fields["source"])
    return Batch(**fields)


def _change(row: Any) -> Change:
    return Change(
        batch_id=row.batch_id,
        row=row.row,
        label_id=row.label_id,
        before=CellValue(LabelState(row.before_state), row.before_verified),
        after=CellValue(LabelState(row.after_state), row.after_verified),
        finding_id=row.finding_id,
        reason=row.reason,
    )


def default_state(connection: Connection, dataset_id: int) -> LabelState:
    wanted = select(models.datasets.c.default_state).where(models.datasets.c.id == dataset_id)
    state = connection.execute(wanted).scalar_one_or_none()
    if state is None:
        raise Missing(f"There is no data set number {dataset_id}.")
    return LabelState(state)


def current(
    connection: Connection, dataset_id: int, cells: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], CellValue]:
    """The value of each (row, label_id) asked for."""
    default = CellValue(default_state(connection, dataset_id))
    table = models.cells
    found = dict.fromkeys(cells, default)
    rows = sorted({row for row, _ in cells})
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        # By row, which the key begins with: for pairs (row, label) SQLite would scan the whole data set.
        wanted = select(table.c.row, table.c.label_id, table.c.state, table.c.verified).where(
            table.c.dataset_id == dataset_id, table.c.row.in_(rows[start : start + _ROWS_A_STATEMENT])
        )
        for row, label_id, state, verified in connection.execute(wanted):
            if (row, label_id) in found:
                found[row, label_id] = CellValue(LabelState(state), verified)
    return found


def values(store: Store, dataset_id: int, cells: Sequence[tuple[int, int]]) -> list[Cell]:
    """The present value of each (row, label_id) asked for, in that order."""
    with store.read() as connection:
        found = current(connection, dataset_id, cells)
    return [Cell(row, label_id, found[row, label_id]) for row, label_id in cells]


def _stored_cells(connection: Connection, dataset_id: int) -> list[Cell]:
    table = models.cells
    wanted = select(table.c.row, table.c.label_id, table.c.state, table.c.verified).where(
        table.c.dataset_id == dataset_id
    )
    return [Cell(r, lab, CellValue(LabelState(s), v)) for r, lab, s, v in connection.execute(wanted)]


def _changed_since(connection: Connection, dataset_id: int, revision: int) -> list[Change]:
    change, batch = models.changes, models.batches
    wanted = (
        select(change)
        .join(batch, batch.c.id == change.c.batch_id)
        .where(batch.c.dataset_id == dataset_id, batch.c.revision > revision)
        .order_by(batch.c.revision.desc())
    )
    return [_change(row) for row in connection.execute(wanted)]


def labels_at(store: Store, dataset_id: int, revision: int | None) -> tuple[int, list[Cell], list[Change]]:
    """What it takes to know the labels at a revision (None: the newest), read in one snapshot.

    Returns the revision, every cell that today differs from the default or is verified, and the changes made
    after the revision, the newest first: walked back over the cells, they give the labels as they were.
    Raises Missing: no such data set, or no such revision of it.
    """
    with store.read() as connection:
        table = models.datasets
        held = connection.execute(
            select(table.c.name, table.c.revision).where(table.c.id == dataset_id)
        ).one_or_none()
        if held is None:
            raise Missing(f"There is no data set number {dataset_id}.")
        newest = held.revision
        wanted = newest if revision is None else revision
        if not 1 <= wanted <= newest:
            raise Missing(f"There is no revision {wanted} of “{held.name}”: the newest is {newest}.")
        cells = _stored_cells(connection, dataset_id)
        later = _changed_since(connection, dataset_id, wanted) if wanted < newest else []
    return wanted, cells, later


def changed_since(store: Store, dataset_id: int, revision: int) -> list[Change]:
    """The label changes after `revision`, the newest first."""
    with store.read() as connection:
        return _changed_since(connection, dataset_id, revision)


def ends(changes: Sequence[Change]) -> dict[tuple[int, int], tuple[Change, Change]]:
    """By (row, label_id): the first and the last change of each cell; `changes` are the newest first."""
    found: dict[tuple[int, int], tuple[Change, Change]] = {}
    for change in changes:
        cell = (change.row, change.label_id)
        found[cell] = (change, found[cell][1] if cell in found else change)
    return found


def changes_of(connection: Connection, batch_id: int, limit: int | None = None) -> list[Change]:
    table = models.changes
    wanted = (
        select(table).where(table.c.batch_id == batch_id).order_by(table.c.row, table.c.label_id).limit(limit)
    )
    return [_change(row) for row in connection.execute(wanted)]


def verdicts_of(connection: Connection, batch_id: int) -> list[VerdictChange]:
    table = models.verdicts
    rows = connection.execute(select(table).where(table.c.batch_id == batch_id))
    return [VerdictChange(r.batch_id, r.finding_id, Cause(r.before), Cause(r.after)) for r in rows]


def changes(
    store: Store, batch_id: int, limit: int | None = None
) -> tuple[list[Change], list[VerdictChange]]:
    """What a batch changed: label cells and causes."""
    with store.read() as connection:
        return changes_of(connection, batch_id, limit), verdicts_of(connection, batch_id)


@dataclass(frozen=True, slots=True)
class Direction:
    """Cells of one label that a batch changed the same way."""

    batch_id: int
    label_id: int
    before: LabelState
    after: LabelState
    cells: int
    row: int  # the first image of them


def directions(store: Store, batch_ids: Sequence[int]) -> list[Direction]:
    """What batches changed, counted by label and direction, the most cells first."""
    change = models.changes
    group = (change.c.batch_id, change.c.label_id, change.c.before_state, change.c.after_state)
    cells = func.count().label("cells")
    wanted = (
        select(*group, cells, func.min(change.c.row).label("row"))
        .where(change.c.batch_id.in_(batch_ids))
        .group_by(*group)
        .order_by(cells.desc(), change.c.label_id)
    )
    with store.read() as connection:
        return [
            Direction(
                r.batch_id, r.label_id, LabelState(r.before_state), LabelState(r.after_state), r.cells, r.row
            )
            for r in connection.execute(wanted)
        ]


def revisions_of(store: Store, batch_ids: Sequence[int]) -> dict[int, int]:
    """The revision that each batch made; one that changed no label is left out."""
    table = models.batches
    wanted = select(table.c.id, table.c.revision).where(
        table.c.id.in_(batch_ids), table.c.revision.is_not(None)
    )
    with store.read() as connection:
        return {row.id: row.revision for row in connection.execute(wanted)}


def history(
    store: Store, dataset_id: int, *, before: int | None = None, author: str | None = None, limit: int = 50
) -> list[Batch]:
    """The batches of a data set, the newest first, those with an id below `before`."""
    table = models.batches
    wanted = select(table).where(table.c.dataset_id == dataset_id).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(table.c.id < before)
    if author is not None:
        wanted = wanted.where(table.c.author == author)
    with store.read() as connection:
        return [as_batch(row) for row in connection.execute(wanted)]


def batch(store: Store, batch_id: int) -> Batch:
    """One batch. Raises Missing."""
    with store.read() as connection:
        row = connection.execute(select(models.batches).where(models.batches.c.id == batch_id)).one_or_none()
    if row is None:
        raise Missing(f"There is no change number {batch_id}.")
    return as_batch(row)


def authors(store: Store, dataset_id: int) -> list[str]:
    """Everybody who changed something, by name."""
    table = models.batches
    wanted = (
        select(table.c.author).where(table.c.dataset_id == dataset_id).distinct().order_by(table.c.author)
    )
    with store.read() as connection:
        return list(connection.execute(wanted).scalars())


def browse(store: Store, query: Selection, *, after_row: int | None = None, limit: int = 60) -> list[Image]:
    """The chosen images by row, those after `after_row`."""
    image, cell = models.images, models.cells
    wanted = select(image).where(image.c.dataset_id == query.dataset_id).order_by(image.c.row).limit(limit)
    if query.part is not None:
        wanted = wanted.where(image.c.part == query.part.value)
    if after_row is not None:
        wanted = wanted.where(image.c.row > after_row)
    with store.read() as connection:
        if query.label_id is not None and query.state is not None:
            here = and_(
                cell.c.dataset_id == image.c.dataset_id,
                cell.c.row == image.c.row,
                cell.c.label_id == query.label_id,
            )
            wanted = wanted.outerjoin(cell, here)
            holds = cell.c.state == query.state.value
            if query.state is default_state(connection, query.dataset_id):
                holds = or_(holds, cell.c.state.is_(None))
            wanted = wanted.where(holds)
        return [as_image(row) for row in connection.execute(wanted)]
