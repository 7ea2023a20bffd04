"""What a change of labels names as its occasion: a run and errors of the same data set, never another's."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from db import models
from db.bulk import CHUNK
from db.errors import Missing
from db.records import CellChange


def refuse_strange(
    connection: Connection, dataset_id: int, changes: Sequence[CellChange], run_id: int | None
) -> None:
    """Raises Missing for a run or an error that is another data set's, or never was.

    One that is gone is taken: a page that was opened before it went still shows it, and history outlives it.
    """
    run, finding = models.runs, models.findings
    runs = select(run.c.id, run.c.dataset_id)
    found = select(finding.c.id, run.c.dataset_id).join(run, run.c.id == finding.c.run_id)
    named = {change.finding_id for change in changes if change.finding_id is not None}
    _check(connection, runs, run.c.id, dataset_id, {run_id} if run_id is not None else set(), "run")
    _check(connection, found, finding.c.id, dataset_id, named, "error")


def _check(
    connection: Connection, owners: Select[Any], key: Any, dataset_id: int, named: set[int], word: str
) -> None:
    numbers = sorted(named)
    last = connection.execute(select(func.max(key))).scalar() or 0 if numbers else 0
    for number in numbers:
        if not 0 < number <= last:  # numbers are never given twice
            raise Missing(f"There is no {word} number {number}: reload the page, then try again.")
    for start in range(0, len(numbers), CHUNK):
        for number, owner in connection.execute(owners.where(key.in_(numbers[start : start + CHUNK]))):
            if owner != dataset_id:
                raise Missing(f"{word.capitalize()} {number} belongs to another data set: nothing was saved.")
