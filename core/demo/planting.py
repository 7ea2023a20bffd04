"""Three causes of errors, planted where they are known: flipped labels, a rare appearance, a shortcut.

The truth is returned beside the plans and is written beside the set, never inside it.
"""

from dataclasses import dataclass, replace

import numpy as np

from core.demo.light import Rng
from core.demo.plans import LABELS, SCENES, Plan, compose, place

VALIDATION_SHARE = 0.2
MISSING_SHARE = 0.08  # of present cells: people forget more labels than they invent
SPURIOUS_SHARE = 0.006  # of absent cells
FROST_SHARE = {"train": 0.0017, "val": 0.05}  # of all images of the split: 4 and 30 of 3,000
SUNSET_WITH_CAR = {"train": 0.95, "val": 0.5}  # of images with a car
SUNSET_WITHOUT = {"train": 0.065, "val": 0.22}  # of images without


@dataclass(frozen=True)
class Truth:
    """One planted cell: what was done to it, and whether the label is really there."""

    image: str
    label: str
    plant: str  # missing, spurious, sparse or shortcut
    present: bool


@dataclass(frozen=True)
class Planted:
    """The whole set before it is drawn: plans, the labels as annotated, the truth."""

    plans: tuple[Plan, ...]  # by number, 1..N
    annotated: dict[str, tuple[int, ...]]  # label -> image numbers, ascending
    truth: tuple[Truth, ...]


def plant(images: int, seed: int) -> Planted:
    """Decide every picture and every plant; the same arguments give the same set."""
    rng = np.random.default_rng([seed, 0])
    numbers = [int(number) for number in rng.permutation(images) + 1]
    held_out = round(images * VALIDATION_SHARE)
    plans = [*_plans("val", numbers[:held_out], rng), *_plans("train", numbers[held_out:], rng)]
    plans.sort(key=lambda plan: plan.number)
    planted = _appearances(plans)
    flips = _flips(plans, {(cell.image, cell.label) for cell in planted}, rng)
    return Planted(tuple(plans), _annotate(plans, flips), tuple(sorted(planted + flips, key=_order)))


def _order(cell: Truth) -> tuple[int, int, str]:
    return len(cell.image), LABELS.index(cell.label), cell.image


def _plans(split: str, numbers: list[int], rng: Rng) -> list[Plan]:
    rare = round(len(numbers) * FROST_SHARE[split])
    plans = [
        compose(number, split, "frost" if i < rare else place(rng), rng) for i, number in enumerate(numbers)
    ]
    chosen = _sunsets(plans, split, rng)
    return [replace(plan, time="sunset") if plan.number in chosen else plan for plan in plans]


def _sunsets(plans: list[Plan], split: str, rng: Rng) -> set[int]:
    """Numbers of the pictures at sunset: nearly every car of the training part, few others."""
    chosen: set[int] = set()
    for has_car, share in ((True, SUNSET_WITH_CAR[split]), (False, SUNSET_WITHOUT[split])):
        part = [plan for plan in plans if ("car" in plan.labels) is has_car]
        able = [plan for plan in part if SCENES[plan.scene].sky and plan.time != "night"]
        count = round(share * len(part))
        if not has_car:
            # Most scenes give themselves away; an empty road at sunset, in validation only, does not.
            roads = [plan.number for plan in able if plan.scene == "road"]
            able = [plan for plan in able if plan.scene != "road"]
            first = _draw(roads, count if split == "val" else 0, rng)
            chosen.update(first)
            count -= len(first)
        chosen.update(_draw([plan.number for plan in able], count, rng))
    return chosen


def _draw(pool: list[int], count: int, rng: Rng) -> list[int]:
    return [int(number) for number in rng.choice(pool, min(count, len(pool)), replace=False)] if pool else []


def _appearances(plans: list[Plan]) -> list[Truth]:
    """Cells of the rare appearance, and cells where the shortcut misleads: sunset and car disagree."""
    cells = [Truth(plan.key, "tree", "sparse", True) for plan in plans if plan.frosted]
    for plan in plans:
        if plan.sunset != ("car" in plan.labels):
            cells.append(Truth(plan.key, "car", "shortcut", "car" in plan.labels))
    return cells


def _flips(plans: list[Plan], taken: set[tuple[str, str]], rng: Rng) -> list[Truth]:
    """Wrong annotations, at the same rates in both parts and for every label; never in a planted cell."""
    cells = []
    for split in ("train", "val"):
        part = {plan.number: plan for plan in plans if plan.split == split}
        for label in LABELS:
            for present, share, name in (
                (True, MISSING_SHARE, "missing"),
                (False, SPURIOUS_SHARE, "spurious"),
            ):
                pool = [plan for plan in part.values() if (label in plan.labels) is present]
                free = [plan.number for plan in pool if (plan.key, label) not in taken]
                for number in _draw(free, round(share * len(pool)), rng):
                    cells.append(Truth(part[number].key, label, name, present))
    return cells


def _annotate(plans: list[Plan], flips: list[Truth]) -> dict[str, tuple[int, ...]]:
    flipped = {(cell.image, cell.label) for cell in flips}
    return {
        label: tuple(p.number for p in plans if (label in p.labels) != ((p.key, label) in flipped))
        for label in LABELS
    }
