"""The files of a data set made again from its originals, beside the damaged ones, and moved in place of them.

An image whose original is gone or changed keeps its row: what the damaged files still hold of it, else a stand-in.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core import arrays, files
from core.data import build, disk, pixels, stand_ins, statistics, thumbnails
from core.data.images import BadImage, DecodeLimits
from core.data.pixels import ROW_BYTES, PixelWriter
from core.data.pool import CHUNK, Chunk
from core.data.stand_ins import BLANK, DOUBTED, StandIn
from core.data.thumbnails import ThumbnailWriter
from core.errors import BadInput

Array = np.ndarray[Any, Any]
BESIDE = "rebuilding"  # the folder within a data set's, until all of it is moved; a killed repair leaves it
CHANGED = "Its content is not the one that was imported (another SHA-256)."
_NEAR = 1e-3  # statistics that another version of NumPy may make of the same pixels
_THUMBNAIL_BYTES = 12_000  # about, for the check of the disk

Told = Callable[[int, int], None]  # images done, of how many


@dataclass(frozen=True, eq=False)
class Originals:
    """Where the N images of a data set came from; sequences by row."""

    roots: Sequence[Path]
    origin: Array  # int (N,): which of the roots
    keys: Sequence[str]
    sha256: Sequence[str]
    width: Array  # int32 (N,)
    height: Array  # int32 (N,)

    def __len__(self) -> int:
        return len(self.keys)


@dataclass
class Rebuilt:
    """What became of the rows."""

    from_originals: int = 0
    kept: int = 0  # taken from the damaged files, as they were imported
    marked: dict[int, StandIn] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Row:
    pixels: Array
    thumbnail: bytes


def pictures(
    folder: Path,
    originals: Originals,
    names: set[str],
    limits: DecodeLimits,
    told: Told,
    workers: int | None = None,
) -> Rebuilt:
    """Make the files anew that `names` holds: pixels.FILE, thumbnails.FILE (with its index).

    Until each is whole and on the disk, the old one stays. Raises BadInput when the disk is full, and when neither
    an original nor anything else is left of any image: then nothing is changed.
    """
    beside = folder / BESIDE
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        rebuilt = _write(folder, beside, originals, names, limits, told, workers)
        if all(one.pixels == BLANK for one in rebuilt.marked.values()) and len(rebuilt.marked) == len(
            originals
        ):
            raise BadInput(_nothing_left(originals, rebuilt.marked))
        # The marks first: a stand-in is never there without one.
        stand_ins.write(folder, rebuilt.marked.values())
        _move(beside, folder, names)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return rebuilt


def measures(folder: Path, originals: Originals, told: Told) -> None:
    """Make the statistics anew, of the pixels; of a stand-in the old ones stay where they are left."""
    of, aspect = pixels.open_pixels(folder), _aspect(originals)
    held = arrays.remains(folder / statistics.FILE, "float32", statistics.SHAPE)
    found = np.empty((len(originals), len(statistics.STATISTICS)), np.float32)
    for start in range(0, len(originals), CHUNK):
        some = slice(start, min(start + CHUNK, len(originals)))
        found[some] = statistics.statistics(np.asarray(of[some]), aspect[some])
        told(some.stop, len(originals))
    for row, one in stand_ins.read(folder).items():
        if one.pixels and held is not None and row < len(held) and np.isfinite(held[row]).all():
            found[row] = held[row]
    files.save_array(folder / statistics.FILE, found)


def alike(made: Array, held: Array) -> Array:
    """bool (n,): which rows of statistics (n, K) are of the same pixels."""
    return np.asarray(np.isclose(made, held, rtol=_NEAR, atol=_NEAR).all(axis=1))


def _aspect(originals: Originals) -> statistics.Floats:
    return np.asarray(originals.width / np.maximum(originals.height, 1), np.float32)


def _write(
    folder: Path,
    beside: Path,
    originals: Originals,
    names: set[str],
    limits: DecodeLimits,
    told: Told,
    workers: int | None,
) -> Rebuilt:
    each = (ROW_BYTES if pixels.FILE in names else 0) + (_THUMBNAIL_BYTES if thumbnails.FILE in names else 0)
    need = len(originals) * each
    disk.require(folder, need)
    old, rebuilt, done = _Old(folder, _aspect(originals), pixels.FILE in names), Rebuilt(), 0
    with disk.watched(lambda: need), ExitStack() as opened:
        squares = opened.enter_context(PixelWriter(beside)) if pixels.FILE in names else None
        pack = opened.enter_context(ThumbnailWriter(beside)) if thumbnails.FILE in names else None
        for keys, chunk in _decoded(originals, limits, workers):
            rows = [
                _good(rebuilt, made) if isinstance(made, _Row) else _instead(rebuilt, old, originals, row, made)
                for row, made in enumerate(_by_row(keys, chunk, originals.sha256[done : done + len(keys)]), done)
            ]  # fmt: skip
            if squares is not None:
                squares.append(np.stack([row.pixels for row in rows]))
            if pack is not None:
                pack.append([row.thumbnail for row in rows])
            done += len(rows)
            told(done, len(originals))
    return rebuilt


def _decoded(
    originals: Originals, limits: DecodeLimits, workers: int | None
) -> Iterator[tuple[Sequence[str], Chunk]]:
    """The keys of some rows and what was read of them, in the order of the rows: those of one root at a time."""
    ends = [*(np.flatnonzero(np.diff(originals.origin)) + 1).tolist(), len(originals)]
    for start, stop in zip([0, *ends], ends, strict=False):
        keys, at = originals.keys[start:stop], 0
        for chunk in build.chunks(originals.roots[int(originals.origin[start])], keys, workers, limits):
            size = len(chunk.facts) + len(chunk.failures)
            yield keys[at : at + size], chunk
            at += size


def _by_row(keys: Sequence[str], chunk: Chunk, sha256: Sequence[str]) -> Iterator[_Row | str]:
    """What was made of each original, or why it could not be."""
    failed, at = dict(chunk.failures), 0
    for key, digest in zip(keys, sha256, strict=True):
        if key in failed:
            yield failed[key]
            continue
        same = chunk.facts[at].sha256 == digest
        yield _Row(chunk.pixels[at], chunk.thumbnails[at]) if same else CHANGED
        at += 1


def _good(rebuilt: Rebuilt, row: _Row) -> _Row:
    rebuilt.from_originals += 1
    return row


def _instead(rebuilt: Rebuilt, old: "_Old", originals: Originals, row: int, why: str) -> _Row:
    """What stands for an image whose original is not to be had; noted unless it is as it was imported."""
    before = old.marked.get(row, StandIn(row, originals.keys[row], ""))
    width, height = int(originals.width[row]), int(originals.height[row])
    square, picture = old.pixels(row), old.thumbnail(row)
    of_pixels, of_thumbnail = before.pixels, before.thumbnail
    if square is not None and old.doubts(row, square):
        if picture is None or of_thumbnail == BLANK:
            of_pixels = DOUBTED
        else:
            square = None  # the thumbnail is surer
    if square is None and picture is None:
        (square, picture), of_pixels, of_thumbnail = stand_ins.blank(width, height), BLANK, BLANK
    if square is None and picture is not None:
        square = stand_ins.pixels_of(picture)
        of_pixels = BLANK if of_thumbnail == BLANK else stand_ins.THUMBNAIL
    assert square is not None
    if picture is None:
        picture = stand_ins.thumbnail_of(square, width, height)
        of_thumbnail = BLANK if of_pixels == BLANK else stand_ins.PIXELS
    if of_pixels or of_thumbnail:
        rebuilt.marked[row] = StandIn(row, originals.keys[row], why, of_pixels, of_thumbnail)
    else:
        rebuilt.kept += 1
    return _Row(square, picture)


class _Old:
    """What can still be read of the files that are there."""

    def __init__(self, folder: Path, aspect: statistics.Floats, renewed: bool) -> None:
        """renewed: True where the pixels are made anew, so that those that are left are to be trusted or not."""
        self._aspect = aspect
        self._statistics = (
            arrays.remains(folder / statistics.FILE, "float32", statistics.SHAPE) if renewed else None
        )
        self.marked: Mapping[int, StandIn] = stand_ins.read(folder)
        self._pixels = arrays.remains(folder / pixels.FILE, "uint8", pixels.SHAPE)
        self._offsets = arrays.remains(folder / thumbnails.INDEX, "int64", (None,))
        self._pack = folder / thumbnails.FILE

    def pixels(self, row: int) -> Array | None:
        """uint8 (128, 128, 3)"""
        return None if self._pixels is None or row >= len(self._pixels) else np.asarray(self._pixels[row])

    def doubts(self, row: int, square: Array) -> bool:
        """True where the pixels of a row are not those that its statistics were made of; False where none tell."""
        held = self._statistics
        stands_in = row in self.marked and self.marked[row].pixels
        if stands_in or held is None or row >= len(held) or not np.isfinite(held[row]).all():
            return False
        return not alike(statistics.statistics(square[None], self._aspect[row : row + 1]), held[row]).all()

    def thumbnail(self, row: int) -> bytes | None:
        """A JPEG that can be decoded."""
        if self._offsets is None or row + 1 >= len(self._offsets) or not self._pack.is_file():
            return None
        start, end = int(self._offsets[row]), int(self._offsets[row + 1])
        if not 0 <= start < end <= self._pack.stat().st_size:
            return None
        with self._pack.open("rb") as file:
            data = os.pread(file.fileno(), end - start, start)
        try:
            stand_ins.pixels_of(data)
        except BadImage:
            return None
        return data


def _move(beside: Path, folder: Path, names: set[str]) -> None:
    if pixels.FILE in names:
        (beside / pixels.FILE).replace(folder / pixels.FILE)
    if thumbnails.FILE in names:
        # Without an index in between: the old one must never be read with the new pack.
        (folder / thumbnails.INDEX).unlink(missing_ok=True)
        files.keep_folder(folder)
        (beside / thumbnails.FILE).replace(folder / thumbnails.FILE)
        (beside / thumbnails.INDEX).replace(folder / thumbnails.INDEX)
    files.keep_folder(folder)


def _nothing_left(originals: Originals, marked: Mapping[int, StandIn]) -> str:
    first = marked[min(marked)]
    where = ", ".join(str(root) for root in originals.roots)
    return (
        f"None of the {len(originals):,} originals can be read, and nothing else is left of them. The first, "
        f"{first.key}: {first.why} Bring them back to {where}, then repair again; nothing was changed."
    )
