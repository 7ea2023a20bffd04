"""How fast the demo set is drawn, beside plain JPEG encoding: `python -m bench.demo [images]`."""

import io
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from core.demo import draw


def encode_only(images: int, side_px: int) -> float:
    """Seconds to encode `images` ready pictures as JPEG in one process: the floor of any drawing."""
    grain = np.random.default_rng(0).integers(-6, 7, (side_px, side_px, 3))
    slope = np.linspace(60, 190, side_px)[:, None, None]  # (S, 1, 1), as smooth as a sky
    picture = Image.fromarray((slope + grain).astype(np.uint8))
    start = time.perf_counter()
    for _ in range(images):
        picture.save(io.BytesIO(), format="JPEG", quality=89, subsampling=0)
    return time.perf_counter() - start


def main(images: int = 3000, side_px: int = 128) -> None:
    """Print seconds, images a second and the ratio to encoding alone."""
    with tempfile.TemporaryDirectory() as home:
        start = time.perf_counter()
        draw(Path(home) / "demo", images=images, side_px=side_px)
        drawn_s = time.perf_counter() - start
    encoded_s = encode_only(images, side_px)
    print(f"drawn:        {drawn_s:6.1f} s  {images / drawn_s:7.0f} images/s  ({os.cpu_count()} processes)")
    print(f"encoded only: {encoded_s:6.1f} s  {images / encoded_s:7.0f} images/s  (1 process)")
    print(f"ratio:        {drawn_s / encoded_s:6.1f}")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
