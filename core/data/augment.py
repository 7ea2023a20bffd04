"""What is done to each picture of a batch, drawn as numbers; core.training.batches does it.

core.data.rendering does the same without torch, for people to look at.

Legend: B pictures. Coordinates run from -1 to 1 over the picture, as torch's affine grids have them; boxes
are shares 0..1 of its sides.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig

Floats = NDArray[np.float32]

VERSION_KINDS = ("flipped", "rotated", "brightness and contrast", "partly erased")
ROTATION_DEG = 20.0  # of a rotated version, to either side
TONE = 0.3  # of a version with other brightness and contrast
DRAWS = 5  # random numbers that fix one version


@dataclass(frozen=True)
class Alterations:
    """One row a picture: where each output point is read from, the tone, and what is covered."""

    affine: Floats  # (B, 2, 3), output coordinates to input coordinates
    brightness: Floats  # (B,), added, as a share of the range
    contrast: Floats  # (B,), factor around the picture's mean
    saturation: Floats  # (B,), factor around the picture's grey
    boxes: Floats  # (B, K, 4), covered: top, left, bottom, right; an empty box covers nothing

    @property
    def moves(self) -> bool:
        """True if any picture is moved, so that the pixels have to be read anew."""
        return bool(np.any(self.affine != np.eye(2, 3, dtype=np.float32)))

    def after(self, first: "Alterations") -> "Alterations":
        """These alterations of pictures that `first` altered before."""
        return Alterations(
            affine=_product(first.affine, self.affine),
            brightness=first.brightness + self.brightness,
            contrast=first.contrast * self.contrast,
            saturation=first.saturation * self.saturation,
            boxes=np.concatenate([first.boxes, self.boxes], axis=1),
        )


def draw(config: TrainConfig, count: int, rng: np.random.Generator) -> Alterations:
    """Random alterations of `count` pictures within the bounds of the settings."""
    zoom = rng.uniform(config.crop, 1.0, count)
    shift = rng.uniform(-1.0, 1.0, (count, 2)) * (1.0 - zoom)[:, None]
    angle = np.deg2rad(rng.uniform(-config.rotate_deg, config.rotate_deg, count))
    mirror = np.where(rng.random(count) < (0.5 if config.flip else 0.0), -1.0, 1.0)
    return Alterations(
        affine=_affine(zoom, shift, angle, mirror),
        brightness=_uniform(rng, -config.brightness, config.brightness, count),
        contrast=_uniform(rng, 1 - config.contrast, 1 + config.contrast, count),
        saturation=_uniform(rng, 1 - config.saturation, 1 + config.saturation, count),
        boxes=_boxes(rng.random((count, 4)), rng.random(count) < config.erase),
    )


def blends(
    clean: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each picture of a batch (B,) its own share in the blend, 1 where it is clean, and the place of the other.

    Mixup: Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.
    """
    share = np.where(clean, 1.0, rng.beta(0.4, 0.4, len(clean))).astype(np.float32)
    return share, rng.permutation(len(clean))


def version_table(count: int, versions: int, seed: int) -> Floats:
    """The random numbers (count, versions, DRAWS) that make a version the same picture in every epoch."""
    return np.random.default_rng([seed, 2]).random((count, versions, DRAWS), dtype=np.float32)


def of_versions(version: NDArray[np.integer[Any]], numbers: Floats) -> Alterations:
    """The fixed alterations of versions (B,) by their numbers (B, DRAWS); version 0 is the original."""
    kind = np.where(version == 0, -1, (version - 1) % len(VERSION_KINDS))
    ones = np.ones(len(kind))
    signed = 2.0 * numbers - 1.0  # -1..1
    angle = np.where(kind == 1, np.deg2rad(ROTATION_DEG) * signed[:, 0], 0.0)
    toned = kind == 2
    return Alterations(
        affine=_affine(ones, np.zeros((len(kind), 2)), angle, np.where(kind == 0, -1.0, 1.0)),
        brightness=np.where(toned, TONE * signed[:, 0], 0.0).astype(np.float32),
        contrast=np.where(toned, 1.0 + TONE * signed[:, 1], 1.0).astype(np.float32),
        saturation=ones.astype(np.float32),
        boxes=_boxes(numbers[:, :4], kind == 3),
    )


def _affine(zoom: NDArray[Any], shift: NDArray[Any], angle: NDArray[Any], mirror: NDArray[Any]) -> Floats:
    """(B, 2, 3): rotate, zoom in (zoom < 1), mirror left to right, then look at `shift` (x, y)."""
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    rows = np.stack([cos * mirror, -sin, shift[:, 0], sin * mirror, cos, shift[:, 1]], axis=1)
    return rows.reshape(-1, 2, 3).astype(np.float32)


def _product(outer: Floats, inner: Floats) -> Floats:
    """(B, 2, 3): first `inner`, then `outer`."""
    linear = outer[:, :, :2] @ inner[:, :, :2]
    moved = outer[:, :, :2] @ inner[:, :, 2:] + outer[:, :, 2:]
    return np.concatenate([linear, moved], axis=2)


def _boxes(numbers: NDArray[Any], covered: NDArray[np.bool_]) -> Floats:
    """(B, 1, 4): one rectangle of sides .2 to .5 inside each covered picture, an empty one elsewhere."""
    sides = (0.2 + 0.3 * numbers[:, :2]) * covered[:, None]
    corner = numbers[:, 2:4] * (1.0 - sides) * covered[:, None]
    return np.concatenate([corner, corner + sides], axis=1)[:, None, :].astype(np.float32)


def _uniform(rng: np.random.Generator, low: float, high: float, count: int) -> Floats:
    return rng.uniform(low, high, count).astype(np.float32)
