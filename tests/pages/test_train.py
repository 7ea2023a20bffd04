"""The train page: launching, watching, stopping, and what it says when there is nothing or something broke."""

from dataclasses import fields
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import states
from core.artifacts import RunFiles
from core.config import PRESETS, TrainConfig
from core.files import save_array
from db import corrections, datasets, jobs, models, runs
from db.records import CellChange, CellValue, Epoch
from db.terms import JobState, LabelState
from pages.ui.training import answer
from tests.conftest import Home
from tests.pages.sets import add_run, add_set

APP = Path(__file__).resolve().parents[2] / "app.py"


def train_page(**address: int) -> AppTest:
    """The train page as somebody sees it who comes from the overview."""
    seen = AppTest.from_file(APP, default_timeout=30)
    for name, value in address.items():
        seen.query_params[name] = str(value)
    seen.run()
    seen.switch_page("pages/train.py").run()
    assert not seen.exception
    return seen


def said(seen: AppTest) -> str:
    """Everything that the page says in words."""
    kinds = (seen.markdown, seen.caption, seen.error, seen.warning, seen.info, seen.code)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def buttons(seen: AppTest) -> dict[str, bool]:
    """The buttons by name, and whether each can be pressed."""
    return {button.label: not button.disabled for button in seen.button}


def press(seen: AppTest, label: str) -> AppTest:
    """The page after a button was pressed."""
    next(button for button in seen.button if button.label == label).click().run()
    assert not seen.exception
    return seen


def test_without_data_the_page_says_what_to_do(home: Home) -> None:
    assert "There is no data set yet" in said(train_page())


def test_a_run_is_queued_with_the_settings_as_edited(home: Home) -> None:
    dataset = add_set(home, "small")
    seen = train_page()
    seen.number_input(key="errata:train:scratch:epochs").set_value(3)
    press(seen, "Train on revision 1")
    run = runs.listing(home.store, dataset)[0]
    assert (run.state, run.preset, run.config["epochs"], run.revision) == (JobState.QUEUED, "scratch", 3, 1)
    assert run.config["learning_rate"] == PRESETS["scratch"].learning_rate
    assert str(run.id) in seen.query_params["run"]
    assert "starts in a moment" in said(seen)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_setting_can_be_edited_and_starts_at_the_presets_value(home: Home, preset: str) -> None:
    add_set(home, "small")
    seen = train_page()
    seen.selectbox(key="errata:train:preset").select(preset).run()
    assert not seen.exception
    widgets = [*seen.number_input, *seen.selectbox, *seen.toggle, *seen.text_input]
    shown = {
        widget.key.split(":")[-1]: widget for widget in widgets if f":train:{preset}:" in (widget.key or "")
    }
    for setting in fields(TrainConfig):
        if setting.name != "preset":
            assert (shown[setting.name].value or None) == (getattr(PRESETS[preset], setting.name) or None), (
                setting.name
            )
            assert shown[setting.name].help


def test_the_rebalanced_preset_waits_for_a_run_to_continue(home: Home) -> None:
    dataset = add_set(home, "small")
    seen = train_page()
    seen.selectbox(key="errata:train:preset").select("report-2020-rebalanced").run()
    assert buttons(seen)["Train on revision 1"] is False
    parent = add_run(home, dataset, preset="report-2020")
    press(seen.run(), "Train on revision 1")
    assert runs.listing(home.store, dataset)[0].parent_id == parent


def test_a_live_run_can_be_stopped_after_its_epoch(home: Home) -> None:
    dataset = add_set(home, "small")
    run = runs.get(home.store, add_run(home, dataset, JobState.RUNNING))
    jobs.beat(home.store, run.job_id, progress=0.4, doing="epoch 4 / 10 · 2:10 left · 430 images/s")
    seen = train_page(run=run.id)
    assert "epoch 4 / 10 · 2:10 left · 430 images/s" in said(seen)
    press(seen, "Stop after epoch")
    assert runs.get(home.store, run.id).state is JobState.STOPPING
    assert buttons(seen) | {"Stop after epoch": False, "Stop now": True} == buttons(seen)


def test_a_failed_run_says_why_and_can_be_resumed(home: Home) -> None:
    dataset = add_set(home, "small")
    run = add_run(
        home, dataset, JobState.FAILED, message="The process was killed by the system: too little memory."
    )
    seen = train_page(run=run)
    assert "too little memory" in said(seen)
    press(seen, "Resume")
    assert runs.get(home.store, run).state is JobState.QUEUED


def test_a_finished_run_leads_to_its_errors(home: Home) -> None:
    run = add_run(home, add_set(home, "small"), message="Trained 3 epochs.")
    seen = train_page(run=run)
    assert "Trained 3 epochs." in said(seen)
    assert "Resume" not in buttons(seen)
    assert "See why it is wrong →" in [link.proto.label for link in seen.get("page_link")]


def test_the_most_wrong_pictures_carry_annotation_and_probability(home: Home) -> None:
    run = add_run(home, add_set(home, "small"))
    shown = "".join(element.proto.body for element in train_page(run=run).get("html"))
    assert "<b>sky</b><br>annotated present,<br>predicted .030" in shown
    assert "<b>sea</b><br>annotated absent,<br>predicted .970" in shown


def test_the_table_has_a_row_a_label(home: Home) -> None:
    run = add_run(home, add_set(home, "small"))
    seen = train_page(run=run)
    seen.button_group(key="errata:train:view").set_value("Per label").run()
    assert not seen.exception
    assert list(seen.dataframe[0].value["Label"]) == ["sea", "sky", "tree"]


def test_the_log_is_shown_as_it_was_written(home: Home) -> None:
    run = runs.get(home.store, add_run(home, add_set(home, "small")))
    folder = home.settings.runs_dir / run.folder
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("epoch 1 / 3: loss 0.5\n")
    seen = train_page(run=run.id)
    seen.button_group(key="errata:train:view").set_value("Log").run()
    assert "epoch 1 / 3: loss 0.5" in said(seen)


def test_the_settings_start_from_those_of_the_chosen_run_and_lead_back_to_the_presets(home: Home) -> None:
    dataset = add_set(home, "small")
    first = add_run(home, dataset, preset="demo")  # of three epochs
    seen = train_page(run=first)
    assert seen.selectbox(key="errata:train:preset").value == "demo"
    assert "The settings are those of run 1: epochs 3 (preset: 14)." in said(seen)
    press(seen, "Train on revision 1")
    assert runs.listing(home.store, dataset)[0].config == runs.get(home.store, first).config
    seen = press(train_page(run=first), "Start from the preset instead")
    assert "The settings are the preset's; run 1 changed: epochs 3 (preset: 14)." in said(seen)
    press(seen, "Train on revision 1")
    assert runs.listing(home.store, dataset)[0].config["epochs"] == PRESETS["demo"].epochs


def test_a_run_that_continued_another_is_repeated_from_the_same_weights(home: Home) -> None:
    dataset = add_set(home, "small")
    parent = add_run(home, dataset)
    child = add_run(home, dataset, parent=parent)
    with home.store.write() as connection:
        of = {**runs.get(home.store, child).config, "started_from": parent}
        connection.execute(models.runs.update().where(models.runs.c.id == child).values(config=of))
    press(train_page(run=child), "Train on revision 1")
    assert runs.listing(home.store, dataset)[0].parent_id == parent


def test_another_preset_than_the_chosen_runs_is_warned_of(home: Home) -> None:
    run = add_run(home, add_set(home, "small"), preset="demo")
    seen = train_page(run=run)
    seen.selectbox(key="errata:train:preset").select("scratch").run()
    assert "Run 1 was trained with the preset demo: a comparison with it would mix" in said(seen)


def test_a_run_says_what_it_was_trained_with(home: Home) -> None:
    run = add_run(home, add_set(home, "small"))
    shown = said(train_page(run=run))
    assert "Labels of revision 1 · preset scratch, changed from the preset: epochs 3 (preset: 16)" in shown
    assert "started from random weights" in shown


def test_how_long_a_run_takes_is_told_from_one_like_it(home: Home) -> None:
    run = add_run(home, add_set(home, "small"))  # three epochs of 1.5 s
    seen = train_page(run=run)
    seen.number_input(key="errata:train:scratch:run 1:epochs").set_value(80).run()
    assert "About 2 minutes for 80 epochs (run 1 took 0:04 for 3)." in said(seen)


def test_a_run_is_judged_again_by_corrected_validation_labels(home: Home) -> None:
    dataset = add_set(home, "small")
    number = add_run(home, dataset)
    scores = 0.1 + 0.8 * (states.matrix(home.store, dataset).states == 1)
    save_array(RunFiles(home.settings, runs.get(home.store, number)).folder / "scores.npy", scores)
    label = datasets.labels(home.store, dataset)[0]  # image 6 has it: the model says so, too
    change = CellChange(6, label.id, CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT, True))
    corrections.apply(home.store, dataset, [change], author="Ada", client_id="one")
    said_now = "Now .857 micro F1 by the labels of revision 2 (was 1.000): 1 validation label changed since."
    assert said_now in said(train_page(run=number))


def test_whether_it_is_learning_is_answered_with_numbers(home: Home) -> None:
    run = add_run(home, add_set(home, "small"))
    assert "It beats predicting nothing: micro F1 1.000 (0), subset accuracy 100.0 % (0.0 %)." in said(
        train_page(run=run)
    )


def test_a_model_that_leaves_more_images_wrong_than_nothing_does_is_told_so() -> None:
    said_of = answer.answer(
        curve([0.5, 0.4], [0.5, 0.4], f1=0.4, subset=0.372),
        {"micro_f1": 0, "subset_accuracy": 0.436},
        ended=True,
    )
    assert said_of == (
        "It does not beat predicting nothing yet in subset accuracy (37.2 % against 43.6 %), but finds labels: micro "
        "F1 .400: train longer or on more images."
    )


def test_overfitting_and_an_early_end_are_said_where_they_are_plain() -> None:
    falls, rises = [0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.08, 0.05], [0.5, 0.4, 0.35, 0.3, 0.32, 0.35, 0.4, 0.45]
    assert answer.trend(curve(falls, rises), ended=True) == (
        "It overfits since epoch 4: validation loss rose from .300 to .450 while training loss fell from .200 to .050."
    )
    learning = curve(falls, falls, gain=0.02)
    assert "still improving at the end (+.040 micro F1 in the last 2 epochs)" in answer.trend(
        learning, ended=True
    )
    assert answer.trend(learning, ended=False) == ""
    assert answer.trend(curve(falls, falls), ended=True) == ""


def curve(
    train: list[float], validation: list[float], *, f1: float = 0.5, subset: float = 0.5, gain: float = 0.0
) -> list[Epoch]:
    """Epochs with these losses; micro F1 rises by `gain` from one to the next."""
    return [
        Epoch(
            1,
            at + 1,
            1.0,
            {"loss": a},
            {"loss": b, "micro_f1": f1 + gain * at, "subset_accuracy": subset},
            (),
        )
        for at, (a, b) in enumerate(zip(train, validation, strict=True))
    ]
