"""What people are shown is what training sees: the rendering without torch against that with it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.config import PRESETS
from core.data import augment, rendering
from core.training import batches

CPU = torch.device("cpu")
WILD = replace(
    PRESETS["scratch"], crop=0.4, rotate_deg=45.0, brightness=0.4, contrast=0.6, saturation=0.8, erase=0.6
)


def pictures(count: int = 24, side: int = 64) -> np.ndarray:
    """Smooth scenes with hard edges and a little noise, as photographs have."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] / side
    waves = [np.sin(6.3 * (a * x + b * y) + c) for a, b, c in rng.uniform(-2, 2, (count * 3, 3))]
    scene = np.stack(waves).reshape(count, 3, side, side).transpose(0, 2, 3, 1)
    scene = 127 + 80 * scene + 40 * (scene > 0.5) + rng.normal(0, 6, scene.shape)
    return scene.clip(0, 255).astype(np.uint8)


def by_torch(pixels: np.ndarray, todo: augment.Alterations) -> np.ndarray:
    return batches.alter(batches.to_input(pixels, CPU), todo).permute(0, 2, 3, 1).numpy()


def everything(count: int) -> augment.Alterations:
    """Every version altered further at random, as a step of training does."""
    rng = np.random.default_rng(1)
    numbers = rng.random((count, augment.DRAWS), dtype=np.float32)
    versions = augment.of_versions(np.arange(count) % 5, numbers)
    return augment.draw(WILD, count, rng).after(versions)


def test_altered_pictures_are_those_of_training() -> None:
    pixels, todo = pictures(), everything(24)
    difference = np.abs(rendering.alter(pixels, todo) - by_torch(pixels, todo))
    assert difference.mean() < 1e-5
    # a pixel at the edge of a box or of the picture may be rounded to its other side
    assert (difference > 0.01).mean() < 1e-4


def test_unmoved_pictures_are_those_of_training() -> None:
    pixels = pictures(8)
    todo = augment.draw(PRESETS["report-2020"], 8, np.random.default_rng(0))
    assert np.abs(rendering.alter(pixels, todo) - by_torch(pixels, todo)).max() < 1e-5


@pytest.mark.parametrize("side_px", [32, 64, 96, 128])
def test_resized_pictures_are_those_of_training(side_px: int) -> None:
    pixels = pictures(4, side=128)
    ours, theirs = rendering.resize(pixels, side_px), batches.resize(pixels, side_px)
    difference = np.abs(ours.astype(int) - theirs.astype(int))
    assert difference.max() <= 1
    assert difference.mean() < 0.05


def test_blended_pictures_are_those_of_training() -> None:
    pixels = pictures(8)
    clean = np.arange(8) % 2 == 0
    x, ones = batches.to_input(pixels, CPU), torch.ones(8, 1)
    theirs, _, _ = batches._mix(x, ones, ones, clean, np.random.default_rng(3))
    share, other = augment.blends(clean, np.random.default_rng(3))
    ours = rendering.blend(pixels.astype(np.float32) / 255, share, other)
    assert np.abs(ours - theirs.permute(0, 2, 3, 1).numpy()).max() < 1e-5
