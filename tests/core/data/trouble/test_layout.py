"""The map puts alike beside alike, the same way every time."""

import numpy as np
import pytest

from core.data.trouble import layout


def two_kinds(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Half of the images reddish, half bluish, in turns."""
    rng = np.random.default_rng(0)
    base = np.where((np.arange(count) % 2)[:, None], (40, 60, 200), (200, 60, 40))[:, None, None]
    colours = np.clip(base + rng.normal(0, 15, (count, 8, 8, 3)), 0, 255).astype(np.uint8)
    return colours, rng.normal(size=(count, 4)).astype(np.float32)


def separated(places: np.ndarray) -> float:
    """Share of the images whose nearest neighbour on the map is of the same kind."""
    gap = np.square(places[:, None] - places[None]).sum(axis=2)
    np.fill_diagonal(gap, np.inf)
    return float((gap.argmin(axis=1) % 2 == np.arange(len(places)) % 2).mean())


def test_alike_images_lie_together_and_the_map_is_repeatable() -> None:
    colours, statistics = two_kinds(120)
    places = layout.place(colours, statistics, seed=3)
    assert places.shape == (120, 2)
    assert places.min() == 0.0
    assert places.max() == 1.0
    assert separated(places) > 0.95
    assert np.array_equal(places, layout.place(colours, statistics, seed=3))


def test_beyond_the_landmarks_the_rest_lies_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LANDMARKS", 40)
    colours, statistics = two_kinds(150)
    places = layout.place(colours, statistics, seed=0)
    assert np.isfinite(places).all()
    assert separated(places) > 0.95


@pytest.mark.parametrize("count", [0, 1, 4, 5, 9])
def test_few_images(count: int) -> None:
    places = layout.place(*two_kinds(count), seed=0)
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()


def test_images_that_are_all_the_same() -> None:
    places = layout.place(np.full((30, 8, 8, 3), 90, np.uint8), np.zeros((30, 4), np.float32), seed=0)
    assert np.isfinite(places).all()
