"""From stored pixels to batches a network can learn from, altered as a whole batch at a time.

Legend: N images of the data set, n training images, M entries of the list to learn from, B pictures of a
batch, S side, L labels. Pixels are uint8 (.., S, S, 3); a network's input is float (B, 3, S, S), 0..1,
channels last.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from core.config import TrainConfig
from core.data import augment, balance
from core.errors import BadInput

CHUNK = 256  # pictures that are resized or judged at once


@dataclass(frozen=True)
class TrainingData:
    """What is learned from: `pixels` may be a memmap, and only the rows that are named are read."""

    pixels: NDArray[np.uint8]  # (N, S, S, 3)
    states: NDArray[np.int8]  # (N, L), 1 present, 0 absent, -1 unknown
    labels: tuple[str, ...]
    train_rows: NDArray[np.int64]  # (n,)
    validation_rows: NDArray[np.int64]

    def check(self) -> None:
        """Raises BadInput if there is nothing to learn or nothing to judge by."""
        if self.pixels.ndim != 4 or self.pixels.shape[3] != 3 or self.pixels.dtype != np.uint8:
            raise BadInput(f"Pixels must be uint8 (N, S, S, 3), not {self.pixels.dtype} {self.pixels.shape}.")
        if self.states.shape != (len(self.pixels), len(self.labels)):
            raise BadInput(
                f"{len(self.pixels)} images and {len(self.labels)} labels do not fit states of shape "
                f"{self.states.shape}."
            )
        if not self.labels:
            raise BadInput("The data set has no label; import annotations before training.")
        if len(self.train_rows) == 0:
            raise BadInput("The train part has no image; split the data set so that it has some.")
        if len(self.validation_rows) == 0:
            raise BadInput(
                "The validation part has no image, so nothing could be judged; split the data set so that it "
                "has some."
            )


@dataclass(frozen=True)
class Batch:
    """One step's worth, on the device."""

    x: Tensor  # (B, 3, S, S), 0..1
    targets: Tensor  # (B, L), 0..1, blended where pictures are
    known: Tensor  # (B, L), 1.0 or 0.0
    entries: NDArray[np.int64]  # (B,), places in the list
    clean: NDArray[np.bool_]  # (B,), False where a picture is blended with another


class Batches:
    """The list to learn from, and its batches for any epoch."""

    def __init__(self, config: TrainConfig, data: TrainingData, device: torch.device) -> None:
        self.config, self.device = config, device
        states = data.states[data.train_rows]
        self.rows, self.version = balance.plan(states, data.labels, config, config.seed)  # (M,), (M,)
        self.states = states[self.rows]  # (M, L)
        self.repeats = balance.repeats(self.states, config)  # (M,)
        self.pixels = resized(data.pixels, data.train_rows, config.side_px)  # (n, S, S, 3)
        self.numbers = augment.version_table(len(states), config.versions, config.seed)

    @property
    def pictures(self) -> int:
        """Pictures in an epoch."""
        return balance.pictures(self.repeats)

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return -(-self.pictures // self.config.batch)

    def entries(self, epoch: int) -> NDArray[np.int64]:
        """The places in the list that an epoch shows, ascending; with label-aware sampling some repeatedly."""
        return balance.drawn(self.repeats, self.config.seed, epoch)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The batches of an epoch, the same for the same seed and epoch, of (nearly) equal size."""
        rng = np.random.default_rng([self.config.seed, 3, epoch])
        drawn = self.entries(epoch)
        for entries in np.array_split(drawn[rng.permutation(len(drawn))], self.steps):
            yield self._batch(entries, rng)

    def _batch(self, entries: NDArray[np.int64], rng: np.random.Generator) -> Batch:
        rows, version = self.rows[entries], self.version[entries]
        todo = augment.draw(self.config, len(rows), rng)
        if self.config.versions > 1:
            todo = todo.after(augment.of_versions(version, self.numbers[rows, version]))
        x = alter(to_input(self.pixels[rows], self.device), todo)
        states = torch.from_numpy(self.states[entries]).to(self.device)
        known, targets = (states >= 0).float(), (states == 1).float()
        clean = np.ones(len(rows), dtype=bool)
        if self.config.mixup > 0:
            clean = rng.random(len(rows)) >= self.config.mixup
            x, targets, known = _mix(x, targets, known, clean, rng)
        smooth = self.config.label_smoothing
        return Batch(x, targets * (1 - 2 * smooth) + smooth, known, entries, clean)


def resized(pixels: NDArray[np.uint8], rows: NDArray[np.int64], side_px: int) -> NDArray[np.uint8]:
    """The rows' pixels at a side, uint8 (n, side, side, 3), read and resized a chunk at a time."""
    if pixels.shape[1] == side_px and len(rows) == len(pixels) and np.array_equal(rows, np.arange(len(rows))):
        return pixels
    small = np.empty((len(rows), side_px, side_px, 3), dtype=np.uint8)
    for start in range(0, len(rows), CHUNK):
        small[start : start + CHUNK] = resize(pixels[rows[start : start + CHUNK]], side_px)
    return small


def resize(pixels: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """(n, s, s, 3) as (n, side, side, 3), every source pixel counting (antialiased)."""
    if pixels.shape[1] == side_px:
        return pixels
    x = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2)
    small = F.interpolate(x, size=(side_px, side_px), mode="bilinear", antialias=True)
    return small.permute(0, 2, 3, 1).contiguous().numpy()


def to_input(pixels: NDArray[np.uint8], device: torch.device) -> Tensor:
    """uint8 (B, S, S, 3) as a network's input: float (B, 3, S, S), 0..1, channels last without a copy."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).to(device).permute(0, 3, 1, 2).float().div_(255.0)


def alter(x: Tensor, todo: augment.Alterations) -> Tensor:
    """The pictures (B, 3, S, S) moved, toned and covered as drawn; the result stays within 0..1."""
    if todo.moves:
        x = F.grid_sample(x, _grid(todo.affine, x), padding_mode="reflection", align_corners=False)
        x = x.contiguous(memory_format=torch.channels_last)
    grey = (x[:, :1] + x[:, 1:2] + x[:, 2:]) / 3  # (B, 1, S, S); x.mean(1) is far slower channels last
    mean = grey.mean((2, 3), keepdim=True)  # (B, 1, 1, 1)
    saturation, contrast = _column(todo.saturation, x), _column(todo.contrast, x)
    x = grey + (x - grey) * saturation
    x = (mean + _column(todo.brightness, x) + (x - mean) * contrast).clamp_(0.0, 1.0)
    covered = _covered(_tensor(todo.boxes, x), x.shape[2])
    return torch.where(covered, mean, x)


def _grid(affine: NDArray[np.float32], x: Tensor) -> Tensor:
    """Where each output point is read from, (B, S, S, 2): torch's affine_grid, without its matrix product."""
    side = x.shape[2]
    at = (2 * torch.arange(side, device=x.device) + 1) / side - 1  # centres of the cells, -1..1
    a = _tensor(affine, x)[:, None, None]  # (B, 1, 1, 2, 3)
    return a[..., 0] * at[None, None, :, None] + a[..., 1] * at[None, :, None, None] + a[..., 2]


def _covered(boxes: Tensor, side: int) -> Tensor:
    """True (B, 1, S, S) inside any of the boxes (B, K, 4)."""
    at = (torch.arange(side, device=boxes.device) + 0.5) / side
    top, left, bottom, right = boxes.unbind(2)  # each (B, K)
    down = (at >= top[..., None]) & (at < bottom[..., None])  # (B, K, S)
    across = (at >= left[..., None]) & (at < right[..., None])
    return (down[..., :, None] & across[..., None, :]).any(1, keepdim=True)


def _mix(
    x: Tensor, targets: Tensor, known: Tensor, clean: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Blends the pictures that are not clean with another one, targets alike."""
    share, place = augment.blends(clean, rng)
    other = torch.from_numpy(place).to(x.device)
    keep = torch.from_numpy(share).to(x.device)[:, None]
    mixed = (keep < 1).float()
    x = x * keep[..., None, None] + x[other] * (1 - keep[..., None, None])
    targets = targets * keep + targets[other] * (1 - keep)
    # a blend of something unknown is unknown
    return x, targets, known * torch.where(mixed > 0, known[other], 1.0)


def _tensor(values: NDArray[Any], like: Tensor) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).to(like.device)


def _column(values: NDArray[Any], like: Tensor) -> Tensor:
    return _tensor(values, like)[:, None, None, None]
