"""Who learns and who judges: a stratified split in which no picture is on two sides."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from db.terms import Part

_TOLERANCE = 0.001


def parse_shares(text: str) -> dict[Part, float]:
    """Read `train=.8,val=.2` or `train=.8,val=.1,test=.1`. Raises BadInput with a sentence."""
    shares: dict[Part, float] = {}
    for piece in text.split(","):
        name, equals, value = (word.strip() for word in piece.partition("="))
        if not equals or name not in [part.value for part in Part]:
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
) -> list[Part]:
    """Draw a part for each of N images so that every label has its share in every part.

    present (N, L) bool; together (N,) is one number a group of exact duplicates; fixed gives the part of
    images that already have one. A group of two or more goes to train as a whole, even against `fixed`:
    validation and test hold only unique images. The same seed gives the same split. Raises BadInput for
    shares that cannot be.

    Iterative stratification: Sechidis, Tsoumakas, Vlahavas, "On the Stratification of Multi-Label Data",
    ECML PKDD 2011, algorithm 1; images without any label count as one more label.
    """
    check_shares(shares)
    parts = [part for part in Part if shares.get(part, 0.0) > 0]
    given = _given(len(present), parts, together, fixed)
    taken = given >= 0
    labels = np.column_stack([present, ~present.any(axis=1)])  # (N, L+1)
    wanted = np.array([shares[part] for part in parts], dtype=np.float64)  # (P,)
    of_size = wanted * len(labels) - np.bincount(given[taken], minlength=len(parts))[: len(parts)]
    of_label = np.outer(wanted, labels.sum(axis=0))  # (P, L+1), positives still wanted
    for at in range(len(parts)):
        of_label[at] -= labels[given == at].sum(axis=0)
    drawn = _Draw(labels, of_size, of_label, given, np.random.default_rng(seed)).run()
    _fill_empty(drawn, ~taken, len(parts), seed)
    return [parts[at] if at < len(parts) else Part.TEST for at in drawn.tolist()]


class _Draw:
    """Algorithm 1: the rarest label first, each of its images to the part that lacks that label most."""

    def __init__(
        self,
        labels: NDArray[np.bool_],
        of_size: NDArray[np.float64],
        of_label: NDArray[np.float64],
        given: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> None:
        self.labels = labels
        self.of_size: list[float] = of_size.tolist()
        self.of_label: list[list[float]] = of_label.tolist()
        self.drawn = given.copy()  # (N,) index of the part, -1 while open
        self.rng = rng

    def run(self) -> NDArray[np.int64]:
        """Draw every open image; (N,)."""
        open_counts = self.labels[self.drawn < 0].sum(axis=0)  # (L+1,)
        while open_counts.any():
            rarest = int(np.where(open_counts > 0, open_counts, len(self.labels) + 1).argmin())
            rows = np.flatnonzero(self.labels[:, rarest] & (self.drawn < 0))
            self._place(self.rng.permutation(rows), rarest)
            open_counts = open_counts - self.labels[rows].sum(axis=0)
        return self.drawn

    def _place(self, rows: NDArray[np.int64], label: int) -> None:
        """Place all open images of one label; on three numbers plain lists are faster than arrays."""
        chances = self.rng.random((len(rows), len(self.of_size))).tolist()
        for row, chance in zip(rows.tolist(), chances, strict=True):
            lacks = [wanted[label] for wanted in self.of_label]
            at = max(range(len(lacks)), key=lambda p: (lacks[p], self.of_size[p], chance[p]))
            self.drawn[row] = at
            self.of_size[at] -= 1
            wanted = self.of_label[at]
            for other in np.flatnonzero(self.labels[row]).tolist():
                wanted[other] -= 1


def _given(
    n: int,
    parts: list[Part],
    together: NDArray[np.int64] | None,
    fixed: Sequence[Part | None] | None,
) -> NDArray[np.int64]:
    """(N,) index of the part that an image has before drawing, -1 for none; duplicates are in train."""
    given = np.full(n, -1, dtype=np.int64)
    if fixed is not None:
        if len(fixed) != n:
            raise ValueError(f"{len(fixed)} fixed parts for {n} images")
        places = {part: at for at, part in enumerate(parts)}
        # Parts that the source gives are kept where the shares draw none; they come after the drawn ones.
        places.setdefault(Part.TEST, len(parts))
        given[:] = [-1 if part is None else places[part] for part in fixed]
    if together is not None:
        _, group, sizes = np.unique(together, return_inverse=True, return_counts=True)
        given[sizes[group] > 1] = parts.index(Part.TRAIN)
    return given


def _fill_empty(drawn: NDArray[np.int64], movable: NDArray[np.bool_], parts: int, seed: int) -> None:
    """Give a part that rounding left empty one image of the largest part, where that has two to spare."""
    rng = np.random.default_rng((seed, 1))
    for at in range(parts):
        counts = np.bincount(drawn, minlength=parts)[:parts]
        largest = int(counts.argmax())
        candidates = np.flatnonzero((drawn == largest) & movable)
        if counts[at] == 0 and counts[largest] > 1 and len(candidates):
            drawn[rng.choice(candidates)] = at


def _share(name: str, value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadInput(f"The share of {name} is {value!r}: give a number from 0 to 1, like .8.")
    return share
