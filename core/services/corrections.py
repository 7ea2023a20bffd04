"""Correcting labels: operations saved at once or refused with a reason, history, undo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.actor import Actor
from core.errors import BadInput
from db import corrections, datasets, held, labels, placements, revisions, runs
from db.errors import Conflict, DatabaseError, Missing, Stale
from db.labels import Rename
from db.records import (
    Applied,
    Batch,
    Cell,
    CellChange,
    Change,
    LabelEdit,
    Place,
    Placement,
    VerdictChange,
)
from db.revisions import Direction
from db.store import Store
from db.terms import LARGEST, Cause, Part

MOST_CELLS = 20_000  # cells in one operation: bounds a transaction to about a second


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a person did: set cells, put images elsewhere, move a finding to another cause, or undo a batch."""

    client_id: str
    kind: Literal["set", "place", "verdict", "undo"]
    changes: tuple[CellChange, ...] = ()
    moves: tuple[Placement, ...] = ()
    finding_id: int | None = None
    seen_cause: Cause | None = None
    cause: Cause | None = None
    batch_id: int | None = None
    reason: str = ""
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an operation; `cells` and `places` are the present ones of all that it named."""

    client_id: str
    status: Literal["saved", "repeated", "conflict", "refused"]
    batch: Batch | None
    revision: int
    cells: tuple[Cell, ...]
    message: str
    places: Mapping[int, Place] = field(default_factory=dict)  # by row


@dataclass(frozen=True, slots=True)
class SinceRun:
    """Cells whose state differs now from the revision that a run saw."""

    validation_cells: int  # these re-score the model
    training_cells: int  # these teach it
    test_cells: int
    revision: int
    undone: int = 0  # validation and training cells of these that an undo brought back: nobody's correction
    new_images: int = 0  # training images that came after the run: it learned from none of their labels


def operate(store: Store, actor: Actor, dataset_id: int, operations: Sequence[Operation]) -> list[Answer]:
    """Carry out operations in order; each is saved whole or not at all, and has its answer."""
    return [_operate(store, actor, dataset_id, operation) for operation in operations]


def _operate(store: Store, actor: Actor, dataset_id: int, operation: Operation) -> Answer:
    try:
        applied = _carry_out(store, actor, dataset_id, operation)
    except (Stale, Conflict) as error:
        return _answer(store, dataset_id, operation, "conflict", None, str(error))
    except (Missing, BadInput) as error:
        return _answer(store, dataset_id, operation, "refused", None, str(error))
    status: Literal["repeated", "saved"] = "repeated" if applied.repeated else "saved"
    return _answer(store, dataset_id, operation, status, applied.batch, "")


def _check_size(count: int, does: str, things: str) -> None:
    """Raises BadInput for an operation on nothing, or on more than a transaction should hold."""
    if not 0 < count <= MOST_CELLS:
        raise BadInput(f"An operation {does} 1 to {MOST_CELLS:,} {things}; this one {count:,}.")


def _carry_out(store: Store, actor: Actor, dataset_id: int, operation: Operation) -> Applied:
    if operation.kind == "set":
        _check_size(len(operation.changes), "changes", "labels")
        return corrections.apply(
            store,
            dataset_id,
            operation.changes,
            author=actor.name,
            client_id=operation.client_id,
            reason=operation.reason,
            run_id=operation.run_id,
        )
    if operation.kind == "place":
        _check_size(len(operation.moves), "moves", "images")
        return placements.decide(
            store,
            dataset_id,
            operation.moves,
            author=actor.name,
            client_id=operation.client_id,
            reason=operation.reason,
        )
    if operation.kind == "undo":
        if operation.batch_id is None:
            raise BadInput("An undo needs the number of the change to take back.")
        return corrections.undo(
            store, dataset_id, operation.batch_id, author=actor.name, client_id=operation.client_id
        )
    if operation.finding_id is None or operation.seen_cause is None or operation.cause is None:
        raise BadInput(
            "Moving an error to another cause needs the finding, its present cause and the new one."
        )
    return corrections.move(
        store,
        dataset_id,
        operation.finding_id,
        operation.seen_cause,
        operation.cause,
        author=actor.name,
        client_id=operation.client_id,
        reason=operation.reason,
    )


def _answer(
    store: Store,
    dataset_id: int,
    operation: Operation,
    status: Literal["saved", "repeated", "conflict", "refused"],
    batch: Batch | None,
    message: str,
) -> Answer:
    named = [(c.row, c.label_id) for c in operation.changes]
    moved = [move.row for move in operation.moves]
    if operation.kind == "undo" and batch is not None:
        named = [(c.row, c.label_id) for c in revisions.changes(store, batch.id)[0]]
        moved = [move.row for move in revisions.placements(store, batch.id)]
    try:
        revision = datasets.get(store, dataset_id).revision
        cells = tuple(revisions.values(store, dataset_id, named)) if named else ()
        places = placements.of_rows(store, dataset_id, moved)
    except DatabaseError:
        revision, cells, places = 0, (), {}
    return Answer(operation.client_id, status, batch, revision, cells, message, places)


def undo(store: Store, actor: Actor, batch_id: int, client_id: str) -> Answer:
    """Take a batch back. Raises Missing."""
    batch = revisions.batch(store, batch_id)
    return _operate(store, actor, batch.dataset_id, Operation(client_id, "undo", batch_id=batch_id))


def values(
    store: Store, actor: Actor, dataset_id: int, rows: Sequence[int], label_ids: Sequence[int]
) -> list[Cell]:
    """The present value of every (row, label), row by row."""
    return revisions.values(store, dataset_id, [(row, label_id) for row in rows for label_id in label_ids])


def authors(store: Store, actor: Actor, dataset_id: int) -> list[str]:
    """Everybody who changed something in a data set."""
    return revisions.authors(store, dataset_id)


def changes(
    store: Store, actor: Actor, batch_id: int, limit: int | None = None
) -> tuple[list[Change], list[VerdictChange]]:
    """What one batch changed: label cells and causes."""
    return revisions.changes(store, batch_id, limit)


def directions(store: Store, actor: Actor, batch_ids: Sequence[int]) -> list[Direction]:
    """What batches changed, counted by label and direction, the most cells first."""
    return revisions.directions(store, batch_ids)


def edits(store: Store, actor: Actor, batch_ids: Sequence[int]) -> list[LabelEdit]:
    """What batches made of the labels themselves: names, keys, whether they are there."""
    return revisions.edits(store, batch_ids)


def moved(store: Store, actor: Actor, batch_id: int, limit: int | None = None) -> list[Placement]:
    """Which images a batch moved, left out or kept, by row."""
    return revisions.placements(store, batch_id, limit)


def renames(store: Store, actor: Actor, dataset_id: int) -> list[Rename]:
    """Every name that a label had before, the newest first: the history calls it as it was called then."""
    return labels.renames(store, dataset_id)


def revisions_of(store: Store, actor: Actor, batch_ids: Sequence[int]) -> dict[int, int]:
    """The revision that each batch made; one that changed no label is left out."""
    return revisions.revisions_of(store, batch_ids)


def since_run(store: Store, actor: Actor, run_id: int) -> SinceRun:
    """How many cells differ now from what the run saw, by part. Raises Missing.

    What re-scores is what the run learned, on images that it was judged by; what teaches is on images to train on now.
    Cells of a label that is gone, or of an image that is left out, count nowhere; those of later images are no
    corrections.
    """
    run = runs.get(store, run_id)
    learned = {label.id for label in held.labels(store, run.dataset_id, run.revision)}
    there = {label.id for label in datasets.labels(store, run.dataset_id)}
    ends = revisions.ends(revisions.changed_since(store, run.dataset_id, run.revision))
    differ = {
        cell: last
        for cell, (first, last) in ends.items()
        if cell[1] in there and last.after.state is not first.before.state
    }
    rows = sorted({row for row, _ in differ})
    now = {image.row: image for image in datasets.images(store, run.dataset_id, rows)}
    then = placements.before(store, run.dataset_id, run.revision, rows)
    undoing = _undoing(store, run.dataset_id, {last.batch_id for last in differ.values()})
    tally, undone = dict.fromkeys(Part, 0), 0
    for (row, label_id), last in differ.items():
        image, was = now[row], then.get(row, now[row].place)
        if image.added > run.revision or image.left_out:
            continue
        judged = was.part is not Part.TRAIN and not was.left_out and label_id in learned
        tally[was.part] += judged
        tally[Part.TRAIN] += image.part is Part.TRAIN
        of_these = (judged and was.part is Part.VALIDATION) or image.part is Part.TRAIN
        undone += of_these and last.batch_id in undoing
    revision = datasets.get(store, run.dataset_id).revision
    new = placements.added_to_train(store, run.dataset_id, run.revision)
    return SinceRun(tally[Part.VALIDATION], tally[Part.TRAIN], tally[Part.TEST], revision, undone, new)


def _undoing(store: Store, dataset_id: int, batch_ids: set[int]) -> set[int]:
    """Those of the batches that took another one back."""
    if not batch_ids:
        return set()
    listed = revisions.history(store, dataset_id, limit=LARGEST)
    return {batch.id for batch in listed if batch.id in batch_ids and batch.undoes is not None}
