"""What is done to pictures stays within the settings, and a version is the same picture every time."""

from dataclasses import replace

import numpy as np

from core.config import PRESETS
from core.data import augment

SCRATCH, REPORT = PRESETS["scratch"], PRESETS["report-2020"]
CORNERS = np.array([[-1, -1, 1], [1, -1, 1], [-1, 1, 1], [1, 1, 1]], dtype=np.float32)


def test_a_crop_stays_inside_the_picture() -> None:
    drawn = augment.draw(SCRATCH, 500, np.random.default_rng(0))
    read_at = CORNERS @ drawn.affine.transpose(0, 2, 1)  # (500, 4, 2)
    assert np.abs(read_at).max() <= 1 + 1e-6
    width = np.abs(read_at[:, 1, 0] - read_at[:, 0, 0]) / 2
    assert width.min() >= SCRATCH.crop - 1e-6
    mirrored = (drawn.affine[:, 0, 0] < 0).mean()
    assert 0.4 < mirrored < 0.6


def test_tone_stays_within_the_settings() -> None:
    drawn = augment.draw(replace(SCRATCH, brightness=0.1, contrast=0.3), 500, np.random.default_rng(0))
    assert np.abs(drawn.brightness).max() <= 0.1 < 2 * np.abs(drawn.brightness).max()
    assert 0.7 <= drawn.contrast.min() < 0.75
    assert 1.25 < drawn.contrast.max() <= 1.3


def test_the_report_moves_nothing_while_training() -> None:
    drawn = augment.draw(REPORT, 20, np.random.default_rng(0))
    assert not drawn.moves
    assert not drawn.boxes.any()
    assert drawn.brightness.any()


def test_each_version_is_altered_in_its_own_way() -> None:
    numbers = np.full((5, augment.DRAWS), 0.9, dtype=np.float32)
    of = augment.of_versions(np.arange(5), numbers)
    assert np.array_equal(of.affine[0], np.eye(2, 3))
    assert np.array_equal(of.affine[1], [[-1, 0, 0], [0, 1, 0]])
    assert 0 < of.affine[2, 1, 0] < np.sin(np.deg2rad(augment.ROTATION_DEG))
    assert of.brightness.nonzero()[0].tolist() == of.contrast.round(6).__ne__(1).nonzero()[0].tolist() == [3]
    covered = of.boxes[:, 0, 2:] - of.boxes[:, 0, :2]
    assert covered[:4].any() == np.False_
    assert (covered[4] >= 0.2).all()
    assert of.boxes.max() <= 1


def test_a_version_is_fixed_by_its_seed() -> None:
    assert np.array_equal(augment.version_table(7, 5, seed=1), augment.version_table(7, 5, seed=1))
    assert not np.array_equal(augment.version_table(7, 5, seed=1), augment.version_table(7, 5, seed=2))


def test_alterations_follow_each_other() -> None:
    flipped = augment.of_versions(np.array([1]), np.zeros((1, augment.DRAWS), dtype=np.float32))
    twice = flipped.after(flipped)
    assert np.array_equal(twice.affine[0], np.eye(2, 3))
    assert twice.boxes.shape == (1, 2, 4)
