"""The errors page: what it says before there are errors, and that an address reopens a view."""

import json

import numpy as np
from streamlit.testing.v1 import AppTest

from core.actor import Actor
from core.files import save_array
from core.services import corrections, splitting
from core.services.corrections import Operation
from db import findings, jobs, runs
from db.records import CellChange, CellValue
from db.terms import Cause, JobKind, JobState, LabelState, Part
from tests.conftest import Home
from tests.pages.errors_sets import analyse, button, gallery_data, open_page, said
from tests.pages.sets import add_run, add_set

ABSENT, PRESENT = CellValue(LabelState.ABSENT), CellValue(LabelState.PRESENT, True)


def correct(home: Home, row: int, label_id: int) -> None:
    change = CellChange(row, label_id, ABSENT, PRESENT)
    operation = Operation(f"client-{row}-{label_id}", "set", changes=(change,))
    assert corrections.operate(home.store, Actor("Ada"), 1, [operation])[0].status == "saved"


def cards_data(seen: AppTest) -> list[dict[str, object]]:
    """What the cards of causes were handed."""
    (found,) = (
        one.proto for one in seen.get("bidi_component") if one.proto.component_name == "errata_causes"
    )
    return json.loads(found.json)["cards"]


def test_without_data_or_run_the_page_says_what_to_do(home: Home) -> None:
    assert "There is no data set yet" in said(open_page("errors"))
    add_set(home, "scenes")
    assert "No run was trained" in said(open_page("errors"))


def test_a_run_that_still_trains_is_told(home: Home) -> None:
    run = add_run(home, add_set(home, "scenes"), JobState.RUNNING)
    assert f"Run {run} is running" in said(open_page("errors", run=run))


def test_a_run_that_failed_says_why(home: Home) -> None:
    run = add_run(home, add_set(home, "scenes"), JobState.FAILED, message="The disk was full.")
    assert "The disk was full." in said(open_page("errors", run=run))


def test_one_press_queues_the_analysis_and_its_progress_takes_the_place(home: Home) -> None:
    run = add_run(home, add_set(home, "scenes"))
    seen = open_page("errors", run=run)
    button(seen, "Find the causes").click().run()
    (job,) = jobs.listing(home.store, kinds=[JobKind.ANALYSE])
    assert job.run_id == run
    assert not [one for one in seen.button if one.label == "Find the causes"]
    assert "You can leave this page" in said(seen)


def test_a_run_without_errors_says_so(home: Home) -> None:
    run = add_run(home, add_set(home, "scenes"))
    findings.replace(home.store, run, [], revision=1, notes=[])
    assert "makes no validation error" in said(open_page("errors", run=run))


def test_an_address_reopens_the_same_view(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    analyse(home, run, dataset)
    seen = open_page(
        "errors", run=run, cause="wrong pattern", label=2, kind="FP", min=30, search="7", reviewed="all"
    )
    assert gallery_data(seen)["query"] == {
        "run": run,
        "part": "val",
        "cause": "wrong pattern",
        "label": "2",
        "kind": "FP",
        "min": 0.3,
        "search": "7",
    }


def test_without_filters_the_gallery_asks_for_what_nobody_has_reviewed_and_knows_how_much(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    analyse(home, run, dataset)
    assert gallery_data(open_page("errors", run=run))["total"] == 8
    correct(home, 6, 2)  # the FP of image 6
    data = gallery_data(open_page("errors", run=run))
    assert data["total"] == 7
    assert data["query"] == {"run": run, "part": "val", "reviewed": "0"}


def test_nonsense_in_the_address_is_left_out(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    analyse(home, run, dataset)
    seen = open_page("errors", run=run, cause="guess", label="<b>", kind="XX", min="nan", max=400)
    assert gallery_data(seen)["query"] == {"run": run, "part": "val", "reviewed": "0"}


def test_a_filter_changes_the_address(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    analyse(home, run, dataset)
    seen = open_page("errors", run=run)
    next(one for one in seen.selectbox if one.label == "Kind of error").select("FN").run()
    assert seen.query_params["kind"] in ("FN", ["FN"])
    assert gallery_data(seen)["query"]["kind"] == "FN"


def test_corrections_are_told_apart_and_one_press_trains_on_them(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    analyse(home, run, dataset)
    seen = open_page("errors", run=run)
    assert button(seen, "Train again").disabled
    correct(home, 6, 2)
    correct(home, 0, 2)
    correct(home, 1, 1)
    seen = open_page("errors", run=run)
    assert "1 validation correction re-scores; 2 training corrections teach." in said(seen)
    button(seen, "Train again on revision 4").click().run()
    new = runs.listing(home.store, dataset)[0]
    assert new.id != run
    assert new.revision == 4
    assert dict(new.config) == dict(runs.get(home.store, run).config)


def test_training_again_continues_what_the_run_continued(home: Home) -> None:
    dataset = add_set(home, "scenes")
    parent = add_run(home, dataset)
    child = add_run(home, dataset, parent=parent)
    analyse(home, child, dataset)
    correct(home, 0, 2)
    button(open_page("errors", run=child), "Train again on revision 2").click().run()
    assert runs.listing(home.store, dataset)[0].parent_id == parent


def test_the_cards_say_what_a_cause_is_worth(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = runs.get(home.store, add_run(home, dataset))
    scores = np.full((10, 3), 0.2, np.float32)
    scores[6, 1] = 0.9  # right once it is annotated; the four labels that are annotated are missed
    save_array(home.settings.runs_dir / run.folder / "scores.npy", scores)
    analyse(home, run.id, dataset, notes=("Shortcut: “car” is predicted at sunset.",))
    correct(home, 6, 2)
    cards = cards_data(open_page("errors", run=run.id))
    assert [card["worth"] for card in cards] == ["accepting all: +.667 F1", "", "1 pattern", ""]
    assert "teaches the model nothing" in str(cards[0]["worthMeaning"])


def test_shortcuts_stand_apart_from_the_limits_of_the_analysis(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    notes = ("No training dynamics: a shortcut of the ranking.", "Shortcut: “car” is predicted at sunset.")
    analyse(home, run, dataset, Part.VALIDATION, notes)
    seen = open_page("errors", run=run, cause="wrong pattern")
    assert [one.label for one in seen.expander] == ["What this analysis can and cannot say"]
    told = [one.proto.body for one in seen.get("html") if "relies on" in one.proto.body]
    assert len(told) == 1
    assert "The model relies on 1 wrong pattern:" in told[0]
    assert "“car” is predicted at sunset." in told[0]
    seen = open_page("errors", run=run, cause="mislabel")
    assert not [one for one in seen.get("html") if "relies on" in one.proto.body]


def test_the_label_filter_counts_what_is_left_and_keeps_a_label_that_is_done(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    analyse(home, run, dataset)
    label = next(one for one in open_page("errors", run=run).selectbox if one.label == "Label")
    before = {text.split(" · ")[0]: int(text.split(" · ")[1]) for text in label.options[1:]}
    correct(home, 6, 2)
    seen = open_page("errors", run=run, label=2)
    label = next(one for one in seen.selectbox if one.label == "Label")
    after = {text.split(" · ")[0]: int(text.split(" · ")[1]) for text in label.options[1:]}
    assert after == {**before, "sky": before["sky"] - 1}
    assert gallery_data(seen)["query"]["label"] == "2"


def test_a_weak_model_is_told_where_to_train_it_longer(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    analyse(home, run, dataset)
    for found in findings.everything(home.store, run):
        change = Operation(
            f"move-{found.id}", "verdict", finding_id=found.id, seen_cause=found.cause, cause=Cause.UNKNOWN
        )
        corrections.operate(home.store, Actor("Ada"), dataset, [change])
    seen = open_page("errors", run=run)
    assert "Often the model is simply weak" in said(seen)
    assert any(link.proto.label == "Train longer →" for link in seen.get("page_link"))


def leave_out(home: Home, dataset: int, rows: list[int]) -> None:
    splitting.place(
        home.store, Actor("Ada"), dataset, rows, part=None, left_out=True, client_id=str(rows), reason=""
    )


def test_errors_of_images_that_are_left_out_are_neither_listed_nor_counted_and_the_page_says_so(
    home: Home,
) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    analyse(home, run, dataset)
    leave_out(home, dataset, [6, 7])
    seen = open_page("errors", run=run)
    assert gallery_data(seen)["total"] == 4
    assert sum(card["findings"] for card in cards_data(seen)) == 4
    assert "4 errors are no longer listed, as their images are left out." in said(seen)
    leave_out(home, dataset, [8, 9])
    assert f"No validation error of run {run} is left: 8 errors" in said(open_page("errors", run=run))
