"""Is the label wrong? Planted flips of the user's own validation labels show what that looks like here.

Cells of one prediction are modelled as P(error | x) = q + eps (1 - q): the model is wrong with
q = sigmoid(x beta), x the signals, and an annotation is wrong at the rate eps, whatever x is (label-noise
robust logistic regression, Bootkrajang and Kaban 2012). Where the model is surest, honest mistakes die out
and wrong annotations stay: that plateau is eps. beta is fitted for each of a few rates, crossed over images;
held-out likelihoods give the posterior of the rate, by label. P(mislabel | error, x) =
eps (1 - q) / (q + eps (1 - q)), averaged over that posterior.

The threshold is found on planted flips: correct cells whose annotation is inverted, the held-out votes
counted again under all flips of their round.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from core.analysis import evidence
from core.analysis.evidence import HELD_OUT_VOTES, Cells

PRECISION = 0.85
ROUNDS_PRESENT, ROUNDS_ABSENT = 20, 200  # one of so many is flipped at a time: 5 % of present, .5 % of absent
FOLDS = 5
RIDGE = 1.0
INVISIBLE = 0.03  # of the images that carry a label; set on synthetic worlds
FAR_ABOVE = (
    2.0  # FN: a label's plateau this far above the median label's is a gap in training, not annotation
)
LEFT = 0.05  # of the rate is kept at least, so that errors stay in order
FEWEST = 12  # errors and correct cells a direction needs before anything is learned
RATES = np.array([0.0, 0.005, 0.01, 0.02, 0.03, 0.045, 0.06, 0.08, 0.1, 0.13, 0.17, 0.22, 0.3, 0.4])
NO_NOISE = 0.5  # prior probability that a direction has no wrong annotation at all
USUAL_RATE = 0.05  # mean of the prior of the rate otherwise


@dataclass(frozen=True)
class Verdict:
    """What the planted flips say about one direction (FP or FN)."""

    probability: np.ndarray  # (C,) P(mislabel) of each cell, were it an error; 0 where nothing was learned
    rank: np.ndarray  # (C,) score of the planted logistic, log odds; NaN where nothing was learned
    rate: np.ndarray  # (L,) estimated share of wrong annotations in this direction
    threshold: float  # smallest probability with the wanted precision on planted flips; > 1 = decide nothing
    learned: bool


def judge(states: np.ndarray, cells: Cells, unseen: np.ndarray, seed: int) -> Verdict:
    """Learn from planted flips and judge all cells of one prediction (all `cells.predicted` equal).

    states (N, L) are the annotations the held-out votes are counted from; unseen (L,) is the share of a
    plateau that objects the model cannot see leave by themselves (see `unseen_share`), taken off the rate.
    """
    label_count = len(unseen)
    wrong = cells.wrong
    nothing = np.zeros(len(wrong))
    if wrong.sum() < FEWEST or (~wrong).sum() < FEWEST:
        return Verdict(nothing, np.full(len(wrong), np.nan), np.zeros(label_count), 1.01, learned=False)
    planted = np.where(wrong[:, None], cells.signals, _planted(states, cells, seed))
    mistake, flipped = _out_of_fold(cells, planted, label_count, seed)
    by_label = _posterior(mistake, wrong, cells, label_count)
    posterior = by_label[cells.label]
    plateau = by_label @ RATES
    usual = np.inf if cells.predicted[0] else FAR_ABOVE * float(np.median(plateau))
    rate = np.maximum(np.minimum(plateau, usual) - unseen, LEFT * plateau)
    honest = (rate / np.maximum(plateau, 1e-9))[cells.label]
    chance = honest * _chance(np.where(wrong[:, None], mistake, flipped), posterior)
    return Verdict(
        chance, _rank(mistake, posterior), rate, _threshold(chance, wrong, cells, rate), learned=True
    )


def unseen_share(present: np.ndarray, absent: np.ndarray, *, predicted: bool) -> np.ndarray:
    """Give (L,) what invisible objects add to the plateau of the cells of one prediction.

    An object too small or too odd for the model leaves the same trace as a label set by mistake: of the
    images that carry a label, INVISIBLE are assumed to be so. present, absent (L,) are counts of validation
    cells.
    """
    if predicted:
        return np.zeros(len(present))
    return np.asarray(INVISIBLE * present / np.maximum(absent, 1))


def _planted(states: np.ndarray, cells: Cells, seed: int) -> np.ndarray:
    """Count the held-out votes again, in the round in which the cell itself is flipped."""
    rng = np.random.default_rng((seed, 5))
    rounds = np.where(
        states == 1,
        rng.integers(0, ROUNDS_PRESENT, states.shape),
        rng.integers(0, ROUNDS_ABSENT, states.shape),
    )
    own = rng.integers(0, ROUNDS_PRESENT, len(cells.row))
    signals = cells.signals.copy()
    for column, look, base in zip(HELD_OUT_VOTES, (cells.look, cells.alike), cells.base.T, strict=True):
        flipped = rounds[np.maximum(look, 0), cells.label[:, None]] == own[:, None]
        signals[:, column] = evidence.vote(states, look, cells.label, base, flipped)
    return signals


def _out_of_fold(
    cells: Cells, planted: np.ndarray, label_count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Give (C, R) P(the model is wrong) at every rate, for the cells as they are and as planted flips."""
    fold = np.random.default_rng((seed, 3)).integers(0, FOLDS, int(cells.row.max()) + 1)[cells.row]
    x = np.hstack([_standard(cells.signals, cells.signals), np.ones((len(fold), 2))])
    then = np.hstack([_standard(planted, cells.signals), np.ones((len(fold), 2))])
    mistake, flipped = np.full((len(fold), len(RATES)), 0.5), np.full((len(fold), len(RATES)), 0.5)
    for k in range(FOLDS):
        fit, rest = fold != k, fold == k
        x[:, -1] = then[:, -1] = _trouble(cells, fit, label_count)[cells.label]
        start = np.zeros(x.shape[1])
        for r, rate in enumerate(RATES):
            start = _fit(x[fit], cells.wrong[fit], cells.weight[fit], rate, start)
            mistake[rest, r] = _sigmoid(x[rest] @ start)
            flipped[rest, r] = _sigmoid(then[rest] @ start)
    return mistake, flipped


def _trouble(cells: Cells, fit: np.ndarray, label_count: int) -> np.ndarray:
    """Give (L,) log odds of an error by label, drawn towards all labels', from the folds that are fitted."""
    weight = np.where(fit, cells.weight, 0.0)
    wrong = np.bincount(cells.label, weight * cells.wrong, label_count)
    right = np.bincount(cells.label, weight * ~cells.wrong, label_count)
    share = (wrong.sum() + 1) / (wrong.sum() + right.sum() + 2)
    odds = np.log((wrong + 10 * share) / (right + 10 * (1 - share)))
    return np.asarray(odds - np.log(share / (1 - share)))


def _fit(x: np.ndarray, wrong: np.ndarray, weight: np.ndarray, rate: float, start: np.ndarray) -> np.ndarray:
    """Maximise the penalised likelihood of P(error) = rate + (1 - rate) sigmoid(x beta)."""
    ridge = np.full(x.shape[1], RIDGE)
    ridge[-2] = 0.0  # the constant

    def cost(beta: np.ndarray) -> tuple[float, np.ndarray]:
        q = _sigmoid(x @ beta)
        error = rate + (1 - rate) * q
        value = -np.where(wrong, np.log(error), weight * np.log1p(-q)).sum() + 0.5 * (ridge * beta**2).sum()
        slope = np.where(wrong, (1 - rate) * q * (1 - q) / error, -weight * q)
        return float(value), -(x.T @ slope) + ridge * beta

    return np.asarray(minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x)


def _sigmoid(value: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -25, 25))))


def _standard(signals: np.ndarray, reference: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip((signals - reference.mean(axis=0)) / (reference.std(axis=0) + 1e-6), -4, 4))


def _posterior(mistake: np.ndarray, wrong: np.ndarray, cells: Cells, count: int) -> np.ndarray:
    """Give (L, R): each label's posterior of the rate, drawn towards that of all labels."""
    error = RATES + (1 - RATES) * mistake
    gain = np.where(wrong[:, None], np.log(error), cells.weight[:, None] * np.log1p(-error))
    everywhere = _normal(gain.sum(axis=0) + np.log(_prior(USUAL_RATE, NO_NOISE)))
    prior = _prior(float(everywhere @ RATES), float(np.clip(everywhere[0], 0.02, 0.98)))
    own = np.stack([gain[cells.label == label].sum(axis=0) for label in range(count)])
    return _normal(own + np.log(prior))


def _normal(log: np.ndarray) -> np.ndarray:
    weight = np.exp(log - log.max(axis=-1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def _prior(mean: float, none: float) -> np.ndarray:
    """Prior over RATES: a spike at 0 and an exponential of the given mean, by the width of each step."""
    body = np.exp(-RATES[1:] / max(mean, 0.005)) * np.diff(RATES)
    return np.append(none, (1 - none) * body / body.sum())


def _chance(mistake: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    """Average P(mislabel | error) over each cell's posterior (C, R) of the rate."""
    return np.asarray((posterior * RATES * (1 - mistake) / (mistake + RATES * (1 - mistake))).sum(axis=1))


def _rank(mistake: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    """Log odds against a mistake of the model, averaged over the rates: finer than a probability near 0."""
    return np.asarray((posterior * np.log((1 - mistake) / mistake)).sum(axis=1))


def _threshold(chance: np.ndarray, wrong: np.ndarray, cells: Cells, rate: np.ndarray) -> float:
    """Find the smallest threshold that planted flips pass with the wanted precision.

    Flips at the estimated rate would put `rate / (1 - rate)` of the correct cells above the threshold; the
    errors above it are counted. Their quotient is the precision.
    """
    odds = cells.weight * (rate / (1 - rate))[cells.label]
    for t in np.arange(0.5, 1.0, 0.02):
        errors = wrong & (chance >= t)
        if not errors.any():
            break
        flips = float(odds[~wrong & (chance >= t)].sum())
        if flips / errors.sum() >= PRECISION and chance[errors].mean() >= PRECISION:
            return float(t)
    return 1.01
