"""What never changes of an image (its name, its size, the columns of its source), read when first asked for."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from core.search.kept import Kept
from core.search.keys import Keys, fold
from db import search
from db.store import Store

Array = np.ndarray[Any, Any]

_KEPT_BYTES = 16_000_000


class Facts:
    """The facts of the images of one data set; those that an import adds are read when they are asked for."""

    def __init__(self, store: Store, dataset_id: int) -> None:
        self._store, self._dataset_id = store, dataset_id
        self._lock = threading.Lock()
        self._keys = Keys()
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

    def named(self, pattern: str, start: int, stop: int) -> Array:
        """Which rows, from `start` to below `stop`, have a key that holds a text, whatever its case, ascending.

        With a star, the whole file name must be like that; with a slash and a star, the whole key.
        """
        return self._all_keys(stop).like(fold(pattern), start, stop)

    def _all_keys(self, images: int) -> Keys:
        with self._lock:
            had = len(self._keys)
            if had < images:
                more = (fold(key) for key in search.keys(self._store, self._dataset_id, had))
                self._keys = self._keys.with_more(more) if had else Keys(more)
            return self._keys

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
