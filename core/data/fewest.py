"""Another split of parts that are there, by as few moves as its shares take: who is not needed elsewhere stays.

Legend: N images, L labels, S parts that can have a share.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.data import splits, stratify
from db.terms import Part

Ints = NDArray[np.int64]
_SAME = 0.0005  # of all images: shares that look the same in a field
_ABOUT = 0.5  # of the root of the images that a part is to hold: how far off a draw of many labels ends


def moved(
    present: NDArray[np.bool_],
    parts: Sequence[Part],
    shares: Mapping[Part, float],
    seed: int,
    together: Ints | None = None,
    groups: Ints | None = None,
    left_out: NDArray[np.bool_] | None = None,
    keeps: Collection[Part] = (),
) -> list[Part]:
    """The part (N) of each image after parts with more than their share gave what the others lack.

    present (N, L) bool; parts (N) are those of now. Between two parts that both hold enough nothing moves, so a
    test part is taken out of the one that is to become smaller. What is given away has the giver's share of every
    label, and so has what each part gets of it.

    together (N,) and groups (N,) as for `splits.stratified`: a copy of one file never moves, a group moves as a
    whole, and one that is on two sides already stays. left_out (N,) bool: these stay, and count nowhere. keeps:
    parts that neither give nor take as long as they have images, whatever their share.

    Raises BadInput for shares that cannot be, and where a part would stay without an image.
    """
    splits.check_shares(shares)
    out = np.zeros(len(present), bool) if left_out is None else left_out
    places = {part: at for at, part in enumerate(splits.SHARED)}
    side = np.array([places[part] for part in parts], np.int64)
    side[out] = len(places)
    wanted = np.array([max(0.0, shares.get(part, 0.0)) for part in splits.SHARED])
    held = np.bincount(side, minlength=len(places))[: len(places)]  # (S,)
    kept = np.array([part in keeps for part in splits.SHARED])
    lacks = _lacking(held, _images(wanted / wanted.sum(), int(held.sum())), kept & (held > 0))  # (S,)
    group = (
        np.full(len(present), -1, np.int64)
        if groups is None
        else stratify.numbered(np.where(out, -1, groups))
    )
    stays = _staying(side, group, together)
    given = np.zeros(len(present), bool)
    for at in np.flatnonzero(lacks < 0).tolist():
        rows = np.flatnonzero(side == at)
        given[rows] = _given_away(present[rows], int(-lacks[at]), stays[rows], group[rows], seed)
    takers = np.flatnonzero(lacks > 0)
    if given.any() and len(takers):
        goes = _taken(present, lacks, held, takers, side, given, group, seed)
        side[given] = takers[goes[given]]
    whole = group if together is None else stratify.joined(np.where(out, -1, together), group)
    shared = [part for part in splits.SHARED if shares.get(part, 0.0) > 0]
    splits.check_filled(np.array([(side == places[part]).sum() for part in shared]), shared, whole)
    return [
        part if gone else splits.SHARED[at] for part, gone, at in zip(parts, out, side.tolist(), strict=True)
    ]


def untouched(before: Mapping[Part, float], wanted: Mapping[Part, float]) -> set[Part]:
    """Of validation and test, the parts whose share is the same where another's is not: nobody asks for them."""
    judging = (Part.VALIDATION, Part.TEST)
    same = {part for part in judging if abs(before.get(part, 0.0) - wanted.get(part, 0.0)) < _SAME}
    return same if len(same) < len(judging) else set()


def _images(wanted: NDArray[np.float64], images: int) -> Ints:
    """How many images (S,) each part is to hold; one at least where it has a share, as far as there are any."""
    found = stratify.whole(wanted * images)
    for at in np.flatnonzero((wanted > 0) & (found == 0)).tolist():
        largest = int(found.argmax())
        if found[largest] > 1:
            found[largest], found[at] = found[largest] - 1, 1
    return found


def _lacking(held: Ints, wanted: Ints, kept: NDArray[np.bool_]) -> Ints:
    """How many images (S,) each part lacks, below 0 where it gives some; they sum to 0.

    A part that holds about what it should neither gives nor takes: a draw leaves a few too many or too few, and
    whoever asks for a test part does not ask for those.
    """
    lacks = np.where(kept, 0, wanted - held)
    found = np.where((held > 0) & (np.abs(lacks) <= np.maximum(1, _ABOUT * np.sqrt(wanted))), 0, lacks)
    rest = int(found.sum())
    giver, taker = int(lacks.argmin()), int(lacks.argmax())
    found[giver if rest > 0 or (found > 0).any() else taker] -= rest
    return _affordable(found, held, np.minimum(wanted, 1))


def _affordable(lacks: Ints, held: Ints, least: Ints) -> Ints:
    """The same with no part giving what would leave it less than `least` (S,): who takes then takes less."""
    short = lacks < 0
    over = int(np.where(short, np.maximum(0, -lacks - (held - least)), 0).sum())
    found = np.where(short, np.maximum(lacks, least - held), lacks)
    while over > 0:
        taker = int(found.argmax())
        less = min(over, int(found[taker]))
        found[taker], over = found[taker] - less, over - less
    return found


def _staying(side: Ints, group: Ints, together: Ints | None) -> NDArray[np.bool_]:
    """(N,) copies of one file, and groups that are on two sides."""
    stays = np.zeros(len(side), bool) if together is None else stratify.numbered(together) >= 0
    rows = np.flatnonzero(group >= 0)
    least = np.full(int(group.max(initial=-1)) + 1, side.max(initial=0) + 1)  # (G,)
    most = np.full(len(least), -1)
    np.minimum.at(least, group[rows], side[rows])
    np.maximum.at(most, group[rows], side[rows])
    pinned = np.zeros(len(least), bool)
    np.logical_or.at(pinned, group[rows], stays[rows])
    stays[rows] |= ((least != most) | pinned)[group[rows]]
    return stays


def _given_away(
    present: NDArray[np.bool_], count: int, stays: NDArray[np.bool_], group: Ints, seed: int
) -> NDArray[np.bool_]:
    """(n,) which images of one part go, `count` of them as far as groups allow; every label in proportion."""
    given = np.where(stays, 0, -1)
    wanted = np.array([len(present) - count, count]) / len(present)
    drawn = stratify.draw(present, wanted, given, seed, group)
    stratify.level(present, wanted, given, drawn, stratify.numbered(group) < 0, seed)
    return np.asarray(drawn == 1)


def _taken(
    present: NDArray[np.bool_],
    lacks: Ints,
    held: Ints,
    takers: Ints,
    side: Ints,
    given: NDArray[np.bool_],
    group: Ints,
    seed: int,
) -> Ints:
    """(N,) the place among `takers` that each image given away gets."""
    place = np.full(len(held) + 1, len(takers), np.int64)  # the other parts take no share of it
    place[takers] = np.arange(len(takers))
    at = np.where(given, -1, place[side])
    wanted = (held + lacks)[takers] / (held + lacks)[takers].sum()
    drawn = stratify.draw(present, wanted, at, seed, group)
    stratify.level(present, wanted, at, drawn, stratify.numbered(group) < 0, seed)
    return drawn
