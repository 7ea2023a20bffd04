"""Findings are read in pages by rank, and a reviewer's verdict wins, lasts and can be undone."""

import pytest

from db import corrections, datasets, findings, jobs, labels, placements, runs
from db.errors import Stale
from db.findings import Filter
from db.records import CellChange, CellValue, Dataset, Epoch, NewFinding, Place, Run
from db.store import Store
from db.terms import Cause, ErrorKind, JobState, LabelState, Lane, Part


@pytest.fixture
def run(store: Store, small: Dataset) -> Run:
    """A run with three findings, of ranks 0, 1, 2, on images 6, 7, 8."""
    made = runs.create(
        store,
        dataset_id=small.id,
        name="",
        preset="scratch",
        config={},
        folder="r",
        threshold=[0.5] * 3,
        author="A",
    )
    found = [
        new(store, small, rank, cause)
        for rank, cause in enumerate([Cause.MISLABEL, Cause.MISLABEL, Cause.UNKNOWN])
    ]
    findings.replace(store, made.id, found, revision=1, notes=["a note"])
    return runs.get(store, made.id)


def new(store: Store, small: Dataset, rank: int, cause: Cause) -> NewFinding:
    label = datasets.labels(store, small.id)[rank].id
    return NewFinding(
        Part.VALIDATION, 6 + rank, label, ErrorKind.FN, LabelState.PRESENT, 0.1, 0.5, cause, 0.9 - rank / 10, None,
        0.9, 0.0, 0.0, LabelState.ABSENT, "evidence", rank, {"with_label": [1, 2]},
    )  # fmt: skip


def test_pages_follow_the_rank_without_gaps(store: Store, run: Run) -> None:
    first = findings.page(store, Filter(run.id), limit=2)
    second = findings.page(store, Filter(run.id), after=first[-1].rank, limit=2)
    assert [f.rank for f in first + second] == [0, 1, 2]
    assert first[0].data["with_label"] == [1, 2]


def test_filters_narrow_by_cause_confidence_and_key(store: Store, run: Run) -> None:
    assert [f.rank for f in findings.page(store, Filter(run.id, cause=Cause.UNKNOWN))] == [2]
    assert [f.rank for f in findings.page(store, Filter(run.id, min_confidence=0.85))] == [0]
    assert [f.rank for f in findings.page(store, Filter(run.id, search="im7"))] == [1]
    assert findings.page(store, Filter(run.id, search="%")) == []


def test_a_verified_cell_counts_as_reviewed(store: Store, small: Dataset, run: Run) -> None:
    target = findings.page(store, Filter(run.id))[0]
    keep = CellChange(target.row, target.label_id, target.now, CellValue(target.now.state, verified=True))
    corrections.apply(store, small.id, [keep], author="Ada", client_id="keep")
    assert [f.rank for f in findings.page(store, Filter(run.id, reviewed=True))] == [0]
    assert [f.rank for f in findings.page(store, Filter(run.id, reviewed=False))] == [1, 2]
    assert sum(count.reviewed for count in findings.counts(store, run.id)) == 1


def test_a_verdict_wins_over_a_new_analysis_and_can_be_undone(store: Store, small: Dataset, run: Run) -> None:
    target = findings.page(store, Filter(run.id))[0]
    moved = corrections.move(
        store, small.id, target.id, Cause.MISLABEL, Cause.SPARSITY, author="Ada", client_id="move"
    )
    again = [new(store, small, rank, Cause.MISLABEL) for rank in range(3)]
    findings.replace(store, run.id, again, revision=1, notes=[])
    now = findings.page(store, Filter(run.id))[0]
    assert (now.cause, now.machine_cause, now.reviewed) == (Cause.SPARSITY, Cause.MISLABEL, True)
    corrections.undo(store, small.id, moved.batch.id, author="Ada", client_id="undo")
    assert findings.page(store, Filter(run.id))[0].cause is Cause.MISLABEL
    findings.replace(store, run.id, [new(store, small, 0, Cause.UNKNOWN)], revision=1, notes=[])
    assert findings.page(store, Filter(run.id))[0].cause is Cause.UNKNOWN


def test_a_verdict_that_a_later_analysis_agrees_with_is_still_a_review(
    store: Store, small: Dataset, run: Run
) -> None:
    target = findings.page(store, Filter(run.id))[0]
    moved = corrections.move(
        store, small.id, target.id, Cause.MISLABEL, Cause.SPARSITY, author="Ada", client_id="1"
    )
    findings.replace(store, run.id, [new(store, small, 0, Cause.SPARSITY)], revision=1, notes=[])
    now = findings.page(store, Filter(run.id))[0]
    assert (now.cause, now.machine_cause, now.reviewed) == (Cause.SPARSITY, Cause.SPARSITY, True)
    assert [count.reviewed for count in findings.counts(store, run.id)] == [1]
    assert findings.page(store, Filter(run.id, reviewed=False)) == []
    back = corrections.undo(store, small.id, moved.batch.id, author="Ada", client_id="2")
    assert not findings.get(store, now.id).reviewed
    corrections.undo(store, small.id, back.batch.id, author="Ada", client_id="3")
    assert findings.get(store, now.id).reviewed


def test_a_verdict_on_one_run_is_no_review_of_another(store: Store, small: Dataset, run: Run) -> None:
    other = runs.create(
        store,
        dataset_id=small.id,
        name="",
        preset="scratch",
        config={},
        folder="other",
        threshold=[0.5] * 3,
        author="A",
    )
    findings.replace(store, other.id, [new(store, small, 0, Cause.MISLABEL)], revision=1, notes=[])
    target = findings.page(store, Filter(run.id))[0]
    corrections.move(store, small.id, target.id, Cause.MISLABEL, Cause.SPARSITY, author="Ada", client_id="1")
    assert [f.reviewed for f in findings.page(store, Filter(other.id))] == [False]


def test_looks_at_the_test_part_are_counted_also_after_their_run_is_gone(
    store: Store, small: Dataset, run: Run
) -> None:
    runs.note_test_look(store, run.id, "Ada")
    runs.note_test_look(store, run.id, "Bob")
    assert runs.get(store, run.id).test_scored == 2
    jobs.end(store, run.job_id, JobState.FINISHED)
    runs.remove(store, run.id)
    assert runs.count_test_looks(store, small.id) == 2
    datasets.remove(store, small.id)
    assert runs.count_test_looks(store, small.id) == 0


def test_a_verdict_is_no_revision_and_a_stale_one_is_refused(store: Store, small: Dataset, run: Run) -> None:
    target = findings.page(store, Filter(run.id))[0]
    corrections.move(store, small.id, target.id, Cause.MISLABEL, Cause.SPARSITY, author="Ada", client_id="1")
    assert datasets.get(store, small.id).revision == 1
    with pytest.raises(Stale, match="sparsity"):
        corrections.move(
            store, small.id, target.id, Cause.MISLABEL, Cause.UNKNOWN, author="Bob", client_id="2"
        )


def test_an_epoch_gone_through_again_replaces_what_followed(store: Store, run: Run) -> None:
    for number in (1, 2, 3):
        runs.add_epoch(store, Epoch(run.id, number, 1.0, {"loss": 1.0}, {"loss": 1.0}, ()))
    runs.add_epoch(store, Epoch(run.id, 2, 1.0, {"loss": 0.5}, {"loss": 0.4}, ((6, 0, 0.9, "absent"),)))
    found = runs.epochs(store, run.id)
    assert [(e.epoch, e.train["loss"]) for e in found] == [(1, 1.0), (2, 0.5)]
    assert found[1].most_wrong == ((6, 0, 0.9, "absent"),)


def test_a_lane_has_one_live_job_and_an_ended_one_stays_ended(store: Store, run: Run) -> None:
    job = jobs.claim(store, Lane.LONG)
    assert job is not None
    assert job.id == run.job_id
    assert jobs.claim(store, Lane.LONG) is None
    jobs.end(store, job.id, JobState.FAILED, message="killed")
    jobs.end(store, job.id, JobState.FINISHED)
    assert jobs.get(store, job.id).state is JobState.FAILED
    assert jobs.requeue(store, job.id).state is JobState.QUEUED
    with pytest.raises(Stale, match="cannot be started twice"):
        jobs.requeue(store, job.id)


def test_stopping_a_queued_job_stops_it_at_once(store: Store, run: Run) -> None:
    assert jobs.ask_stop(store, run.job_id, now=False).state is JobState.STOPPED
    with pytest.raises(Stale, match="ended already"):
        jobs.ask_stop(store, run.job_id, now=True)


def test_what_was_moved_in_another_run_is_remembered_until_it_is_taken_back(
    store: Store, small: Dataset, run: Run
) -> None:
    target = findings.page(store, Filter(run.id))[0]
    moved = corrections.move(
        store,
        small.id,
        target.id,
        Cause.MISLABEL,
        Cause.WRONG_PATTERN,
        author="Ada",
        client_id="move",
        reason="",
    )
    cell = (target.row, target.label_id)
    assert findings.moved_elsewhere(store, run.id, [cell]) == {}
    newer = runs.create(
        store,
        dataset_id=small.id,
        name="",
        preset="scratch",
        config={},
        folder="r2",
        threshold=[0.5] * 3,
        author="A",
    )
    other = (target.row, target.label_id + 1)
    assert findings.moved_elsewhere(store, newer.id, [cell, other]) == {
        cell: (run.id, Cause.WRONG_PATTERN, "Ada")
    }
    corrections.undo(store, small.id, moved.batch.id, author="Ada", client_id="back")
    assert findings.moved_elsewhere(store, newer.id, [cell]) == {}


def test_an_image_that_is_left_out_takes_its_findings_from_every_list(
    store: Store, small: Dataset, run: Run
) -> None:
    out = {7: Place(Part.VALIDATION, left_out=True)}
    placements.move(store, small.id, out, author="Ada", client_id="out", reason="")
    assert [f.rank for f in findings.page(store, Filter(run.id))] == [0, 2]
    assert [f.rank for f in findings.everything(store, run.id)] == [0, 2]
    assert findings.page(store, Filter(run.id, search="im7")) == []
    assert sum(count.findings for count in findings.counts(store, run.id)) == 2
    assert findings.left_out(store, run.id) == 1


def test_a_label_that_is_gone_has_no_findings_left_out(store: Store, small: Dataset, run: Run) -> None:
    target = findings.page(store, Filter(run.id))[1]
    out = {target.row: Place(Part.VALIDATION, left_out=True)}
    placements.move(store, small.id, out, author="Ada", client_id="out", reason="")
    labels.remove(store, small.id, target.label_id, author="Ada", client_id="gone", reason="")
    assert findings.left_out(store, run.id) == 0
