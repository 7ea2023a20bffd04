"""What is known of the image files of a source: a few arrays instead of a million objects."""

from array import array
from dataclasses import dataclass

import numpy as np

from core.data.importers.records import Array


@dataclass(frozen=True, eq=False)
class Facts:
    """M files that can be read, in the order of their source; some 50 bytes each."""

    at: Array  # int32 (M,): which of the source's images
    sha256: Array  # uint8 (M, 32): of the file's bytes
    width: Array  # int32 (M,): pixels, after EXIF rotation
    height: Array  # int32 (M,)
    bytes: Array  # int64 (M,)

    def __len__(self) -> int:
        return len(self.at)

    @property
    def copies(self) -> Array:
        """One number a file content, int64 (M,): files that are the same have the same."""
        return contents(self.sha256)

    def take(self, chosen: Array) -> "Facts":
        """Those of the files that are chosen, by index or mask."""
        return Facts(
            self.at[chosen], self.sha256[chosen], self.width[chosen], self.height[chosen], self.bytes[chosen]
        )


def contents(digests: Array) -> Array:
    """One number a digest, int64 (M,), of digests uint8 (M, 32); the same ones have the same."""
    if not len(digests):
        return np.empty(0, np.int64)
    words = np.ascontiguousarray(digests).view("V32").ravel()
    _, numbers = np.unique(words, return_inverse=True)
    return np.asarray(numbers, np.int64)


class Gathered:
    """Facts as they arrive, file by file."""

    def __init__(self) -> None:
        self._at, self._width, self._height = array("i"), array("i"), array("i")
        self._bytes, self._digests = array("q"), bytearray()

    def __len__(self) -> int:
        return len(self._at)

    def add(self, at: int, digest: bytes, width: int, height: int, size: int) -> None:
        """The next file: which of the source's images it is, its SHA-256, pixels and bytes."""
        self._at.append(at)
        self._digests += digest
        self._width.append(width)
        self._height.append(height)
        self._bytes.append(size)

    def finish(self) -> Facts:
        """All that was gathered."""
        return Facts(
            np.array(self._at, np.int32),
            np.frombuffer(bytes(self._digests), np.uint8).reshape(-1, 32),
            np.array(self._width, np.int32),
            np.array(self._height, np.int32),
            np.array(self._bytes, np.int64),
        )
