"""Pictures examined in other processes, in order, in bounded memory; a crash costs one picture.

Their pixels come through a file without a name that all have open, a slot a chunk: as messages they would be copied
four times and cost as much as half of their decoding.
"""

import multiprocessing
import multiprocessing.connection
import os
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from multiprocessing import reduction, resource_tracker
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from core.data import images
from core.data.images import BadImage, DecodeLimits, ImageFacts
from core.data.statistics import STATISTICS, statistics

CHUNK = 48  # 2.4 MB of pixels: large enough to hide the cost of a message, small enough to queue.
_KEPT_BYTES = 24 * 1024**2
_NO_PIXELS = np.empty((0, images.PIXELS_PX, images.PIXELS_PX, 3), np.uint8)
_SLOT_BYTES = CHUNK * images.PIXELS_PX**2 * 3


@dataclass(frozen=True)
class Chunk:
    """The outcome of some files, in their order; `failures` holds (key, reason).

    Pixels that `examine` yields are valid until the next chunk is asked for.
    """

    facts: list[ImageFacts] = field(default_factory=list)
    thumbnails: list[bytes] = field(default_factory=list)
    pixels: NDArray[np.uint8] = field(default_factory=lambda: _NO_PIXELS)
    statistics: NDArray[np.float32] = field(
        default_factory=lambda: np.empty((0, len(STATISTICS)), np.float32)
    )
    failures: list[tuple[str, str]] = field(default_factory=list)


def examine(root: Path, keys: Sequence[str], workers: int, limits: DecodeLimits) -> Iterator[Chunk]:
    """Yield one Chunk per CHUNK keys, in order. Closing the iterator stops the processes."""
    if workers <= 1:
        for start in range(0, len(keys), CHUNK):
            yield examine_some(root, keys[start : start + CHUNK], limits)
        return
    start = 0
    while start < len(keys):
        try:
            for chunk in _in_pool(root, keys[start:], workers, limits):
                start += CHUNK
                yield chunk
        except BrokenProcessPool:
            # A decoder crashed or was killed for memory. Which of the chunks in flight it was is not known:
            # the next one is taken file by file, then a new pool goes on.
            some = keys[start : start + CHUNK]
            start += len(some)
            yield _one_by_one(root, some, limits)


def examine_some(root: Path, keys: Sequence[str], limits: DecodeLimits) -> Chunk:
    """Inspect some files; those that cannot be used become failures."""
    facts, thumbnails, squares, failures = [], [], [], []
    for key in keys:
        try:
            fact, thumbnail, square = images.inspect(root / key, key, limits)
        except BadImage as error:
            failures.append((key, error.reason))
            continue
        facts.append(fact)
        thumbnails.append(thumbnail)
        squares.append(square)
    if not squares:
        return Chunk(failures=failures)
    pixels = np.stack(squares)  # (n, 128, 128, 3) uint8
    aspect = np.array([fact.width / fact.height for fact in facts], dtype=np.float32)
    return Chunk(facts, thumbnails, pixels, statistics(pixels, aspect), failures)


def _in_pool(root: Path, keys: Sequence[str], workers: int, limits: DecodeLimits) -> Iterator[Chunk]:
    most = 2 * workers + 1  # chunks under way
    with _shared_file() as file:
        pool = _pool(workers, _Shared(file.fileno()))
        waiting: deque[tuple[Future[Chunk], int]] = deque()
        slots = list(reversed(range(most)))  # the first ones first: a small import needs a small file
        try:
            for start in range(0, len(keys), CHUNK):
                slot = slots.pop()
                waiting.append((_submit(pool, root, keys[start : start + CHUNK], limits, slot), slot))
                if not slots:
                    yield from _first(waiting, slots, file)
            while waiting:
                yield from _first(waiting, slots, file)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _shared_file() -> IO[bytes]:
    """In memory where a system has such files: a folder for temporary files may be small, or full."""
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("errata-pixels"), "w+b")
    return tempfile.TemporaryFile()


def _first(waiting: "deque[tuple[Future[Chunk], int]]", slots: list[int], file: IO[bytes]) -> Iterator[Chunk]:
    """The chunk that was begun first; its slot is free once whoever asked comes back for more."""
    future, slot = waiting.popleft()
    chunk = future.result()
    if chunk.facts:
        shape = (len(chunk.facts), images.PIXELS_PX, images.PIXELS_PX, 3)
        chunk = replace(chunk, pixels=np.memmap(file, np.uint8, "r", slot * _SLOT_BYTES, shape))
    yield chunk
    slots.append(slot)


def _one_by_one(root: Path, keys: Sequence[str], limits: DecodeLimits) -> Chunk:
    """Each file in a process that may die without harm."""
    chunks = []
    pool = _pool(1)
    try:
        for key in keys:
            try:
                chunks.append(_submit(pool, root, (key,), limits).result())
            except BrokenProcessPool:
                reason = "The process that decoded it was ended by the system: it is too large or harmful."
                chunks.append(Chunk(failures=[(key, reason)]))
                pool = _pool(1)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return Chunk(
        facts=[fact for chunk in chunks for fact in chunk.facts],
        thumbnails=[thumbnail for chunk in chunks for thumbnail in chunk.thumbnails],
        pixels=np.concatenate([chunk.pixels for chunk in chunks]),
        statistics=np.concatenate([chunk.statistics for chunk in chunks]),
        failures=[failure for chunk in chunks for failure in chunk.failures],
    )


def _pool(workers: int, pixels: "_Shared | None" = None) -> ProcessPoolExecutor:
    # Spawned, not forked: the parent may have threads, and a fork would carry their locks along.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(pixels,))


def _submit(
    pool: ProcessPoolExecutor, root: Path, keys: Sequence[str], limits: DecodeLimits, slot: int | None = None
) -> Future[Chunk]:
    """Hand some files to a pool; a process that this starts hears no Ctrl-C, which a terminal sends to all.

    Its parent ends it; by itself it would print where it was. slot: where it puts the pixels, else into its answer.
    """
    resource_tracker.ensure_running()  # where it starts later, it lets the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        if slot is None:
            return pool.submit(examine_some, root, keys, limits)
        return pool.submit(_examine_into, slot, examine_some, root, keys, limits)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Shared:
    """An open file that reaches a process with what it is started with; a killed parent leaves no trace of it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(self.descriptor),)


def _received(sent: Any) -> _Shared:
    return _Shared(sent.detach())


_pixels: _Shared | None = None  # of this process, if a pool has started it


def _examine_into(
    slot: int,
    examine: Callable[[Path, Sequence[str], DecodeLimits], Chunk],
    root: Path,
    keys: Sequence[str],
    limits: DecodeLimits,
) -> Chunk:
    """Examine some files, and leave their pixels in a slot of the file that the processes share."""
    chunk = examine(root, keys, limits)
    assert _pixels is not None
    left, at = chunk.pixels.data.cast("B") if chunk.facts else b"", slot * _SLOT_BYTES
    while left:
        written = os.pwrite(_pixels.descriptor, left, at)
        left, at = left[written:], at + written
    return replace(chunk, pixels=_NO_PIXELS)


def _begin(pixels: _Shared | None) -> None:
    global _pixels
    _pixels = pixels
    # Once a block of this size was given back, the C library keeps what is smaller instead of returning it to the
    # system each time: a fifth of the time went into getting the same pages again.
    np.empty(_KEPT_BYTES, np.uint8)
    # A killed parent cannot end its pool, and the pool would wait for work for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)
