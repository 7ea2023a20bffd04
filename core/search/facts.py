"""What never changes of an image (its name, its size, the columns of its source), read when first asked for."""

import re
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from core.search.kept import Kept
from db import search
from db.store import Store

Array = np.ndarray[Any, Any]

_KEPT_BYTES = 16_000_000
_LINE = b"\n"


class Facts:
    """The facts of the images of one data set; those that an import adds are read when they are asked for."""

    def __init__(self, store: Store, dataset_id: int) -> None:
        self._store, self._dataset_id = store, dataset_id
        self._lock = threading.Lock()
        self._names = _LINE  # every key, folded, between two ends of lines
        self._starts = np.zeros(0, np.int64)  # (N,) where each key begins in it
        self._sizes = (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))
        self.kept = Kept(_KEPT_BYTES)  # masks that no revision changes

    def sizes(self, images: int) -> tuple[Array, Array, Array]:
        """(width, height, bytes) of the first N images, each (N,)."""
        with self._lock:
            had = len(self._sizes[0])
            if had < images:
                more = search.sizes(self._store, self._dataset_id, had)
                self._sizes = tuple(  # type: ignore[assignment]
                    np.concatenate([old, np.asarray(new)]) for old, new in zip(self._sizes, more, strict=True)
                )
            width, height, size = (column[:images] for column in self._sizes)
        return width, height, size

    def named(self, pattern: str, images: int) -> Array:
        """Which of the first N keys hold a text, whatever its case, bool (N,).

        With a star, the whole file name must be like that; with a slash and a star, the whole key.
        """
        names, starts = self._all_names(images)
        mask = np.zeros(images, bool)
        folded = _folded(pattern)
        if b"*" not in folded:
            rows = _holding(names, starts, folded)
        else:
            longest = max(folded.split(b"*"), key=len)
            rows = _holding(names, starts, longest) if longest else np.arange(len(starts))
            fits = re.compile(_glob(folded)).fullmatch
            ends = np.append(starts[1:], len(names)) - 1
            rows = rows[[fits(names, starts[row], ends[row]) is not None for row in rows.tolist()]]
        mask[rows[rows < images]] = True
        return mask

    def _all_names(self, images: int) -> tuple[bytes, Array]:
        with self._lock:
            if len(self._starts) < images:
                keys = [_folded(key) for key in search.keys(self._store, self._dataset_id, len(self._starts))]
                lengths = np.fromiter(map(len, keys), np.int64, len(keys))
                first = len(self._names) + np.cumsum(lengths + 1) - lengths - 1
                self._names += _LINE.join(keys) + _LINE
                self._starts = np.concatenate([self._starts, first])
            return self._names, self._starts

    def described(self, column: str, fits: Callable[[str], bool], images: int) -> Array:
        """Which of the first N images have a further column that fits, bool (N,); the case of its name is no matter."""
        mask, wanted = np.zeros(images, bool), column.casefold()
        # Read each time: a million images with a few columns each would fill half a gigabyte.
        for row, values in search.described(self._store, self._dataset_id):
            if row < images:
                mask[row] = any(
                    name.casefold() == wanted and fits(str(value)) for name, value in values.items()
                )
        return mask


def _folded(text: str) -> bytes:
    return text.casefold().encode("utf-8", "surrogatepass").replace(_LINE, b"\r")


def _holding(names: bytes, starts: Array, text: bytes) -> Array:
    """The rows whose key holds the text, ascending, each once."""
    # Splitting finds every place of the text without a step of Python for each.
    pieces = names.split(text)
    lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
    places = np.cumsum(lengths[:-1] + len(text)) - len(text)
    rows = np.searchsorted(starts, places, side="right") - 1
    return np.unique(rows[rows >= 0])


def _glob(pattern: bytes) -> bytes:
    """A pattern with stars as a regular expression for a whole key."""
    inside = b"[^\n]*" if b"/" in pattern else b"[^/\n]*"
    body = inside.join(re.escape(piece) for piece in pattern.split(b"*"))
    return body if b"/" in pattern else rb"(?:[^\n]*/)?" + body
