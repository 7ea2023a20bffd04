"""The train page: launching, watching, stopping, and what it says when there is nothing or something broke."""

from dataclasses import fields
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import PRESETS, TrainConfig
from db import jobs, runs
from db.terms import JobState
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
    assert "waiting for the worker" in said(seen)


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
    assert "sky: annotated present, predicted .030" in shown
    assert "sea: annotated absent, predicted .970" in shown


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
