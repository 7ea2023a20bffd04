"""Findings: the errors and suspects of a run, each with its cause and its evidence.

Those of images that were left out after the analysis stay stored, as an image may be taken back; lists and counts of
what there is to look at do without them.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, and_, case, delete, func, insert, or_, select, update

from db import models
from db.bulk import CHUNK
from db.datasets import lock
from db.errors import Missing
from db.records import CauseCount, CellValue, Finding, NewFinding
from db.store import Store
from db.terms import Cause, ErrorKind, LabelState, Part, Source


@dataclass(frozen=True, slots=True)
class Filter:
    """Which findings of a run to look at; None means all but those of images that are left out."""

    run_id: int
    part: Part = Part.VALIDATION
    cause: Cause | None = None
    label_id: int | None = None
    kind: ErrorKind | None = None
    min_confidence: float = 0.0
    max_confidence: float = 1.0
    reviewed: bool | None = None
    search: str = ""  # part of the image's key


def _joined(*columns: Any) -> Select[Any]:
    """Findings of labels that are not removed, beside what their cell is today (NULL: the label's default)."""
    finding, run, cell, label = models.findings, models.runs, models.cells, models.labels
    here = and_(
        cell.c.dataset_id == run.c.dataset_id,
        cell.c.row == finding.c.row,
        cell.c.label_id == finding.c.label_id,
    )
    return (
        select(*columns)
        .select_from(finding)
        .join(run, run.c.id == finding.c.run_id)
        .join(label, and_(label.c.id == finding.c.label_id, label.c.alive.is_(True)))
        .outerjoin(cell, here)
    )


def _records() -> Select[Any]:
    return _joined(
        models.findings,
        func.coalesce(models.cells.c.state, models.labels.c.default_state).label("now_state"),
        func.coalesce(models.cells.c.verified, False).label("now_verified"),
        _judged().label("judged"),
    )


def _of_images(wanted: Select[Any], *, left_out: bool) -> Select[Any]:
    """Findings of images that are, or are not, left out; `wanted` is joined with their runs."""
    finding, run, image = models.findings, models.runs, models.images
    own = and_(image.c.dataset_id == run.c.dataset_id, image.c.row == finding.c.row)
    return wanted.join(image, own).where(image.c.left_out.is_(left_out))


def _standing(verdict: Any, batch: Any) -> Any:
    """Verdicts that were not taken back; the batch of an undo holds verdicts too, but takes one back."""
    return and_(
        batch.c.id == verdict.c.batch_id, batch.c.source == Source.VERDICT.value, batch.c.undone_by.is_(None)
    )


def _judged() -> Any:
    """True where a verdict on the finding's cell and run stands."""
    finding, verdict, batch = models.findings, models.verdicts, models.batches
    return (
        select(verdict.c.batch_id)
        .join(batch, _standing(verdict, batch))
        .where(
            verdict.c.run_id == finding.c.run_id,
            verdict.c.row == finding.c.row,
            verdict.c.label_id == finding.c.label_id,
        )
        .correlate(finding)
        .exists()
    )


def _reviewed() -> Any:
    return or_(models.cells.c.verified.is_(True), _judged())


def _finding(row: Any) -> Finding:
    fields = dict(row._mapping)
    now = CellValue(LabelState(fields.pop("now_state")), bool(fields.pop("now_verified")))
    fields["judged"] = bool(fields["judged"])
    for name, word in (("part", Part), ("kind", ErrorKind), ("annotation", LabelState), ("cause", Cause)):
        fields[name] = word(fields[name])
    fields["machine_cause"] = Cause(fields["machine_cause"])
    for name, word in (("second_cause", Cause), ("suggested_state", LabelState)):
        fields[name] = None if fields[name] is None else word(fields[name])
    return Finding(now=now, **fields)


def replace(
    store: Store, run_id: int, found: Sequence[NewFinding], *, revision: int, notes: Sequence[str]
) -> None:
    """Store the findings of a new analysis in place of the old, in one transaction; reviewers' verdicts stay.

    A verdict holds for the cell: the new finding of that cell gets its cause. Raises Missing.
    """
    table, run = models.findings, models.runs
    with store.write() as connection:
        of = connection.execute(select(run.c.dataset_id).where(run.c.id == run_id)).scalar_one_or_none()
        if of is None:
            raise Missing(f"There is no run number {run_id}.")
        lock(connection, of)  # a verdict that arrives meanwhile waits for the new findings
        kept = _standing_verdicts(connection, run_id)
        connection.execute(delete(table).where(table.c.run_id == run_id))
        rows = []
        for new in found:
            fields = {**asdict(new), "run_id": run_id, "machine_cause": new.cause, "data": dict(new.data)}
            fields["cause"] = kept.get((new.row, new.label_id), new.cause)
            rows.append(fields)
        for start in range(0, len(rows), CHUNK):
            connection.execute(insert(table), rows[start : start + CHUNK])
        connection.execute(
            update(run)
            .where(run.c.id == run_id)
            .values(analysed_at=time.time(), analysed_revision=revision, notes=list(notes))
        )
        _point_verdicts_at(connection, run_id)


def _standing_verdicts(connection: Any, run_id: int) -> dict[tuple[int, int], Cause]:
    table, batch = models.verdicts, models.batches
    wanted = (
        select(table.c.row, table.c.label_id, table.c.after)
        .join(batch, _standing(table, batch))
        .where(table.c.run_id == run_id)
        .order_by(table.c.batch_id)
    )
    return {(row, label_id): Cause(after) for row, label_id, after in connection.execute(wanted)}


def _point_verdicts_at(connection: Any, run_id: int) -> None:
    """Let old verdicts name the new findings of their cells, so that they can still be undone."""
    verdict, finding = models.verdicts, models.findings
    same = and_(
        finding.c.run_id == verdict.c.run_id,
        finding.c.row == verdict.c.row,
        finding.c.label_id == verdict.c.label_id,
    )
    new = select(finding.c.id).where(same).scalar_subquery()
    connection.execute(
        update(verdict)
        .where(verdict.c.run_id == run_id)
        .values(finding_id=func.coalesce(new, verdict.c.finding_id))
    )


def _narrowed(wanted: Select[Any], query: Filter) -> Select[Any]:
    finding = models.findings
    wanted = _of_images(wanted, left_out=False)
    wanted = wanted.where(finding.c.run_id == query.run_id, finding.c.part == query.part.value)
    if query.cause is not None:
        wanted = wanted.where(finding.c.cause == query.cause.value)
    if query.label_id is not None:
        wanted = wanted.where(finding.c.label_id == query.label_id)
    if query.kind is not None:
        wanted = wanted.where(finding.c.kind == query.kind.value)
    if query.min_confidence > 0:
        wanted = wanted.where(finding.c.confidence >= query.min_confidence)
    if query.max_confidence < 1:
        wanted = wanted.where(finding.c.confidence <= query.max_confidence)
    if query.reviewed is not None:
        seen = func.coalesce(_reviewed(), False)
        wanted = wanted.where(seen if query.reviewed else ~seen)
    if query.search:
        wanted = wanted.where(models.images.c.key.contains(query.search, autoescape=True))
    return wanted


def page(store: Store, query: Filter, *, after: int | None = None, limit: int = 60) -> list[Finding]:
    """A page of findings in order of rank, those after rank `after` (keyset, never OFFSET)."""
    finding = models.findings
    wanted = _narrowed(_records(), query).order_by(finding.c.rank).limit(limit)
    if after is not None:
        wanted = wanted.where(finding.c.rank > after)
    with store.read() as connection:
        return [_finding(row) for row in connection.execute(wanted)]


def everything(store: Store, run_id: int, part: Part = Part.VALIDATION) -> list[Finding]:
    """Every finding of a run and part whose image is not left out, by rank."""
    wanted = _narrowed(_records(), Filter(run_id, part)).order_by(models.findings.c.rank)
    with store.read() as connection:
        return [_finding(row) for row in connection.execute(wanted)]


def get(store: Store, finding_id: int) -> Finding:
    """One finding. Raises Missing."""
    with store.read() as connection:
        row = connection.execute(_records().where(models.findings.c.id == finding_id)).one_or_none()
    if row is None:
        raise Missing(f"There is no finding number {finding_id}: the run was analysed again, or deleted.")
    return _finding(row)


def causes(store: Store, finding_ids: Sequence[int]) -> dict[int, Cause]:
    """The cause of each of these findings; those that are gone (their run was analysed again) are left out."""
    found: dict[int, Cause] = {}
    with store.read() as connection:
        for start in range(0, len(finding_ids), CHUNK):
            some = finding_ids[start : start + CHUNK]
            for row in connection.execute(_records().where(models.findings.c.id.in_(some))):
                finding = _finding(row)
                found[finding.id] = finding.cause
    return found


def moved_elsewhere(
    store: Store, run_id: int, cells: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], tuple[int, Cause, str]]:
    """Where a person moved these (row, label_id) in another run of the data set: run, cause, who; the newest."""
    verdict, batch, run = models.verdicts, models.batches, models.runs
    of = select(run.c.dataset_id).where(run.c.id == run_id).scalar_subquery()
    wanted, found = set(cells), {}
    rows = sorted({row for row, _ in wanted})
    with store.read() as connection:
        for start in range(0, len(rows), CHUNK):
            asked = (
                select(verdict.c.row, verdict.c.label_id, verdict.c.run_id, verdict.c.after, batch.c.author)
                .join(batch, _standing(verdict, batch))
                .where(batch.c.dataset_id == of, verdict.c.run_id != run_id)
                .where(verdict.c.row.in_(rows[start : start + CHUNK]))
                .order_by(verdict.c.batch_id)
            )
            for row, label_id, run_number, after, author in connection.execute(asked):
                if (row, label_id) in wanted:
                    found[row, label_id] = (int(run_number), Cause(after), str(author))
    return found


def counts(store: Store, run_id: int, part: Part = Part.VALIDATION) -> list[CauseCount]:
    """Findings by cause, label and kind, and how many of each are reviewed."""
    finding = models.findings
    seen = func.sum(case((_reviewed(), 1), else_=0))
    columns = (finding.c.cause, finding.c.label_id, finding.c.kind)
    wanted = (
        _of_images(_joined(*columns, func.count(), seen), left_out=False)
        .where(finding.c.run_id == run_id, finding.c.part == part.value)
        .group_by(*columns)
    )
    with store.read() as connection:
        return [
            CauseCount(Cause(c), label_id, ErrorKind(k), int(n), int(s or 0))
            for c, label_id, k, n, s in connection.execute(wanted)
        ]


def left_out(store: Store, run_id: int, part: Part = Part.VALIDATION) -> int:
    """How many findings are in no list and no count, as their images are left out."""
    finding = models.findings
    wanted = _of_images(_joined(func.count()), left_out=True)
    wanted = wanted.where(finding.c.run_id == run_id, finding.c.part == part.value)
    with store.read() as connection:
        return int(connection.execute(wanted).scalar_one())
