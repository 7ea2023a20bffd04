"""The frozen records that leave the database; nothing else does.

Times are seconds since the epoch (UTC). An image is named by its data set and its `row`, its place in every
array of that data set (pixels, thumbnails, scores, embeddings). A label's `position` is its column there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from db.terms import Cause, ErrorKind, JobKind, JobState, LabelState, Part, Source


@dataclass(frozen=True, slots=True)
class Dataset:
    id: int
    name: str
    folder: str  # name of its folder under <home>/datasets
    source: str  # where it was imported from, for people
    root: str  # absolute folder that the images' keys are relative to
    format: str
    default_state: LabelState  # what a cell without a row is
    revision: int
    images: int
    created_at: float
    created_by: str
    demo: bool
    notes: tuple[str, ...]  # what the import left out and why
    more_roots: tuple[
        str, ...
    ] = ()  # folders that later imports brought images from; an image's origin counts them
    split: Mapping[str, Any] = field(
        default_factory=dict
    )  # how images get their part; see core.services.splitting

    def root_of(self, origin: int) -> str:
        """The folder that the keys of images of that origin are relative to."""
        return self.root if origin == 0 else self.more_roots[origin - 1]


@dataclass(frozen=True, slots=True)
class Label:
    """A label as it is, or was at some revision."""

    id: int
    dataset_id: int
    position: int  # its place among the labels it is listed with, and its column in their arrays
    name: str
    key: str  # the key that toggles it in the gallery, or ""
    default_state: LabelState = LabelState.ABSENT  # what a cell without a row is
    description: str = ""
    examples: tuple[int, ...] = ()  # rows
    implies: tuple[int, ...] = ()  # ids of labels that an image with this one has, too
    alive: bool = True  # False: removed, or merged into another


@dataclass(frozen=True, slots=True)
class LabelEdit:
    """What a batch made of a label: the fields that changed, by the names of Label's."""

    batch_id: int
    label_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


OUT = " out"  # behind a part, in one word: left out


@dataclass(frozen=True, slots=True)
class Place:
    """The side of the split that an image is on, and whether it counts at all."""

    part: Part
    left_out: bool = False  # neither learned from nor judged

    @property
    def word(self) -> str:
        """In one word, as routes and the gallery have it: the part, with OUT behind it where it is left out."""
        return self.part.value + (OUT if self.left_out else "")


@dataclass(frozen=True, slots=True)
class Placement:
    """An image that changed its place."""

    row: int
    before: Place
    after: Place


@dataclass(frozen=True, slots=True)
class Image:
    dataset_id: int
    row: int
    key: str  # path relative to the imported root
    part: Part
    sha256: str
    width: int
    height: int
    bytes: int
    left_out: bool = False
    added: int = 1  # the revision that brought it
    origin: int = 0  # whose root its key is relative to: see Dataset.root_of
    meta: Mapping[str, str] | None = None  # further columns of the source

    @property
    def place(self) -> Place:
        return Place(self.part, self.left_out)


@dataclass(frozen=True, slots=True)
class CellValue:
    """What is known of a cell, and whether a person has verified it."""

    state: LabelState
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    row: int
    label_id: int
    value: CellValue


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that somebody wants to change, with the value that they saw."""

    row: int
    label_id: int
    seen: CellValue
    wanted: CellValue
    finding_id: int | None = None
    reason: str | None = None  # where it is not the same as the whole batch's


@dataclass(frozen=True, slots=True)
class Change:
    """One change that happened."""

    batch_id: int
    row: int
    label_id: int
    before: CellValue
    after: CellValue
    finding_id: int | None
    reason: str | None  # of this cell alone; None: the batch's says it all


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A finding that a reviewer moved to another cause."""

    batch_id: int
    finding_id: int
    before: Cause
    after: Cause


@dataclass(frozen=True, slots=True)
class Batch:
    id: int
    dataset_id: int
    revision: int | None  # None for a verdict: it changes no label
    source: Source
    author: str
    created_at: float
    reason: str
    run_id: int | None
    undoes: int | None
    undone_by: int | None
    size: int  # changes in it: cells, labels and places


@dataclass(frozen=True, slots=True)
class Applied:
    """The answer to one operation: saved now, or saved before under the same client id."""

    batch: Batch
    repeated: bool


@dataclass(frozen=True, slots=True)
class Job:
    id: int
    kind: JobKind
    state: JobState
    dataset_id: int | None
    run_id: int | None
    actor: str
    params: Mapping[str, Any]
    progress: float  # 0..1
    doing: str  # what it does right now, a few words
    message: str  # how it ended: a sentence
    result: Mapping[str, Any]
    created_at: float
    started_at: float | None
    ended_at: float | None
    heartbeat_at: float | None
    pid: int | None  # of the child
    pid_started_at: float | None  # tells a living child from a reused pid


@dataclass(frozen=True, slots=True)
class Run:
    id: int
    dataset_id: int
    name: str
    preset: str  # "imported" for scores that came from outside
    config: Mapping[str, Any]
    revision: int  # the labels it saw
    parent_id: int | None  # the run it continued from
    folder: str  # name of its folder under <home>/runs
    job_id: int
    state: JobState  # of the job that made it
    created_at: float
    created_by: str
    threshold: tuple[float, ...]  # one a label, by position
    epochs_done: int
    analysed_at: float | None
    analysed_revision: int | None
    notes: tuple[str, ...]  # of the analysis: its honest limits
    test_scored: int  # how often the test part was looked at

    @property
    def usable(self) -> bool:
        """True when it has scores: it ended, and did not fail."""
        return self.state in (JobState.FINISHED, JobState.STOPPED) and self.epochs_done > 0


@dataclass(frozen=True, slots=True)
class Epoch:
    run_id: int
    epoch: int  # from 1
    seconds: float
    train: Mapping[str, Any]
    validation: Mapping[str, Any]
    most_wrong: tuple[tuple[int, int, float, str], ...]  # (row, label position, probability, annotated state)


@dataclass(frozen=True, slots=True)
class NewFinding:
    """A finding as the analysis hands it in; `part` tells an error (validation) from a suspect (training)."""

    part: Part
    row: int
    label_id: int
    kind: ErrorKind
    annotation: LabelState
    probability: float
    threshold: float
    cause: Cause
    confidence: float
    second_cause: Cause | None
    p_mislabel: float
    p_sparsity: float
    p_wrong_pattern: float
    suggested_state: LabelState | None
    evidence: str
    rank: int  # 0 = look at it first
    # rows of pictures: with_label, without_label, held_out, …
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    id: int
    run_id: int
    part: Part
    row: int
    label_id: int
    kind: ErrorKind
    annotation: LabelState  # when it was analysed
    probability: float
    threshold: float
    cause: Cause  # the reviewer's verdict where there is one, else the machine's
    machine_cause: Cause
    confidence: float
    second_cause: Cause | None
    p_mislabel: float
    p_sparsity: float
    p_wrong_pattern: float
    suggested_state: LabelState | None
    evidence: str
    rank: int
    data: Mapping[str, Any]
    now: CellValue  # the cell as it is today
    judged: bool  # a reviewer's verdict on it stands, even if the machine agrees by now

    @property
    def reviewed(self) -> bool:
        """True once a person looked: the cell is verified, or a verdict on its cause stands."""
        return self.now.verified or self.judged

    @property
    def suggestion(self) -> LabelState | None:
        """The state to set: where the cause says that the label is right, the annotation itself."""
        if self.cause in (Cause.SPARSITY, Cause.WRONG_PATTERN):
            return self.annotation
        return self.suggested_state


@dataclass(frozen=True, slots=True)
class CauseCount:
    cause: Cause
    label_id: int
    kind: ErrorKind
    findings: int
    reviewed: int
