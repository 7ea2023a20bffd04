"""Small pictures with structure, drawn for the tests of trouble in the data."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from core import files
from core.data import statistics
from core.data.pixels import PixelWriter


def picture(seed: int, side: int = 512) -> Image.Image:
    """A sharp, colourful picture of forty shapes on a slope of two colours; every seed another."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(0, 1, side)[:, None, None]
    first, second = rng.integers(40, 216, (2, 3))
    ground = np.broadcast_to(first + slope * (second - first), (side, side, 3)).astype(np.uint8)
    image = Image.fromarray(ground)
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = rng.integers(0, side, 2).tolist()
        width, height = rng.integers(side // 40, side // 5, 2).tolist()
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + width, y + height), fill=tuple(rng.integers(0, 256, 3).tolist()))
    return image


def squashed(*images: Image.Image) -> np.ndarray:
    """(n, 128, 128, 3) uint8, as the pixel cache holds them."""
    small = [image.convert("RGB").resize((128, 128), Image.Resampling.BILINEAR) for image in images]
    return np.stack([np.asarray(image) for image in small])


def folder(path: Path, pixels: np.ndarray) -> Path:
    """A data set's folder with the files that a scan reads."""
    with PixelWriter(path) as writer:
        writer.append(pixels)
    files.save_array(path / statistics.FILE, statistics.statistics(pixels, np.ones(len(pixels), np.float32)))
    return path
