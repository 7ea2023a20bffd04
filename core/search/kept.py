"""Arrays that were computed once and are kept while there is room."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Kept:
    """Arrays by what they were made of; the one that was not asked for longest is let go first."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._arrays: OrderedDict[Hashable, Array] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Array]) -> Array:
        """What was made under this key before, else made now; nobody may write into it."""
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
        made = make()  # unlocked: two may make the same, none waits
        made.flags.writeable = False
        with self._lock:
            if key not in self._arrays:
                self._arrays[key] = made
                self._bytes += made.nbytes
            while self._bytes > self._most_bytes and len(self._arrays) > 1:
                _, gone = self._arrays.popitem(last=False)
                self._bytes -= gone.nbytes
        return made

    def carried(self, holds: Callable[[Hashable], bool]) -> "Kept":
        """Another one with those whose key still holds."""
        other = Kept(self._most_bytes)
        with self._lock:
            other._arrays = OrderedDict((key, array) for key, array in self._arrays.items() if holds(key))
        other._bytes = sum(array.nbytes for array in other._arrays.values())
        return other
