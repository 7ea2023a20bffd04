"""The words of Errata: each enum is spelled the same in columns, pages, files and docs."""

from enum import StrEnum

LARGEST = 2**31 - 1  # what a number in the database can be, on every engine


class LabelState(StrEnum):
    """What is known of one (image, label) cell."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Part(StrEnum):
    """The side of the split that an image is on."""

    TRAIN = "train"
    VALIDATION = "val"
    TEST = "test"

    @property
    def noun(self) -> str:
        """As sentences and tables call it: training, validation, test."""
        return {"train": "training", "val": "validation"}.get(self.value, self.value)


class ErrorKind(StrEnum):
    """FP: predicted, not annotated. FN: annotated, not predicted."""

    FP = "FP"
    FN = "FN"


class Cause(StrEnum):
    """Why a prediction and its annotation differ."""

    MISLABEL = "mislabel"
    SPARSITY = "sparsity"
    WRONG_PATTERN = "wrong pattern"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """What made a batch of changes; a verdict moves errors between causes and changes no label.

    LABELS changes the list of labels itself (rename, merge, …), SPLIT moves images between the parts or leaves
    them out.
    """

    IMPORT = "import"
    CORRECTION = "correction"
    LABELS = "labels"
    SPLIT = "split"
    VERDICT = "verdict"
    UNDO = "undo"


class JobKind(StrEnum):
    """What a background job does."""

    DEMO = "demo"
    PREVIEW = "preview"
    IMPORT = "import"
    TRAIN = "train"
    ANALYSE = "analyse"
    TEST_SCORE = "test score"
    SCAN = "scan"
    EXPORT = "export"


class Lane(StrEnum):
    """Two queues, so that short work never waits behind an hour of training."""

    LONG = "long"
    SHORT = "short"


LANES: dict[JobKind, Lane] = {
    JobKind.DEMO: Lane.SHORT,
    JobKind.PREVIEW: Lane.SHORT,
    JobKind.IMPORT: Lane.SHORT,
    JobKind.TRAIN: Lane.LONG,
    JobKind.ANALYSE: Lane.SHORT,
    JobKind.TEST_SCORE: Lane.SHORT,
    JobKind.SCAN: Lane.SHORT,
    JobKind.EXPORT: Lane.SHORT,
}


class JobState(StrEnum):
    """The one column that says where a job stands; a wish to stop is a state of its own."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping after this epoch"
    STOPPING_NOW = "stopping now"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def live(self) -> bool:
        """True while a child process works on the job."""
        return self in (JobState.RUNNING, JobState.STOPPING, JobState.STOPPING_NOW)

    @property
    def ended(self) -> bool:
        """True once nothing more will happen to the job by itself."""
        return self in (JobState.FINISHED, JobState.STOPPED, JobState.FAILED)
