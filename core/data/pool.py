"""Pictures examined in other processes, in order, in bounded memory; a crash costs one picture."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data import images
from core.data.images import BadImage, DecodeLimits, ImageFacts
from core.data.statistics import STATISTICS, statistics

CHUNK = 48  # 2.4 MB of pixels a message: large enough to hide the cost of sending it, small enough to queue.


@dataclass(frozen=True)
class Chunk:
    """The outcome of some files, in their order; `failures` holds (key, reason)."""

    facts: list[ImageFacts] = field(default_factory=list)
    thumbnails: list[bytes] = field(default_factory=list)
    pixels: NDArray[np.uint8] = field(
        default_factory=lambda: np.empty((0, images.PIXELS_PX, images.PIXELS_PX, 3), np.uint8)
    )
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
    pool = _pool(workers)
    waiting: deque[Future[Chunk]] = deque()
    try:
        for start in range(0, len(keys), CHUNK):
            waiting.append(_submit(pool, root, keys[start : start + CHUNK], limits))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


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


def _pool(workers: int) -> ProcessPoolExecutor:
    # Spawned, not forked: the parent may have threads, and a fork would carry their locks along.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_with_parent)


def _submit(
    pool: ProcessPoolExecutor, root: Path, keys: Sequence[str], limits: DecodeLimits
) -> Future[Chunk]:
    """Hand some files to a pool; a process that this starts hears no Ctrl-C, which a terminal sends to all.

    Its parent ends it; by itself it would print where it was.
    """
    resource_tracker.ensure_running()  # where it starts later, it lets the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(examine_some, root, keys, limits)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_with_parent() -> None:
    """A killed parent cannot end its pool, and the pool would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)
