"""The loop in words: what its next step is called and why it is the next, and how each of its steps stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from core import loop
from core.loop import Facts, Lack, Move, Stage, Stand
from core.services.corrections import SinceRun
from db.records import Run
from db.terms import JobState, Part
from pages.ui import theme

STAND_MARKS: dict[Stand, str] = {Stand.DONE: "✓", Stand.NOW: "▶", Stand.LATER: "○"}
# Where the button of a move leads; the two that have no page of their own are carried out by it.
PAGES: dict[Move, str] = {
    Move.IMPORT: "pages/data.py",
    Move.SPLIT: "pages/data.py",
    Move.TRAIN: "pages/train.py",
    Move.WATCH: "pages/train.py",
    Move.RESUME: "pages/train.py",
    Move.SEE_FAILURE: "pages/train.py",
    Move.AWAIT_CAUSES: "pages/errors.py",
    Move.REVIEW: "pages/errors.py",
    Move.SUSPECT: "pages/annotate.py",
    Move.TEACH: "pages/errors.py",
    Move.COMPARE: "pages/compare.py",
}
VIEWS: dict[Move, str] = {Move.SPLIT: "split"}  # of these pages, the view that a move is about
_STAGE_PAGES: dict[Stage, str] = {
    Stage.IMPORT: "pages/data.py",
    Stage.TRAIN: "pages/train.py",
    Stage.ERRORS: "pages/errors.py",
    Stage.CORRECT: "pages/errors.py",
    Stage.RETRAIN: "pages/train.py",
    Stage.COMPARE: "pages/compare.py",
}


@dataclass(frozen=True)
class Next:
    """The next step: the words of its button, and the reason in one sentence or two."""

    move: Move
    label: str
    reason: str


@dataclass(frozen=True)
class Step:
    """One step of the loop: where it stands, in a few words."""

    name: str
    stand: Stand
    text: str
    page: str


def next_step(facts: Facts) -> Next:
    """The one step that brings the loop forward, in words."""
    move = loop.next_move(facts)
    if move is Move.SPLIT and facts.lacking is not None:
        return Next(move, *_without_a_part(facts.lacking))
    if facts.newest is None or facts.training is not None or facts.failed is not None:
        return Next(move, *_before_scores(move, facts))
    return Next(move, *_with_scores(move, facts, facts.newest))


def _without_a_part(lack: Lack) -> tuple[str, str]:
    """(the button, the reason) where a part holds no image: nothing to learn from, or nothing to judge by."""
    part, why = lack.part.noun, "judges a run" if lack.part is Part.VALIDATION else "is there to learn from"
    if not lack.left_out:
        return "Draw the parts", f"No image is in {part}, so nothing {why}: draw parts with a share for it."
    all_ = "The only" if lack.left_out == 1 else f"All {lack.left_out:,}"
    images = f"{all_} {part} {'image is' if lack.left_out == 1 else 'images are'} left out"
    return "Take images back", f"{images}, so nothing {why}: take them back, or draw the parts anew."


def _before_scores(move: Move, facts: Facts) -> tuple[str, str]:
    """(the button, the reason) while no run has scores, or one trains, or the newest failed."""
    if move is Move.IMPORT:
        return "Import your images", "There is no data set yet."
    if facts.training is not None:
        run = facts.training
        stands = "waits for its turn" if run.state is JobState.QUEUED else "is training"
        return (
            f"Watch run {run.id}",
            f"Run {run.id} {stands} on the labels of revision {run.revision}: watch it.",
        )
    if facts.failed is not None:
        return (
            f"Resume run {facts.failed.id}",
            f"Run {facts.failed.id} failed: {facts.failure or 'see its log.'}",
        )
    if not facts.runs:
        return "Train a first model", "The images are in; no model has seen them yet."
    last = facts.runs[0]
    return (
        f"See run {last.id}",
        f"Run {last.id} was stopped before its first epoch was done: it has no scores.",
    )


def _with_scores(move: Move, facts: Facts, newest: Run) -> tuple[str, str]:
    """(the button, the reason) once a run has scores and none trains."""
    taught = "" if facts.since is None else lesson(facts.since)
    left = facts.errors - facts.reviewed
    seen = (
        f"Every validation error of run {newest.id} was reviewed: what teaches is correcting training labels."
    )
    none = f"Run {newest.id} makes no error on the validation images: more images would tell more."
    if facts.errors_left_out:
        none = (
            f"Run {newest.id} makes no error on the validation images that count: "
            f"{no_longer_listed(facts.errors_left_out)}"
        )
    if move is Move.COMPARE and facts.earlier is not None:
        before = facts.earlier.id
        reason = f"Run {newest.id} learned from newer labels than run {before}: did they help?"
        return f"Compare run {before} with run {newest.id}", reason
    words = {
        Move.AWAIT_CAUSES: ("Go to Errors", f"The errors of run {newest.id} are being sorted by cause."),
        Move.ANALYSE: (
            "Find the causes of its errors",
            f"Run {newest.id} has scores, but nobody knows yet why it errs.",
        ),
        Move.RETRAIN: (f"Retrain on revision {facts.since.revision if facts.since else ''}", taught),
        Move.TRAIN: (
            "Train a model here",
            f"{taught} The scores of run {newest.id} came from outside: choose a recipe of your own.",
        ),
        Move.TEACH: (
            "Correct training labels",
            f"{taught} Correct training images with the same doubt, then retrain.",
        ),
        Move.SUSPECT: ("Look at training suspects", seen if facts.errors else none),
        Move.REVIEW: (
            "See why it is wrong",
            f"{theme.counted(left, 'validation error')} of run {newest.id} "
            f"{'waits' if left == 1 else 'wait'} for your eye.",
        ),
    }
    return words[move]


def no_longer_listed(errors: int) -> str:
    """What became of errors that a list had before: `3 errors are no longer listed, as their images are left out.`"""
    if errors == 1:
        return "1 error is no longer listed, as its image is left out."
    return f"{errors:,} errors are no longer listed, as their images are left out."


def lesson(since: SinceRun) -> str:
    """What the corrections since a run are good for: `61 validation corrections re-score; 40 training … teach.`"""
    one, many, new = since.validation_cells, since.training_cells, since.new_images
    come = f"{theme.counted(new, 'new training image')} to learn from." if new else ""
    if not (one or many):
        none = "Correct labels first: on training images they teach the next run, on validation images they re-score."
        return come or none
    # An undo is not called a correction.
    scoring, taught = ("validation correction", "training correction")
    if since.undone:
        scoring, taught = ("changed validation label", "changed training label")
    says = f"{theme.counted(one, scoring)} {'re-scores' if one == 1 else 're-score'}; "
    teaches = "teaches" if many == 1 else "teach"
    says += f"{theme.counted(many, taught)} {teaches}." if many else "none teaches yet."
    if since.undone:
        differ = f"differ{'s' if since.undone == 1 else ''}"
        says = f"{says[:-1]} ({since.undone:,} {differ} because a correction was undone)."
    return f"{says} {come}".strip()


def steps(facts: Facts) -> tuple[Step, ...]:
    """The six steps of the loop in order."""
    texts = _texts(facts)
    return tuple(
        Step(stage.value.capitalize(), stand, texts[stage], _STAGE_PAGES[stage])
        for stage, stand in loop.stands(facts).items()
    )


def _texts(facts: Facts) -> Mapping[Stage, str]:
    """What there is to say of each step."""
    dataset, newest, earlier = facts.dataset, facts.newest, facts.earlier
    usable = sum(run.usable for run in facts.runs)
    analysed = newest is not None and newest.analysed_at is not None
    first = f"run {facts.training.id} is on its way" if facts.training else "no run yet"
    again = f"run {newest.id}, revision {newest.revision}" if facts.taught and newest else "not yet"
    return {
        Stage.IMPORT: theme.counted(dataset.images, "image") if dataset else "no images yet",
        Stage.TRAIN: theme.counted(usable, "run") if usable else first,
        Stage.ERRORS: f"{facts.errors:,} by cause" if analysed else "not known yet",
        Stage.CORRECT: _correct_text(facts),
        Stage.RETRAIN: again,
        Stage.COMPARE: f"{earlier.id} → {newest.id}" if newest and earlier else "needs two runs",
    }


def _correct_text(facts: Facts) -> str:
    if facts.corrected and facts.newest:
        undone = facts.since.undone if facts.since else 0
        return f"{facts.corrected:,} {'changed ' if undone else ''}since run {facts.newest.id}"
    return f"{facts.reviewed:,} of {facts.errors:,} reviewed" if facts.errors else "nothing yet"
