"""Registering, thumbnails, the pixel cache and a whole import, each beside the least that anybody must do.

Registering and the import are told by the clock; two ways to make the same pictures are compared in seconds of the
processor, batch by batch, and the median of the ratios is told.
"""

import io
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from bench.data_figures import Figure, at_least, processor_s, timed
from bench.data_register import register
from core.data import build, decoding, images, importers, pool
from core.data.decoding import DecodeLimits
from core.data.pixels import PixelWriter

FIFTYONE = (443, 475)  # images a second that it registered on the same two cores
_LARGE_PX = 640  # most photographs are larger than their thumbnail
_LARGE = 800
_SOME = 3_000
_AT_ONCE = 64
_BATCH = 200
_PAIRS = 3


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
    batches = [data[start : start + _BATCH] for start in range(0, len(data), _BATCH)]
    with tempfile.TemporaryDirectory() as folder:
        ways: dict[str, Callable[[Sequence[bytes]], object]] = {
            "thumbnail": lambda some: [thumbnail(one) for one in some],
            "pillow": lambda some: [_pillow_thumbnail(one) for one in some],
            "cache": lambda some: _cache(some, Path(folder)),
            "squashed": lambda some: [_squashed(one) for one in some],
            "bare": lambda some: [_bare(one) for one in some],
        }
        for way in ways.values():
            way(batches[0])
        # One way after the other, batch by batch: what else the machine does meets all of them.
        seconds = {way: np.array([0.0] * len(batches)) for way in ways}
        for at, some in enumerate(batches):
            for way, work in ways.items():
                seconds[way][at] = processor_s(lambda work=work, some=some: work(some)) / len(some)

    def compared(ours: str, peer: str) -> tuple[float, str]:
        speeds = (f"{1 / np.median(seconds[way]):,.0f}/s" for way in (ours, peer))
        return float(np.median(seconds[peer] / seconds[ours])), " and ".join(speeds)

    thumbnails, cache, bare = (
        compared(*pair) for pair in (("thumbnail", "pillow"), ("cache", "squashed"), ("cache", "bare"))
    )
    return [
        at_least(f"thumbnails ÷ Pillow to JPEG, {which}", thumbnails[0], 1.2, "x", thumbnails[1]),
        at_least(f"pixel cache ÷ Pillow's decoding to the same size, {which}", cache[0], 0.8, "x", cache[1]),
        Figure(f"pixel cache ÷ decoding without resizing, {which}", f"{bare[0]:.2f} x", bare[1]),
    ]


def whole(root: Path) -> list[Figure]:
    """All that an import does with pictures, beside as many processes that do nothing but decode them to that size."""
    parsed = importers.parse(root)
    keys = [image.key for image in parsed.images]
    paths = [parsed.root / key for key in keys]
    workers = len(os.sched_getaffinity(0))
    batches = [paths[start : start + pool.CHUNK] for start in range(0, len(paths), pool.CHUNK)]

    def decoded() -> None:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as processes:
            list(processes.map(_squashed_files, batches))

    pairs = []
    for _ in range(_PAIRS):
        with tempfile.TemporaryDirectory() as folder:
            peer_s = timed(decoded)
            pairs.append((peer_s, timed(lambda: build.build(parsed, Path(folder, "set"), workers=workers))))
    peer_s, ours_s = np.median(pairs, axis=0)
    ratio = float(np.median([peer / ours for peer, ours in pairs]))
    beside = (
        f"{len(paths) / ours_s:,.0f}/s and {len(paths) / peer_s:,.0f}/s by the clock, {workers} processes"
    )
    what = (
        "a whole import (SHA-256, pixels, thumbnails, statistics, on the disk) ÷ reading and decoding alone"
    )
    return [Figure(what, f"{ratio:.2f} x", beside)]


def _squashed_files(paths: Sequence[Path]) -> None:
    for path in paths:
        _squashed(path.read_bytes())


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


def _cache(data: Sequence[bytes], folder: Path) -> None:
    with PixelWriter(folder) as pixels:
        for start in range(0, len(data), _AT_ONCE):
            some = data[start : start + _AT_ONCE]
            pixels.append(np.stack([images.decode(one, images.PIXELS_PX, "picture") for one in some]))
