"""Where a data set is in the loop, and the one step that brings it forward: decided from counts alone.

Above the services, which do not call each other; what a step is called is up to whoever shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from core.actor import Actor
from core.services import analysis, corrections, jobs, runs, splitting
from core.services.corrections import SinceRun
from db.records import CauseCount, Dataset, Job, Run
from db.store import Store
from db.terms import JobKind, JobState, Part


class Move(StrEnum):
    """What to do next."""

    IMPORT = "import"
    SPLIT = "split"  # no image is left to train on, or none to judge by
    TRAIN = "train"  # the first run, or the first run here where all scores came from outside
    WATCH = "watch"
    RESUME = "resume"  # the newest run failed: it says why, and can go on
    SEE_FAILURE = "see failure"  # no run has scores, and the last one says why
    ANALYSE = "analyse"
    AWAIT_CAUSES = "await causes"
    REVIEW = "review"  # validation errors that nobody has looked at
    SUSPECT = "suspect"  # no validation error is left: doubtful training labels are
    TEACH = "teach"  # corrected validation labels teach nothing: correct training labels too
    RETRAIN = "retrain"
    COMPARE = "compare"


class Stage(StrEnum):
    """The six steps of the loop, in order."""

    IMPORT = "import"
    TRAIN = "train"
    ERRORS = "errors"
    CORRECT = "correct"
    RETRAIN = "retrain"
    COMPARE = "compare"


class Stand(StrEnum):
    """How a stage stands in this round."""

    DONE = "done"
    NOW = "now"
    LATER = "later"


_STAGES: dict[Move, Stage] = {
    Move.IMPORT: Stage.IMPORT,
    Move.SPLIT: Stage.IMPORT,
    Move.TRAIN: Stage.TRAIN,
    Move.WATCH: Stage.TRAIN,
    Move.RESUME: Stage.TRAIN,
    Move.SEE_FAILURE: Stage.TRAIN,
    Move.ANALYSE: Stage.ERRORS,
    Move.AWAIT_CAUSES: Stage.ERRORS,
    Move.REVIEW: Stage.CORRECT,
    Move.SUSPECT: Stage.CORRECT,
    Move.TEACH: Stage.CORRECT,
    Move.RETRAIN: Stage.RETRAIN,
    Move.COMPARE: Stage.COMPARE,
}


@dataclass(frozen=True)
class Lack:
    """A part without which nothing can be trained, or nothing judged."""

    part: Part
    left_out: int  # images of it that are left out and can be taken back


@dataclass(frozen=True)
class Facts:
    """What is known of one data set's loop; runs are the newest first."""

    dataset: Dataset | None
    runs: Sequence[Run] = ()
    active: Sequence[Job] = ()
    causes: Sequence[CauseCount] = ()  # of the newest usable run's validation errors
    since: SinceRun | None = None  # labels changed since the newest usable run
    compared: bool = False  # the reader has seen the newest usable run compared
    failure: str = ""  # why the newest run failed, if it did
    errors_left_out: int = 0  # further ones of that run that count no more: their images are left out
    lacking: Lack | None = None

    @property
    def newest(self) -> Run | None:
        """The newest run that has scores."""
        return next((run for run in self.runs if run.usable), None)

    @property
    def earlier(self) -> Run | None:
        """The run to compare the newest with: the one it continued, else the one before."""
        if self.newest is None:
            return None
        usable = [run for run in self.runs if run.usable and run.id < self.newest.id]
        return next((run for run in usable if run.id == self.newest.parent_id), next(iter(usable), None))

    @property
    def training(self) -> Run | None:
        """The run that trains or waits to."""
        return next((run for run in self.runs if not run.state.ended), None)

    @property
    def failed(self) -> Run | None:
        """The newest run of all, if it failed."""
        return self.runs[0] if self.runs and self.runs[0].state is JobState.FAILED else None

    @property
    def errors(self) -> int:
        """Validation errors of the newest usable run, those of images that are left out aside."""
        return sum(count.findings for count in self.causes)

    @property
    def reviewed(self) -> int:
        """Those of them that a person has looked at."""
        return sum(count.reviewed for count in self.causes)

    @property
    def corrected(self) -> int:
        """Training and validation cells that were corrected since the newest usable run."""
        return self.since.training_cells + self.since.validation_cells if self.since else 0

    @property
    def analysing(self) -> bool:
        """True while the newest usable run's analysis waits or works."""
        newest = self.newest
        return any(job.kind is JobKind.ANALYSE and newest and job.run_id == newest.id for job in self.active)

    @property
    def taught(self) -> bool:
        """True if the newest usable run learned from newer labels than the one before it."""
        return bool(self.newest and self.earlier and self.newest.revision > self.earlier.revision)


def gather(store: Store, actor: Actor, dataset: Dataset) -> Facts:
    """What the loop of a data set stands on now."""
    its_runs = runs.listing(store, actor, dataset.id)
    active = jobs.active(store, actor, dataset.id)
    facts = Facts(dataset, its_runs, active, lacking=_lacking(store, actor, dataset.id))
    if facts.failed is not None:
        facts = replace(facts, failure=runs.job(store, actor, facts.failed.id).message)
    newest = facts.newest
    if newest is None:
        return facts
    causes = analysis.counts(store, actor, newest.id) if newest.analysed_at is not None else ()
    since = corrections.since_run(store, actor, newest.id)
    out = analysis.left_out(store, actor, newest.id) if newest.analysed_at is not None else 0
    return replace(facts, causes=causes, since=since, errors_left_out=out)


def _lacking(store: Store, actor: Actor, dataset_id: int) -> Lack | None:
    empty = splitting.empty(store, actor, dataset_id)
    return next((Lack(part, count) for part, count in empty.items()), None)


def next_move(facts: Facts) -> Move:
    """The one step that brings the loop forward."""
    newest = facts.newest
    if facts.dataset is None:
        return Move.IMPORT
    if facts.training is not None:
        return Move.WATCH
    if facts.failed is not None:
        return Move.RESUME
    if facts.lacking is not None:
        return Move.SPLIT
    if newest is None:
        return Move.SEE_FAILURE if facts.runs else Move.TRAIN
    if facts.taught and not facts.compared:
        return Move.COMPARE  # also while its errors are not sorted yet: it was trained to learn this
    if newest.analysed_at is None:
        return Move.AWAIT_CAUSES if facts.analysing else Move.ANALYSE
    return _after_analysis(facts, newest)


def _after_analysis(facts: Facts, newest: Run) -> Move:
    if facts.since is not None and (facts.since.training_cells or facts.since.new_images):
        # Scores from outside have no recipe that could be repeated.
        return Move.TRAIN if newest.preset == runs.IMPORTED else Move.RETRAIN
    if facts.since is not None and facts.since.validation_cells:
        return Move.TEACH
    return Move.REVIEW if facts.errors > facts.reviewed else Move.SUSPECT


def stands(facts: Facts) -> Mapping[Stage, Stand]:
    """How each stage of the loop stands; exactly one of them is now."""
    now = _STAGES[next_move(facts)]
    done = {
        Stage.IMPORT: facts.dataset is not None,
        Stage.TRAIN: facts.newest is not None,
        Stage.ERRORS: facts.newest is not None and facts.newest.analysed_at is not None,
        Stage.CORRECT: facts.corrected > 0,
        Stage.RETRAIN: facts.taught and not facts.corrected,
        Stage.COMPARE: facts.taught and facts.compared and not facts.corrected,
    }
    return {
        stage: Stand.NOW if stage is now else Stand.DONE if done[stage] else Stand.LATER for stage in Stage
    }
