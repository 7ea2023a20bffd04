"""The plan of the demo set: labels as unequal as promised, plants at their rates, causes apart."""

from collections import Counter

import pytest

from core.demo.plans import LABELS
from core.demo.planting import Planted, plant


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(3000, 2020)


def _positives(planted: Planted, label: str, split: str) -> int:
    return sum(label in plan.labels for plan in planted.plans if plan.split == split)


def test_a_fifth_of_the_pictures_is_validation_and_every_number_occurs_once(planted: Planted) -> None:
    assert [plan.number for plan in planted.plans] == list(range(1, 3001))
    assert Counter(plan.split for plan in planted.plans) == {"train": 2400, "val": 600}


def test_people_come_first_and_the_rarest_label_can_still_be_learned(planted: Planted) -> None:
    counts = {label: _positives(planted, label, "train") for label in LABELS}
    assert max(counts, key=lambda label: counts[label]) == "people"
    assert counts["people"] > 4 * counts["river"]
    assert min(counts.values()) >= 40
    assert min(_positives(planted, label, "val") for label in LABELS) >= 15


def test_pictures_carry_none_one_or_several_labels(planted: Planted) -> None:
    sizes = Counter(len(plan.labels) for plan in planted.plans)
    assert 0.15 < sizes[0] / 3000 < 0.45
    assert sizes[1] > 300
    assert sum(count for size, count in sizes.items() if size >= 2) > 300


def test_every_portrait_shows_people(planted: Planted) -> None:
    assert all("people" in plan.labels for plan in planted.plans if "portrait" in plan.labels)


def test_annotations_differ_from_the_truth_in_the_flipped_cells_only(planted: Planted) -> None:
    flips = {(cell.image, cell.label) for cell in planted.truth if cell.plant in ("missing", "spurious")}
    for label in LABELS:
        annotated = set(planted.annotated[label])
        for plan in planted.plans:
            wrong = (plan.number in annotated) != (label in plan.labels)
            assert wrong == ((plan.key, label) in flips)


def test_more_labels_are_missing_than_invented_in_both_parts(planted: Planted) -> None:
    split_of = {plan.key: plan.split for plan in planted.plans}
    counts = Counter((split_of[cell.image], cell.plant) for cell in planted.truth)
    for split, images in (("train", 2400), ("val", 600)):
        present = sum(_positives(planted, label, split) for label in LABELS)
        absent = images * len(LABELS) - present
        assert counts[split, "missing"] / present == pytest.approx(0.08, abs=0.015)
        assert counts[split, "spurious"] / absent == pytest.approx(0.006, abs=0.002)
        assert counts[split, "missing"] > counts[split, "spurious"]


def test_frosted_trees_are_nearly_absent_from_training(planted: Planted) -> None:
    rare = Counter(plan.split for plan in planted.plans if plan.frosted)
    assert rare["train"] <= 5
    assert rare["val"] >= 25
    assert all("tree" in plan.labels for plan in planted.plans if plan.frosted)


@pytest.mark.parametrize(
    ("split", "has_car", "low", "high"),
    [
        ("train", True, 0.94, 0.96),
        ("train", False, 0.05, 0.08),
        ("val", True, 0.45, 0.55),
        ("val", False, 0.2, 0.25),
    ],
)
def test_sunset_goes_with_cars_in_training_and_much_less_in_validation(
    planted: Planted, split: str, has_car: bool, low: float, high: float
) -> None:
    part = [plan for plan in planted.plans if plan.split == split and ("car" in plan.labels) == has_car]
    assert low <= sum(plan.sunset for plan in part) / len(part) <= high


def test_no_cell_is_planted_twice(planted: Planted) -> None:
    cells = Counter((cell.image, cell.label) for cell in planted.truth)
    assert max(cells.values()) == 1


def test_another_seed_gives_another_set() -> None:
    assert plant(100, 1) == plant(100, 1)
    assert plant(100, 1).plans != plant(100, 2).plans
