"""Who learns and who judges: a stratified split in which no picture is on two sides.

Legend: N images, L labels, S parts that have a share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.data import split_table, stratify
from core.data.split_table import HANDFUL, SplitTable
from core.errors import BadInput
from db.terms import Part

SHARED = (Part.TRAIN, Part.VALIDATION, Part.TEST)  # what can have a share
USUAL_SHARES: Mapping[Part, float] = {Part.TRAIN: 0.8, Part.VALIDATION: 0.2}
_TOLERANCE = 0.001


def parse_shares(text: str) -> dict[Part, float]:
    """Read `train=.8,val=.2` or `train=.8,val=.1,test=.1`. Raises BadInput with a sentence."""
    shares: dict[Part, float] = {}
    for piece in text.split(","):
        name, equals, value = (word.strip() for word in piece.partition("="))
        if not equals or name not in [part.value for part in SHARED]:
            raise BadInput(f"{piece.strip()!r} is no share of a split: write it like train=.8,val=.2.")
        if Part(name) in shares:
            raise BadInput(f"The split {text!r} gives {name} twice.")
        shares[Part(name)] = _share(name, value)
    check_shares(shares)
    return shares


def check_shares(shares: Mapping[Part, float]) -> None:
    """Raise BadInput unless train and val have a share each and all together make 1."""
    for part in (Part.TRAIN, Part.VALIDATION):
        if not shares.get(part, 0.0) > 0:
            raise BadInput(f"The split gives {part.value} no share: a run needs both train and val.")
    total = sum(shares.values())
    if abs(total - 1) > _TOLERANCE:
        raise BadInput(f"The shares of the split add up to {total:g}, not to 1.")


def stratified(
    present: NDArray[np.bool_],
    shares: Mapping[Part, float],
    seed: int,
    together: NDArray[np.int64] | None = None,
    fixed: Sequence[Part | None] | None = None,
    groups: NDArray[np.int64] | None = None,
    left_out: NDArray[np.bool_] | None = None,
) -> list[Part]:
    """Draw a part for each of N images so that every label has its share in every part.

    present (N, L) bool. The same seed gives the same split.

    together (N,) is one number a group of exact duplicates: two or more of them go to train as a whole, even
    against `fixed`, so that validation and test hold only unique images.

    groups (N,) is one number a group that must not be divided, whatever part it gets: near-duplicates, or the
    values of a column such as the photographer; below 0: in no group. Who wants exact duplicates in validation
    too gives them here. `stratify.joined` makes one grouping of several.

    fixed (N) is the part of images that have one. It is kept, and new images fill up what the shares still want,
    to the image: many small additions keep the shares as one large one does;
    where a part holds more than its share, the others share the new ones in proportion. An image in a group with
    members that have a part joins them (in train, if they are divided already, else in validation).

    left_out (N,) bool: images that are neither learned from nor judged. They count nowhere, pull no other along
    and are no copy of any; each keeps its part, or has that of its group, else train.

    Raises BadInput for shares that cannot be, and where groups leave a part without an image.

    How: core.data.stratify.draw.
    """
    check_shares(shares)
    sides = [part for part in SHARED if shares.get(part, 0.0) > 0]
    wanted = _wanted(shares, sides)
    # Parts that are given but have no share come after the drawn ones and are kept.
    every = sides + [part for part in Part if part not in sides]
    out = np.zeros(len(present), dtype=bool) if left_out is None else left_out
    held = _held(len(present), every, fixed)
    given = _given(held, out, len(every), together, groups)
    drawn = stratify.draw(present, wanted, given, seed, groups)
    alone = np.ones(len(given), dtype=bool) if groups is None else stratify.numbered(groups) < 0
    if fixed is not None:
        stratify.level(present, wanted, given, drawn, alone, seed)
    stratify.fill_empty(drawn, (given < 0) & alone, len(sides), seed)
    if groups is not None and (given < 0).any():
        check_filled(np.bincount(drawn, minlength=len(sides)), sides, groups)
    drawn[out] = held[out]
    if groups is not None:
        _pull(drawn, stratify.numbered(groups))
    return [every[max(0, at)] for at in drawn.tolist()]


def table(
    present: NDArray[np.bool_],
    labels: Sequence[str],
    parts: Sequence[Part],
    shares: Mapping[Part, float],
    groups: NDArray[np.int64] | None = None,
    left_out: NDArray[np.bool_] | None = None,
) -> SplitTable:
    """What the parts (N) hold of present (N, L) beside what the shares wanted, and what is wrong, in sentences.

    A test part without a share wants what it has. Images that are left_out (N,) are counted apart.
    """
    sides = [part for part in SHARED if shares.get(part, 0.0) > 0 or part in parts]
    places = {part: at for at, part in enumerate(sides)}
    side = np.array([places[part] for part in parts], dtype=np.int64)
    if left_out is not None:
        side[left_out] = -1
    counts = np.bincount(side[side >= 0], minlength=len(sides))
    wanted = _wanted(shares, sides)
    kept = (wanted == 0) * counts / max(1, counts.sum())  # (S,)
    names = [part.noun for part in sides]
    made = split_table.tabulate(present, labels, names, side, wanted * (1 - kept.sum()) + kept, groups)
    sentences = [*split_table.sizes_off(made), *_scarce(made), *split_table.divisions(made)]
    return replace(made, sentences=tuple(sentences))


def _scarce(made: SplitTable) -> list[str]:
    """A sentence for each part in which labels have fewer than a handful of positives, the rarest first."""
    said = []
    for place, name in enumerate(made.sides):
        of = [f"{label} {count}" for label, side, count in made.scarce if side == place]
        so = "too few to learn from" if name == Part.TRAIN.noun else "too few to judge by"
        if of:
            said.append(f"In {name}, fewer than {HANDFUL} images have: {split_table.listed(of)}; {so}.")
    return said


def check_filled(counts: NDArray[np.int64], sides: Sequence[Part], groups: NDArray[np.int64]) -> None:
    """Raise BadInput if groups that stay together left a part without an image."""
    for part, count in zip(sides, counts.tolist(), strict=False):
        if count == 0:
            sizes = np.bincount(stratify.numbered(groups) + 1)[1:]
            alone = len(groups) - int(sizes.sum())
            raise BadInput(
                f"The split leaves no image to {part.noun}: the {len(groups):,} images are {len(sizes):,} "
                f"groups, the largest of {int(sizes.max(initial=0)):,}, and {alone:,} images alone; a group "
                "stays on one side. Keep smaller groups together, or choose fewer parts."
            )


def _wanted(shares: Mapping[Part, float], sides: Sequence[Part]) -> NDArray[np.float64]:
    """(S,) shares of the parts, which make 1."""
    wanted = np.array([max(0.0, shares.get(part, 0.0)) for part in sides], dtype=np.float64)
    return np.asarray(wanted / wanted.sum())


def _held(n: int, every: Sequence[Part], fixed: Sequence[Part | None] | None) -> NDArray[np.int64]:
    """(N,) place in `every` of the part that an image has, -1 for none."""
    if fixed is None:
        return np.full(n, -1, dtype=np.int64)
    if len(fixed) != n:
        raise ValueError(f"{len(fixed)} fixed parts for {n} images")
    places: dict[Part | None, int] = {None: -1} | {part: at for at, part in enumerate(every)}
    return np.array([places[part] for part in fixed], dtype=np.int64)


def _given(
    held: NDArray[np.int64],
    out: NDArray[np.bool_],
    outside: int,
    together: NDArray[np.int64] | None,
    groups: NDArray[np.int64] | None,
) -> NDArray[np.int64]:
    """(N,) the part that is settled before drawing, -1 for none; `outside` for images that are left out."""
    given = np.where(out, outside, held)
    if together is not None:
        given[stratify.numbered(np.where(out, -1, together)) >= 0] = 0  # train
    if groups is not None:
        _pull(given, stratify.numbered(np.where(out, -1, groups)))
    return given


def _pull(given: NDArray[np.int64], group: NDArray[np.int64]) -> None:
    """Give open images of a group the part that its members have: the first of train, validation, test."""
    has = (group >= 0) & (given >= 0)
    none = np.iinfo(np.int64).max
    first = np.full(int(group.max(initial=-1)) + 1, none)  # (G,)
    np.minimum.at(first, group[has], given[has])
    rows = np.flatnonzero((group >= 0) & (given < 0))
    rows = rows[first[group[rows]] < none]
    given[rows] = first[group[rows]]


def _share(name: str, value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadInput(f"The share of {name} is {value!r}: give a number from 0 to 1, like .8.")
    return share
