"""Settings come from text, go through JSON and come back; whatever cannot be is refused by name."""

import json
import re
import subprocess
import sys
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import config
from core.data.images import PIXELS_PX
from core.errors import BadInput


def test_a_preset_is_changed_by_text() -> None:
    changed = config.from_settings("scratch", {"epochs": "3", "learning-rate": "0.01", "flip": "no"})
    assert (changed.epochs, changed.learning_rate, changed.flip) == (3, 0.01, False)
    assert changed.preset == "scratch"


def test_none_empties_an_optional_setting() -> None:
    assert config.from_settings("scratch", {"pos_weight_cap": "none"}).pos_weight_cap is None
    assert config.from_settings("report-2020", {"over_represented": "sea"}).over_represented == "sea"


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("epochs", "many", "a whole number from 1 to 1000"),
        ("epochs", "0", "a whole number from 1 to 1000"),
        ("epochs", "none", "a whole number from 1 to 1000"),
        ("learning_rate", "nan", "a number from 1e-07 to 10"),
        ("optimiser", "lion", "one of adam, adamw, sgd"),
        ("flip", "perhaps", "true or false"),
        ("ema", "2", "a number from 0 to 0.99999 or none"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(key: str, text: str, said: str) -> None:
    with pytest.raises(BadInput) as told:
        config.from_settings("scratch", {key: text})
    assert key in str(told.value)
    assert said in str(told.value)


@pytest.mark.parametrize("key", ["epoch", "preset", "", "__class__"])
def test_an_unknown_setting_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match="There is no setting"):
        config.from_settings("scratch", {key: "1"})


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="report-2020-rebalanced"):
        config.from_settings("resnet", {})


@pytest.mark.parametrize("name", config.PRESETS)
def test_presets_survive_json(name: str) -> None:
    preset = config.PRESETS[name]
    assert preset.preset == name
    assert config.from_dict(json.loads(json.dumps(config.to_dict(preset)))) == preset
    assert name in config.PRESET_HELP


def test_an_unknown_key_in_stored_settings_is_refused() -> None:
    with pytest.raises(BadInput, match="'dropout'"):
        config.from_dict({"dropout": 0.5})


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_gets_past_its_bounds(value: float) -> None:
    try:
        made = config.TrainConfig(threshold=value)
    except BadInput:
        assert not 0 <= value <= 1
    else:
        assert 0 <= made.threshold <= 1


def test_true_is_no_number() -> None:
    with pytest.raises(BadInput, match="epochs"):
        config.TrainConfig(epochs=True)


def test_every_setting_is_explained_in_a_sentence() -> None:
    for f in fields(config.TrainConfig):
        assert f.metadata["title"], f.name
        assert f.metadata["help"].endswith("."), f.name


def test_the_report_is_what_it_says() -> None:
    report = config.PRESETS["report-2020"]
    assert (report.network, report.side_px, report.versions, report.drop_probability) == (
        "report-2020", 64, 5, 0.5,
    )  # fmt: skip
    assert (report.optimiser, report.learning_rate, report.batch) == ("adam", 1e-3, 64)
    assert (report.loss_weighting, report.pos_weight_cap, report.threshold) == ("ratio", None, 0.5)
    second = config.PRESETS["report-2020-rebalanced"]
    assert second.loss_weighting == "ratio-over-min"
    assert config.needs_parent(second)
    assert not config.needs_parent(report)


def test_settings_need_no_torch() -> None:
    code = "import sys, core.config, core.metrics, core.data.balance, core.data.augment, core.training\n"
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_network_asks_for_more_pixels_than_are_kept() -> None:
    (side,) = (f for f in fields(config.TrainConfig) if f.name == "side_px")
    assert side.metadata["high"] == PIXELS_PX
    with pytest.raises(BadInput, match="from 32 to 128"):
        config.TrainConfig(side_px=PIXELS_PX + 1)


def test_presets_promise_no_figures() -> None:
    for name, text in config.PRESET_HELP.items():
        assert not re.search(r"\.\d|\d+ minutes", text), name
