"""Records that are made when they are asked for: a million of them never lie in memory together."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, overload

T = TypeVar("T")
_AT_ONCE = 20_000  # records that lie in memory together


class Lazy(Sequence[T]):
    """`count` records; `make(start, stop)` makes those from start to stop, as often as they are asked for."""

    def __init__(self, count: int, make: Callable[[int, int], list[T]]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        for start in range(0, self._count, _AT_ONCE):
            yield from self._make(start, min(self._count, start + _AT_ONCE))

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        if isinstance(at, slice):
            start, stop, step = at.indices(self._count)
            return self._make(start, stop) if step == 1 else [self[one] for one in range(start, stop, step)]
        row = range(self._count)[at]
        return self._make(row, row + 1)[0]
