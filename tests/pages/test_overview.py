"""The overview: one next step with its reason, wherever in the loop somebody is."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import states
from core.actor import NOBODY
from core.artifacts import RunFiles
from core.files import save_array
from core.loop import Facts, Lack, Move
from core.services import splitting
from core.services.corrections import SinceRun
from db import corrections, datasets, findings, jobs, models, runs
from db.records import CauseCount, CellChange, CellValue, Dataset, Job, Run
from db.terms import LANES, Cause, ErrorKind, JobKind, JobState, LabelState, Part
from pages.ui import loop
from tests.conftest import Home
from tests.pages.sets import add_run, add_set, write_scan
from tests.pages.test_train import APP, buttons, press, said

DATASET = Dataset(
    1, "small", "f", "", "", "csv", LabelState.ABSENT, 3, 1200, 0.0, "Ada", demo=False, notes=()
)
# Analysed, on revision 1.
RUN = Run(2, 1, "", "scratch", {}, 1, None, "f", 1, JobState.FINISHED, 0.0, "Ada", (0.5,), 3, 1.0, 1, (), 0)
ERRORS = (CauseCount(Cause.MISLABEL, 1, ErrorKind.FP, 8, 3), CauseCount(Cause.UNKNOWN, 1, ErrorKind.FN, 4, 0))
SEEN = tuple(replace(count, reviewed=count.findings) for count in ERRORS)
NONE_SINCE = SinceRun(0, 0, 0, 3)
ANALYSING = Job(
    9, JobKind.ANALYSE, JobState.RUNNING, 1, 2, "Ada", {}, 0.1, "", "", {}, 0.0, None, None, None, None, None
)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (Facts(None), "no data set yet"),
        (Facts(DATASET), "no model has seen them"),
        (Facts(DATASET, [replace(RUN, state=JobState.RUNNING, epochs_done=0)]), "Run 2 is training"),
        (
            Facts(DATASET, [replace(RUN, state=JobState.FAILED, epochs_done=0)], failure="The disk is full."),
            "Run 2 failed: The disk is full.",
        ),
        (Facts(DATASET, [replace(RUN, analysed_at=None)]), "nobody knows yet why"),
        (Facts(DATASET, [replace(RUN, analysed_at=None)], [ANALYSING]), "being sorted by cause"),
        (Facts(DATASET, [RUN], (), ERRORS, NONE_SINCE), "9 validation errors of run 2 wait"),
        (
            Facts(DATASET, [RUN], (), ERRORS, SinceRun(61, 0, 0, 3)),
            "61 validation corrections re-score; none teaches",
        ),
        (
            Facts(DATASET, [RUN], (), ERRORS, SinceRun(61, 40, 0, 3)),
            "61 validation corrections re-score; 40 training corrections teach.",
        ),
        (
            Facts(DATASET, [replace(RUN, preset="imported")], (), ERRORS, SinceRun(0, 1, 0, 3)),
            "scores of run 2 came from outside",
        ),
        (Facts(DATASET, [replace(RUN, id=3, revision=3), RUN], (), ERRORS, NONE_SINCE), "labels than run 2"),
        (Facts(DATASET, [RUN], (), (), NONE_SINCE), "makes no error"),
        (Facts(DATASET, [RUN], (), (), NONE_SINCE, errors_left_out=1), "1 error is no longer listed"),
        (Facts(DATASET, lacking=Lack(Part.VALIDATION, 4)), "All 4 validation images are left out"),
        (Facts(DATASET, lacking=Lack(Part.TRAIN, 1)), "The only training image is left out"),
        (Facts(DATASET, lacking=Lack(Part.VALIDATION, 0)), "draw parts with a share for it"),
        (Facts(DATASET, [RUN], (), SEEN, NONE_SINCE), "Every validation error of run 2 was reviewed"),
    ],
)
def test_the_reason_of_the_next_step_is_said_with_its_numbers(facts: Facts, words: str) -> None:
    assert words in loop.next_step(facts).reason


def test_every_move_has_a_page_or_a_button_of_its_own() -> None:
    assert set(Move) - set(loop.PAGES) == {Move.ANALYSE, Move.RETRAIN}
    assert all((Path(APP).parent / page).is_file() for page in loop.PAGES.values())


def test_the_steps_of_the_loop_say_how_they_stand() -> None:
    shown = loop.steps(Facts(DATASET, [RUN], (), ERRORS, SinceRun(2, 3, 0, 3)))
    assert [(step.name, step.text) for step in shown] == [
        ("Import", "1,200 images"),
        ("Train", "1 run"),
        ("Errors", "12 by cause"),
        ("Correct", "5 since run 2"),
        ("Retrain", "not yet"),
        ("Compare", "needs two runs"),
    ]


def test_one_correction_is_spoken_of_in_the_singular() -> None:
    assert (
        loop.lesson(SinceRun(1, 1, 0, 2))
        == "1 validation correction re-scores; 1 training correction teaches."
    )


def test_new_images_teach_without_being_called_corrections() -> None:
    assert loop.lesson(SinceRun(0, 0, 0, 2, new_images=1)) == "1 new training image to learn from."
    assert (
        loop.lesson(SinceRun(2, 0, 0, 2, new_images=3))
        == "2 validation corrections re-score; none teaches yet. 3 new training images to learn from."
    )


def test_an_undo_is_not_called_a_correction() -> None:
    assert (
        loop.lesson(SinceRun(0, 1, 0, 3, 1))
        == "0 changed validation labels re-score; 1 changed training label teaches (1 differs because a correction "
        "was undone)."
    )


def overview() -> AppTest:
    seen = AppTest.from_file(APP, default_timeout=30).run()
    assert not seen.exception
    return seen


def links(seen: AppTest) -> list[str]:
    return [link.proto.label for link in seen.get("page_link")]


def tables(seen: AppTest) -> str:
    return "".join(element.proto.body for element in seen.get("html"))


def test_an_empty_home_offers_an_import_and_the_demo_set(home: Home) -> None:
    seen = overview()
    assert {"Import your images", "Draw the demo set"} <= buttons(seen).keys()
    press(seen, "Draw the demo set")
    assert [job.kind for job in jobs.listing(home.store)] == [JobKind.DEMO]
    assert "The demo set is being drawn" in said(seen)
    assert "Draw the demo set" not in buttons(seen)


def test_a_demo_set_that_failed_says_why(home: Home) -> None:
    job = jobs.add(home.store, JobKind.DEMO, actor="Ada")
    jobs.end(home.store, job.id, JobState.FAILED, message="The disk is full.")
    assert "The disk is full." in said(overview())


def test_the_runs_stand_beside_predicting_nothing(home: Home) -> None:
    add_run(home, add_set(home, "small"))
    shown = tables(overview())
    assert "predicting nothing" in shown
    assert "1 · scratch" in shown


def test_retraining_takes_one_click_and_the_same_settings(home: Home) -> None:
    dataset = add_set(home, "small")
    first = runs.get(home.store, add_run(home, dataset))
    # As an analysis leaves it that found no error.
    findings.replace(home.store, first.id, [], revision=first.revision, notes=[])
    label = datasets.labels(home.store, dataset)[0]
    change = CellChange(0, label.id, CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT, True))
    corrections.apply(home.store, dataset, [change], author="Ada", client_id="one")
    seen = overview()
    assert "0 validation corrections re-score; 1 training correction teaches." in said(seen)
    press(seen, "Retrain on revision 2")
    second = runs.listing(home.store, dataset)[0]
    assert (second.revision, second.config, second.state) == (2, first.config, JobState.QUEUED)


def test_retraining_continues_what_the_run_continued(home: Home) -> None:
    dataset = add_set(home, "small")
    parent = add_run(home, dataset)
    child = add_run(home, dataset, parent=parent)
    findings.replace(home.store, child, [], revision=1, notes=[])
    label = datasets.labels(home.store, dataset)[0]
    change = CellChange(0, label.id, CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT, True))
    corrections.apply(home.store, dataset, [change], author="Ada", client_id="one")
    press(overview(), "Retrain on revision 2")
    assert runs.listing(home.store, dataset)[0].parent_id == parent


def test_what_works_in_the_background_is_shown_with_its_progress(home: Home) -> None:
    add_set(home, "small")
    job = jobs.add(home.store, JobKind.IMPORT, actor="Ada", params={"name": "flowers"})
    jobs.claim(home.store, LANES[JobKind.IMPORT])
    jobs.beat(home.store, job.id, progress=0.5, doing="reading 300 of 600 images")
    assert bars(overview()) == ["**Importing “flowers”** · reading 300 of 600 images"]


def bars(seen: AppTest) -> list[str]:
    return [element.proto.text.replace("\\", "") for element in seen.get("progress")]


def test_a_run_in_the_background_names_its_data_set_and_what_it_waits_behind(home: Home) -> None:
    dataset = add_set(home, "small")
    first = add_run(home, dataset, JobState.RUNNING)
    jobs.beat(home.store, runs.get(home.store, first).job_id, progress=0.1, doing="epoch 2 / 14")
    second = add_run(home, dataset, JobState.QUEUED)
    assert bars(overview()) == [
        f"**Training run {first} of “small”** · epoch 2 / 14",
        f"**Training run {second} of “small”** · waiting behind 1 run",
    ]


def test_a_failed_run_is_resumed_from_the_overview(home: Home) -> None:
    dataset = add_set(home, "small")
    run = add_run(home, dataset, JobState.FAILED, message="The disk is full.")
    seen = overview()
    assert "Run 1 failed: The disk is full." in said(seen)
    press(seen, "Resume run 1")
    assert runs.get(home.store, run).state is JobState.QUEUED


def test_corrected_validation_labels_move_the_score_of_a_run(home: Home) -> None:
    dataset = add_set(home, "small")
    run = runs.get(home.store, add_run(home, dataset))
    scores = 0.1 + 0.8 * (states.matrix(home.store, dataset).states == 1)
    save_array(RunFiles(home.settings, run).folder / "scores.npy", scores)
    assert "Micro F1 now" not in tables(overview())
    label = datasets.labels(home.store, dataset)[0]
    change = CellChange(6, label.id, CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT, True))
    corrections.apply(home.store, dataset, [change], author="Ada", client_id="one")
    shown = tables(overview())
    assert "Micro F1 now, revision 2" in shown
    assert "<td class=number>.857</td></tr>" in shown


def test_an_import_that_arrived_can_be_closed_for_good(home: Home) -> None:
    dataset = add_set(home, "small")
    other = add_set(home, "other")
    job = jobs.add(home.store, JobKind.IMPORT, actor="Ada", params={"name": "small"})
    jobs.end(home.store, job.id, JobState.FINISHED)
    with home.store.write() as connection:
        connection.execute(models.jobs.update().where(models.jobs.c.id == job.id).values(dataset_id=dataset))
    seen = overview()
    assert seen.query_params["dataset"] == str(other)
    assert "“small” is imported." in said(seen)
    assert "is imported" not in said(press(seen, "Close"))
    assert "is imported" not in said(overview())  # nor in a new session


def test_before_the_first_training_the_trouble_that_was_found_is_a_link(home: Home) -> None:
    dataset = add_set(home, "small")
    assert not [label for label in links(overview()) if "trouble" in label]
    write_scan(home, dataset)
    assert "or look at the trouble first: 4 conflicting labels, 1 look-alikes" in links(overview())


def test_where_all_validation_images_are_left_out_the_overview_leads_to_taking_them_back(home: Home) -> None:
    dataset = add_set(home, "scenes")
    add_run(home, dataset)
    splitting.place(
        home.store, NOBODY, dataset, [6, 7, 8, 9], part=None, left_out=True, client_id="out", reason=""
    )
    seen = overview()
    next(one for one in seen.button if one.label == "Take images back").click().run()
    assert not seen.exception
    assert any(one.label == "Take back all" for one in seen.button)
