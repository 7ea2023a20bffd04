"""The report's recipe: what is thinned out, what is kept, and which label is too frequent."""

import numpy as np
import pytest

from core.config import PRESETS, from_settings
from core.data import balance
from core.errors import BadInput

REPORT = PRESETS["report-2020"]
LABELS = ("baby", "people", "sea", "tree")


def _states(
    bare: int = 40, people: int = 40, people_baby: int = 5, sea: int = 20, tree: int = 10
) -> np.ndarray:
    rows = [[0, 0, 0, 0]] * bare + [[0, 1, 0, 0]] * people + [[1, 1, 0, 0]] * people_baby
    return np.array(rows + [[0, 0, 1, 0]] * sea + [[0, 0, 0, 1]] * tree, dtype=np.int8)


def test_bare_images_and_people_are_thinned_out() -> None:
    thin = balance.thinned(_states(), LABELS, REPORT)
    assert thin[:80].all()  # bare, people alone
    assert not thin[80:].any()  # people with a baby; sea; tree


def test_half_of_the_versions_of_thinned_images_stay() -> None:
    states = _states(bare=2000)
    rows, _ = balance.plan(states, LABELS, REPORT, seed=1)
    versions = np.bincount(rows, minlength=len(states))
    thin = balance.thinned(states, LABELS, REPORT)
    assert (versions[~thin] == 5).all()
    assert 2.4 < versions[thin].mean() < 2.65  # 2.5, and 1/32 of them saved from nothing
    assert versions.min() == 1


def test_an_image_that_lost_every_version_keeps_its_original() -> None:
    states = _states()
    rows, version = balance.plan(
        states, LABELS, from_settings("report-2020", {"drop_probability": "1"}), seed=1
    )
    thin = np.flatnonzero(balance.thinned(states, LABELS, REPORT))
    assert sorted(rows[np.isin(rows, thin)]) == sorted(thin)
    assert (version[np.isin(rows, thin)] == 0).all()


def test_the_same_seed_gives_the_same_list() -> None:
    one, other = (balance.plan(_states(), LABELS, REPORT, seed=3) for _ in range(2))
    third = balance.plan(_states(), LABELS, REPORT, seed=4)
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])
    assert not np.array_equal(one[0], third[0])


def test_one_version_is_every_image_once() -> None:
    rows, version = balance.plan(_states(), LABELS, PRESETS["scratch"], seed=0)
    assert np.array_equal(rows, np.arange(len(_states())))
    assert not version.any()


def test_without_people_the_largest_label_above_twice_the_median_counts() -> None:
    states = _states(sea=60)
    names = ("baby", "persons", "sea", "tree")  # positives 5, 45, 60, 10: median 27.5
    assert balance.over_represented(states, names, REPORT) == 2
    assert balance.over_represented(_states(people=5, sea=10), names, REPORT) is None


def test_the_label_that_is_set_counts() -> None:
    chosen = from_settings("report-2020", {"over_represented": "tree"})
    assert balance.over_represented(_states(), LABELS, chosen) == 3
    with pytest.raises(BadInput, match="'lake' is none of the data set's 4 labels"):
        balance.plan(_states(), LABELS, from_settings("report-2020", {"over_represented": "lake"}), seed=0)


def test_unknown_is_not_present() -> None:
    states = np.full((4, 2), -1, dtype=np.int8)
    assert balance.thinned(states, ("a", "b"), REPORT).all()


@pytest.mark.parametrize("labels", [1, 200])
def test_any_number_of_labels(labels: int) -> None:
    states = (np.random.default_rng(0).random((50, labels)) < 0.1).astype(np.int8)
    rows, version = balance.plan(states, [f"l{i}" for i in range(labels)], REPORT, seed=0)
    assert set(rows) == set(range(50))
    assert version.max() <= 4
