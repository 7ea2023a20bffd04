"""Every image is judged in one fold, its group with it, and what a fold lacks is said."""

import numpy as np
import pytest

from core.data import folds
from core.errors import BadInput
from tests.core.data.test_stratify import world


def test_every_fold_has_its_share_of_every_label() -> None:
    present, _ = world()
    fold = folds.assign(present, 5, seed=1)
    assert fold.dtype == np.int8
    assert np.abs(np.bincount(fold) - 800).max() <= 16
    found = np.array([present[fold == at].sum(axis=0) for at in range(5)])
    assert (np.abs(found - present.sum(axis=0) / 5) <= 2).all()


def test_groups_stay_in_one_fold() -> None:
    present, group = world()
    fold = folds.assign(present, 4, seed=1, groups=group)
    made = folds.table(present, list("abcde"), fold, group)
    assert made.divided == 0
    assert made.largest_group == np.bincount(group).max()
    assert np.abs(made.images - 1000).max() <= 10


def test_test_images_and_those_left_out_are_in_no_fold() -> None:
    present, _ = world(100, 50)
    parts = np.array([2] * 6 + [-1] * 4 + [0] * 60 + [1] * 30, dtype=np.int8)
    fold = folds.assign(present, 3, seed=0, parts=parts)
    assert (fold[:10] == -1).all()
    assert np.abs(np.bincount(fold[10:]) - 30).max() <= 1
    assert folds.table(present, list("abcde"), fold).left_out == 10


def test_the_same_seed_gives_the_same_folds() -> None:
    present, group = world(500, 200)
    one, same, other = (folds.assign(present, 3, seed, group) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_labels_with_fewer_images_than_folds_are_named() -> None:
    present = np.zeros((100, 3), bool)
    present[:50, 0] = present[:3, 1] = present[:20, 2] = True
    made = folds.table(present, ("sea", "baby", "cat"), folds.assign(present, 5, seed=0))
    assert made.sentences[0].startswith("Some of the 5 folds have no image of: baby 3 (images in all folds)")
    assert made.sentences[1] == "A fold has fewer than 5 images of: cat 4 to 4."


def test_every_fold_has_an_image_even_when_each_holds_one() -> None:
    assert sorted(folds.assign(np.eye(4, dtype=bool), 4, seed=0)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("k", "groups", "says"),
    [
        (1, None, "number of folds cannot be 1: choose from 2 to 20"),
        (21, None, "folds cannot be 21"),
        (7, None, "7 folds need 7 images; there are 6"),
        (3, [1, 1, 1, 2, 2, 2], "3 folds need 3 groups, .* there are 2"),
    ],
)
def test_folds_that_cannot_be_are_refused(k: int, groups: list[int] | None, says: str) -> None:
    numbers = None if groups is None else np.array(groups, dtype=np.int64)
    with pytest.raises(BadInput, match=says):
        folds.assign(np.ones((6, 1), bool), k, seed=0, groups=numbers)
