"""Groups hold together around their centre; a chain of small changes is not one group."""

import numpy as np

from core.data.trouble import grouping


def linked(*pairs: tuple[int, int], similarity: float = 0.9) -> grouping.Links:
    both = np.array(pairs)
    return grouping.links(both[:, 0], both[:, 1], np.full(len(pairs), similarity))


def test_all_around_a_centre_are_one_group() -> None:
    assert grouping.heads(5, linked((2, 0), (2, 1), (2, 4))).tolist() == [2, 2, 2, 3, 2]


def test_a_chain_is_cut() -> None:
    head = grouping.heads(7, linked(*[(row, row + 1) for row in range(6)])).tolist()
    assert max(head.count(one) for one in head) <= 3
    assert head[0] != head[6]


def test_two_witnesses_of_the_centre_bring_a_third_but_no_fourth() -> None:
    pairs = [(0, 1), (0, 2), (0, 3), (4, 2), (4, 3), (5, 4), (6, 1)]
    assert grouping.heads(7, linked(*pairs)).tolist() == [0, 0, 0, 0, 0, 5, 6]


def test_a_bridge_does_not_join_two_groups() -> None:
    pairs = [(0, 1), (0, 2), (0, 3), (10, 11), (10, 12), (10, 13), (3, 11)]
    head = grouping.heads(14, linked(*pairs))
    assert {int(head[row]) for row in (0, 1, 2, 3)} == {0}
    assert {int(head[row]) for row in (10, 11, 12, 13)} == {10}


def test_missing_pairs_lead_from_the_centre() -> None:
    one, other = grouping.missing(linked((0, 1), (0, 2), (2, 3)))
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == [(0, 3)]


def test_numbers_follow_the_lowest_row() -> None:
    assert grouping.numbered(np.array([9, 4, 9, 7, 4, 1]), -1).tolist() == [0, 1, 0, -1, 1, -1]


def test_no_pairs() -> None:
    assert grouping.heads(3, {}).tolist() == [0, 1, 2]
    assert grouping.missing({})[0].tolist() == []


def test_what_hangs_together_by_a_chain_of_pairs_has_its_lowest_row() -> None:
    one, other = np.array([5, 3, 8]), np.array([3, 1, 7])
    assert grouping.lowest(9, one, other, -1).tolist() == [-1, 1, -1, 1, -1, 1, -1, 7, 7]
    assert grouping.lowest(3, one[:0], other[:0], -1).tolist() == [-1, -1, -1]
