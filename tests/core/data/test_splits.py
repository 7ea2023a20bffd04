"""A split is stratified, repeatable, and has no picture on two sides."""

import numpy as np
import pytest

from core.data import split_table, splits
from core.errors import BadInput
from db.terms import Part
from tests.core.data.test_stratify import world

TRAIN, VAL, TEST = Part.TRAIN, Part.VALIDATION, Part.TEST


def cells(n: int = 1000, shares: tuple[float, ...] = (0.5, 0.1, 0.03, 0.01), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, len(shares))) < np.array(shares)


def of(parts: list[Part], part: Part) -> np.ndarray:
    return np.array([one is part for one in parts])


def test_every_label_has_its_share_in_every_part() -> None:
    present = cells()
    parts = splits.stratified(present, {TRAIN: 0.7, VAL: 0.2, TEST: 0.1}, seed=1)
    for part, share in ((TRAIN, 0.7), (VAL, 0.2), (TEST, 0.1)):
        rows = of(parts, part)
        assert abs(rows.mean() - share) < 0.01
        found, wanted = present[rows].sum(axis=0), present.sum(axis=0) * share
        assert (np.abs(found - wanted) <= 2).all()


def test_images_without_labels_are_shared_out_too() -> None:
    present = cells(shares=(0.1,))
    rows = of(splits.stratified(present, {TRAIN: 0.8, VAL: 0.2}, seed=1), VAL)
    assert abs((~present[rows, 0]).sum() - 0.2 * (~present[:, 0]).sum()) <= 1


def test_the_same_seed_gives_the_same_split_and_another_another() -> None:
    draws = [splits.stratified(cells(), {TRAIN: 0.8, VAL: 0.2}, seed=seed) for seed in (3, 3, 4)]
    assert draws[0] == draws[1] != draws[2]


def test_exact_duplicates_stay_together_in_train() -> None:
    groups = np.concatenate([np.arange(900), np.arange(100)]).astype(np.int64)  # the first 100 exist twice
    parts = splits.stratified(cells(), {TRAIN: 0.6, VAL: 0.4}, seed=1, together=groups)
    assert {parts[row] for row in (*range(100), *range(900, 1000))} == {TRAIN}
    assert abs(of(parts, VAL).mean() - 0.4) < 0.01


def test_duplicates_go_to_train_even_against_the_source() -> None:
    fixed = [VAL] * 10
    groups = np.array([0, 0, 1, 2, 3, 4, 5, 6, 7, 8], dtype=np.int64)
    parts = splits.stratified(cells(10), {TRAIN: 0.5, VAL: 0.5}, seed=1, together=groups, fixed=fixed)
    assert parts == [TRAIN, TRAIN] + [VAL] * 8


def test_parts_that_the_source_gives_are_kept_and_the_rest_makes_up_the_shares() -> None:
    fixed = [VAL if row < 50 else TEST if row < 60 else None for row in range(1000)]
    parts = splits.stratified(cells(), {TRAIN: 0.8, VAL: 0.2}, seed=1, fixed=fixed)
    assert parts[:60] == [VAL] * 50 + [TEST] * 10
    assert abs(of(parts, VAL).mean() - 0.2) < 0.01


def test_a_wholly_given_split_is_unchanged() -> None:
    fixed = [TRAIN, VAL, TEST, TRAIN]
    assert splits.stratified(cells(4), {TRAIN: 0.9, VAL: 0.1}, seed=0, fixed=fixed) == fixed


@pytest.mark.parametrize("n", [2, 3, 7])
def test_no_part_is_empty_while_images_last(n: int) -> None:
    parts = splits.stratified(cells(n), {TRAIN: 0.9, VAL: 0.1}, seed=0)
    assert {TRAIN, VAL} == set(parts)


def test_one_image_or_none_or_no_label_at_all() -> None:
    assert splits.stratified(cells(1), {TRAIN: 0.9, VAL: 0.1}, seed=0) == [TRAIN]
    assert splits.stratified(cells(0), {TRAIN: 0.9, VAL: 0.1}, seed=0) == []
    unlabelled = splits.stratified(np.zeros((100, 0), bool), {TRAIN: 0.9, VAL: 0.1}, seed=0)
    assert of(unlabelled, VAL).sum() == 10


def test_two_hundred_labels() -> None:
    present = cells(3000, shares=(0.01,) * 200)
    rows = of(splits.stratified(present, {TRAIN: 0.8, VAL: 0.2}, seed=0), VAL)
    assert abs(rows.mean() - 0.2) < 0.02
    assert (present[rows].any(axis=0)).all()


def test_shares_are_read_from_text() -> None:
    assert splits.parse_shares("train=.8, val=.1,test=0.1") == {TRAIN: 0.8, VAL: 0.1, TEST: 0.1}
    assert splits.parse_shares("train=.9,val=.1") == {TRAIN: 0.9, VAL: 0.1}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("train=.9", "val no share"),
        ("train=1,val=0", "val no share"),
        ("val=1", "train no share"),
        ("train=.9,val=.2", "add up to 1.1"),
        ("train=.5,val=.4", "add up to 0.9"),
        ("train=.9,vaal=.1", "'vaal=.1' is no share"),
        ("train=.9,val", "'val' is no share"),
        ("train=.9,val=ten", "'ten'"),
        ("train=nan,val=.1", "'nan'"),
        ("train=1.5,val=-.5", "'1.5'"),
        ("train=.4,train=.5,val=.1", "train twice"),
        ("", "no share of a split"),
    ],
)
def test_shares_that_cannot_be_are_refused(text: str, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        splits.parse_shares(text)


def test_groups_stay_together_in_any_part() -> None:
    present, group = world()
    parts = splits.stratified(present, {TRAIN: 0.7, VAL: 0.2, TEST: 0.1}, seed=1, groups=group)
    made = splits.table(present, list("abcde"), parts, {TRAIN: 0.7, VAL: 0.2, TEST: 0.1}, group)
    assert made.divided == 0
    several = np.bincount(group)[group] > 1
    assert all((several & of(parts, part)).any() for part in (TRAIN, VAL, TEST))
    assert np.abs(made.images - made.images_wanted).max() < 5


def test_copies_may_be_judged_when_they_are_given_as_a_group() -> None:
    copies = np.arange(1000, dtype=np.int64) // 2
    parts = splits.stratified(cells(), {TRAIN: 0.6, VAL: 0.4}, seed=1, groups=copies)
    assert parts[::2] == parts[1::2]
    assert of(parts, VAL).sum() == 400


def test_a_new_image_joins_the_part_of_its_group() -> None:
    fixed = [TRAIN, VAL, TEST, None, None, None, None, None, None, None]
    group = np.array([0, 1, 2, 0, 1, 2, 3, 3, -1, -1], dtype=np.int64)
    parts = splits.stratified(cells(10), {TRAIN: 0.5, VAL: 0.5}, seed=1, fixed=fixed, groups=group)
    assert parts[3:6] == [TRAIN, VAL, TEST]
    assert parts[6] == parts[7]


def test_a_group_that_is_divided_already_takes_new_images_into_train_and_is_told() -> None:
    fixed = [VAL, TRAIN, None, VAL]
    group = np.zeros(4, dtype=np.int64)
    parts = splits.stratified(cells(4), {TRAIN: 0.1, VAL: 0.9}, seed=1, fixed=fixed, groups=group)
    assert parts == [VAL, TRAIN, TRAIN, VAL]
    made = splits.table(cells(4), list("abcd"), parts, {TRAIN: 0.5, VAL: 0.5}, group)
    assert made.divided == 1
    assert "1 group is on more than one side" in made.sentences[-1]


def test_a_group_with_a_copy_in_it_goes_to_train() -> None:
    copies = np.array([0, 0, 1, 2, 3, 4], dtype=np.int64)
    group = np.array([9, 8, 9, -1, -1, -1], dtype=np.int64)
    parts = splits.stratified(cells(6), {TRAIN: 0.5, VAL: 0.5}, seed=1, together=copies, groups=group)
    assert parts == [TRAIN] * 3 + [VAL] * 3


def test_images_left_out_keep_their_part_and_count_nowhere() -> None:
    out = np.arange(100) < 4
    fixed = [TEST, TRAIN, None, None, *[None] * 96]
    copies = np.array([90, 91, 92, 93, *range(4, 100)], dtype=np.int64)  # of images that are not left out
    group = np.array([-1, 5, 6, -1, 5, 6, *[-1] * 94], dtype=np.int64)
    shares = {TRAIN: 0.01, VAL: 0.99}
    parts = splits.stratified(cells(100), shares, 1, copies, fixed, group, out)
    assert parts[:2] == [TEST, TRAIN]  # kept
    assert parts[2] is parts[5]  # its group's, should it count again
    assert of(parts, TRAIN)[4:].sum() == 1
    made = splits.table(cells(100), list("abcd"), parts, shares, group, out)
    assert (made.left_out, made.images[:2].tolist()) == (4, [1, 95])


def test_new_images_fill_up_what_the_shares_want() -> None:
    first = splits.stratified(cells(), {TRAIN: 0.9, VAL: 0.1}, seed=1)
    more = cells(2000, seed=5)
    parts = splits.stratified(more, {TRAIN: 0.7, VAL: 0.3}, seed=1, fixed=[*first, *[None] * 1000])
    assert parts[:1000] == first
    assert abs(of(parts, VAL).sum() - 600) <= 2


def test_a_group_that_holds_nearly_everything_is_told() -> None:
    group = np.where(np.arange(1000) < 900, 0, -1).astype(np.int64)
    shares = {TRAIN: 0.8, VAL: 0.2}
    parts = splits.stratified(cells(), shares, seed=1, groups=group)
    made = splits.table(cells(), list("abcd"), parts, shares, group)
    assert made.sentences[1] == (
        "Validation has 100 of 1,000: 10 % of the images, not 20 %; the largest group holds 900 images and "
        "stays on one side."
    )


def test_groups_that_leave_a_part_empty_are_refused() -> None:
    group = np.array([0] * 6 + [1] * 4, dtype=np.int64)
    with pytest.raises(BadInput, match="no image to test: the 10 images are 2 groups, the largest of 6"):
        splits.stratified(cells(10), {TRAIN: 0.6, VAL: 0.2, TEST: 0.2}, seed=1, groups=group)


def test_labels_below_a_handful_are_named_with_their_numbers() -> None:
    present = np.zeros((100, 2), bool)
    present[:, 0] = present[:10, 1] = True
    shares = {TRAIN: 0.8, VAL: 0.2}
    made = splits.table(present, ("sea", "baby"), splits.stratified(present, shares, seed=0), shares)
    assert made.sentences == ("In validation, fewer than 5 images have: baby 2; too few to judge by.",)
    assert made.positives.tolist() == [[80, 8], [20, 2]]
    assert made.positives_wanted.tolist() == [[80, 8], [20, 2]]
    assert made.few.tolist() == [[False, False], [False, True]]


def test_a_part_without_images_is_not_told_once_more_for_every_label() -> None:
    counts = np.array([[9, 3], [4, 0], [0, 0]])
    found = split_table.scarce(("sea", "baby"), np.array([40, 10, 0]), counts)
    assert found == [("baby", 1, 0), ("baby", 0, 3), ("sea", 1, 4)]


def test_an_image_left_out_can_have_no_share() -> None:
    with pytest.raises(BadInput, match=r"'out=\.1' is no share"):
        splits.parse_shares("train=.8,val=.1,out=.1")


@pytest.mark.parametrize("seed", range(200))
def test_whatever_is_asked_copies_train_given_parts_stay_and_groups_are_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 60))
    present = rng.random((n, int(rng.integers(0, 5)))) < rng.random()
    copies, group = rng.integers(0, 2 * n, n), rng.integers(-1, n // 2, n)
    fixed = [(TRAIN, VAL, TEST, None, None, None)[at] for at in rng.integers(0, 6, n)]
    parts = splits.stratified(present, {TRAIN: 0.6, VAL: 0.4}, seed, copies, fixed, group)
    is_copy = np.bincount(copies)[copies] > 1
    before = [TRAIN if is_copy[row] else fixed[row] for row in range(n)]
    for was, now in zip(before, parts, strict=True):
        assert was in (None, now)
    for number in set(group[group >= 0].tolist()):
        members = np.flatnonzero(group == number).tolist()
        if len({before[row] for row in members} - {None}) < 2:
            assert len({parts[row] for row in members}) == 1
