"""The camera: from a large drawing to a picture with tilt, exposure, vignette and grain."""

import math

import numpy as np
from PIL import Image

from core.demo.canvas import OVERSAMPLE, Canvas
from core.demo.light import Rng


def develop(canvas: Canvas, rng: Rng) -> Image.Image:
    """The camera's part: tilt, reduction, exposure, colour cast, vignette and grain."""
    image, side = canvas.image, canvas.side
    if rng.random() < 0.4:
        angle = float(np.clip(rng.normal(0, 0.052), -0.14, 0.14))  # radians
        cos, sin = math.cos(angle), math.sin(angle)
        zoom = 1 / (cos + abs(sin))  # no corner of the turned frame leaves the drawing
        a, b, half = cos * zoom, sin * zoom, side / 2
        matrix = (a, b, half - half * (a + b), -b, a, half - half * (a - b))
        image = image.transform((side, side), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    small = image.reduce(OVERSAMPLE)
    pixels = np.asarray(small, dtype=np.float32)  # (S, S, 3), 0..255
    axis = np.linspace(-1, 1, pixels.shape[0], dtype=np.float32)
    vignette = 1 - float(rng.uniform(0, 0.2)) * (axis[:, None] ** 2 + axis[None, :] ** 2) / 2
    gain = (rng.normal(1, 0.025, 3) * rng.uniform(0.88, 1.08)).astype(np.float32)
    contrast = float(rng.uniform(0.92, 1.14))
    grain = rng.standard_normal(pixels.shape[:2], dtype=np.float32) * float(rng.uniform(0.3, 3.2))
    pixels = ((pixels - 118) * contrast + 118) * gain * vignette[:, :, None] + grain[:, :, None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
