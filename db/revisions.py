"""Reading labels and their history: what holds now, what held at a revision, who changed what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from db import models
from db.errors import Missing
from db.records import (
    Batch,
    Cell,
    CellValue,
    Change,
    LabelEdit,
    Place,
    Placement,
    VerdictChange,
)
from db.store import Store
from db.terms import Cause, LabelState, Part, Source

_ROWS_A_STATEMENT = 500  # one bound variable each, well below every engine's limit


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


def defaults(connection: Connection, dataset_id: int) -> dict[int, LabelState]:
    """What a cell without a row is, by label; removed labels too. Raises Missing."""
    table, sets = models.labels, models.datasets
    wanted = select(table.c.id, table.c.default_state).where(table.c.dataset_id == dataset_id)
    found = {label_id: LabelState(state) for label_id, state in connection.execute(wanted)}
    if not found and connection.execute(select(sets.c.id).where(sets.c.id == dataset_id)).first() is None:
        raise Missing(f"There is no data set number {dataset_id}.")
    return found


def current(
    connection: Connection, dataset_id: int, cells: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], CellValue]:
    """The value of each (row, label_id) asked for."""
    default = {label_id: CellValue(state) for label_id, state in defaults(connection, dataset_id).items()}
    table = models.cells
    absent = CellValue(LabelState.ABSENT)  # of a label that is not this data set's: whoever writes refuses it
    found = {cell: default.get(cell[1], absent) for cell in cells}
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


def later(connection: Connection, dataset_id: int, revision: int) -> list[Change]:
    """The label changes after `revision`, the newest first."""
    change, batch = models.changes, models.batches
    wanted = (
        select(change)
        .join(batch, batch.c.id == change.c.batch_id)
        .where(batch.c.dataset_id == dataset_id, batch.c.revision > revision)
        .order_by(batch.c.revision.desc())
    )
    return [_change(row) for row in connection.execute(wanted)]


def changed_since(store: Store, dataset_id: int, revision: int) -> list[Change]:
    """The label changes after `revision`, the newest first."""
    with store.read() as connection:
        return later(connection, dataset_id, revision)


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


def edits_of(connection: Connection, batch_id: int) -> list[LabelEdit]:
    """What a batch made of labels."""
    table = models.label_edits
    rows = connection.execute(select(table).where(table.c.batch_id == batch_id).order_by(table.c.label_id))
    return [LabelEdit(r.batch_id, r.label_id, r.before, r.after) for r in rows]


def placements_of(connection: Connection, batch_id: int, limit: int | None = None) -> list[Placement]:
    """Which images a batch moved."""
    table = models.placements
    rows = connection.execute(
        select(table).where(table.c.batch_id == batch_id).order_by(table.c.row).limit(limit)
    )
    return [
        Placement(
            r.row,
            Place(Part(r.before_part), bool(r.before_left_out)),
            Place(Part(r.after_part), bool(r.after_left_out)),
        )
        for r in rows
    ]


def edits(store: Store, batch_ids: Sequence[int]) -> list[LabelEdit]:
    """What batches made of labels, by batch."""
    table = models.label_edits
    wanted = select(table).where(table.c.batch_id.in_(batch_ids)).order_by(table.c.batch_id, table.c.label_id)
    with store.read() as connection:
        return [LabelEdit(r.batch_id, r.label_id, r.before, r.after) for r in connection.execute(wanted)]


def placements(store: Store, batch_id: int, limit: int | None = None) -> list[Placement]:
    """Which images a batch moved, by row."""
    with store.read() as connection:
        return placements_of(connection, batch_id, limit)


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


def images_changed(store: Store, batch_ids: Sequence[int]) -> int:
    """How many images have a label that one of the batches changed; an image counts once."""
    change = models.changes
    wanted = select(func.count(change.c.row.distinct())).where(change.c.batch_id.in_(batch_ids))
    with store.read() as connection:
        return int(connection.execute(wanted).scalar_one())


def beside_cells(store: Store, batch_ids: Sequence[int]) -> set[int]:
    """Those of the batches that edited labels themselves, or moved images."""
    found: set[int] = set()
    with store.read() as connection:
        for table in (models.label_edits, models.placements):
            wanted = select(table.c.batch_id).distinct().where(table.c.batch_id.in_(batch_ids))
            found.update(connection.execute(wanted).scalars())
    return found


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
        raise Missing("There is no such change any more: reload the page.")
    return as_batch(row)


def authors(store: Store, dataset_id: int) -> list[str]:
    """Everybody who changed something, by name."""
    table = models.batches
    wanted = (
        select(table.c.author).where(table.c.dataset_id == dataset_id).distinct().order_by(table.c.author)
    )
    with store.read() as connection:
        return list(connection.execute(wanted).scalars())
