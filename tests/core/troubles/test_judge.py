"""What is shown as trouble, what is suggested, and when it is settled."""

from dataclasses import replace

import numpy as np
import pytest

from core import states
from core.data.trouble.duplicates import Duplicates, Sameness
from core.data.trouble.quality import Quality
from core.data.trouble.scan import Scan
from core.states import States
from core.troubles import Item, Judge, Kind, Looks
from db.records import Label
from db.terms import LabelState

SEA, TREE = Label(11, 1, 0, "sea", "s"), Label(12, 1, 1, "tree", "t", implies=(11,))
# Six images: 0 and 1 are one file, 2 looks like them; 3 and 4 look alike; 5 is alone, and dark.
PAIRS = [(0, 1, Sameness.FILE, 1.0), (0, 2, Sameness.NEAR, 0.9), (3, 4, Sameness.NEAR, 0.8)]
GROUP = [0, 0, 0, 1, 1, -1]
TRAIN, VALIDATION, TEST = 0, 1, 2


def scan() -> Scan:
    one, other, sameness, similarity = zip(*PAIRS, strict=True)
    measures = np.tile(np.array([0.9, 0.1, 0.9, 0.5, 5.0], np.float32), (6, 1))
    measures[5, 0] = 0.1  # of its pixels, 99 % are darker than this
    wide = np.array([100, 100, 300, 100, 100, 100], np.int32)
    return Scan(
        Quality(measures, wide, np.full(6, 100, np.int32)),
        Duplicates(
            np.array(GROUP, np.int32),
            np.array(one),
            np.array(other),
            np.array(similarity, np.float32),
            np.array(sameness, np.int8),
            np.zeros(len(one), bool),
        ),
        np.zeros((6, 2), np.float32),
    )


def known(
    sea: list[int] | None = None, tree: list[int] | None = None, parts: list[int] | None = None
) -> States:
    held = np.array([sea or [0] * 6, tree or [0] * 6], np.int8).T
    placed = np.array(parts or [TRAIN] * 6, np.int8)
    return States((SEA, TREE), held, np.zeros(held.shape, bool), placed, 1)


def judge(kind: Kind, of: States, decided: set[int] | None = None) -> Judge:
    return Judge(of, Looks(scan()), kind, decided or set(), {0: "a.jpg", 1: "b.jpg"})


def suggestions(kind: Kind, of: States) -> dict[int, str | None]:
    return {item.row: item.suggested for item in judge(kind, of).items()}


def test_of_copies_all_but_the_first_that_is_still_in_are_to_be_left_out() -> None:
    assert suggestions(Kind.COPIES, known()) == {0: None, 1: "train out"}
    first_out = known(parts=[states.LEFT_OUT, *[TRAIN] * 5])
    assert suggestions(Kind.COPIES, first_out) == {0: None, 1: None}
    assert judge(Kind.COPIES, first_out).counts() == (2, 0)  # settled: one of them is in


def test_of_look_alikes_the_largest_stays() -> None:
    assert suggestions(Kind.LOOKALIKES, known()) == {
        0: "train out", 1: "train out", 2: None, 3: None, 4: "train out",
    }  # fmt: skip


def test_a_look_alike_on_the_other_side_of_the_split_is_a_leak_and_moves_to_training() -> None:
    split = known(parts=[TRAIN, TRAIN, TRAIN, TRAIN, VALIDATION, TEST])
    assert suggestions(Kind.LEAKS, split) == {3: None, 4: "train"}
    assert judge(Kind.LEAKS, split).counts() == (2, 1)
    assert [item.row for item in judge(Kind.LEAKS, split).wanted(only_open=True)] == [3, 4]
    assert judge(Kind.LEAKS, known()).counts() == (0, 0)


def test_a_pair_that_is_in_no_group_together_leaks_too() -> None:
    found = scan()
    apart = replace(found, duplicates=replace(found.duplicates, group=np.array([0, 0, 0, -1, -1, -1])))
    split = known(parts=[TRAIN, TRAIN, TRAIN, TRAIN, VALIDATION, TRAIN])
    listed = Judge(split, Looks(apart), Kind.LEAKS, set(), {}).items()
    assert {item.row: item.suggested for item in listed} == {3: None, 4: "train"}


@pytest.mark.parametrize(
    ("sea", "verified", "wanted"),
    [
        ([1, 0, 0, 0, 0, 0], [], "absent"),  # most of them
        ([1, 0, -1, 0, 0, 0], [], "present"),  # a tie: forgotten rather than invented
        ([1, 1, 0, 0, 0, 0], [2], "absent"),  # what a person has verified counts for all
        ([1, 1, 0, 0, 0, 0], [0, 2], "present"),  # two who differ: most of them again
    ],
)
def test_look_alikes_with_different_labels_get_the_state_that_is_most_credible(
    sea: list[int], verified: list[int], wanted: str
) -> None:
    of = known(sea=sea)
    of.verified[verified, 0] = True
    items = list(judge(Kind.CONFLICTS, of).items())
    assert {item.row for item in items} == {0, 1, 2}
    assert {(item.label_id, item.suggested) for item in items} == {(11, wanted)}
    still_open = {item.row for item in items if judge(Kind.CONFLICTS, of).open(item)}
    assert still_open == {0, 1, 2} - set(verified)


def test_unknown_contradicts_nothing() -> None:
    assert judge(Kind.CONFLICTS, known(sea=[1, -1, 1, 0, 0, 0])).counts() == (0, 0)


def test_an_odd_image_is_to_be_left_out_until_somebody_decides() -> None:
    (item,) = judge(Kind.DARK, known()).items()
    assert (item.row, item.suggested) == (5, "train out")
    assert "99 %" in item.evidence
    assert judge(Kind.DARK, known()).counts() == (1, 1)
    assert judge(Kind.DARK, known(), {5}).counts() == (1, 0)
    assert judge(Kind.DARK, known(parts=[*[TRAIN] * 5, states.LEFT_OUT])).counts() == (1, 0)


def test_grey_is_no_reason_to_leave_an_image_out() -> None:
    found = scan()
    found.quality.measures[3, 3] = 0.0
    (item,) = Judge(known(), Looks(found), Kind.GREY, set(), {}).items()
    assert (item.row, item.suggested) == (3, None)


def test_an_implied_label_that_is_absent_is_to_be_set_and_one_that_is_unknown_is_not_named() -> None:
    of = known(sea=[0, 1, -1, 0, 0, 0], tree=[1, 1, 1, 0, 0, 0])
    (item,) = judge(Kind.IMPLIED, of).items()
    assert (item.row, item.label_id, item.suggested) == (0, 11, LabelState.PRESENT.value)
    assert "“tree”, which implies “sea”" in item.evidence


def orders(kind: Kind, of: States) -> dict[tuple[int, int | None], int]:
    def key(item: Item) -> tuple[int, int | None]:
        return item.row, item.label_id

    return {key(item): item.order for item in judge(kind, of).items()}


def test_the_order_of_an_item_stays_when_others_are_decided() -> None:
    before = orders(Kind.CONFLICTS, known(sea=[1, 0, 0, 1, 0, 0], tree=[0, 1, 0, 0, 0, 0]))
    after = orders(Kind.CONFLICTS, known(sea=[0, 0, 0, 1, 0, 0], tree=[0, 1, 0, 0, 0, 0]))
    assert set(after) < set(before)
    assert all(before[key] == order for key, order in after.items())
    assert sorted(before.values()) == list(before.values())


def test_what_was_measured_stands_below_the_picture_with_its_unit() -> None:
    (dark,) = judge(Kind.DARK, known()).items()
    assert dark.measure == "10 % bright"
