"""The judge: hears mislabel, sparsity and wrong pattern apart; says unknown where none convinces.

P(cause) is proportional to its odds: with odds o = p / (1 - p) of each cause heard alone, P = o / (1 + sum
of odds). A cause is assigned if it is the largest and passes its threshold: the smallest at which the errors
above it reach a precision of .85, expected from their own probabilities and, for mislabels, counted on
planted flips too.
"""

from dataclasses import dataclass

import numpy as np

from core.analysis import attributes, evidence, mislabel, sparsity, wrong_pattern
from core.analysis.evidence import Cells
from core.analysis.inputs import ABSENT, PRESENT, Progress
from core.analysis.mislabel import Verdict
from core.analysis.space import Scene
from core.analysis.sparsity import Scarcity
from core.analysis.wrong_pattern import Slice
from db.terms import Cause

PRECISION = 0.85
SECOND_FROM = 0.2
LIKELY = 0.5  # more likely than not: a told slice decides from here on, and teaches the rate less
NOTHING = 1.01  # a bar that no probability reaches
VETO = 0.05  # what a veto leaves of P(mislabel): never enough to decide, enough to keep the errors in order
VOTERS = 8  # look-alikes an independent vote needs
ORDER = (Cause.MISLABEL, Cause.SPARSITY, Cause.WRONG_PATTERN)


@dataclass(frozen=True)
class Judgement:
    """What the judge says of E errors; all arrays are about `cells`."""

    cells: Cells  # errors only
    chances: np.ndarray  # (E, 3) mislabel, sparsity, wrong pattern; the rest is unknown
    cause: tuple[Cause, ...]
    second: tuple[Cause | None, ...]
    bar: tuple[float | None, ...]  # what the likeliest cause has to reach to decide; None: nothing decides
    rank: np.ndarray  # (E,) how much each looks like a flip, log odds; NaN = not learned
    scarcity: Scarcity  # of the errors
    # (E,) index into slices; -1 = in none, as an array of indices holds no None. Never used as an index unasked.
    slice_of: np.ndarray
    slices: tuple[Slice, ...]
    rates: dict[bool, np.ndarray]  # (L,) by prediction: estimated share of wrong annotations
    notes: tuple[str, ...]


def judge(scene: Scene, progress: Progress) -> Judgement:
    """Hear every error of validation."""
    given = scene.given
    cells = evidence.gather(scene, progress)
    progress(0.6, "Looking for gaps in training")
    scarcity = sparsity.judge(scene, cells)
    progress(0.65, "Planting flips")
    first = _flips(scene, cells, scarcity.probability)
    progress(0.72, "Looking for shortcuts")
    # A shortcut lifts the estimated rate of its own label, so the median label speaks for it where that is lower.
    modest = {side: np.minimum(rate, np.median(rate)) for side, rate in first.rates.items()}
    slices = tuple(wrong_pattern.judge(scene, attributes.build(scene), modest))
    slice_of = _best_slice(cells, slices)
    pattern = np.array([slices[k].probability if k >= 0 else 0.0 for k in slice_of])
    claimed = np.array([k >= 0 and slices[k].claimed for k in slice_of], dtype=bool)
    progress(0.76, "Planting flips again, beside what is explained")
    likely = np.where(pattern >= LIKELY, pattern, 0.0)
    flips = _flips(scene, cells, 1 - (1 - scarcity.probability) * (1 - likely))
    wrong = np.flatnonzero(cells.wrong)
    errors = cells.take(wrong)
    verified = given.verified[errors.row, errors.label]
    flip = np.where(verified, 0.0, np.where(_vetoed(scene, errors), VETO, 1.0)) * flips.chance[wrong]
    # What a cause already explains is no evidence of a wrong label: the rest of it is.
    flip = flip * ((1 - scarcity.probability) * (1 - np.where(claimed, pattern, 0.0)))[wrong]
    heard = np.column_stack([flip, scarcity.probability[wrong], pattern[wrong]])
    chances = _together(heard)
    cause, second, bar = _decide(chances, flips.least[wrong], claimed[wrong])
    return Judgement(
        errors,
        chances,
        cause,
        second,
        bar,
        flips.rank[wrong],
        Scarcity(**{name: value[wrong] for name, value in vars(scarcity).items()}),
        slice_of[wrong],
        slices,
        flips.rates,
        flips.notes,
    )


@dataclass(frozen=True)
class _Flips:
    """What both directions say of C cells; see `mislabel.Verdict`."""

    chance: np.ndarray  # (C,)
    rank: np.ndarray  # (C,)
    least: np.ndarray  # (C,) the threshold
    rates: dict[bool, np.ndarray]
    notes: tuple[str, ...]


def _flips(scene: Scene, cells: Cells, explained: np.ndarray) -> _Flips:
    """Judge FP and FN apart; explained (C,) is the probability that an error has another cause."""
    states, seed = scene.given.states, scene.given.seed
    present, absent = ((states[scene.val] == state).sum(axis=0) for state in (PRESENT, ABSENT))
    count = len(cells.row)
    chance, rank, least = np.zeros(count), np.full(count, np.nan), np.full(count, NOTHING)
    rates: dict[bool, np.ndarray] = {}
    notes: list[str] = []
    for side in (True, False):
        mine = cells.predicted == side
        unseen = mislabel.unseen_share(present, absent, predicted=side)
        verdict = mislabel.judge(cells.take(mine), unseen, explained[mine], seed=seed)
        chance[mine], rank[mine], least[mine] = verdict.probability, verdict.rank, verdict.threshold
        rates[side] = verdict.rate
        notes += _limits(verdict, cells.take(mine), predicted=side)
    return _Flips(chance, rank, least, rates, tuple(notes))


def _vetoed(scene: Scene, errors: Cells) -> np.ndarray:
    """Tell (E,) where the label cannot be called wrong: repaired, or supported by an independent vote."""
    given = scene.given
    there = errors.look >= 0
    carries = (given.states[np.maximum(errors.look, 0), errors.label[:, None]] == PRESENT) & there
    voters = there.sum(axis=1)
    agree = np.where(errors.annotated, carries.sum(axis=1), voters - carries.sum(axis=1))
    supported = (voters >= VOTERS) & (agree > voters / 2)
    repaired = np.isfinite(errors.repaired) & ((errors.repaired >= 0) == errors.annotated)
    return np.asarray(supported | repaired)


def _best_slice(errors: Cells, slices: tuple[Slice, ...]) -> np.ndarray:
    """Give (E,) the first slice each error is in, -1 = none; the one that explains most stands first."""
    best = np.full(len(errors.row), -1)
    for number in reversed(range(len(slices))):
        piece = slices[number]
        inside = (errors.label == piece.label) & (errors.predicted == piece.predicted)
        best[inside & np.isin(errors.row, piece.members)] = number
    return best


def _together(heard: np.ndarray) -> np.ndarray:
    """Weigh causes that were heard apart: (E, 3) that sum to at most 1."""
    alone = np.clip(heard, 0.0, 0.999)
    odds = alone / (1 - alone)
    return np.asarray(odds / (1 + odds.sum(axis=1, keepdims=True)))


def _decide(
    chances: np.ndarray, least: np.ndarray, claimed: np.ndarray
) -> tuple[tuple[Cause, ...], tuple[Cause | None, ...], tuple[float | None, ...]]:
    """Assign the largest cause if it passes its bar; least (E,) is the threshold of mislabels, claimed (E,) bool."""
    largest = chances.argmax(axis=1) if len(chances) else np.zeros(0, dtype=int)
    top = chances.max(axis=1, initial=0.0)
    sparse = largest == ORDER.index(Cause.SPARSITY)
    bars = np.select(
        [largest == ORDER.index(Cause.MISLABEL), sparse],
        [least, _threshold(top[sparse])],
        np.where(claimed, LIKELY, NOTHING),
    )
    passed = top >= bars
    cause, second = [], []
    for row, decided, first in zip(chances, passed, largest, strict=True):
        rest = row.copy()
        if decided:
            rest[first] = 0.0
        cause.append(ORDER[first] if decided else Cause.UNKNOWN)
        second.append(ORDER[int(rest.argmax())] if rest.max() >= SECOND_FROM else None)
    return tuple(cause), tuple(second), tuple(float(b) if b <= 1 else None for b in bars)


def _threshold(chance: np.ndarray) -> float:
    """Find the smallest probability above .5 from which on the mean is the wanted precision."""
    for t in np.arange(0.5, 1.0, 0.01):
        if not (chance >= t).any():
            break
        if chance[chance >= t].mean() >= PRECISION:
            return float(t)
    return NOTHING


def _limits(verdict: Verdict, cells: Cells, *, predicted: bool) -> list[str]:
    if verdict.learned or not cells.wrong.any():
        return []
    kind = "FP" if predicted else "FN"
    wrong, right = int(cells.wrong.sum()), int((~cells.wrong).sum())
    return [
        f"{kind}: {wrong} errors and {right} correct cells are too few to learn what a wrong label looks "
        f"like ({mislabel.FEWEST} of each are needed); no {kind} is called a mislabel."
    ]
