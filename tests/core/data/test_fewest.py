"""A part is taken out of those that are there, and whoever is not needed elsewhere stays where it is."""

import numpy as np
import pytest

from core.data import fewest, splits
from core.errors import BadInput
from db.terms import Part
from tests.core.data.test_stratify import world

TRAIN, VAL, TEST = Part.TRAIN, Part.VALIDATION, Part.TEST
TWO = {TRAIN: 0.8, VAL: 0.2}


def ways(before: list[Part], after: list[Part]) -> dict[tuple[Part, Part], int]:
    moved = [(old, new) for old, new in zip(before, after, strict=True) if old is not new]
    return {way: moved.count(way) for way in set(moved)}


def test_a_test_part_is_taken_out_of_train_alone_with_its_share_of_every_label() -> None:
    present, _ = world(1000)
    before = splits.stratified(present, TWO, 0)
    held = before.count(VAL) / 1000
    after = fewest.moved(present, before, {TRAIN: 0.9 - held, VAL: held, TEST: 0.1}, 0)
    assert ways(before, after) == {(TRAIN, TEST): 100}
    mine = np.array([part is TEST for part in after])
    found, wanted = present[mine].sum(axis=0), present.sum(axis=0) * 0.1
    assert (np.abs(found - wanted) <= np.maximum(3, 0.15 * wanted)).all()


def test_between_parts_that_hold_enough_nothing_moves_whatever_the_seed() -> None:
    present, _ = world(1000)
    before = splits.stratified(present, TWO, 0)
    shares = {part: before.count(part) / 1000 for part in TWO}
    assert fewest.moved(present, before, shares, seed=9) == before


@pytest.mark.parametrize("seed", range(6))
def test_a_validation_part_that_a_draw_left_a_few_images_off_stays_whole(seed: int) -> None:
    present, _ = world(1000)
    before = splits.stratified(present, TWO, seed)
    after = fewest.moved(present, before, {TRAIN: 0.7, VAL: 0.2, TEST: 0.1}, 0)
    assert set(ways(before, after)) == {(TRAIN, TEST)}
    assert (after.count(TEST), after.count(VAL)) == (100, before.count(VAL))


def test_a_part_that_nobody_asked_for_stays_however_far_off_it_is() -> None:
    present, _ = world(1000)
    before = splits.stratified(present, {TRAIN: 0.9, VAL: 0.1}, 0)
    wanted = {TRAIN: 0.7, VAL: 0.2, TEST: 0.1}
    keeps = fewest.untouched(TWO, wanted)
    assert keeps == {VAL}
    assert ways(before, fewest.moved(present, before, wanted, 0, keeps=keeps)) == {(TRAIN, TEST): 100}
    # Asked for what the last split wanted, it is filled up; and so is a part without any image.
    assert fewest.untouched(TWO, TWO) == set()
    after = fewest.moved(present, [TRAIN] * 1000, wanted, 0, keeps={VAL})
    assert (after.count(VAL), after.count(TEST)) == (200, 100)


def test_a_part_never_gives_more_than_it_has_where_another_is_kept() -> None:
    present, _ = world(100)
    before = [TRAIN] * 10 + [VAL] * 90
    after = fewest.moved(present, before, {TRAIN: 0.05, VAL: 0.2, TEST: 0.75}, 0, keeps={VAL})
    assert (after.count(TRAIN), after.count(VAL), after.count(TEST)) == (1, 90, 9)


def test_a_small_part_is_filled_from_a_large_one_that_hardly_notices() -> None:
    before = [TRAIN] * 990 + [VAL] * 10
    after = fewest.moved(np.ones((1000, 1), bool), before, {TRAIN: 0.98, VAL: 0.02}, 0)
    assert ways(before, after) == {(TRAIN, VAL): 10}


def test_two_parts_that_shrink_fill_one_and_one_fills_two() -> None:
    present, _ = world(1000)
    halves = splits.stratified(present, {TRAIN: 0.5, VAL: 0.5}, 0)
    after = fewest.moved(present, halves, {TRAIN: 0.4, VAL: 0.4, TEST: 0.2}, 0)
    assert set(ways(halves, after)) == {(TRAIN, TEST), (VAL, TEST)}
    assert [after.count(part) for part in (TRAIN, VAL, TEST)] == [400, 400, 200]
    all_train = fewest.moved(present, [TRAIN] * 1000, {TRAIN: 0.6, VAL: 0.3, TEST: 0.1}, 0)
    assert [all_train.count(part) for part in (TRAIN, VAL, TEST)] == [600, 300, 100]


def test_a_test_part_that_is_given_up_goes_back_to_the_others() -> None:
    present, _ = world(1000)
    before = splits.stratified(present, {TRAIN: 0.6, VAL: 0.2, TEST: 0.2}, 0)
    after = fewest.moved(present, before, {TRAIN: 0.75, VAL: 0.25}, 0)
    assert after.count(TEST) == 0
    assert {old for old, _ in ways(before, after)} == {TEST}


def test_copies_images_left_out_and_divided_groups_stay_and_a_group_moves_as_a_whole() -> None:
    present, group = world(1000)
    before = splits.stratified(present, TWO, 0)
    copies = np.full(1000, -1, np.int64)
    copies[before.index(TRAIN)] = copies[before.index(TRAIN, 50)] = 7
    out = np.zeros(1000, bool)
    out[100:200] = True
    after = fewest.moved(present, before, {TRAIN: 0.6, VAL: 0.2, TEST: 0.2}, 0, copies, group, out)
    moved = [old is not new for old, new in zip(before, after, strict=True)]
    assert after.count(TEST) > 0
    assert not any(moved[row] for row in range(1000) if out[row] or copies[row] == 7)
    for number in np.unique(group):
        rows = np.flatnonzero((group == number) & ~out).tolist()
        sides = {after[row] for row in rows}
        assert sides == {before[row] for row in rows} or len(sides) == 1


def test_the_smallest_set_gets_an_image_in_each_part_or_says_why_not() -> None:
    shares = {TRAIN: 0.8, VAL: 0.1, TEST: 0.1}
    after = fewest.moved(np.ones((4, 1), bool), [TRAIN] * 4, shares, 0)
    assert sorted(part.value for part in after) == ["test", "train", "train", "val"]
    with pytest.raises(BadInput, match="no image to validation"):
        fewest.moved(np.ones((4, 1), bool), [TRAIN] * 4, shares, 0, np.zeros(4, np.int64))
    with pytest.raises(BadInput, match="add up to"):
        fewest.moved(np.ones((4, 1), bool), [TRAIN] * 4, {TRAIN: 0.8, VAL: 0.8}, 0)
