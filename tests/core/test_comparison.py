"""Telling the labels' part of a change from the model's, and both from chance."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import comparison, metrics
from core.comparison import METRICS

HALF = np.full(3, 0.5)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "RESAMPLES", 200)
    monkeypatch.setattr(comparison, "AP_RESAMPLES", 50)


def drawn(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Two models' scores and two sets of labels, (n, 3) each; the second labels differ in a tenth of the cells."""
    chance = np.random.default_rng(seed)
    old_states = chance.choice([1, 0, -1], (n, 3), p=[0.3, 0.6, 0.1]).astype(np.int8)
    new_states = np.where(chance.random((n, 3)) < 0.1, chance.integers(-1, 2, (n, 3)), old_states)
    return chance.random((n, 3)), chance.random((n, 3)), old_states, new_states.astype(np.int8)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_before_and_the_two_parts_make_after(seed: int) -> None:
    old, new, before, after = drawn(seed, 30)
    found = comparison.effects(old, new, before, after, HALF, HALF)
    judged = metrics.evaluate(new, after, HALF)
    for effect in found:
        assert effect.before + effect.labels + effect.model == pytest.approx(effect.after)
        assert effect.after == pytest.approx(judged[effect.metric])


def test_unchanged_labels_have_no_part() -> None:
    old, new, labels, _ = drawn(1)
    assert all(e.labels == 0 for e in comparison.effects(old, new, labels, labels, HALF, HALF))


def test_the_same_model_has_no_part_and_no_chance() -> None:
    old, _, before, after = drawn(2)
    found = comparison.effects(old, old, before, after, HALF, HALF)
    assert all(e.model == 0 and e.chance == 0 and e.within_chance for e in found)
    assert any(e.labels != 0 for e in found)


def test_a_perfect_model_beats_a_guessing_one_by_more_than_chance() -> None:
    old, _, _, labels = drawn(3, 200)
    found = comparison.effects(old, (labels == 1).astype(float), labels, labels, HALF, HALF)
    assert not any(e.within_chance for e in found)


def test_half_as_many_images_widen_the_interval() -> None:
    old, new, _, labels = drawn(4, 400)
    wide = comparison.effects(old[:100], new[:100], labels[:100], labels[:100], HALF, HALF)
    narrow = comparison.effects(old, new, labels, labels, HALF, HALF)
    assert all(w.chance > n.chance for w, n in zip(wide, narrow, strict=True))


@pytest.mark.parametrize("metric", METRICS)
def test_the_resampled_formulas_agree_with_the_metrics(metric: str) -> None:
    # Every image once is the sample itself; a label without a positive and an image without a known cell included.
    old, _, _, labels = drawn(5)
    labels[:, 2] = np.minimum(labels[:, 2], 0)
    labels[7] = -1
    once = np.ones((1, len(old)))
    if metric == "mean_ap":
        found = comparison._mean_ap(once, np.round(old, 1), labels)
        expected = metrics.evaluate(np.round(old, 1), labels, HALF)
    else:
        found = comparison._FORMULAS[metric](once, comparison._counts(old >= HALF, labels))
        expected = metrics.evaluate(old, labels, HALF)
    assert found[0] == pytest.approx(expected[metric])


def test_an_image_drawn_twice_counts_twice() -> None:
    old, _, _, labels = drawn(6, 10)
    weights = np.array([[2.0, 0, 1, 1, 3, 0, 0, 1, 1, 1]])
    twice = np.repeat(np.arange(10), weights[0].astype(int))
    expected = metrics.evaluate(old[twice], labels[twice], HALF)["mean_ap"]
    assert comparison._mean_ap(weights, old, labels)[0] == pytest.approx(expected)


def test_every_cell_finds_its_list() -> None:
    # Columns: fixed, broken, still wrong, right by relabelling, unknown now.
    old = np.array([[True, True, True, True, True]])
    new = np.array([[False, False, True, True, True]])
    before = np.array([[0, 1, 0, 0, 0]], np.int8)
    after = np.array([[0, 1, 0, 1, -1]], np.int8)
    found = comparison.cells(old, new, before, after)
    assert found.fixed.tolist() == [[0, 0]]
    assert found.broken.tolist() == [[0, 1]]
    assert found.still_wrong.tolist() == [[0, 2]]
    assert found.right_by_relabelling.tolist() == [[0, 3]]


def test_no_image_in_common_has_no_interval() -> None:
    none = np.zeros((0, 3))
    found = comparison.effects(none, none, none.astype(np.int8), none.astype(np.int8), HALF, HALF)
    assert all(e.chance is None for e in found)
