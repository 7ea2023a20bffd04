"""The keys of a data set's images, folded, in one block of bytes: which of them hold a text, without reading all.

Groups of 32 keys are marked with the pieces of two and three bytes that they hold, hashed to 4,096 numbers: a text is
looked for only where all of its pieces may be. That costs 16 bytes a key and finds most rare texts at once.
"""

import re
from array import array
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_LINE = b"\n"
_GROUP = 32  # keys marked together
_MARKS = 4096  # numbers that pieces are hashed to: of 32 usual names a fifth of the numbers is marked
_AT_ONCE = 256 * _GROUP  # keys whose marks are made at once, near the processor
_SHORT = 16_384  # bytes: below, finding one place after the other is quicker than splitting


class Keys:
    """The keys of N images in the order of their rows; more can be added behind them."""

    def __init__(self, folded: Iterable[bytes] = ()) -> None:
        """folded: as by `fold`."""
        keys = list(folded)
        lengths = np.fromiter(map(len, keys), np.int64, len(keys))
        self.text = _LINE + b"".join(key + _LINE for key in keys)
        self.ends = 1 + np.cumsum(lengths + 1)  # (N,) just behind the end of each key's line
        self.marks = _marked(self.text, self.ends)  # uint8 (4096, groups ÷ 8): a bit a group

    def __len__(self) -> int:
        return len(self.ends)

    def with_more(self, folded: Iterable[bytes]) -> "Keys":
        """These and further keys; the marks of whole bytes of groups are kept."""
        more = Keys.__new__(Keys)
        keys = list(folded)
        lengths = np.fromiter(map(len, keys), np.int64, len(keys))
        more.text = self.text + b"".join(key + _LINE for key in keys)
        more.ends = np.concatenate([self.ends, len(self.text) + np.cumsum(lengths + 1)])
        whole = len(self) // (8 * _GROUP)  # columns of marks that stay as they are
        begin = whole * 8 * _GROUP
        offset = int(more.ends[begin - 1]) - 1 if begin else 0
        fresh = _marked(more.text[offset:], more.ends[begin:] - offset)
        more.marks = np.concatenate([self.marks[:, :whole], fresh], axis=1)
        return more

    def like(self, pattern: bytes, start: int = 0, stop: int | None = None) -> Array:
        """The rows, from `start` to below `stop`, whose key holds a folded text, int64 (n,), ascending.

        With a star, the whole file name must be like that; with a slash and a star, the whole key.
        """
        stop = len(self) if stop is None else min(stop, len(self))
        if b"*" not in pattern:
            return self._holding(pattern, start, stop)
        longest = max(pattern.split(b"*"), key=len)
        rows = self._holding(longest, start, stop)
        fits = re.compile(_glob(pattern)).fullmatch
        begins = self._begins(rows)
        ends = self.ends[rows] - 1
        places = zip(begins.tolist(), ends.tolist(), strict=True)
        return rows[[fits(self.text, begin, end) is not None for begin, end in places]]

    def _begins(self, rows: Array) -> Array:
        return np.where(rows > 0, self.ends[rows - 1], 1)

    def _holding(self, text: bytes, start: int, stop: int) -> Array:
        if not text:
            return np.arange(start, max(start, stop))
        places = array("q")
        for first, behind in self._runs(text, start, stop):
            begin = int(self.ends[first - 1]) if first else 1
            places.extend(_places(self.text, text, begin, int(self.ends[behind - 1])))
        rows = np.searchsorted(self.ends, np.asarray(places), side="right")
        return rows[np.diff(rows, prepend=-1) > 0]  # each once, however often it holds the text

    def _runs(self, text: bytes, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Stretches of rows, each from its first to below its last, that may hold a text."""
        if start >= stop:
            return
        if len(text) < 2:
            yield start, stop
            return
        pieces = np.unique(_hashed(np.frombuffer(text, np.uint8), min(len(text), 3)))
        low, high = start // (8 * _GROUP), -(-stop // (8 * _GROUP))  # in columns of marks
        held = np.bitwise_and.reduce(self.marks[pieces, low:high], axis=0)
        edges = np.diff(np.pad(np.unpackbits(held).astype(np.int8), 1))
        firsts, behinds = (_GROUP * (np.flatnonzero(edges == edge) + 8 * low) for edge in (1, -1))
        for first, behind in zip(firsts.tolist(), behinds.tolist(), strict=True):
            if first < stop and behind > start:
                yield max(first, start), min(behind, stop)


def fold(text: str) -> bytes:
    """A key, or a text that is looked for in keys, without its case."""
    return text.casefold().encode("utf-8", "surrogatepass").replace(_LINE, b"\r")


def _places(text: bytes, wanted: bytes, begin: int, end: int) -> "array[int]":
    """Where the wanted text begins between two places of another."""
    if end - begin > _SHORT:
        # Splitting finds every place without a step of Python for each.
        pieces = text[begin:end].split(wanted)
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
        places = begin + np.cumsum(lengths[:-1] + len(wanted)) - len(wanted)
        return array("q", places.tobytes())
    found, at = array("q"), text.find(wanted, begin, end)
    while at >= 0:
        found.append(at)
        at = text.find(wanted, at + len(wanted), end)
    return found


def _hashed(text: Array, length: int) -> Array:
    """The numbers of the pieces of two or three bytes of uint8 (n,), uint16 (n − length + 1,), below 4,096."""
    wide = text.astype(np.uint16)
    mixed = wide[: 1 - length] * np.uint16(40_503) + wide[1 : len(wide) + 2 - length] * np.uint16(10_061)
    if length == 3:
        mixed += wide[2:] * np.uint16(2_531)
    return np.asarray((mixed ^ (mixed >> 7)) & np.uint16(_MARKS - 1))


def _marked(text: bytes, ends: Array) -> Array:
    """The marks of the groups of keys, uint8 (4096, groups ÷ 8); a last byte of groups may be filled with none."""
    columns = [np.zeros((_MARKS, 0), np.uint8)]
    for start in range(0, len(ends), _AT_ONCE):
        some = ends[start : start + _AT_ONCE]
        begin = int(ends[start - 1]) if start else 1
        here = np.frombuffer(text, np.uint8)[begin : int(some[-1])]
        groups = -(-len(some) // _GROUP)
        lasts = some[np.minimum(np.arange(1, groups + 1) * _GROUP, len(some)) - 1] - begin
        group = np.repeat(np.arange(groups), np.diff(lasts, prepend=0))  # of each byte
        held = np.zeros((_MARKS, groups), bool)
        for length in (2, 3):
            pieces = _hashed(here, length)
            held[pieces, group[: len(pieces)]] = True
        columns.append(np.packbits(held, axis=1))
    return np.concatenate(columns, axis=1)


def _glob(pattern: bytes) -> bytes:
    """A pattern with stars as a regular expression for a whole key."""
    inside = b"[^\n]*" if b"/" in pattern else b"[^/\n]*"
    body = inside.join(re.escape(piece) for piece in pattern.split(b"*"))
    return body if b"/" in pattern else rb"(?:[^\n]*/)?" + body
