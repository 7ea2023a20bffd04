"""Why a run errs: starting the analysis, reading its findings, handing them out."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import metrics, output, states
from core.actor import Actor
from core.artifacts import RunFiles
from core.errors import BadInput, Refused
from core.files import Array
from core.settings import Settings
from db import datasets, findings, held, jobs, placements, revisions, runs
from db.findings import Filter as FindingQuery
from db.records import CauseCount, CellValue, Finding, Job, Run
from db.store import Store
from db.terms import Cause, JobKind, JobState, LabelState, Part

__all__ = ["FindingQuery", "Neighbour"]

MOST_MISLABELS = 100_000  # of one run; those of the lowest rank would be left out of what they are worth
_SHORTCUT = "Shortcut: "  # how a note of a run opens that tells of one
COLUMNS = (
    "image",
    "label",
    "kind",
    "annotation",
    "probability",
    "threshold",
    "cause",
    "confidence",
    "second_cause",
    "p_mislabel",
    "p_sparsity",
    "p_wrong_pattern",
    "suggested_state",
    "evidence",
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training image with the same doubt about the same label."""

    row: int
    label_id: int
    value: CellValue
    probability: float
    suggestion: LabelState | None  # only where the cause says that such annotations are wrong


@dataclass(frozen=True, slots=True)
class Moved:
    """What a person said of the same cell in another run."""

    run_id: int
    cause: Cause
    author: str


@dataclass(frozen=True, slots=True)
class Notes:
    """What an analysis says of a run as a whole, in sentences."""

    shortcuts: tuple[str, ...]  # what the model takes for a label
    limits: tuple[str, ...]  # what it can and cannot say


@dataclass(frozen=True, slots=True)
class Worth:
    """What the causes of a run's validation errors are worth."""

    # If every suggestion of a mislabel that nobody has verified were accepted; None: the scores cannot be read.
    micro_f1_gain: float | None
    shortcuts: int  # that are told
    sparse_labels: int  # labels with an error by sparsity


def start(store: Store, settings: Settings, actor: Actor, run_id: int) -> Job:
    """Queue the analysis of a run, or return the one that is on its way and looks at the newest labels.

    Raises Missing, Refused.
    """
    run = runs.get(store, run_id)
    if not run.usable:
        raise Refused(f"Run {run_id} has no scores yet ({run.state.value}): analyse it when it has finished.")
    waiting = jobs.listing(store, states=jobs.OPEN, kinds=[JobKind.ANALYSE], run_id=run_id)
    newest = datasets.get(store, run.dataset_id).revision
    for job in waiting:
        if job.state is JobState.QUEUED or (job.state is JobState.RUNNING and _looks_at(job, newest)):
            return job
    return jobs.add(store, JobKind.ANALYSE, actor=actor.name, dataset_id=run.dataset_id, run_id=run_id)


def _looks_at(job: Job, revision: int) -> bool:
    """True unless a running analysis has noted an older revision; before it notes one it reads no labels."""
    return int(job.params.get("revision", revision)) >= revision


def counts(store: Store, actor: Actor, run_id: int, part: Part = Part.VALIDATION) -> list[CauseCount]:
    """Findings by cause, label and kind, and how many of each are reviewed; without those of images left out."""
    return findings.counts(store, run_id, part)


def left_out(store: Store, actor: Actor, run_id: int, part: Part = Part.VALIDATION) -> int:
    """How many findings no list and no count holds any more, as their images were left out since."""
    return findings.left_out(store, run_id, part)


def page(
    store: Store, actor: Actor, query: FindingQuery, *, after: int | None = None, limit: int = 60
) -> list[Finding]:
    """A page of findings by rank, those after rank `after`."""
    return findings.page(store, query, after=after, limit=limit)


def moved_elsewhere(
    store: Store, actor: Actor, run_id: int, found: Sequence[Finding]
) -> dict[tuple[int, int], Moved]:
    """By (row, label_id): what reviewers said of these findings' cells in other runs, the newest verdict each."""
    cells = [(one.row, one.label_id) for one in found]
    return {cell: Moved(*said) for cell, said in findings.moved_elsewhere(store, run_id, cells).items()}


def as_notes(shortcuts: Sequence[str], limits: Sequence[str]) -> list[str]:
    """The sentences as a run keeps them: one list, from which `notes` tells both kinds apart again."""
    return [*limits, *(_SHORTCUT + sentence for sentence in shortcuts)]


def notes(store: Store, actor: Actor, run_id: int) -> Notes:
    """What the analysis of a run says of it as a whole. Raises Missing."""
    kept = runs.get(store, run_id).notes
    return Notes(
        shortcuts=tuple(note.removeprefix(_SHORTCUT) for note in kept if note.startswith(_SHORTCUT)),
        limits=tuple(note for note in kept if not note.startswith(_SHORTCUT)),
    )


def worth(store: Store, settings: Settings, actor: Actor, run_id: int) -> Worth:
    """What it would bring to act on the causes of a run, by the labels as they are now. Raises Missing.

    The gain is of the same predictions on corrected validation labels: it re-scores the run and teaches nothing.
    """
    run = runs.get(store, run_id)
    sparse = {count.label_id for count in findings.counts(store, run_id) if count.cause is Cause.SPARSITY}
    try:
        gain = _gain(store, settings, run)
    except BadInput:
        gain = None  # the errors can be reviewed all the same
    return Worth(
        micro_f1_gain=gain,
        shortcuts=len(notes(store, actor, run_id).shortcuts),
        sparse_labels=len(sparse),
    )


def _gain(store: Store, settings: Settings, run: Run) -> float:
    called = findings.page(store, FindingQuery(run.id, cause=Cause.MISLABEL), limit=MOST_MISLABELS)
    doubted = [found for found in called if found.suggestion is not None and not found.now.verified]
    if not doubted:
        return 0.0
    known = states.of_run(store, run, now=True)
    scores = np.asarray(RunFiles(settings, run).scores())  # (N, L)
    rows = known.rows(Part.VALIDATION)
    rows = rows[~np.isnan(scores[rows]).any(axis=1)]
    position = {label.id: label.position for label in known.labels}
    accepted = known.states.copy()
    for found in doubted:
        assert found.suggestion is not None
        accepted[found.row, position[found.label_id]] = states.CODES[found.suggestion]
    predicted = scores[rows] >= np.array(run.threshold)
    before, after = (metrics.micro_f1(predicted, labels[rows]) for labels in (known.states, accepted))
    return after - before


def finding(store: Store, actor: Actor, finding_id: int) -> Finding:
    """One finding. Raises Missing."""
    return findings.get(store, finding_id)


def _column(store: Store, run: Run, label_id: int) -> int:
    """The column of a label in the arrays of a run."""
    known = held.labels(store, run.dataset_id, run.revision)
    return next(label.position for label in known if label.id == label_id)


def same_doubt(store: Store, settings: Settings, actor: Actor, finding_id: int) -> list[Neighbour]:
    """Training images with the same annotation, which the model contradicts as well, the nearest first.

    Changing them is suggested where the finding's cause is a wrong label; any other cause says nothing against them.
    Those that a person has verified, or changed since, or whose image is left out need no second look.
    Raises Missing.
    """
    found = findings.get(store, finding_id)
    run = runs.get(store, found.run_id)
    rows = [int(row) for row in found.data.get("same_doubt", ())]
    position = _column(store, run, found.label_id)
    scores = RunFiles(settings, run).scores()
    places = placements.of_rows(store, run.dataset_id, rows)
    there = [row for row in rows if row in places and not places[row].left_out]
    cells = revisions.values(store, run.dataset_id, [(row, found.label_id) for row in there])
    suggested = found.suggestion if found.cause is Cause.MISLABEL else None
    return [
        Neighbour(cell.row, cell.label_id, cell.value, float(scores[cell.row, position]), suggested)
        for cell in cells
        if not cell.value.verified and cell.value.state is found.annotation
    ]


def where(store: Store, settings: Settings, actor: Actor, finding_id: int) -> Array | None:
    """Where the model looked for a finding's label, float (h, w) in -1..1, or None if it was not recorded.

    Positive places speak for the label, negative ones against it; the largest absolute value is 1.
    Raises Missing.
    """
    found = findings.get(store, finding_id)
    run = runs.get(store, found.run_id)
    position = _column(store, run, found.label_id)
    files = RunFiles(settings, run)
    index = {cell: i for i, cell in enumerate(files.where_cells())}
    if (found.row, position) not in index:
        return None
    heat = np.asarray(files.where_maps()[index[found.row, position]], np.float32)  # (h, w)
    largest = float(np.abs(heat).max())
    return heat / largest if largest > 0 else heat


def write_csv(
    store: Store, settings: Settings, actor: Actor, run_id: int, out: Path, *, force: bool = False
) -> int:
    """Write the errors of a run as `findings.csv`, one row an error; returns their number.

    Raises Missing, Refused while the run has not been analysed, and BadInput for an `out` that is in the way
    without `force`, or whose folder is not there.
    """
    run = runs.get(store, run_id)
    if run.analysed_at is None:
        raise Refused(f"Run {run_id} has not been analysed yet: `analyse {run_id}` first.")
    found = findings.everything(store, run_id)
    names = {label.id: label.name for label in datasets.every_label(store, run.dataset_id)}
    rows = sorted({f.row for f in found})
    keys = {image.row: image.key for image in datasets.images(store, run.dataset_id, rows)}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_line(f, keys[f.row], names[f.label_id]) for f in found)
    output.write(out, text.getvalue().encode(), force=force)
    return len(found)


def _line(found: Finding, key: str, label: str) -> list[str]:
    numbers = (found.p_mislabel, found.p_sparsity, found.p_wrong_pattern)
    return [
        key,
        label,
        found.kind.value,
        found.annotation.value,
        f"{found.probability:.4f}",
        f"{found.threshold:.4f}",
        found.cause.value,
        f"{found.confidence:.4f}",
        found.second_cause.value if found.second_cause else "",
        # Rounded down: the three together never exceed 1.
        *(f"{math.floor(number * 1e4) / 1e4:.4f}" for number in numbers),
        found.suggestion.value if found.suggestion else "",
        found.evidence,
    ]
