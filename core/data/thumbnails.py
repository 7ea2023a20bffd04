"""Thumbnails on disk, made once: one packed file a data set and its offsets."""

import os
from array import array
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from core import arrays, files

FILE = "thumbnails.bin"
INDEX = "thumbnails.idx.npy"
_JPEG = b"\xff\xd8\xff"


class ThumbnailWriter:
    """Appends encoded thumbnails; the index is written when closed, so a torn pack has none, or its old one.

    rows: of a pack that is there already, how many to keep; what lies behind them is cut off. Raises BadInput when
    it does not hold that many. 0 begins a new pack.
    """

    def __init__(self, folder: Path, rows: int = 0) -> None:
        self._folder = folder
        self._offsets = array("q", ThumbnailPack(folder).first(rows) if rows else [0])
        self._file = open(folder / FILE, "r+b" if rows else "wb")  # noqa: SIM115  closed in close()
        self._file.truncate(self.size)
        self._file.seek(self.size)

    @property
    def size(self) -> int:
        """Bytes appended so far."""
        return self._offsets[-1]

    def append(self, thumbnails: Sequence[bytes]) -> None:
        """Write the next thumbnails. Raises OSError when the disk is full."""
        for thumbnail in thumbnails:
            self._file.write(thumbnail)
            self._offsets.append(self._offsets[-1] + len(thumbnail))

    def close(self) -> None:
        """Have the pack on the disk itself, then write its (N+1,) int64 offsets in one rename."""
        if self._file.closed:
            return
        with self._file:
            files.keep(self._file)
        files.save_array(self._folder / INDEX, np.array(self._offsets, dtype=np.int64))

    def __enter__(self) -> "ThumbnailWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._file.close()


def made_at(folder: Path) -> int:
    """When the index of a pack was written, in ns since the epoch; 0: there is none. Another pack has another time."""
    try:
        return (folder / INDEX).stat().st_mtime_ns
    except OSError:
        return 0


class ThumbnailPack:
    """Reads a pack by row; any number of threads and processes may, each read is one `pread`."""

    def __init__(self, folder: Path) -> None:
        """Open in a few microseconds whatever its size. Raises Damaged, Gone when missing, torn or short."""
        self._path = folder / FILE
        self._offsets: NDArray[np.int64] = arrays.mapped(folder / INDEX, arrays.REPAIR, "int64", (None,))
        if not len(self._offsets):
            raise arrays.Damaged(folder / INDEX, "it has no offset", arrays.REPAIR)
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            raise arrays.Gone(self._path, arrays.REPAIR) from None
        except OSError as error:
            raise self._broken(arrays.unreadable(error)) from error
        if size < int(self._offsets[-1]):
            raise self._broken(f"it has {size:,} bytes where its index says {int(self._offsets[-1]):,}")

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def first(self, rows: int) -> list[int]:
        """The offsets of the first rows, and where they end. Raises Damaged when there are not so many."""
        if len(self) < rows:
            raise self._broken(arrays.too_few(len(self), rows))
        return [int(offset) for offset in self._offsets[: rows + 1]]

    def check(self, rows: int) -> None:
        """See that each of the first rows is a JPEG, by its first bytes. Raises Damaged."""
        self.first(rows)
        try:
            with open(self._path, "rb", buffering=0) as file:
                for row in range(rows):
                    start, end = int(self._offsets[row]), int(self._offsets[row + 1])
                    if not 0 <= start < end or os.pread(file.fileno(), len(_JPEG), start) != _JPEG:
                        raise self._broken(f"what it holds for row {row} is no JPEG")
        except OSError as error:
            raise self._broken(arrays.unreadable(error)) from error

    def get(self, index: int) -> bytes:
        """The JPEG of one row. Raises IndexError outside 0..N-1, Damaged when the pack is."""
        return self.many((index,))[0]

    def many(self, indices: Sequence[int]) -> list[bytes]:
        """The JPEGs of several rows, in the order asked."""
        with open(self._path, "rb", buffering=0) as file:
            return [self._read(file.fileno(), int(index)) for index in indices]

    def _read(self, descriptor: int, index: int) -> bytes:
        if not 0 <= index < len(self):
            raise IndexError(f"thumbnail {index} of {len(self)}")
        start, end = int(self._offsets[index]), int(self._offsets[index + 1])
        if not 0 <= start <= end:
            raise self._broken(f"its index is damaged at row {index}")
        data = os.pread(descriptor, end - start, start)
        if len(data) != end - start:
            raise self._broken(f"it ends within row {index}")
        return data

    def _broken(self, reason: str) -> arrays.Damaged:
        return arrays.Damaged(self._path, reason, arrays.REPAIR)
