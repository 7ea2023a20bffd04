"""Batches hold what was drawn: the right pictures, altered as told, with unknown cells left out."""

from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from core.config import PRESETS
from core.data import augment
from core.training import batches
from core.training.batches import Batches, TrainingData

UNALTERED = {"flip": False, "crop": 1.0, "brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "erase": 0.0}
PLAIN = replace(PRESETS["scratch"], side_px=32, batch=8, **UNALTERED)
CPU = torch.device("cpu")


def _data(images: int = 30, side: int = 32) -> TrainingData:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (images, side, side, 3), dtype=np.uint8)
    states = rng.integers(-1, 2, (images, 2)).astype(np.int8)
    return TrainingData(pixels, states, ("a", "b"), np.arange(0, images, 2), np.arange(1, images, 2))


def test_an_epoch_holds_every_training_image_once() -> None:
    data = _data()
    made = Batches(PLAIN, data, CPU)
    seen = list(made.epoch(1))
    assert sorted(np.concatenate([b.entries for b in seen])) == list(range(15))
    assert [len(b.x) for b in seen] == [8, 7]
    for batch in seen:
        rows = data.train_rows[made.rows[batch.entries]]
        assert torch.allclose(batch.x, batches.to_input(data.pixels[rows], CPU), atol=1e-5)
        assert np.array_equal(batch.known.numpy(), data.states[rows] >= 0)
        assert np.array_equal(batch.targets.numpy() * batch.known.numpy(), data.states[rows] == 1)


def test_epochs_differ_and_repeat() -> None:
    made = Batches(replace(PLAIN, crop=0.5), _data(), CPU)
    one, again, other = (next(made.epoch(e)) for e in (1, 1, 2))
    assert torch.equal(one.x, again.x)
    assert not np.array_equal(one.entries, other.entries)


def test_no_batch_is_a_lone_rest() -> None:
    made = Batches(replace(PLAIN, batch=7), _data(), CPU)  # 15 images
    assert [len(b.x) for b in made.epoch(1)] == [5, 5, 5]


def test_flipping_mirrors_and_covering_covers() -> None:
    x = torch.rand(1, 3, 32, 32)
    numbers = np.full((1, augment.DRAWS), 0.5, dtype=np.float32)
    flipped = batches.alter(x, augment.of_versions(np.array([1]), numbers))
    assert torch.allclose(flipped, x.flip(3), atol=1e-5)
    erased = batches.alter(x, augment.of_versions(np.array([4]), numbers))
    changed = (erased - x).abs().sum(1)[0] > 1e-4
    rows, columns = torch.nonzero(changed.any(1)).flatten(), torch.nonzero(changed.any(0)).flatten()
    assert 0.2 * 32 <= len(rows) <= 0.5 * 32
    assert changed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()


def test_the_grid_is_that_of_torch() -> None:
    x = torch.rand(4, 3, 32, 32)
    affine = augment.draw(replace(PLAIN, crop=0.5, rotate_deg=30.0), 4, np.random.default_rng(0)).affine
    wanted = F.affine_grid(torch.from_numpy(affine), [4, 3, 32, 32], align_corners=False)
    assert torch.allclose(batches._grid(affine, x), wanted, atol=1e-6)


def test_altered_pictures_stay_in_range_and_channels_last() -> None:
    x = batches.to_input(_data().pixels, CPU)
    wild = replace(PLAIN, brightness=1.0, contrast=0.9, saturation=1.0, crop=0.3, erase=1.0)
    out = batches.alter(x, augment.draw(wild, len(x), np.random.default_rng(0)))
    assert out.min() >= 0
    assert out.max() <= 1
    assert out.is_contiguous(memory_format=torch.channels_last)


def test_blended_pictures_are_marked_and_know_less() -> None:
    made = Batches(replace(PLAIN, mixup=0.5, batch=15), _data(), CPU)
    batch = next(made.epoch(1))
    own = made.states[batch.entries]
    assert 0 < batch.clean.sum() < len(batch.clean)
    assert np.array_equal(batch.known.numpy()[batch.clean], own[batch.clean] >= 0)
    assert (batch.known.numpy() <= (own >= 0)).all()
    assert np.array_equal(batch.targets.numpy()[batch.clean], own[batch.clean] == 1)


def test_pixels_are_resized_in_the_order_of_the_rows() -> None:
    data = _data(side=64)
    small = batches.resized(data.pixels, np.array([5, 2]), 32)
    assert small.shape == (2, 32, 32, 3)
    assert np.array_equal(small[1], batches.resize(data.pixels[2:3], 32)[0])
    assert abs(small[0].mean() - data.pixels[5].mean()) < 1.0


def test_a_memmap_at_the_right_side_is_not_copied() -> None:
    pixels = _data().pixels
    assert batches.resized(pixels, np.arange(len(pixels)), 32) is pixels


def test_label_aware_sampling_shows_rare_labels_more_often() -> None:
    data = _data(images=60)
    states = np.zeros_like(data.states)
    states[:, 0] = states[4, 1] = 1  # one of thirty training images has the second label
    made = Batches(replace(PLAIN, sampling=0.2), replace(data, states=states), CPU)
    seen = list(made.epoch(1))
    entries = np.concatenate([b.entries for b in seen])
    assert len(entries) == made.pictures
    assert set(entries) == set(range(30))
    assert np.bincount(entries)[2] in (2, 3)  # the root of .2 × 30 is 2.4
    assert np.array_equal(np.sort(entries), made.entries(1))
    assert sum(int(b.targets[:, 1].sum()) for b in seen) == np.bincount(entries)[2]
    again = np.concatenate([b.entries for b in made.epoch(1)])
    assert np.array_equal(entries, again)
