"""What is painted is what the plan says: no label without its object, no object without its label."""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.demo import backdrops, creatures, figures, nature, skies, things
from core.demo.plans import SCENES, Plan, compose
from core.demo.scenes import paint

_DRAWS: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
    (skies, "clouds", ("clouds",)),
    (backdrops, "sea", ("sea",)),
    (backdrops, "river", ("river",)),
    (creatures, "flying", ("bird",)),
    (creatures, "perched", ("bird",)),
    (creatures, "swimming", ("bird",)),
    (creatures, "dog", ("dog",)),
    (creatures, "dog_face", ("dog",)),
    (figures, "figure", ("people",)),
    (figures, "bust", ("people", "portrait")),
    (nature, "palm", ("tree",)),
    (nature, "birches", ("tree",)),
    (nature, "frosted", ("tree",)),
    (nature, "broadleaf", ("tree",)),
    (nature, "tuft", ("flower",)),
    (nature, "stalk", ("flower",)),
    (things, "car", ("car",)),
)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The labels whose objects were drawn."""
    labels: set[str] = set()

    def watched(draw: Callable[..., Any], means: tuple[str, ...]) -> Callable[..., Any]:
        @functools.wraps(draw)
        def note(*args: Any, **kwargs: Any) -> Any:
            labels.update(means)
            return draw(*args, **kwargs)

        return note

    for module, name, means in _DRAWS:
        monkeypatch.setattr(module, name, watched(getattr(module, name), means))
    monkeypatch.setattr(nature, "TREES", tuple(watched(tree, ("tree",)) for tree in nature.TREES))
    return labels


@pytest.mark.parametrize("scene", SCENES)
def test_exactly_the_labelled_things_are_drawn(scene: str, seen: set[str]) -> None:
    for number in range(8):
        rng = np.random.default_rng([5, number])
        plan = compose(number, "train", scene, rng)
        seen.clear()
        paint(plan, 16, rng)
        assert seen == plan.labels - {"night"}


def _brightness(scene: str, time: str) -> float:
    labels = frozenset({"night"}) if time == "night" else frozenset()
    plan = Plan(1, "train", scene, "summer", time, labels | SCENES[scene].always)
    means = [np.asarray(paint(plan, 16, np.random.default_rng(i))).mean() for i in range(6)]
    return float(np.mean(means))


@pytest.mark.parametrize("scene", ["hills", "sea", "town", "road"])
def test_night_is_much_darker_than_day(scene: str) -> None:
    assert _brightness(scene, "night") < 0.7 * _brightness(scene, "noon")


def test_a_sunset_reddens_the_whole_picture() -> None:
    day = Plan(1, "train", "traffic", "summer", "noon", frozenset({"car"}))
    for seed in range(6):
        by_day, late = (
            np.asarray(paint(plan, 16, np.random.default_rng(seed)), dtype=float).mean((0, 1))  # (3,)
            for plan in (day, replace(day, time="sunset"))
        )
        assert late[0] - late[2] > by_day[0] - by_day[2] + 40


def test_a_picture_has_the_asked_side_and_repeats_with_its_seed() -> None:
    plan = compose(1, "train", "hills", np.random.default_rng(1))
    one, two = (paint(plan, 48, np.random.default_rng(9)) for _ in range(2))
    assert one.size == (48, 48)
    assert one.mode == "RGB"
    assert one.tobytes() == two.tobytes()
