"""Decoded training pixels: one standard .npy file, written in order, read as a mapping, and appended to."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core import arrays, files
from core.data.images import PIXELS_PX

FILE = "pixels.npy"
ROW_BYTES = PIXELS_PX * PIXELS_PX * 3
SHAPE = (None, PIXELS_PX, PIXELS_PX, 3)


class PixelWriter:
    """Appends (n, 128, 128, 3) uint8 blocks; the file is a valid .npy once closed.

    rows: of a file that is there already, how many to keep; what lies behind them is cut off, and until it is closed
    the file has its old header. Raises BadInput when it does not hold that many. 0 begins a new file.
    Written through a plain file: pages of a written mapping would count as resident memory.
    """

    def __init__(self, folder: Path, rows: int = 0) -> None:
        path = folder / FILE
        self.rows = rows
        self._file = _kept(path, rows) if rows else open(path, "wb")  # noqa: SIM115  closed in close()
        if not rows:
            self._write_header()

    def append(self, block: NDArray[np.uint8]) -> None:
        """Write the next rows. Raises OSError when the disk is full."""
        if block.shape[1:] != (PIXELS_PX, PIXELS_PX, 3) or block.dtype != np.uint8:
            raise ValueError(f"a block of pixels is (n, 128, 128, 3) uint8, not {block.shape} {block.dtype}")
        self._file.write(np.ascontiguousarray(block).data)
        self.rows += len(block)

    def close(self) -> None:
        """Write the number of rows into the header and close the file, its content on the disk itself."""
        if not self._file.closed:
            try:
                files.keep(self._file)  # the rows before the header that counts them
                self._file.seek(0)
                self._write_header()
                files.keep(self._file)
            finally:
                self._file.close()

    def _write_header(self) -> None:
        # numpy pads the header for a longest first axis, so its length is the same for any number of rows.
        shape = (self.rows, PIXELS_PX, PIXELS_PX, 3)
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def __enter__(self) -> "PixelWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._file.close()


def _kept(path: Path, rows: int) -> BinaryIO:
    """The file, open behind its first rows, which are all that it holds now."""
    begin = int(open_pixels(path.parent).offset)
    end = begin + rows * ROW_BYTES
    held = (path.stat().st_size - begin) // ROW_BYTES
    if held < rows:
        raise arrays.Damaged(path, arrays.too_few(held, rows), arrays.REPAIR)
    file = open(path, "r+b")  # noqa: SIM115  closed by the writer
    try:
        file.truncate(end)
        file.seek(end)
    except BaseException:
        file.close()
        raise
    return file


def open_pixels(folder: Path) -> np.memmap:
    """(N, 128, 128, 3) uint8, read-only, mapped. Raises Damaged, Gone: the file is missing, cut short or of others."""
    pixels = arrays.mapped(folder / FILE, arrays.REPAIR, "uint8", SHAPE)
    if not isinstance(pixels, np.memmap):  # of no image: nothing can be mapped
        raise arrays.Damaged(folder / FILE, "it is of no image", arrays.REPAIR)
    return pixels
