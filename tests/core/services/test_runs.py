"""Runs that continue others: repeated as they were, and never cut off from what they continue."""

from dataclasses import replace

import pytest

from core import config
from core.actor import Actor
from core.config import PRESETS
from core.errors import BadInput, Refused
from core.services import runs as service
from core.services import splitting
from core.work import train
from db import corrections, datasets, jobs, runs
from db.errors import Stale
from db.records import CellChange, CellValue, Run
from db.terms import JobKind, JobState, LabelState, Lane
from tests.conftest import Home
from tests.pages.sets import add_run, add_set

ADA = Actor("Ada")
SCRATCH = PRESETS["scratch"]


def start(home: Home, dataset: int, parent: int | None = None) -> Run:
    """A queued run, from random weights unless it continues another."""
    return service.start(home.store, home.settings, ADA, dataset, SCRATCH, parent_id=parent)


def finish(home: Home, run: Run) -> None:
    jobs.claim(home.store, Lane.LONG)
    jobs.end(home.store, run.job_id, JobState.FINISHED)


def test_a_run_that_others_wait_to_continue_is_not_deleted(home: Home) -> None:
    dataset = add_set(home, "small")
    parent = add_run(home, dataset)
    child = start(home, dataset, parent)
    with pytest.raises(Refused, match=f"Run {child.id} continues run {parent} and is queued"):
        service.delete(home.store, home.settings, ADA, parent)
    assert runs.get(home.store, child.id).parent_id == parent


def test_a_run_whose_children_have_ended_is_deleted(home: Home) -> None:
    dataset = add_set(home, "small")
    parent = add_run(home, dataset)
    finish(home, start(home, dataset, parent))
    service.delete(home.store, home.settings, ADA, parent)
    assert [run.id for run in runs.listing(home.store)] == [parent + 1]


def test_a_child_of_a_run_that_is_gone_fails_with_a_sentence(home: Home) -> None:
    dataset = add_set(home, "small")
    parent = add_run(home, dataset)
    child = start(home, dataset, parent)
    runs.remove(home.store, parent)  # as two people may do it at once
    orphan = runs.get(home.store, child.id)
    assert orphan.parent_id is None
    with pytest.raises(BadInput, match=f"was to continue run {parent}, which was deleted"):
        train._parent(home.store, home.settings, orphan)


def test_a_run_from_random_weights_asks_for_no_parent(home: Home) -> None:
    assert train._parent(home.store, home.settings, start(home, add_set(home, "small"))) is None


def test_again_starts_a_scratch_run_from_random_weights(home: Home) -> None:
    dataset = add_set(home, "small")
    first = service.start(home.store, home.settings, ADA, dataset, replace(SCRATCH, epochs=3, seed=7))
    again = service.again(home.store, home.settings, ADA, first.id)
    assert (again.parent_id, dict(again.config)) == (None, dict(first.config))
    assert again.id != first.id


def test_again_continues_the_same_run_as_before(home: Home) -> None:
    dataset = add_set(home, "small")
    parent = add_run(home, dataset)
    first = service.start(home.store, home.settings, ADA, dataset, SCRATCH, parent_id=parent)
    again = service.again(home.store, home.settings, ADA, first.id)
    assert (again.parent_id, dict(again.config)) == (parent, dict(first.config))


def test_again_refuses_what_continued_a_run_that_is_gone(home: Home) -> None:
    dataset = add_set(home, "small")
    parent = add_run(home, dataset)
    first = start(home, dataset, parent)
    finish(home, first)
    service.delete(home.store, home.settings, ADA, parent)
    with pytest.raises(Refused, match=f"continued run {parent}, which was deleted"):
        service.again(home.store, home.settings, ADA, first.id)


def test_again_refuses_scores_from_outside(home: Home) -> None:
    dataset = add_set(home, "small")
    imported = runs.create_finished(
        home.store,
        dataset_id=dataset,
        name="",
        preset=service.IMPORTED,
        config={"preset": service.IMPORTED},
        folder="elsewhere",
        threshold=[0.5] * 3,
        author="Ada",
        revision=1,
        train={},
        validation={},
    )
    with pytest.raises(Refused, match="came from outside"):
        service.again(home.store, home.settings, ADA, imported.id)
    assert len(runs.listing(home.store)) == 1


def test_the_baseline_follows_the_labels_of_the_revision(home: Home) -> None:
    dataset = add_set(home, "small")
    sea = datasets.labels(home.store, dataset)[0]
    # Rows 6 and 9 are the validation images with sea; without them 2 of 12 cells are present.
    for row in (6, 9):
        change = CellChange(row, sea.id, CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT, True))
        corrections.apply(home.store, dataset, [change], author="Ada", client_id=str(row))
    old, new = (service.baseline(home.store, ADA, dataset, revision) for revision in (1, None))
    assert (old["hamming_accuracy"], new["hamming_accuracy"]) == (
        pytest.approx(8 / 12),
        pytest.approx(10 / 12),
    )
    assert old["micro_f1"] == 0


def test_the_commonest_label_is_the_other_score_to_beat_without_looking(home: Home) -> None:
    dataset = add_set(home, "small")
    tree = datasets.labels(home.store, dataset)[2]
    change = CellChange(0, tree.id, CellValue(LabelState.ABSENT), CellValue(LabelState.PRESENT, True))
    corrections.apply(home.store, dataset, [change], author="Ada", client_id="one")
    # Three of six training images have tree now; one of the four validation images, of four labels in all.
    found = service.commonest(home.store, ADA, dataset)
    assert found == service.Commonest("tree", pytest.approx(2 / 8))


def test_what_a_run_continued_is_no_setting_of_it() -> None:
    stored = config.to_dict(SCRATCH) | {config.STARTED_FROM: 3}
    assert config.from_dict(stored) == SCRATCH
    assert config.started_from(stored) == 3


def test_a_label_that_is_not_there_is_refused_before_a_run_is_queued(home: Home) -> None:
    dataset = add_set(home, "small")
    wrong = replace(SCRATCH, over_represented="lake")  # versions=1: nothing would be thinned out
    with pytest.raises(BadInput, match="'lake' is none of the data set's 3 labels"):
        service.start(home.store, home.settings, ADA, dataset, wrong)
    assert runs.listing(home.store) == []


def test_another_width_than_the_run_to_continue_is_refused_before_a_run_is_queued(home: Home) -> None:
    dataset = add_set(home, "small")
    parent = add_run(home, dataset)
    with pytest.raises(BadInput, match=f"Run {parent} has the width 20, these settings ask for 8"):
        service.start(home.store, home.settings, ADA, dataset, replace(SCRATCH, width=8), parent_id=parent)
    assert [run.id for run in runs.listing(home.store)] == [parent]


def test_a_run_that_has_ended_is_called_by_its_own_number(home: Home) -> None:
    dataset = add_set(home, "small")
    add_run(home, dataset)
    run = add_run(home, dataset, JobState.STOPPED)
    jobs.add(home.store, JobKind.ANALYSE, actor="ada", dataset_id=dataset, run_id=run)
    with pytest.raises(Stale, match=rf"Run {run} has ended already \(stopped\)\."):
        service.stop(home.store, ADA, run, now=True)
    service.resume(home.store, home.settings, ADA, run)
    with pytest.raises(Stale, match=f"Run {run} is queued: it goes on by itself"):
        service.resume(home.store, home.settings, ADA, run)


def test_where_every_image_of_a_part_is_left_out_a_run_says_to_take_some_back(home: Home) -> None:
    dataset = add_set(home, "small")
    splitting.place(
        home.store, ADA, dataset, [6, 7, 8, 9], part=None, left_out=True, client_id="out", reason=""
    )
    with pytest.raises(BadInput, match="no validation images that are not left out: take some back"):
        start(home, dataset)
