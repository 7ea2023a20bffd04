"""Chains, cycles and violations of implications between labels, and those that the data suggest."""

import numpy as np
import pytest

from core import implications
from core.implications import Way

# Columns: a daisy is a flower is a plant.
DAISY, FLOWER, PLANT = 0, 1, 2
CHAIN = {DAISY: (FLOWER,), FLOWER: (PLANT,), PLANT: ()}


def mended(states, verified, implies, broken, way):  # type: ignore[no-untyped-def]
    after = np.array(states)
    for cell in implications.mend(states, verified, implies, broken, way):
        assert after[cell.row, cell.column] != cell.state
        after[cell.row, cell.column] = cell.state
    return after


def test_what_follows_goes_through_chains_and_ends_in_cycles() -> None:
    assert implications.following(CHAIN, DAISY) == {FLOWER, PLANT}
    assert implications.before(CHAIN, PLANT) == {DAISY, FLOWER}
    ring = {0: (1,), 1: (2,), 2: (0,), 3: (0,)}
    assert implications.following(ring, 0) == {1, 2}
    assert implications.following(ring, 3) == {0, 1, 2}


def test_labels_that_imply_each_other_are_one_group() -> None:
    assert implications.cycles(CHAIN) == []
    assert implications.cycles({0: (1,), 1: (0,), 2: (3,), 3: (4,), 4: (2,), 5: (2,)}) == [(0, 1), (2, 3, 4)]


def test_violations_tell_absent_from_not_said() -> None:
    states = np.array([[1, 0, 0], [1, 1, 1], [1, -1, 0], [0, 0, 0], [-1, 0, 0], [0, 1, -1]], np.int8)
    found = {(one.column, one.implied): one for one in implications.violations(states, CHAIN)}
    assert found[DAISY, FLOWER].absent.tolist() == [0]
    assert found[DAISY, FLOWER].unknown.tolist() == [2]
    assert found[FLOWER, PLANT].absent.tolist() == []
    assert found[FLOWER, PLANT].unknown.tolist() == [5]
    assert len(found) == 2


def test_setting_present_mends_the_whole_chain_and_is_as_verified_as_what_it_follows_from() -> None:
    states = np.array([[1, 0, 0], [1, -1, 1], [1, 0, -1]], np.int8)
    verified = np.array([[True, False, True], [False, True, True], [False, False, False]])
    (broken, *_) = implications.violations(states, CHAIN)
    assert (broken.column, broken.implied) == (DAISY, FLOWER)
    cells = list(implications.mend(states, verified, CHAIN, broken, Way.PRESENT))
    assert {(c.row, c.column, c.state, c.verified) for c in cells} == {
        (0, FLOWER, 1, True),
        (0, PLANT, 1, True),
        (1, FLOWER, 1, False),
        (2, FLOWER, 1, False),
        (2, PLANT, 1, False),
    }
    assert implications.violations(mended(states, verified, CHAIN, broken, Way.PRESENT), CHAIN) == []


def test_taking_away_takes_what_implies_it_too_and_leaves_what_nobody_has_said() -> None:
    states = np.array([[1, 1, 0], [1, 1, -1], [0, 1, 0], [1, 1, 1]], np.int8)
    verified = np.zeros_like(states, bool)
    verified[0, PLANT] = True
    broken = next(v for v in implications.violations(states, CHAIN) if v.implied == PLANT)
    cells = list(implications.mend(states, verified, CHAIN, broken, Way.AWAY))
    assert {(c.row, c.column, c.state, c.verified) for c in cells} == {
        (0, DAISY, 0, True),
        (0, FLOWER, 0, True),
        (2, FLOWER, 0, False),
    }


@pytest.mark.parametrize("way", Way)
def test_mending_every_violation_of_random_labels_ends_with_none_contradicted(way: Way) -> None:
    chance = np.random.default_rng(3)
    for _ in range(50):
        implies = {a: tuple(b for b in range(6) if b != a and chance.random() < 0.2) for a in range(6)}
        states = chance.integers(-1, 2, (40, 6)).astype(np.int8)
        verified = chance.random((40, 6)) < 0.3
        for _ in range(40):
            broken = [one for one in implications.violations(states, implies) if one.absent.size]
            if not broken:
                break
            before = len(broken[0].absent)
            states = mended(states, verified, implies, broken[0], way)
            again = implications.violations(states, implies)
            left = [v for v in again if (v.column, v.implied) == (broken[0].column, broken[0].implied)]
            assert before
            assert not left or not left[0].absent.size
        assert not any(one.absent.size for one in implications.violations(states, implies))


def test_the_data_suggest_what_nearly_always_holds_with_enough_images() -> None:
    states = np.zeros((400, 4), np.int8)  # female, people, everywhere, rare
    states[:100, 1] = 1
    states[:40, 0] = 1
    states[0, 1] = 0  # 39 of 40
    states[1:11, 1] = -1  # not said: counts neither way
    states[:396, 2] = 1  # on nearly all images: having it says nothing
    states[50:60, 3] = 1  # ten images only
    (one,) = implications.suggested(states, {})
    assert (one.column, one.implied, one.support, one.both_ways) == (0, 1, 29, False)
    assert one.confidence == pytest.approx(29 / 30)
    assert implications.suggested(states, {0: (1,)}) == []
    assert implications.suggested(states, {0: (3,), 3: (1,)}) == []


def test_labels_that_always_go_together_are_suggested_as_perhaps_the_same() -> None:
    states = np.zeros((100, 2), np.int8)
    states[:30] = 1
    assert [one.both_ways for one in implications.suggested(states, {})] == [True, True]


def test_no_image_and_no_label_suggest_nothing() -> None:
    assert implications.suggested(np.zeros((0, 3), np.int8), {}) == []
    assert implications.suggested(np.zeros((5, 0), np.int8), {}) == []
    assert implications.violations(np.zeros((0, 3), np.int8), CHAIN) == []
