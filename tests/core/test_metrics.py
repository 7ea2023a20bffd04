"""The metrics agree with scikit-learn where it has them, and leave unknown cells out."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics as reference

from core import metrics

tables = st.tuples(st.integers(1, 30), st.integers(1, 5)).flatmap(
    lambda shape: st.tuples(
        # few distinct values, so that ties are common
        arrays.arrays(np.float64, shape, elements=st.integers(0, 8).map(lambda v: v / 8)),
        arrays.arrays(np.int8, shape, elements=st.integers(0, 1)),
    )
)


@given(tables)
@settings(deadline=None)
def test_metrics_agree_with_scikit_learn(table: tuple[np.ndarray, np.ndarray]) -> None:
    scores, states = table
    found = metrics.evaluate(scores, states, 0.5)
    predicted = (scores >= 0.5).astype(int)
    with_positives = states.any(0)
    micro = reference.precision_recall_fscore_support(states, predicted, average="micro", zero_division=0)
    if states.shape[1] == 1:  # scikit-learn then takes the column for classes
        micro = reference.precision_recall_fscore_support(
            states[:, 0], predicted[:, 0], average="binary", zero_division=0
        )
    assert (found["precision"], found["recall"], found["micro_f1"]) == pytest.approx(micro[:3])
    assert found["subset_accuracy"] == pytest.approx((predicted == states).all(1).mean())
    assert found["hamming_accuracy"] == pytest.approx(1 - reference.hamming_loss(states, predicted))
    for j in np.flatnonzero(with_positives):
        ap = reference.average_precision_score(states[:, j], scores[:, j])
        assert found["per_label"]["ap"][j] == pytest.approx(ap)
        f1 = reference.f1_score(states[:, j], predicted[:, j], zero_division=0)
        assert found["per_label"]["f1"][j] == pytest.approx(f1)
    if with_positives.any():
        assert found["mean_ap"] == pytest.approx(
            np.mean([v for v in found["per_label"]["ap"] if v is not None])
        )


@given(tables)
@settings(deadline=None)
def test_macro_f1_agrees_with_scikit_learn(table: tuple[np.ndarray, np.ndarray]) -> None:
    scores, states = table
    assume(states.shape[1] > 1 and states.any(0).all())
    found, predicted = metrics.evaluate(scores, states, 0.5), (scores >= 0.5).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        macro = reference.f1_score(states, predicted, average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(macro)


@given(tables, st.integers(0, 2**31))
@settings(deadline=None)
def test_unknown_cells_change_nothing(table: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    scores, states = table
    hidden = np.where(np.random.default_rng(seed).random(states.shape) < 0.3, -1, states).astype(np.int8)
    other_scores = np.where(hidden < 0, 1 - scores, scores)
    assert metrics.evaluate(scores, hidden) == metrics.evaluate(other_scores, hidden)


def test_an_image_is_right_when_its_known_cells_are() -> None:
    scores = np.array([[0.9, 0.9], [0.9, 0.1]])
    states = np.array([[1, -1], [0, 0]], dtype=np.int8)
    found = metrics.evaluate(scores, states)
    assert found["subset_accuracy"] == 0.5
    assert found["hamming_accuracy"] == pytest.approx(2 / 3)


def test_a_threshold_for_each_label() -> None:
    scores = np.array([[0.6, 0.6]])
    states = np.array([[1, 0]], dtype=np.int8)
    assert metrics.evaluate(scores, states, np.array([0.5, 0.7]))["micro_f1"] == 1.0


def test_nothing_known_is_still_json() -> None:
    found = metrics.evaluate(np.full((3, 2), 0.7), np.full((3, 2), -1, dtype=np.int8))
    json.dumps(found, allow_nan=False)
    assert found["per_label"]["ap"] == [None, None]


def test_predicting_nothing_scores_the_share_of_bare_images() -> None:
    states = np.array([[0, 0], [0, 0], [1, 0], [1, 1]], dtype=np.int8)
    nothing = metrics.baseline(states, states)
    assert nothing["subset_accuracy"] == 0.5
    assert nothing["hamming_accuracy"] == pytest.approx(5 / 8)
    assert nothing["micro_f1"] == nothing["recall"] == 0.0
    assert nothing["per_label"]["ap"] == [0.5, 0.25]  # chance
    json.dumps(nothing, allow_nan=False)
