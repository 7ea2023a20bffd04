"""The unpacked bytes of an archive, read forwards only, in bounded memory and counted."""

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Protocol

from core.data.archives.kinds import Kind
from core.data.archives.members import BLOCK, Damaged, Tally

XZ_MEMORY_BYTES = 256 * 1024**2  # `xz -9` needs 65 MiB; a crafted header asks for gigabytes
HEADER_BYTES = 256 * 1024  # of one member: names, and what systems add; Python reads them into memory at once
_DIGITS = re.compile(rb"[0-9]+")
_MOST_DIGITS = 1000  # before Python 3.11.10, tarfile's search takes the square of a row of digits
_PACKED_BLOCK = 1 << 16


class Bytes(Protocol):
    """What is read one block after another."""

    def read(self, size: int, /) -> bytes: ...


def unpacked(file: IO[bytes], kind: Kind) -> Bytes:
    """The bytes of a file, without its packing. Reading raises what `damage` turns into Damaged."""
    if kind is Kind.GZIP:
        return gzip.GzipFile(fileobj=file, mode="rb")
    if kind is Kind.BZIP2:
        return bz2.BZ2File(file, "rb")
    return _Xz(file) if kind is Kind.XZ else file


@contextmanager
def damage() -> Iterator[None]:
    """Turn what the libraries raise on damaged bytes into Damaged; errors of the disk are let through."""
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError) as error:
        raise Damaged(str(error)) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise Damaged(str(error)) from error  # gzip and bz2 say so of bad bytes, without a number


class Forward:
    """A file as tarfile wants one, over bytes that come once.

    Between `headers()` and the next call of it, small reads are a header's: they are bounded, for tarfile
    holds them in memory. What is read by `block` is a member's data.
    """

    def __init__(self, source: Bytes, tally: Tally) -> None:
        self._source, self._tally = source, tally
        self._position = 0
        self._left_of_header = HEADER_BYTES
        self.last_block = b""  # the last header read: zeros at the end of a whole tar

    def tell(self) -> int:
        """Bytes read so far, as tarfile asks."""
        return self._position

    def headers(self) -> None:
        """A new member's headers follow."""
        self._left_of_header = HEADER_BYTES

    def read(self, size: int) -> bytes:
        """As tarfile reads a header. Raises Damaged."""
        self._left_of_header -= size
        if size < 0 or self._left_of_header < 0:
            raise Damaged("a header is larger than any name needs")
        found = self._exactly(size)
        if any(len(row) > _MOST_DIGITS for row in _DIGITS.findall(found)):
            raise Damaged("a header holds a number without end")
        self.last_block = found
        return found

    def seek(self, position: int) -> None:
        """Go on, never back. Raises Damaged."""
        if position < self._position:
            raise Damaged("a member reaches into another")
        while self._position < position:
            if not self.block(position - self._position):
                raise Damaged("it ends within a member")

    def block(self, most: int) -> bytes:
        """The next bytes, empty at the end. Raises Damaged, and BadInput for a bomb."""
        with damage():
            found = self._source.read(min(most, BLOCK))
        self._position += len(found)
        self._tally.check_ratio(self._position)
        return found

    def _exactly(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size and (block := self.block(size - len(found))):
            found += block
        return bytes(found)


class _Xz:
    """lzma.LZMAFile, but with a bound on the memory that a header may ask for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._waiting = b""
        self._stream = self._new()

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)

    def read(self, size: int, /) -> bytes:
        while True:
            if self._stream.eof and not self._another():
                return b""
            if self._stream.needs_input and not self._waiting:
                self._waiting = self._file.read(_PACKED_BLOCK)
                if not self._waiting:
                    raise EOFError("it ends before its end marker")
            data, self._waiting = self._waiting, b""
            found = self._stream.decompress(data, max_length=size)
            if found:
                return found

    def _another(self) -> bool:
        """Streams may follow one another, with zeros between them."""
        rest = self._stream.unused_data.lstrip(b"\0")
        while not rest and (more := self._file.read(_PACKED_BLOCK)):
            rest = more.lstrip(b"\0")
        if not rest:
            return False
        self._stream, self._waiting = self._new(), rest
        return True
