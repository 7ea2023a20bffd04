"""The report's recipe: what is thinned out, what is kept, and which label is too frequent."""

from dataclasses import fields

import numpy as np
import pytest

from core.config import PRESETS, TrainConfig, from_settings
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


def _rare(n: int = 1000) -> np.ndarray:
    """Label 0 on every image, label 1 on a hundredth, label 2 on one image, label 3 nowhere."""
    states = np.zeros((n, 4), dtype=np.int8)
    states[:, 0] = states[:10, 1] = states[5, 2] = 1
    states[20:, 1] = -1
    return states


def _sampled(sampling: str) -> TrainConfig:
    return from_settings("scratch", {"sampling": sampling})


def test_an_image_is_seen_more_often_by_its_rarest_label() -> None:
    often = balance.repeats(_rare(), _sampled(".04"))
    assert often[:10].tolist() == [2.0] * 5 + [np.sqrt(40)] + [2.0] * 4
    assert (often[10:] == 1).all()
    assert balance.repeats(_rare(), _sampled("1"))[5] == balance.MOST_REPEATS
    (setting,) = (f for f in fields(TrainConfig) if f.name == "sampling")
    assert f"at most {balance.MOST_REPEATS:g} times" in setting.metadata["help"]


def test_without_sampling_every_entry_is_seen_once() -> None:
    often = balance.repeats(_rare(), PRESETS["scratch"])
    assert balance.drawn(often, seed=0, epoch=1).tolist() == list(range(1000))


def test_every_epoch_shows_each_entry_its_repeats_rounded() -> None:
    often = np.array([1.0] * 50 + [1.3] * 50 + [2.5] * 7)
    draws = [balance.drawn(often, seed=0, epoch=epoch) for epoch in range(1, 401)]
    assert {len(drawn) for drawn in draws} == {balance.pictures(often)} == {133}
    counts = np.array([np.bincount(drawn, minlength=107) for drawn in draws])  # (400, 107)
    assert counts.min() >= 1
    assert set(counts[:, 100:].ravel()) == {2, 3}
    mean = counts.mean(axis=0)
    assert abs(mean[50:100].mean() - 1.3) < 0.01
    assert np.abs(mean[100:] - 2.5).max() < 0.1


def test_epochs_differ_and_the_same_epoch_repeats() -> None:
    often = np.linspace(1, 2, 99)
    one, same, other, seeded = (
        balance.drawn(often, seed, epoch) for seed, epoch in ((0, 1), (0, 1), (0, 2), (1, 1))
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, seeded)
