"""What belongs together stays together, and every label still has its share."""

import numpy as np
import pytest

from core.data import splits, stratify
from db.terms import Part

WANTED = np.array([0.7, 0.2, 0.1])


def world(n: int = 4000, groups: int = 1500, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels (n, 5) that hang together with groups (n,) of a long tail, as photographers' do."""
    rng = np.random.default_rng(seed)
    often = 1 / np.arange(1, groups + 1) ** 0.6
    group = rng.choice(groups, n, p=often / often.sum()).astype(np.int64)
    taste = np.exp(rng.normal(0, 1, (groups, 5)))
    chance = np.clip(np.array([0.4, 0.2, 0.1, 0.05, 0.02]) * taste[group] / taste.mean(), 0, 0.9)
    return rng.random((n, 5)) < chance, group


def opened(n: int) -> np.ndarray:
    return np.full(n, -1, dtype=np.int64)


def test_groups_stay_on_one_side_and_labels_keep_their_shares() -> None:
    present, group = world()
    side = stratify.draw(present, WANTED, opened(4000), 1, group)
    assert all(len(set(side[group == g])) == 1 for g in np.unique(group))
    for at, share in enumerate(WANTED):
        assert abs((side == at).mean() - share) < 0.005
        found, wanted = present[side == at].sum(axis=0), present.sum(axis=0) * share
        assert (np.abs(found - wanted) <= np.maximum(3, 0.1 * wanted)).all()


def test_a_group_too_large_for_a_small_side_goes_to_the_large_one() -> None:
    group = np.where(np.arange(100) < 40, 7, -1).astype(np.int64)
    side = stratify.draw(np.ones((100, 1), bool), np.array([0.8, 0.2]), opened(100), 0, group)
    assert set(side[:40]) == {0}
    assert (side == 1).sum() == 20


def test_a_large_group_with_one_rare_label_does_not_swamp_a_small_side() -> None:
    present = np.zeros((100, 2), bool)
    present[:, 0] = True
    present[[0, 50], 1] = True  # one of two rare images in the group of fifty
    group = np.where(np.arange(100) < 50, 0, -1).astype(np.int64)
    side = stratify.draw(present, np.array([0.5, 0.3, 0.2]), opened(100), 0, group)
    assert np.bincount(side).tolist() == [50, 30, 20]


def test_a_side_over_its_share_leaves_the_new_images_to_the_others_in_proportion() -> None:
    given = opened(1000)
    given[:600] = 1  # wanted: a fifth
    side = stratify.draw(np.ones((1000, 1), bool), np.array([0.6, 0.2, 0.2]), given, 0)
    assert np.bincount(side[600:], minlength=3).tolist() == [300, 0, 100]


def test_sides_past_the_shares_are_kept_and_wanted_by_nobody() -> None:
    given = opened(1000)
    given[:500] = 2
    side = stratify.draw(np.ones((1000, 1), bool), np.array([0.8, 0.2]), given, 0)
    assert np.bincount(side).tolist() == [400, 100, 500]


def test_the_same_seed_gives_the_same_sides() -> None:
    present, group = world(800, 300)
    one, same, other = (stratify.draw(present, WANTED, opened(800), seed, group) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_only_groups_of_two_or_more_are_numbered() -> None:
    group = np.array([5, 9, 5, -1, -1, 2, 9, 3])
    assert stratify.numbered(group).tolist() == [0, 1, 0, -1, -1, -1, 1, -1]


def test_groupings_are_joined_where_they_share_an_image() -> None:
    copies = np.array([0, 0, 1, 2, 3, 4, 5])
    photographer = np.array([-1, 8, 8, -1, 7, 7, -1])
    joined = stratify.joined(copies, photographer)
    assert stratify.numbered(joined).tolist() == [0, 0, 0, -1, 1, 1, -1]


def added(counts: list[int], share: float = 0.145, seed: int = 0) -> list[int]:
    """How many of each addition go to validation, in a set that has 24 rare labels and the shares that are wanted."""
    rng = np.random.default_rng(seed)
    often = np.clip(rng.exponential(0.12, 24), 0.01, 0.6)
    present, parts = np.zeros((0, 24), bool), []
    drawn = []
    for count in [400, *counts]:
        present = np.vstack([present, rng.random((count, 24)) < often])
        shares = {Part.TRAIN: 1 - share, Part.VALIDATION: share}
        parts = splits.stratified(present, shares, 0, fixed=[*parts, *[None] * count])
        drawn.append(parts[-count:].count(Part.VALIDATION))
    return drawn


def test_six_new_images_are_shared_out_too() -> None:
    assert added([6])[0] == 58
    assert added([6])[1] == 1


@pytest.mark.parametrize("count", [1, 2, 6, 25])
def test_many_small_additions_keep_the_shares_as_one_large_one_does(count: int) -> None:
    drawn = added([count] * 40)
    assert abs(sum(drawn) - 0.145 * (400 + 40 * count)) <= 1
    assert max(drawn[1:]) <= np.ceil(0.145 * count) + 1


def test_leveling_moves_no_image_of_a_group_and_none_that_was_given() -> None:
    given = opened(40)
    given[:30] = 0
    group = np.where(np.arange(40) >= 34, 3, -1).astype(np.int64)
    sides = np.where(given >= 0, given, 0)
    stratify.level(np.ones((40, 1), bool), np.array([0.5, 0.5]), given, sides, group < 0, 0)
    assert (sides[:30] == 0).all() and (sides[34:] == 0).all()
    assert (sides[30:34] == 1).all()
