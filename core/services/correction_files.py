"""A file of corrections, as people write it or `export --format changes` does, applied as one batch."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.actor import Actor
from core.data.importers import tables
from core.errors import BadInput
from db import corrections, datasets, revisions
from db.records import CellChange, CellValue
from db.store import Store
from db.terms import LabelState


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line of a file of corrections says of one cell."""

    state: LabelState
    reason: str | None


@dataclass(frozen=True, slots=True)
class FileSummary:
    """What a file of corrections did."""

    changed: int
    unchanged: int
    revision: int


def apply(store: Store, actor: Actor, dataset_id: int, path: Path) -> FileSummary:
    """Apply a file of corrections (`image,label,state[,reason]`), the whole file as one batch.

    Cells named in the file count as verified; each keeps its own reason. Raises BadInput that names the line;
    then nothing is changed.
    """
    wanted = _read_corrections(store, dataset_id, path)
    now = {(c.row, c.label_id): c.value for c in revisions.values(store, dataset_id, list(wanted))}
    changes = [
        CellChange(row, label_id, now[row, label_id], CellValue(line.state, True), reason=line.reason)
        for (row, label_id), line in wanted.items()
        if now[row, label_id] != CellValue(line.state, True)
    ]
    if not changes:
        return FileSummary(0, len(wanted), datasets.get(store, dataset_id).revision)
    applied = corrections.apply(
        store,
        dataset_id,
        changes,
        author=actor.name,
        client_id=uuid.uuid4().hex,
        reason=f"From the file {path.name}",
    )
    return FileSummary(len(changes), len(wanted) - len(changes), applied.batch.revision or 0)


def _read_corrections(store: Store, dataset_id: int, path: Path) -> dict[tuple[int, int], _Line]:
    """What the file wants of each cell; the table may come from a spreadsheet. Raises BadInput."""
    table = tables.read(path)
    columns = {name: table.the_column(name, any_case=True) for name in ("image", "label", "state")}
    if "reason" in table.header:
        columns["reason"] = table.the_column("reason", any_case=True)
    lines = []
    for number, row in table.rows:
        if too_wide := table.too_wide(row):
            raise BadInput(
                f"{path.name}, line {number}: {too_wide}; put cells that hold separators in quotes."
            )
        lines.append((number, {name: row[at] if at < len(row) else "" for name, at in columns.items()}))
    return _match(store, dataset_id, path, lines)


def _match(
    store: Store, dataset_id: int, path: Path, lines: Sequence[tuple[int, dict[str, str]]]
) -> dict[tuple[int, int], _Line]:
    labels = {label.name: label.id for label in datasets.labels(store, dataset_id)}
    rows = datasets.rows_of_keys(store, dataset_id, sorted({line["image"] for _, line in lines}))
    wanted: dict[tuple[int, int], _Line] = {}
    for number, line in lines:
        where = f"{path.name}, line {number}"
        if line["image"] not in rows:
            raise BadInput(f"{where}: there is no image “{line['image']}” in this data set.")
        if line["label"] not in labels:
            raise BadInput(f"{where}: there is no label “{line['label']}” in this data set.")
        try:
            state = LabelState(line["state"].strip().lower())
        except ValueError:
            raise BadInput(
                f"{where}: the state is “{line['state']}”; it must be present, absent or unknown."
            ) from None
        cell = (rows[line["image"]], labels[line["label"]])
        said = _Line(state, line.get("reason", "").strip() or None)
        if wanted.setdefault(cell, said).state is not state:
            raise BadInput(f"{where}: “{line['label']}” of {line['image']} is given twice, with two states.")
    return wanted
