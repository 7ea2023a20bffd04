"""The heavy part of an import: every image decoded once into the files that everything else reads."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import files
from core.data import disk, pool, statistics
from core.data.images import DecodeLimits, ImageFacts
from core.data.importers.records import Parsed, Problem
from core.data.pixels import ROW_BYTES, PixelWriter
from core.data.thumbnails import ThumbnailWriter
from core.errors import BadInput

_THUMBNAIL_BYTES = 12_000  # A guess for the first check of the disk; measured ones replace it as they come.


@dataclass(frozen=True)
class Built:
    """Row i of pixels, thumbnails and statistics is images[i]; unreadable files have no row."""

    images: tuple[ImageFacts, ...]
    problems: tuple[Problem, ...]


def build(
    parsed: Parsed,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    workers: int | None = None,
    limits: DecodeLimits | None = None,
) -> Built:
    """Write pixels.npy, thumbnails.bin with its index, and stats.npy (N, K) float32 to folder, in key order.

    All are on the disk itself when it returns: rows that name them may be stored, and outlive a power cut.
    `progress(done, total)` is called after each block, in this process; what it raises stops the work.
    Memory does not grow with the number of images but for their facts. Raises BadInput when the disk is
    full or no image could be read; the folder is then left for the caller to remove.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keys = [image.key for image in parsed.images]
    disk.require(folder, len(keys) * (ROW_BYTES + _THUMBNAIL_BYTES))
    outcome = _Outcome(len(keys), progress)
    with disk.watched(outcome.bytes_to_come), ExitStack() as open_files:
        pixels = open_files.enter_context(PixelWriter(folder))
        thumbnails = open_files.enter_context(ThumbnailWriter(folder))
        measured = []  # 80 bytes an image: small enough to be kept until the end
        for chunk in _chunks(parsed.root, keys, workers, limits):
            pixels.append(chunk.pixels)
            thumbnails.append(chunk.thumbnails)
            measured.append(chunk.statistics)
            outcome.add(chunk)
        if not outcome.facts:
            raise BadInput(_nothing_readable(outcome.problems))
        files.save_array(folder / statistics.FILE, np.concatenate(measured))  # (N, K)
    files.keep_folder(folder)
    files.keep_folder(folder.parent)
    return Built(tuple(outcome.facts), tuple(outcome.problems))


def examine(
    parsed: Parsed,
    progress: Callable[[int, int], None] = lambda done, total: None,
    workers: int | None = None,
    limits: DecodeLimits | None = None,
) -> Built:
    """What `build` would find, without writing anything: for a preview or a dry run."""
    keys = [image.key for image in parsed.images]
    outcome = _Outcome(len(keys), progress)
    for chunk in _chunks(parsed.root, keys, workers, limits):
        outcome.add(chunk)
    return Built(tuple(outcome.facts), tuple(outcome.problems))


class _Outcome:
    """Facts and problems as they arrive, and the progress told."""

    def __init__(self, total: int, progress: Callable[[int, int], None]) -> None:
        self.facts: list[ImageFacts] = []
        self.problems: list[Problem] = []
        self._thumbnail_bytes = 0
        self._total = total
        self._progress = progress

    @property
    def done(self) -> int:
        return len(self.facts) + len(self.problems)

    def add(self, chunk: pool.Chunk) -> None:
        self.facts.extend(chunk.facts)
        self.problems.extend(Problem("unreadable image", key, reason) for key, reason in chunk.failures)
        self._thumbnail_bytes += sum(map(len, chunk.thumbnails))
        self._progress(self.done, self._total)

    def bytes_to_come(self) -> int:
        thumbnail = self._thumbnail_bytes / len(self.facts) if self.facts else _THUMBNAIL_BYTES
        return int((self._total - self.done) * (ROW_BYTES + thumbnail))


def _chunks(
    root: Path, keys: Sequence[str], workers: int | None, limits: DecodeLimits | None
) -> Iterator[pool.Chunk]:
    # A pool costs half a second to start: not worth it for a handful of images.
    wanted = workers if workers is not None else _cores()
    return pool.examine(root, keys, min(wanted, -(-len(keys) // pool.CHUNK)), limits or DecodeLimits())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _nothing_readable(problems: Sequence[Problem]) -> str:
    if not problems:
        return "There are no images to import."
    first = problems[0]
    return f"None of the {len(problems)} images can be read. The first, {first.where}: {first.reason}"
