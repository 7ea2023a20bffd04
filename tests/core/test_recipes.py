"""What runs were trained with is told in words, never in keys."""

from dataclasses import replace

from core import config, recipes
from core.config import PRESETS
from db.records import Run
from db.terms import JobState


def run(number: int, preset: str = "demo", **changed: object) -> Run:
    stored = config.to_dict(PRESETS[preset]) if preset in PRESETS else {"preset": preset}
    return Run(
        number, 1, "", preset, stored | changed, 1, None, "f", 1, JobState.FINISHED, 0.0, "Ada", (0.5,), 3, 1.0,
        1, (), 0,
    )  # fmt: skip


def test_what_a_run_changed_of_its_preset_is_said_with_the_presets_value() -> None:
    assert recipes.changes(run(1, epochs=6, flip=False)) == ("epochs 6 (preset: 14)", "flip off (preset: on)")
    assert recipes.changes(run(1)) == ()


def test_two_runs_differ_in_words() -> None:
    said = recipes.differences(run(1, epochs=6), run(2, **{config.STARTED_FROM: 1}))
    assert said == ("epochs: 6 and 14", "started from: random weights and run 1")


def test_another_preset_and_scores_from_outside_are_named() -> None:
    assert recipes.differences(run(1), run(2, "scratch"))[0] == "preset: demo and scratch"
    assert recipes.differences(run(1), run(2, "imported")) == ("the scores of run 2 came from outside",)


def test_the_same_recipe_has_no_difference() -> None:
    assert recipes.differences(run(1), replace(run(2), revision=9)) == ()
