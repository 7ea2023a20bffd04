"""The preview counts what training will see, and shows it."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.config import PRESETS, TrainConfig, from_settings
from core.data import epoch_preview
from core.errors import BadInput
from core.training.batches import Batches, TrainingData
from tests.core.data.test_rendering import pictures

LABELS = ("baby", "people", "sea")
REPORT = replace(PRESETS["report-2020"], side_px=32, sampling=0.1)
STILL = {"flip": False, "crop": 1.0, "brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "erase": 0.0}


def _states(n: int = 300) -> np.ndarray:
    states = (np.random.default_rng(0).random((n, 3)) < [0.02, 0.6, 0.1]).astype(np.int8)
    states[::7, 2] = -1
    return states


@pytest.mark.parametrize("config", [PRESETS["scratch"], REPORT, replace(REPORT, versions=1)])
def test_the_preview_counts_what_the_first_epoch_shows(config: TrainConfig) -> None:
    states = _states()
    seen = epoch_preview.counts(states, LABELS, config, seed=config.seed)
    pixels = np.zeros((300, 32, 32, 3), np.uint8)
    data = TrainingData(pixels, states, LABELS, np.arange(300), np.arange(300))
    made = Batches(replace(config, side_px=32, mixup=0.0), data, torch.device("cpu"))
    entries = np.concatenate([batch.entries for batch in made.epoch(1)])
    shown = states[made.rows[entries]] == 1
    assert seen.pictures == len(entries)
    assert seen.after.tolist() == shown.sum(axis=0).tolist()
    assert seen.bare_after == (~shown.any(axis=1)).sum()
    assert seen.versions.tolist() == np.bincount(made.version[entries], minlength=config.versions).tolist()
    assert seen.before.tolist() == (states == 1).sum(axis=0).tolist()
    assert seen.left_out == 0


def test_rare_labels_gain_and_bare_images_lose() -> None:
    seen = epoch_preview.counts(_states(), LABELS, REPORT, seed=0)
    share_before, share_after = seen.before / seen.images, seen.after / seen.pictures
    assert share_after[0] > 1.5 * share_before[0]
    assert seen.bare_after / seen.pictures < seen.bare_before / seen.images
    assert seen.dropped > 0
    assert seen.most >= 5


def test_without_policies_an_epoch_is_every_image_once() -> None:
    seen = epoch_preview.counts(_states(), LABELS, PRESETS["scratch"], seed=0)
    assert (seen.pictures, seen.dropped, seen.most) == (300, 0, 1)
    assert seen.after.tolist() == seen.before.tolist()


def test_examples_begin_with_the_original_and_are_altered_within_the_settings() -> None:
    pixels, rows = pictures(6), np.array([4, 1])
    shown = epoch_preview.examples(pixels, replace(PRESETS["scratch"], **STILL), 0, rows, count=3)
    assert shown.shape == (2, 4, 64, 64, 3)
    assert (shown == pixels[rows][:, None]).all()
    flipped = epoch_preview.examples(
        pixels, replace(PRESETS["scratch"], **STILL | {"flip": True}), 0, rows, 30
    )
    mirrored = (flipped == pixels[rows][:, None, :, ::-1]).all(axis=(2, 3, 4))
    assert 0.25 < mirrored.mean() < 0.75


def test_versions_are_those_that_training_makes() -> None:
    pixels, train = pictures(12), np.arange(1, 12, 2)
    config = replace(PRESETS["report-2020"], brightness=0.0, contrast=0.0)
    data = TrainingData(pixels, np.ones((12, 1), np.int8), ("a",), train, np.arange(0, 12, 2))
    made = Batches(config, data, torch.device("cpu"))
    trained = {}
    for batch in made.epoch(1):
        for entry, x in zip(batch.entries, batch.x.permute(0, 2, 3, 1).numpy(), strict=True):
            trained[int(train[made.rows[entry]]), int(made.version[entry])] = x
    shown = epoch_preview.examples(pixels, config, config.seed, np.array([7, 3]), 5, train)
    compared = 0
    for at, row in enumerate((7, 3)):
        for column in range(1, 6):
            theirs = trained.get((row, column % 5))
            if theirs is not None:  # undersampling drops some
                assert np.abs(shown[at, column] / 255 - theirs).mean() < 0.003
                compared += 1
    assert compared >= 4


def test_the_same_seed_shows_the_same_examples() -> None:
    config = replace(PRESETS["scratch"], side_px=32, mixup=0.5)
    one, same, other = (
        epoch_preview.examples(pictures(6), config, seed, np.arange(5), 4) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_picture_that_is_not_trained_on_is_no_example() -> None:
    with pytest.raises(BadInput, match="Row 2 is no training image"):
        epoch_preview.examples(pictures(4), REPORT, 0, np.array([1, 2]), 2, np.array([0, 1]))


def test_a_label_that_is_not_there_is_named() -> None:
    config = from_settings("report-2020", {"over_represented": "lake"})
    with pytest.raises(BadInput, match="'lake'"):
        epoch_preview.counts(_states(), LABELS, config, seed=0)


def test_the_preview_needs_no_torch() -> None:
    code = "import sys, core.data.epoch_preview\nsys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
