"""The compare page: two runs, one sentence, and the pictures behind the figures."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import states
from core.artifacts import RunFiles
from core.comparison import Effect
from core.files import save_array
from db import models, runs
from db.terms import JobState
from pages.ui.comparing import view
from pages.ui.comparing.waterfall import panel
from tests.conftest import Home
from tests.pages.sets import add_run, add_set
from tests.pages.test_train import APP, buttons, press, said


def compare_page(**address: object) -> AppTest:
    seen = AppTest.from_file(APP, default_timeout=30).run()
    seen.switch_page("pages/compare.py")
    for name, value in address.items():
        seen.query_params[name] = str(value)
    seen.run()
    assert not seen.exception
    return seen


def scored(home: Home, dataset: int, *wrong: tuple[int, int]) -> int:
    """A finished run that is right but for these cells."""
    number = add_run(home, dataset)
    scores = 0.1 + 0.8 * (states.matrix(home.store, dataset).states == 1)
    for row, label in wrong:
        scores[row, label] = 1 - scores[row, label]
    run = runs.get(home.store, number)
    save_array(RunFiles(home.settings, run).folder / "scores.npy", scores.astype(np.float32))
    return number


def change_settings(home: Home, number: int, **changed: object) -> None:
    """Make a run one that was trained with other settings."""
    of = runs.get(home.store, number)
    with home.store.write() as connection:
        connection.execute(
            models.runs.update().where(models.runs.c.id == number).values(config={**of.config, **changed})
        )


def chosen(seen: AppTest) -> tuple[int, int]:
    return seen.selectbox(key="errata:compare:a").value, seen.selectbox(key="errata:compare:b").value


@pytest.mark.parametrize("have", [0, 1])
def test_two_runs_are_needed(home: Home, have: int) -> None:
    dataset = add_set(home, "small")
    for _ in range(have):
        scored(home, dataset)
    assert "Two finished runs are needed" in said(compare_page())


def test_while_a_run_trains_the_reader_is_told_to_wait(home: Home) -> None:
    dataset = add_set(home, "small")
    run = add_run(home, dataset, JobState.RUNNING)
    assert f"No run has finished yet, and run {run} is training: wait for it" in said(compare_page())


def test_other_settings_are_warned_of_in_words(home: Home) -> None:
    dataset = add_set(home, "small")
    first, second = scored(home, dataset, (6, 0)), scored(home, dataset)
    change_settings(home, first, epochs=6)
    seen = compare_page(a=first, b=second)
    assert "Runs 1 and 2 differ in settings, too (epochs: 6 and 3)" in seen.warning[0].value.replace("\\", "")


def test_a_part_that_changed_nothing_says_so(home: Home) -> None:
    dataset = add_set(home, "small")
    scored(home, dataset, (6, 0))
    scored(home, dataset)
    shown = "".join(element.proto.body for element in compare_page().get("html"))
    assert "<td class=number>unchanged</td>" in shown
    assert "+0.0" not in shown and "+.000" not in shown


def test_the_newest_run_is_compared_with_the_one_before(home: Home) -> None:
    dataset = add_set(home, "small")
    numbers = [scored(home, dataset, (6, 0)), scored(home, dataset, (7, 1)), scored(home, dataset)]
    seen = compare_page()
    assert chosen(seen) == (numbers[1], numbers[2])
    assert (seen.query_params["a"], seen.query_params["b"]) == (str(numbers[1]), str(numbers[2]))
    assert "Subset accuracy went from 75.0 to 100.0 %" in said(seen)
    assert "Cannot be told apart from chance on 4 images: subset accuracy +25.0 ± " in said(seen)


def test_the_address_reopens_the_same_two_runs_and_swapping_turns_them(home: Home) -> None:
    dataset = add_set(home, "small")
    first, second, _ = (scored(home, dataset, (6, 0)), scored(home, dataset), scored(home, dataset))
    seen = compare_page(a=first, b=second)
    assert chosen(seen) == (first, second)
    assert chosen(press(seen, "Swap")) == (second, first)


def test_picking_another_run_changes_the_address(home: Home) -> None:
    dataset = add_set(home, "small")
    first, _, third = (scored(home, dataset, (6, 0)), scored(home, dataset), scored(home, dataset))
    seen = compare_page()
    seen.selectbox(key="errata:compare:a").select(first).run()
    assert chosen(seen) == (first, third)
    assert (seen.query_params["a"], seen.query_params["b"]) == (str(first), str(third))


def test_runs_of_an_address_that_are_gone_give_way_to_the_newest(home: Home) -> None:
    dataset = add_set(home, "small")
    first, second = scored(home, dataset, (6, 0)), scored(home, dataset)
    assert chosen(compare_page(a=77, b=78)) == (first, second)


def test_the_same_run_twice_asks_for_another(home: Home) -> None:
    dataset = add_set(home, "small")
    first = scored(home, dataset)
    scored(home, dataset)
    assert "These are the same run" in said(compare_page(a=first, b=first))


def test_the_lists_count_what_became_of_each_label(home: Home) -> None:
    dataset = add_set(home, "small")
    scored(home, dataset, (6, 0), (7, 1))
    scored(home, dataset, (7, 1), (8, 2))
    seen = compare_page()
    lists = seen.button_group(key="errata:compare:list")
    assert lists.options == ["Fixed 1", "Broken 1", "Still wrong 1", "Right by relabelling 0"]
    table = "".join(element.proto.body for element in seen.get("html"))
    # F1 before, relabelled and after, then fixed, broken, still wrong, right by relabelling.
    for label, *figures in (
        ("sea", ".667", ".667", "1.000", "1", "0", "0", "0"),
        ("sky", ".000", ".000", ".000", "0", "0", "1", "0"),
        ("tree", "1.000", "1.000", ".000", "0", "1", "0", "0"),
    ):
        assert f"<td>{label}</td>" + "".join(f"<td class=number>{one}</td>" for one in figures) in table


def test_scores_that_are_gone_are_a_sentence(home: Home) -> None:
    dataset = add_set(home, "small")
    scored(home, dataset)
    number = scored(home, dataset)
    (RunFiles(home.settings, runs.get(home.store, number)).folder / "scores.npy").unlink()
    assert "scores.npy is missing" in said(compare_page())


def test_a_run_is_compared_with_the_one_it_continued() -> None:
    class Fake:
        def __init__(self, id: int, parent_id: int | None = None) -> None:
            self.id, self.parent_id = id, parent_id

    runs_there = [Fake(4, parent_id=1), Fake(3), Fake(1)]
    a, b = view.defaults(runs_there, None, None)  # type: ignore[arg-type]
    assert (a.id, b.id) == (1, 4)
    a, b = view.defaults(runs_there, 4, None)  # type: ignore[arg-type]
    assert (a.id, b.id) == (4, 3)


def test_the_figure_starts_each_part_where_the_last_one_ended() -> None:
    drawn = panel(Effect("subset_accuracy", "Subset accuracy", 0.5, 0.02, -0.01, 0.51, 0.006))
    bars = next(trace for trace in drawn.data if trace["type"] == "bar")
    assert bars["base"] == pytest.approx([50, 52])
    assert bars["y"] == pytest.approx([2, -1])
    assert bars["error_y"]["array"] == pytest.approx([0, 0.6])
    assert "labels +2.0, model −1.0 ± 0.6" in drawn.description


def test_without_a_data_set_the_page_leads_to_one(home: Home) -> None:
    assert "There is no data set yet" in said(compare_page())
    assert "Swap" not in buttons(compare_page())
