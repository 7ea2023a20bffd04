"""Pairs become groups that hold together: every member is linked to the centre, or to two that are."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = np.ndarray[Any, Any]
Links = dict[int, dict[int, float]]


def links(one: Array, other: Array, similarity: Array) -> Links:
    """The pairs (P,) both ways: of each row its neighbours and how similar they are."""
    found: Links = {}
    for a, b, value in zip(one.tolist(), other.tolist(), similarity.tolist(), strict=True):
        found.setdefault(a, {})[b] = value
        found.setdefault(b, {})[a] = value
    return found


def components(linked: Links) -> Iterator[list[int]]:
    """The connected parts, each ascending, by their lowest row."""
    seen: set[int] = set()
    for start in sorted(linked):
        if start in seen:
            continue
        part, ahead = {start}, [start]
        while ahead:
            new = linked[ahead.pop()].keys() - part
            part |= new
            ahead += new
        seen |= part
        yield sorted(part)


def lowest(count: int, one: Array, other: Array, none: int) -> NDArray[np.int64]:
    """(count,): the lowest row that each hangs together with by the pairs (P,); `none` where it is in no pair."""
    found = np.full(count, none, dtype=np.int64)
    for part in components(links(one, other, np.ones(len(one)))):
        found[part] = part[0]
    return found


def central(rows: list[int], linked: Links) -> list[int]:
    """The rows, those with the most neighbours first; of equals the most similar to them, then the lowest."""
    return sorted(rows, key=lambda row: (-len(linked[row]), -sum(linked[row].values()), row))


def missing(linked: Links) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a centre and a row that hangs together with it, but is not linked to it."""
    pairs = []
    for part in components(linked):
        middle = central(part, linked)[0]
        pairs += [(middle, row) for row in part if row != middle and row not in linked[middle]]
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def heads(count: int, linked: Links) -> NDArray[np.int64]:
    """(count,): the centre of each row's group, itself where it has none.

    In each connected part the most central row takes its neighbours, and what is linked to two of them; then the
    next that is left takes those that are left: a chain of small changes does not join different pictures.
    """
    head = np.arange(count)
    for part in components(linked):
        taken: set[int] = set()
        for middle in central(part, linked):
            if middle not in taken:
                members = {middle, *linked[middle]} - taken
                witnesses = Counter(row for member in members for row in linked[member])
                members |= {row for row, count in witnesses.items() if count > 1} - taken
                head[sorted(members)] = middle
                taken |= members
    return head


def numbered(keys: Array, none: int) -> NDArray[np.int32]:
    """(n,) keys → (n,) numbers of groups from 0 by their lowest row; `none` where a key stands alone."""
    _, first, lot, sizes = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(sizes > 1)
    number = np.full(len(sizes), none, dtype=np.int32)
    number[shared[np.argsort(first[shared])]] = np.arange(len(shared))
    return number[lot]
