"""What an analysis says of a run as a whole, and what acting on its causes is worth."""

import numpy as np
import pytest

from core.actor import NOBODY
from core.files import save_array
from core.services import analysis
from db import corrections, datasets, jobs, runs
from db.records import CellChange, CellValue, Run
from db.terms import Cause, LabelState, Lane
from tests.conftest import Home
from tests.pages.errors_sets import analyse
from tests.pages.sets import add_run, add_set

PRESENT, ABSENT = CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT)


def analysed(home: Home, **notes: list[str]) -> Run:
    """A run that misses the label of every image and predicts the next: four mislabels, all to be absent."""
    dataset = add_set(home, "small")
    run = runs.get(home.store, add_run(home, dataset))
    scores = np.full((10, 3), 0.2, np.float32)
    for row in range(10):
        scores[row, (row + 1) % 3] = 0.8
    scores[:2] = np.nan  # of training images: they count in nothing
    save_array(home.settings.runs_dir / run.folder / "scores.npy", scores)
    kept = analysis.as_notes(notes.get("shortcuts", []), notes.get("limits", []))
    analyse(home, run.id, dataset, notes=tuple(kept))
    return run


def worth(home: Home, run: Run) -> analysis.Worth:
    return analysis.worth(home.store, home.settings, NOBODY, run.id)


def correct(home: Home, row: int, position: int, seen: CellValue, state: LabelState) -> None:
    label = datasets.labels(home.store, 1)[position]
    change = CellChange(row, label.id, seen, CellValue(state, True))
    corrections.apply(home.store, 1, [change], author="Ada", client_id=f"{row}-{position}")


def test_accepting_all_mislabels_is_worth_the_difference_in_micro_f1(home: Home) -> None:
    run = analysed(home)
    # Four predictions, none right: nothing is gained before one of them is annotated.
    assert worth(home, run).micro_f1_gain == 0
    correct(home, 6, 1, ABSENT, LabelState.PRESENT)
    # 1 TP, 3 FP and 4 FN now, and no FN once the four labels that were missed are gone.
    assert worth(home, run).micro_f1_gain == pytest.approx(2 / (2 + 3) - 2 / (2 + 3 + 4))


def test_what_a_person_has_verified_is_not_counted_again(home: Home) -> None:
    run = analysed(home)
    correct(home, 6, 1, ABSENT, LabelState.PRESENT)
    for row in (6, 7, 8):
        correct(home, row, row % 3, PRESENT, LabelState.PRESENT)  # kept: the suggestion is refused
    assert worth(home, run).micro_f1_gain == pytest.approx(2 / (2 + 3 + 3) - 2 / (2 + 3 + 4))


def test_without_scores_the_gain_is_not_known(home: Home) -> None:
    run = analysed(home, shortcuts=["a", "b"])
    (home.settings.runs_dir / run.folder / "scores.npy").unlink()
    assert worth(home, run) == analysis.Worth(micro_f1_gain=None, shortcuts=2, sparse_labels=0)


def test_sparsity_is_counted_by_label_as_reviewers_see_it(home: Home) -> None:
    run = analysed(home)
    first, second, *_ = analysis.page(
        home.store, NOBODY, analysis.FindingQuery(run.id, cause=Cause.WRONG_PATTERN)
    )
    assert first.label_id != second.label_id
    for found in (first, second):
        corrections.move(
            home.store, 1, found.id, found.cause, Cause.SPARSITY, author="Ada", client_id=str(found.id)
        )
    assert worth(home, run).sparse_labels == 2


def test_shortcuts_are_told_apart_from_limits_in_the_order_given(home: Home) -> None:
    run = analysed(home, shortcuts=["“car” at sunset", "“sea” in blue"], limits=["No shortcut: too few."])
    said = analysis.notes(home.store, NOBODY, run.id)
    assert said.shortcuts == ("“car” at sunset", "“sea” in blue")
    assert said.limits == ("No shortcut: too few.",)


def started(home: Home, run: Run) -> int:
    return analysis.start(home.store, home.settings, NOBODY, run.id).id


def test_an_analysis_is_queued_once_whatever_is_corrected_before_it_begins(home: Home) -> None:
    run = runs.get(home.store, add_run(home, add_set(home, "small")))
    first = started(home, run)
    correct(home, 6, 1, ABSENT, LabelState.PRESENT)
    assert started(home, run) == first


def test_a_running_analysis_of_older_labels_is_followed_by_another(home: Home) -> None:
    run = runs.get(home.store, add_run(home, add_set(home, "small")))
    first = started(home, run)
    assert jobs.claim(home.store, Lane.SHORT) is not None
    assert started(home, run) == first  # it has not read the labels yet
    jobs.note_revision(home.store, first, 1)
    assert started(home, run) == first
    correct(home, 6, 1, ABSENT, LabelState.PRESENT)
    second = started(home, run)
    assert second != first
    assert started(home, run) == second


def test_an_analysis_that_is_being_stopped_is_followed_by_another(home: Home) -> None:
    run = runs.get(home.store, add_run(home, add_set(home, "small")))
    first = started(home, run)
    jobs.claim(home.store, Lane.SHORT)
    jobs.ask_stop(home.store, first, now=True)
    assert started(home, run) != first
