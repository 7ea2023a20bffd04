"""Conflicts, leaks, rare labels and implications are read from states, parts and groups."""

import numpy as np

from core.data.trouble import labels
from core.data.trouble.duplicates import Duplicates
from core.data.trouble.labels import Conflict, Leak, Scarce


def grouped(group: list[int], pairs: list[tuple[int, int]] | None = None) -> Duplicates:
    both = np.array(pairs or [], np.int64).reshape(-1, 2)
    return Duplicates(
        np.array(group, np.int32), both[:, 0], both[:, 1],
        np.ones(len(both), np.float32), np.full(len(both), 2, np.int8), np.zeros(len(both), bool),
    )  # fmt: skip


def states(*rows: list[int]) -> np.ndarray:
    return np.array(rows, np.int8)


def test_duplicates_that_disagree_about_a_label_conflict() -> None:
    given = states([1, 0], [0, 0], [1, 1], [1, 0], [0, 1])
    found = labels.conflicts(given, grouped([1, 0, 1, 0, -1]))
    assert found == [Conflict(0, 0, (3,), (1,)), Conflict(1, 1, (2,), (0,))]
    assert found[0].sentence("sea") == "Of 2 copies of one picture 1 carry “sea”, 1 do not."


def test_an_unknown_label_contradicts_nothing() -> None:
    assert labels.conflicts(states([1], [-1], [-1]), grouped([0, 0, 0])) == []
    assert labels.conflicts(states([1], [-1], [0]), grouped([0, 0, 0])) == [Conflict(0, 0, (0,), (2,))]


def test_without_groups_nothing_conflicts() -> None:
    assert labels.conflicts(states([1], [0]), grouped([-1, -1])) == []


def test_a_group_in_two_parts_leaks() -> None:
    parts = np.array([0, 1, 0, 0, 2], np.int8)
    found = labels.leaks(parts, grouped([0, 0, 1, 1, 0]))
    assert found == [Leak(0, (0, 1, 4), (0, 1, 2))]
    assert found[0].sentence() == "One picture is in 3 parts: 1 × train, 1 × val, 1 × test."


def test_a_pair_between_groups_leaks_too_and_images_left_out_do_not() -> None:
    parts = np.array([0, 0, 1, -1, 0], np.int8)
    found = labels.leaks(parts, grouped([0, 0, -1, 1, 1], [(0, 1), (1, 2), (2, 3), (3, 4)]))
    assert found == [Leak(-1, (1, 2), (0, 1))]


def test_a_label_below_a_handful_is_named_in_each_part_that_has_images() -> None:
    given = np.zeros((20, 2), np.int8)
    given[:, 0] = 1
    given[:3, 1] = 1
    given[3:8, 1] = -1
    parts = np.array([0] * 10 + [1] * 10, np.int8)
    found = labels.scarce(given, parts)
    assert found == [Scarce(1, 0, 3), Scarce(1, 1, 0)]
    assert "3 train images carry “sea”" in found[0].sentence("sea")
    assert labels.scarce(given, parts, least=11) == [Scarce(0, 0, 10), Scarce(0, 1, 10), *found]


def test_images_without_the_implied_label_violate_it() -> None:
    given = states([1, 1], [1, 0], [1, -1], [0, 0], [-1, 0])
    [found] = labels.violations(given, [(0, 1), (1, 0)])
    assert (found.if_label, found.then_label) == (0, 1)
    assert (found.absent.tolist(), found.unknown.tolist()) == ([1], [2])
    assert (
        found.sentence("female", "people") == "2 images carry “female” without “people” (1 of them unknown)."
    )


def implied(both: int, exceptions: int, alone: int, neither: int) -> np.ndarray:
    rows = [[1, 1]] * both + [[1, 0]] * exceptions + [[0, 1]] * alone + [[0, 0]] * neither
    return np.array(rows, np.int8)


def test_an_implication_is_suggested_with_its_confidence_one_way() -> None:
    [found] = labels.suggested(implied(45, 5, 100, 100))
    assert (found.if_label, found.then_label, found.support) == (0, 1, 45)
    assert found.confidence == 0.9
    assert (
        found.sentence("female", "people")
        == "90% of the images with “female” carry “people” too (45 images)."
    )


def test_what_is_too_rare_too_loose_mutual_or_known_is_not_suggested() -> None:
    assert labels.suggested(implied(19, 0, 100, 100)) == []
    assert labels.suggested(implied(44, 6, 100, 100)) == []
    assert labels.suggested(implied(50, 0, 0, 100)) == []  # two names of one thing
    assert labels.suggested(implied(45, 5, 100, 100), known=[(0, 1)]) == []


def test_a_label_that_nearly_all_images_carry_is_implied_by_none() -> None:
    assert labels.suggested(implied(95, 5, 950, 50)) == []


def test_unknown_cells_do_not_lower_the_confidence() -> None:
    given = np.concatenate([implied(45, 5, 100, 100), np.array([[1, -1]] * 200, np.int8)])
    assert labels.suggested(given)[0].confidence == 0.9
