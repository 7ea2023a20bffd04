"""Where somebody is in the loop, and what is next: decided from counts alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.services.corrections import SinceRun
from db.records import CauseCount, Dataset, Job, Run
from db.terms import JobKind, JobState
from pages.ui import theme

Stand = Literal["done", "now", "later"]
STAND_MARKS: dict[Stand, str] = {"done": "✓", "now": "▶", "later": "○"}
Move = Literal["import", "train", "watch", "resume", "analyse", "wait", "errors", "retrain", "compare"]
PAGES: dict[Move, str] = {
    "import": "pages/data.py",
    "train": "pages/train.py",
    "watch": "pages/train.py",
    "resume": "pages/train.py",
    "wait": "pages/errors.py",
    "errors": "pages/errors.py",
    "compare": "pages/compare.py",
}


@dataclass(frozen=True)
class Facts:
    """What is known of one data set's loop; runs are the newest first."""

    dataset: Dataset | None
    runs: Sequence[Run] = ()
    active: Sequence[Job] = ()
    causes: Sequence[CauseCount] = ()  # of the newest usable run's validation errors
    since: SinceRun | None = None  # labels changed since the newest usable run
    compared: bool = False  # the reader has seen the newest usable run compared, in this session

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
    def errors(self) -> int:
        return sum(count.findings for count in self.causes)

    @property
    def reviewed(self) -> int:
        return sum(count.reviewed for count in self.causes)

    @property
    def corrected(self) -> int:
        """Training and validation cells that were corrected since the newest usable run."""
        return self.since.training_cells + self.since.validation_cells if self.since else 0

    @property
    def analysing(self) -> bool:
        newest = self.newest
        return any(job.kind is JobKind.ANALYSE and newest and job.run_id == newest.id for job in self.active)


@dataclass(frozen=True)
class Next:
    """The next step: the words of its button, and the reason in one sentence or two."""

    move: Move
    label: str
    reason: str


def next_step(facts: Facts) -> Next:
    """The one step that brings the loop forward."""
    newest, training = facts.newest, facts.training
    if facts.dataset is None:
        return Next("import", "Import your images", "There is no data set yet.")
    if training is not None:
        reason = f"Run {training.id} learns from the labels of revision {training.revision}."
        return Next("watch", f"Watch run {training.id}", reason)
    if newest is None:
        return _first_run(facts)
    if newest.analysed_at is None:
        if facts.analysing:
            return Next("wait", "Go to Errors", f"The errors of run {newest.id} are being sorted by cause.")
        reason = f"Run {newest.id} has scores, but nobody knows yet why it errs."
        return Next("analyse", "Find the causes of its errors", reason)
    return _after_analysis(facts, newest)


def _first_run(facts: Facts) -> Next:
    last = next(iter(facts.runs), None)
    if last is None:
        return Next("train", "Train a first model", "The images are in; no model has seen them yet.")
    how = "failed" if last.state is JobState.FAILED else "was stopped before its first epoch was done"
    return Next("resume", f"See run {last.id}", f"Run {last.id} {how}: its page says why.")


def _after_analysis(facts: Facts, newest: Run) -> Next:
    since = facts.since
    if since is not None and since.training_cells:
        return Next("retrain", f"Retrain on revision {since.revision}", lesson(since))
    if since is not None and since.validation_cells:
        reason = f"{lesson(since)} Correct training images with the same doubt, then retrain."
        return Next("errors", "Correct training labels", reason)
    earlier = facts.earlier
    if earlier is not None and newest.revision > earlier.revision and not facts.compared:
        reason = f"Run {newest.id} learned from newer labels than run {earlier.id}: did they help?"
        return Next("compare", f"Compare run {earlier.id} with run {newest.id}", reason)
    if not facts.errors:
        reason = f"Run {newest.id} makes no error on the validation images: more images would tell more."
        return Next("errors", "Look at training suspects", reason)
    left = facts.errors - facts.reviewed
    reason = f"{theme.counted(left, 'validation error')} of run {newest.id} {_wait(left)} for your eye."
    return Next("errors", "See why it is wrong", reason)


def _wait(number: int) -> str:
    return "waits" if number == 1 else "wait"


def lesson(since: SinceRun) -> str:
    """What the corrections since a run are good for: `61 validation corrections re-score; 40 training … teach.`"""
    one, many = since.validation_cells, since.training_cells
    says = f"{theme.counted(one, 'validation correction')} {'re-scores' if one == 1 else 're-score'}; "
    teaches = "teaches" if many == 1 else "teach"
    return says + (
        f"{theme.counted(many, 'training correction')} {teaches}." if many else "none teaches yet."
    )


@dataclass(frozen=True)
class Step:
    """One step of the loop: where it stands, in a few words."""

    name: str
    stand: Stand
    text: str
    page: str


def steps(facts: Facts) -> tuple[Step, ...]:
    """The six steps of the loop in order."""
    now = _CURRENT[next_step(facts).move]
    texts = _texts(facts)
    return tuple(
        Step(name, "now" if name == now else "done" if done else "later", text, page)
        for name, page, (done, text) in zip(texts, _STEP_PAGES, texts.values(), strict=True)
    )


_STEP_PAGES = (
    "pages/data.py",
    "pages/train.py",
    "pages/errors.py",
    "pages/errors.py",
    "pages/train.py",
    "pages/compare.py",
)
_CURRENT: dict[Move, str] = {
    "import": "Import",
    "train": "Train",
    "watch": "Train",
    "resume": "Train",
    "analyse": "Errors",
    "wait": "Errors",
    "errors": "Correct",
    "retrain": "Retrain",
    "compare": "Compare",
}


def _texts(facts: Facts) -> dict[str, tuple[bool, str]]:
    """For each step: whether it was done in this round, and what there is to say."""
    dataset, newest, earlier = facts.dataset, facts.newest, facts.earlier
    images = theme.counted(dataset.images, "image") if dataset else "no images yet"
    usable = sum(run.usable for run in facts.runs)
    analysed = newest is not None and newest.analysed_at is not None
    retrained = bool(newest and earlier and newest.revision > earlier.revision)
    first = f"run {facts.training.id} is on its way" if facts.training else "no run yet"
    again = f"run {newest.id}, revision {newest.revision}" if retrained and newest else "not yet"
    return {
        "Import": (dataset is not None, images),
        "Train": (usable > 0, theme.counted(usable, "run") if usable else first),
        "Errors": (analysed, f"{facts.errors:,} by cause" if analysed else "not known yet"),
        "Correct": (facts.corrected > 0, _correct_text(facts)),
        "Retrain": (retrained and not facts.corrected, again),
        "Compare": (False, f"{earlier.id} → {newest.id}" if newest and earlier else "needs two runs"),
    }


def _correct_text(facts: Facts) -> str:
    if facts.corrected:
        return f"{facts.corrected:,} since run {facts.newest.id}" if facts.newest else ""
    return f"{facts.reviewed:,} of {facts.errors:,} reviewed" if facts.errors else "nothing yet"
