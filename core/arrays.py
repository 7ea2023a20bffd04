"""Arrays in files are opened here: what is wrong with one is told in our own words, with what to do about it.

A file is looked at before NumPy sees it, whose errors speak of pickles and of archives that nobody has asked about.
"""

import math
import os
import struct
import tokenize
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np

from core.errors import BadInput
from core.words import counted

Array = np.ndarray[Any, Any]
Shape = Sequence[int | None]  # None: any length

# What is to be done, behind the colon of a sentence.
REPAIR = "`python -m core doctor --repair` makes it again from the images"
SCAN = "scan the data set again (Data, Trouble), or let `python -m core doctor --repair` do it"
TRAIN = "it cannot be made again: resume the run if it was stopped, else train again, or delete the run"
BRING = "it cannot be made again: import its scores again (`import-run`), or delete the run"
ANALYSE = "analyse the run again"

_HEADS = (
    ValueError,
    SyntaxError,
    TypeError,
    KeyError,
    EOFError,
    MemoryError,
    RecursionError,
    tokenize.TokenError,
)
# What zipfile and NumPy raise on damaged files; RuntimeError: a flipped bit asks for a password.
_PACKED = (BadZipFile, OSError, RuntimeError, struct.error, zlib.error, AttributeError, *_HEADS)


class Fault(ValueError):
    """What is wrong with a file, as words that follow “it is damaged”."""


class Damaged(BadInput):
    """A file that cannot be used as it is; `reason` says in a word or two what it is, without naming it."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        super().__init__(f"The file {path.name} in {path.parent.name} is damaged ({reason}): {remedy}.")
        self.reason = f"damaged ({reason})"


class Gone(Damaged):
    """A file that is not there."""

    def __init__(self, path: Path, remedy: str) -> None:
        BadInput.__init__(self, f"The file {path.name} is missing from {path.parent.name}: {remedy}.")
        self.reason = "missing"


@dataclass(frozen=True)
class Head:
    """What the first bytes of an .npy file say, and where its values begin."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    begin: int

    @property
    def bytes(self) -> int:
        """The size of a file that holds all of it."""
        return self.begin + math.prod(self.shape) * self.dtype.itemsize


def read_head(file: BinaryIO) -> Head:
    """The head of an .npy file that is open at its beginning. Raises Fault."""
    magic = file.read(len(np.lib.format.MAGIC_PREFIX))
    if not magic:
        raise Fault("it is empty, 0 bytes")
    if magic != np.lib.format.MAGIC_PREFIX:
        raise Fault("it is no array: its first bytes are others")
    file.seek(0)
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except _HEADS as error:
        raise Fault("its head cannot be read") from error
    if min(shape, default=0) < 0:
        raise Fault("its head has a length below 0")
    return Head(shape, dtype, fortran, file.tell())


def mapped(path: Path, remedy: str, dtype: str | None = None, shape: Shape | None = None) -> Array:
    """Map an .npy file, read-only. Raises Damaged, Gone.

    dtype, shape: what the file must hold; None: any. remedy: what to do otherwise.
    """
    try:
        with path.open("rb") as file:
            head = read_head(file)
            _check(head, dtype, shape)
            has = os.fstat(file.fileno()).st_size
            if has < head.bytes:
                raise Fault(f"it ends too early: {has:,} of {head.bytes:,} bytes are there")
            return _map(file, head)
    except FileNotFoundError:
        raise Gone(path, remedy) from None
    except Fault as fault:
        raise Damaged(path, str(fault), remedy) from fault
    except OSError as error:
        raise Damaged(path, unreadable(error), remedy) from error


def remains(path: Path, dtype: str, shape: Shape) -> Array | None:
    """The rows that are whole in a file that may be cut off; None where its head does not fit, or there is none.

    What is behind the end of those that the head counts is not looked at.
    """
    try:
        with path.open("rb") as file:
            head = read_head(file)
            _check(head, dtype, shape)
            if head.fortran or not head.shape:
                return None
            row = math.prod(head.shape[1:]) * head.dtype.itemsize
            there = (os.fstat(file.fileno()).st_size - head.begin) // max(row, 1)
            rows = max(0, min(there, head.shape[0]))
            return _map(file, Head((rows, *head.shape[1:]), head.dtype, head.fortran, head.begin))
    except (Fault, OSError):
        return None


def rows(path: Path, array: Array, wanted: int, remedy: str) -> None:
    """See that an array has a row for each image. Raises Damaged."""
    if len(array) < wanted:
        raise Damaged(path, too_few(len(array), wanted), remedy)


def too_few(has: int, wanted: int) -> str:
    """Why an array is too short, in words."""
    return f"it has {counted(has, 'row')} where {wanted:,} {'is' if wanted == 1 else 'are'} expected"


def unreadable(error: OSError) -> str:
    """Why the system gave a file not, in words."""
    return f"it cannot be read, {error.strerror or 'the system says no more'}"


def packed(path: Path, names: Sequence[str], remedy: str) -> dict[str, Array]:
    """The arrays of an .npz file, by name. Raises Damaged, Gone."""
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise Fault("it is empty, 0 bytes")
            file.seek(0)
            with np.load(file, allow_pickle=False) as held:
                return {name: _member(held, name) for name in names}
    except FileNotFoundError:
        raise Gone(path, remedy) from None
    except Fault as fault:
        raise Damaged(path, str(fault), remedy) from fault
    except _PACKED as error:
        raise Damaged(path, "it ends too early, or holds no arrays", remedy) from error


def _member(held: Any, name: str) -> Array:
    if name not in held:
        raise Fault(f"the array “{name}” is not in it")
    try:
        return np.asarray(held[name])
    except _PACKED as error:
        raise Fault(f"the array “{name}” in it was changed or cut off") from error


def _check(head: Head, dtype: str | None, shape: Shape | None) -> None:
    if dtype is None and head.dtype.kind not in "fiub":
        raise Fault(f"it holds {head.dtype}, not numbers")
    if dtype is not None and head.dtype != np.dtype(dtype):
        raise Fault(f"it holds {head.dtype}, not {dtype}")
    if shape is None:
        return
    fits = len(shape) == len(head.shape) and all(
        want in (None, has) for want, has in zip(shape, head.shape, strict=True)
    )
    if not fits or (head.fortran and len(head.shape) > 1):
        raise Fault(f"it has the shape {head.shape}, not {_written(shape)}")


def _written(shape: Shape) -> str:
    """`(N, 128, 128, 3)`."""
    words = ["N" if length is None else str(length) for length in shape]
    return f"({', '.join(words)}{',' if len(words) == 1 else ''})"


def _map(file: BinaryIO, head: Head) -> Array:
    if not math.prod(head.shape) * head.dtype.itemsize:
        return np.empty(head.shape, head.dtype)
    stored: Any = file  # NumPy takes open files, whatever the stubs say of their kind
    try:
        return np.memmap(stored, head.dtype, "r", head.begin, head.shape, "F" if head.fortran else "C")
    except (ValueError, OverflowError) as error:
        raise Fault("its head does not fit its content") from error
