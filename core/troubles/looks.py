"""What a scan says of look-alikes, prepared for looking up single images and groups."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from core.data.trouble import grouping
from core.data.trouble.duplicates import NONE, Sameness
from core.data.trouble.scan import Scan


class Looks:
    """What a scan says of look-alikes, prepared for looking up single images."""

    def __init__(self, found: Scan) -> None:
        same = found.duplicates
        self.found, self.same = found, same
        self.images = found.images
        exact = same.sameness <= Sameness.PIXELS
        self.copies = grouping.lowest(found.images, same.one[exact], same.other[exact], NONE)  # (N,)

    @cached_property
    def _best(self) -> dict[int, int]:
        """By row, its pair of the greatest similarity."""
        best: dict[int, int] = {}
        for pair in np.argsort(self.same.similarity, kind="stable").tolist():  # the best comes last
            best[int(self.same.one[pair])] = best[int(self.same.other[pair])] = pair
        return best

    def nearest(self, row: int) -> tuple[int, str] | None:
        """The image that is most like one, and how they are the same, in a sentence."""
        pair = self._best.get(row)
        if pair is None:
            return None
        one, other = int(self.same.one[pair]), int(self.same.other[pair])
        return (other if one == row else one), self.same.sentence(pair)

    def agreement(self, row: int) -> str:
        """How much an image agrees with the one that is most like it, in percent; "" where there is none."""
        pair = self._best.get(row)
        return "" if pair is None else f"{100 * float(self.same.similarity[pair]):.0f} %"

    def groups(self, *, copies: bool) -> Iterator[tuple[int, list[int]]]:
        """(number, rows) of each group: of copies alone, or of look-alikes with the copies among them."""
        of = self.copies if copies else self.same.group
        rows = np.flatnonzero(of != NONE)
        rows = rows[np.lexsort((rows, of[rows]))]
        for members in np.split(rows, np.flatnonzero(np.diff(of[rows])) + 1):
            if members.size:
                yield int(of[members[0]]), members.tolist()

    def pairs_apart(self) -> Iterator[tuple[int, list[int]]]:
        """Pairs of look-alikes that are in no group together, numbered behind the groups."""
        group, same = self.same.group, self.same
        first = int(group.max(initial=-1)) + 1
        apart = (group[same.one] == NONE) | (group[same.one] != group[same.other])
        for pair in np.flatnonzero(apart).tolist():
            yield first + pair, [int(same.one[pair]), int(same.other[pair])]
