"""The next step of the loop, wherever in it a data set stands."""

from dataclasses import replace

import pytest

from core import loop
from core.actor import NOBODY
from core.loop import Facts, Lack, Move, Stage, Stand
from core.services import splitting
from core.services.corrections import SinceRun
from db import corrections, datasets, findings
from db.records import CauseCount, CellChange, CellValue, Dataset, Job, Run
from db.terms import Cause, ErrorKind, JobKind, JobState, LabelState, Part
from tests.conftest import Home
from tests.pages.errors_sets import analyse
from tests.pages.sets import add_run, add_set

DATASET = Dataset(
    1, "small", "f", "", "", "csv", LabelState.ABSENT, 3, 1200, 0.0, "Ada", demo=False, notes=()
)
# Analysed, on revision 1.
RUN = Run(2, 1, "", "scratch", {}, 1, None, "f", 1, JobState.FINISHED, 0.0, "Ada", (0.5,), 3, 1.0, 1, (), 0)
NEWER = replace(RUN, id=3, revision=3)
BARE = replace(RUN, analysed_at=None)
FAILED = replace(RUN, id=4, state=JobState.FAILED, epochs_done=0)
OUTSIDE = replace(RUN, preset="imported")
ERRORS = (CauseCount(Cause.MISLABEL, 1, ErrorKind.FP, 8, 3),)
SEEN = (CauseCount(Cause.MISLABEL, 1, ErrorKind.FP, 8, 8),)
NONE, RESCORE, TEACH = SinceRun(0, 0, 0, 3), SinceRun(61, 0, 0, 3), SinceRun(61, 40, 0, 3)
NOT_JUDGED = Lack(Part.VALIDATION, 4)
ANALYSING = Job(
    9, JobKind.ANALYSE, JobState.RUNNING, 1, 2, "Ada", {}, 0.1, "", "", {}, 0.0, None, None, None, None, None
)


@pytest.mark.parametrize(
    ("facts", "move", "stage"),
    [
        (Facts(None), Move.IMPORT, Stage.IMPORT),
        (Facts(DATASET), Move.TRAIN, Stage.TRAIN),
        (Facts(DATASET, [replace(RUN, state=JobState.RUNNING)]), Move.WATCH, Stage.TRAIN),
        (Facts(DATASET, [replace(NEWER, state=JobState.QUEUED), RUN]), Move.WATCH, Stage.TRAIN),
        (Facts(DATASET, [FAILED]), Move.RESUME, Stage.TRAIN),
        (Facts(DATASET, [FAILED, RUN], (), ERRORS, TEACH), Move.RESUME, Stage.TRAIN),
        (
            Facts(DATASET, [replace(RUN, state=JobState.STOPPED, epochs_done=0)]),
            Move.SEE_FAILURE,
            Stage.TRAIN,
        ),
        (Facts(DATASET, [replace(NEWER, analysed_at=None), RUN]), Move.COMPARE, Stage.COMPARE),
        (Facts(DATASET, [NEWER, RUN], (), ERRORS, TEACH), Move.COMPARE, Stage.COMPARE),
        (Facts(DATASET, [BARE]), Move.ANALYSE, Stage.ERRORS),
        (Facts(DATASET, [BARE], [ANALYSING]), Move.AWAIT_CAUSES, Stage.ERRORS),
        (Facts(DATASET, [BARE], [replace(ANALYSING, run_id=7)]), Move.ANALYSE, Stage.ERRORS),
        (Facts(DATASET, [RUN], (), ERRORS, NONE), Move.REVIEW, Stage.CORRECT),
        (Facts(DATASET, [RUN], (), SEEN, NONE), Move.SUSPECT, Stage.CORRECT),
        (Facts(DATASET, [RUN], (), (), NONE), Move.SUSPECT, Stage.CORRECT),
        (Facts(DATASET, [RUN], (), ERRORS, RESCORE), Move.TEACH, Stage.CORRECT),
        (Facts(DATASET, [RUN], (), ERRORS, TEACH), Move.RETRAIN, Stage.RETRAIN),
        (Facts(DATASET, [OUTSIDE], (), ERRORS, TEACH), Move.TRAIN, Stage.TRAIN),
        (Facts(DATASET, [NEWER, RUN], (), ERRORS, NONE), Move.COMPARE, Stage.COMPARE),
        (Facts(DATASET, [NEWER, RUN], (), ERRORS, NONE, compared=True), Move.REVIEW, Stage.CORRECT),
        (Facts(DATASET, lacking=NOT_JUDGED), Move.SPLIT, Stage.IMPORT),
        (Facts(DATASET, [NEWER, RUN], (), ERRORS, TEACH, lacking=NOT_JUDGED), Move.SPLIT, Stage.IMPORT),
    ],
)
def test_the_next_move_follows_from_what_is_there(facts: Facts, move: Move, stage: Stage) -> None:
    assert loop.next_move(facts) is move
    assert [one for one, stand in loop.stands(facts).items() if stand is Stand.NOW] == [stage]


def test_what_was_done_in_this_round_is_told_from_what_comes_later() -> None:
    stands = loop.stands(Facts(DATASET, [RUN], (), ERRORS, TEACH))
    done = [stage for stage, stand in stands.items() if stand is Stand.DONE]
    assert done == [Stage.IMPORT, Stage.TRAIN, Stage.ERRORS, Stage.CORRECT]
    assert stands[Stage.COMPARE] is Stand.LATER


def test_a_comparison_that_was_seen_is_done_until_labels_change_again() -> None:
    seen = Facts(DATASET, [NEWER, RUN], (), ERRORS, NONE, compared=True)
    assert loop.stands(seen)[Stage.COMPARE] is Stand.DONE
    assert loop.stands(replace(seen, since=TEACH))[Stage.COMPARE] is Stand.LATER


def test_the_run_that_was_continued_is_the_one_to_compare_with() -> None:
    chain = [replace(RUN, id=4, parent_id=2), replace(RUN, id=3), RUN]
    assert Facts(DATASET, chain).earlier == RUN


def test_the_facts_are_gathered_from_the_store(home: Home) -> None:
    dataset = add_set(home, "small")
    run = add_run(home, dataset)
    findings.replace(home.store, run, [], revision=1, notes=[])
    label = datasets.labels(home.store, dataset)[0]
    change = CellChange(0, label.id, CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT, True))
    corrections.apply(home.store, dataset, [change], author="Ada", client_id="one")
    facts = loop.gather(home.store, NOBODY, datasets.get(home.store, dataset))
    assert facts.since == SinceRun(0, 1, 0, 2)
    assert loop.next_move(facts) is Move.RETRAIN


def test_why_the_newest_run_failed_is_gathered(home: Home) -> None:
    dataset = add_set(home, "small")
    add_run(home, dataset, JobState.FAILED, message="The disk is full.")
    assert loop.gather(home.store, NOBODY, datasets.get(home.store, dataset)).failure == "The disk is full."


def test_an_undone_correction_counts_as_a_difference_and_not_as_a_correction(home: Home) -> None:
    dataset = add_set(home, "small")
    label = datasets.labels(home.store, dataset)[0]
    change = CellChange(0, label.id, CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT, True))
    made = corrections.apply(home.store, dataset, [change], author="Ada", client_id="one").batch
    run = add_run(home, dataset)  # learns from the correction
    corrections.undo(home.store, dataset, made.id, author="Ada", client_id="two")
    findings.replace(home.store, run, [], revision=2, notes=[])
    assert loop.gather(home.store, NOBODY, datasets.get(home.store, dataset)).since == SinceRun(0, 1, 0, 3, 1)


def left_out(home: Home, dataset: int, rows: list[int], back: bool = False) -> None:
    splitting.place(
        home.store, NOBODY, dataset, rows, part=None, left_out=not back, client_id=f"{rows} {back}", reason=""
    )


def test_an_error_of_an_image_that_is_left_out_is_nobodys_to_review_until_it_is_taken_back(
    home: Home,
) -> None:
    dataset = add_set(home, "small")
    run = add_run(home, dataset)
    analyse(home, run, dataset)
    before = loop.gather(home.store, NOBODY, datasets.get(home.store, dataset))
    left_out(home, dataset, [6])
    facts = loop.gather(home.store, NOBODY, datasets.get(home.store, dataset))
    assert (before.errors, facts.errors, facts.errors_left_out) == (8, 6, 2)
    left_out(home, dataset, [6], back=True)
    again = loop.gather(home.store, NOBODY, datasets.get(home.store, dataset))
    assert (again.errors, again.errors_left_out) == (8, 0)


def test_without_a_validation_image_nothing_is_compared_or_trained_before_some_are_back(home: Home) -> None:
    dataset = add_set(home, "small")
    run = add_run(home, dataset)
    findings.replace(home.store, run, [], revision=1, notes=[])
    left_out(home, dataset, [6, 7, 8, 9])
    facts = loop.gather(home.store, NOBODY, datasets.get(home.store, dataset))
    assert facts.lacking == Lack(Part.VALIDATION, 4)
    assert loop.next_move(facts) is Move.SPLIT
