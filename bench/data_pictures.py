"""Registering, thumbnails and the pixel cache, each beside the least that anybody must do; one process.

Registering is told by the clock; two ways to make the same pictures are compared in seconds of the processor.
"""

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from bench.data_figures import Figure, at_least, processor_s, timed
from bench.data_register import register
from core.data import decoding, images
from core.data.decoding import DecodeLimits
from core.data.pixels import PixelWriter

FIFTYONE = (443, 475)  # images a second that it registered on the same two cores
_LARGE_PX = 640  # most photographs are larger than their thumbnail
_LARGE = 800
_SOME = 3_000
_AT_ONCE = 64


def registered(root: Path) -> list[Figure]:
    """Scan, headers, SHA-256 and labels of a folder, its files in memory."""
    _, facts, _ = register(root)  # brings the files into memory
    seconds = timed(lambda: register(root))
    speed = len(facts) / seconds
    return [
        at_least("registering, images/s", speed, 5_000, "/s", f"{len(facts):,} images"),
        at_least("registering ÷ FiftyOne's 475/s", speed / FIFTYONE[1], 10, "x"),
    ]


def made(root: Path) -> list[Figure]:
    """Thumbnails and pixels of the photographs, and of the same enlarged to what cameras make."""
    small = sorted(path for path in root.rglob("*.jpg"))[:_SOME]
    if not small:
        return []
    with tempfile.TemporaryDirectory() as folder:
        large = _enlarged(small[:_LARGE], Path(folder))
        return [
            *_beside(small, f"{len(small):,} photographs as they are"),
            *_beside(large, f"{len(large):,} of {_LARGE_PX} px"),
        ]


def _enlarged(paths: Sequence[Path], folder: Path) -> list[Path]:
    found = []
    for at, path in enumerate(paths):
        with Image.open(path) as image:
            picture = image.convert("RGB").resize((_LARGE_PX, _LARGE_PX * 3 // 4), Image.Resampling.BICUBIC)
        found.append(folder / f"{at}.jpg")
        picture.save(found[-1], quality=90)
    return found


def _beside(paths: Sequence[Path], which: str) -> list[Figure]:
    data = [path.read_bytes() for path in paths]
    ours = processor_s(lambda: [thumbnail(one) for one in data])
    pillow = processor_s(lambda: [_pillow_thumbnail(one) for one in data])
    squashed = processor_s(lambda: [_squashed(one) for one in data])
    bare = processor_s(lambda: [_bare(one) for one in data])
    cached = processor_s(lambda: _cache(data))
    n = len(data)
    return [
        at_least(
            f"thumbnails ÷ Pillow to JPEG, {which}",
            pillow / ours,
            1.2,
            "x",
            f"{n / ours:,.0f}/s and {n / pillow:,.0f}/s",
        ),
        at_least(
            f"pixel cache ÷ Pillow's decoding to the same size, {which}",
            squashed / cached,
            0.8,
            "x",
            f"{n / cached:,.0f}/s and {n / squashed:,.0f}/s",
        ),
        Figure(
            f"pixel cache ÷ decoding without resizing, {which}",
            f"{bare / cached:.2f} x",
            f"{n / bare:,.0f}/s decoded",
        ),
    ]


def thumbnail(data: bytes) -> bytes:
    """The thumbnail of one file, as an import makes it."""
    picture = decoding.picture(data, "picture", images.THUMBNAIL_PX, DecodeLimits())
    small = max(picture.width, picture.height) <= images.THUMBNAIL_PX
    # What images.inspect does: a small JPEG is its own thumbnail.
    return data if small and picture.plain_jpeg else images._thumbnail(picture.image)


def _pillow_thumbnail(data: bytes) -> bytes:
    """The same size and quality by Pillow as its manual has it."""
    with Image.open(io.BytesIO(data)) as image:
        picture = image.convert("RGB")
    picture.thumbnail((images.THUMBNAIL_PX, images.THUMBNAIL_PX))
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=85)
    return encoded.getvalue()


def _squashed(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        np.asarray(image.convert("RGB").resize((images.PIXELS_PX,) * 2, Image.Resampling.BILINEAR))


def _bare(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        image.load()


def _cache(data: Sequence[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder, PixelWriter(Path(folder)) as pixels:
        for start in range(0, len(data), _AT_ONCE):
            some = data[start : start + _AT_ONCE]
            pixels.append(np.stack([images.decode(one, images.PIXELS_PX, "picture") for one in some]))
