"""The heavy part of an import: every image decoded once into the files that everything else reads."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import arrays, files
from core.data import disk, pool, statistics
from core.data.facts import Facts, Gathered
from core.data.images import DecodeLimits
from core.data.importers.records import Parsed, Problem
from core.data.pixels import ROW_BYTES, PixelWriter
from core.data.registering import UNREADABLE
from core.data.thumbnails import ThumbnailWriter
from core.errors import BadInput

_THUMBNAIL_BYTES = 12_000  # A guess for the first check of the disk; measured ones replace it as they come.
Told = Callable[[int, int], None]  # images done, of how many


def _untold(done: int, total: int) -> None:
    """Nobody listens."""


@dataclass(frozen=True, eq=False)
class Built:
    """Row i of what was written is file i of the facts; unreadable files have no row."""

    facts: Facts
    problems: tuple[Problem, ...]


def build(
    parsed: Parsed,
    folder: Path,
    progress: Told = _untold,
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
    built = _written(parsed.root, _keys(parsed), folder, 0, progress, workers, limits)
    if not len(built.facts):
        raise BadInput(_nothing_readable(built.problems))
    files.keep_folder(folder.parent)
    return built


def extend(
    root: Path,
    keys: Sequence[str],
    folder: Path,
    rows: int,
    progress: Told = _untold,
    workers: int | None = None,
    limits: DecodeLimits | None = None,
) -> Built:
    """Append images below root to the files of a data set, behind its first `rows` rows.

    What lies behind those is cut off: the remains of an import that was killed before its rows were stored. Whoever
    has the files open reads on undisturbed, for the rows that there were are not touched. On any error the files are
    as before. Raises BadInput when the disk is full, or a file does not hold that many rows.
    """
    try:
        return _written(root, keys, folder, rows, progress, workers, limits)
    except BaseException:
        cut(folder, rows)
        raise


def cut(folder: Path, rows: int) -> None:
    """Take off what lies behind the first `rows` rows. Raises BadInput when a file does not hold that many."""
    with PixelWriter(folder, rows=rows), ThumbnailWriter(folder, rows=rows):
        measured = _measured(folder, rows)
    if measured is not None:
        files.save_array(folder / statistics.FILE, measured)


def examine(
    root: Path,
    keys: Sequence[str],
    progress: Told = _untold,
    workers: int | None = None,
    limits: DecodeLimits | None = None,
) -> Built:
    """What would be built of these images below root, without writing anything: for a preview or a dry run."""
    outcome = _Outcome(keys, progress)
    for chunk in chunks(root, keys, workers, limits):
        outcome.add(chunk)
    return outcome.built()


def _keys(parsed: Parsed) -> list[str]:
    return [image.key for image in parsed.images]


def _written(
    root: Path,
    keys: Sequence[str],
    folder: Path,
    rows: int,
    progress: Told,
    workers: int | None,
    limits: DecodeLimits | None,
) -> Built:
    disk.require(folder, len(keys) * (ROW_BYTES + _THUMBNAIL_BYTES))
    outcome = _Outcome(keys, progress)
    with disk.watched(outcome.bytes_to_come), ExitStack() as open_files:
        pixels = open_files.enter_context(PixelWriter(folder, rows=rows))
        thumbnails = open_files.enter_context(ThumbnailWriter(folder, rows=rows))
        before = _measured(folder, rows)
        measured = (
            [] if before is None else [before]
        )  # 80 bytes an image: small enough to be kept until the end
        for chunk in chunks(root, keys, workers, limits):
            pixels.append(chunk.pixels)
            thumbnails.append(chunk.thumbnails)
            measured.append(chunk.statistics)
            outcome.add(chunk)
        if outcome.readable and not (rows and before is None):  # a data set without them has none
            files.save_array(folder / statistics.FILE, np.concatenate(measured))  # (N, K)
    files.keep_folder(folder)
    return outcome.built()


def _measured(folder: Path, rows: int) -> statistics.Floats | None:
    """The statistics of the first rows; None where there are none."""
    if not rows or not (folder / statistics.FILE).exists():
        return None
    held = statistics.open_statistics(folder)
    if len(held) < rows:
        raise arrays.Damaged(folder / statistics.FILE, arrays.too_few(len(held), rows), arrays.REPAIR)
    return held[:rows]


class _Outcome:
    """Facts and problems as they arrive, and the progress told."""

    def __init__(self, keys: Sequence[str], progress: Told) -> None:
        self._facts = Gathered()
        self._problems: list[Problem] = []
        self._thumbnail_bytes = 0
        self._keys = keys
        self._progress = progress
        self._done = 0

    @property
    def readable(self) -> int:
        return len(self._facts)

    def add(self, chunk: pool.Chunk) -> None:
        """The outcome of the next files, in their order."""
        size = len(chunk.facts) + len(chunk.failures)
        failed = {key for key, _ in chunk.failures}
        places = (at for at in range(self._done, self._done + size) if self._keys[at] not in failed)
        for at, one in zip(places, chunk.facts, strict=True):
            self._facts.add(at, bytes.fromhex(one.sha256), one.width, one.height, one.bytes)
        self._problems.extend(Problem(UNREADABLE, key, reason) for key, reason in chunk.failures)
        self._thumbnail_bytes += sum(map(len, chunk.thumbnails))
        self._done += size
        self._progress(self._done, len(self._keys))

    def bytes_to_come(self) -> int:
        """What is still to be written, guessed from what was."""
        thumbnail = self._thumbnail_bytes / self.readable if self.readable else _THUMBNAIL_BYTES
        return int((len(self._keys) - self._done) * (ROW_BYTES + thumbnail))

    def built(self) -> Built:
        return Built(self._facts.finish(), tuple(self._problems))


def chunks(
    root: Path, keys: Sequence[str], workers: int | None = None, limits: DecodeLimits | None = None
) -> Iterator[pool.Chunk]:
    """Images below root, decoded in order, in as many processes as there are cores."""
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
