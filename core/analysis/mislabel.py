"""Is the label wrong? What the model's mistakes look like here says which errors are none of its own.

Cells of one prediction are modelled as P(error | x) = q + eps (1 - q): the model is wrong with
q = sigmoid(x beta), x the signals, and an annotation is wrong at the rate eps, whatever x is (label-noise
robust logistic regression, Bootkrajang and Kaban 2012). Where the model is surest, honest mistakes die out
and wrong annotations stay: that plateau is eps. beta is fitted for each of a few rates, crossed over images;
held-out likelihoods give the posterior of the rate. P(mislabel | error, x) =
eps (1 - q) / (q + eps (1 - q)), averaged over that posterior.

The threshold is checked on planted flips: correct cells whose annotation is inverted. No signal of a cell
sees its own annotation, so nothing need be computed again.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.stats import poisson

from core.analysis.evidence import Cells

PRECISION = 0.85
CONTRADICTED = 0.05  # planted flips overrule the probabilities at this level
FOLDS = 5
# Penalties of the votes and of the logit: few errors are fitted. FN are held plainer: invisible objects mislead.
RIDGES = {True: (10.0, 0.3), False: (20.0, 1.0)}
INVISIBLE = 0.005  # of the images that carry a label; set on synthetic worlds and two demo sets
LEFT = 0.05  # of the rate is kept at least, so that errors stay in order
FEWEST = 12  # errors and correct cells a direction needs before anything is learned
RATES = np.array([0.0, 0.005, 0.01, 0.02, 0.03, 0.045, 0.06, 0.08, 0.1, 0.13, 0.17, 0.22, 0.3, 0.4])
NO_NOISE = 0.5  # prior probability that a direction has no wrong annotation at all
USUAL_RATE = 0.05  # mean of the prior of the rate otherwise


@dataclass(frozen=True)
class Verdict:
    """What is said of one direction (FP or FN)."""

    probability: np.ndarray  # (C,) P(mislabel) of each cell, were it an error; 0 where nothing was learned
    rank: np.ndarray  # (C,) log odds against a mistake of the model; NaN where nothing was learned
    rate: np.ndarray  # (L,) estimated share of wrong annotations in this direction
    threshold: float  # smallest probability with the wanted precision; > 1 = decide nothing
    learned: bool


def judge(cells: Cells, unseen: np.ndarray, explained: np.ndarray, *, seed: int) -> Verdict:
    """Judge all cells of one prediction (all `cells.predicted` equal).

    unseen (L,) is the share of a plateau that objects the model cannot see leave by themselves (see
    `unseen_share`), taken off the rate; explained (C,) is the probability that an error has another cause:
    confident mistakes with a reason say nothing about the mistakes without one, and would hide the wrong
    annotations among these.
    """
    label_count = len(unseen)
    wrong = cells.wrong
    if wrong.sum() < FEWEST or (~wrong).sum() < FEWEST:
        nothing = np.full(len(wrong), np.nan)
        return Verdict(np.zeros(len(wrong)), nothing, np.zeros(label_count), 1.01, learned=False)
    cells = replace(cells, weight=np.where(wrong, 1 - explained, cells.weight))
    mistake = _out_of_fold(cells, label_count, seed)
    posterior = _posterior(mistake, cells)
    plateau = float(posterior @ RATES)
    rate = np.maximum(plateau - unseen, LEFT * plateau)
    chance = (rate / max(plateau, 1e-9))[cells.label] * _chance(mistake, posterior)
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


def _out_of_fold(cells: Cells, label_count: int, seed: int) -> np.ndarray:
    """Give (C, R) P(the model is wrong) at every rate, by a fit that has not seen the cell's image."""
    fold = np.random.default_rng((seed, 3)).integers(0, FOLDS, int(cells.row.max()) + 1)[cells.row]
    x = np.hstack([_standard(cells.signals), np.ones((len(fold), 2))])
    mistake = np.full((len(fold), len(RATES)), 0.5)
    for k in range(FOLDS):
        fit, rest = fold != k, fold == k
        x[:, -1] = _trouble(cells, fit, label_count)[cells.label]
        start = np.zeros(x.shape[1])
        for r, rate in enumerate(RATES):
            start = _fit(
                x[fit], cells.wrong[fit], cells.weight[fit], rate, start, RIDGES[bool(cells.predicted[0])]
            )
            mistake[rest, r] = _sigmoid(x[rest] @ start)
    return mistake


def _trouble(cells: Cells, fit: np.ndarray, label_count: int) -> np.ndarray:
    """Give (L,) log odds of an error by label, drawn towards all labels', from the folds that are fitted."""
    weight = np.where(fit, cells.weight, 0.0)
    wrong = np.bincount(cells.label, weight * cells.wrong, label_count)
    right = np.bincount(cells.label, weight * ~cells.wrong, label_count)
    share = (wrong.sum() + 1) / (wrong.sum() + right.sum() + 2)
    odds = np.log((wrong + 10 * share) / (right + 10 * (1 - share)))
    return np.asarray(odds - np.log(share / (1 - share)))


def _fit(
    x: np.ndarray,
    wrong: np.ndarray,
    weight: np.ndarray,
    rate: float,
    start: np.ndarray,
    ridges: tuple[float, float],
) -> np.ndarray:
    """Maximise the penalised likelihood of P(error) = rate + (1 - rate) sigmoid(x beta)."""
    ridge = np.full(x.shape[1], ridges[0])
    ridge[0], ridge[-2] = ridges[1], 0.0  # the logit; the constant

    def cost(beta: np.ndarray) -> tuple[float, np.ndarray]:
        q = _sigmoid(x @ beta)
        error = rate + (1 - rate) * q
        value = -(weight * np.where(wrong, np.log(error), np.log1p(-q))).sum() + 0.5 * (ridge * beta**2).sum()
        slope = weight * np.where(wrong, (1 - rate) * q * (1 - q) / error, -q)
        return float(value), -(x.T @ slope) + ridge * beta

    return np.asarray(minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x)


def _sigmoid(value: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -25, 25))))


def _standard(signals: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip((signals - signals.mean(axis=0)) / (signals.std(axis=0) + 1e-6), -4, 4))


def _posterior(mistake: np.ndarray, cells: Cells) -> np.ndarray:
    """Give (R,) the posterior of the rate, one for all labels: a single label has too few errors."""
    error = RATES + (1 - RATES) * mistake
    gain = cells.weight[:, None] * np.where(cells.wrong[:, None], np.log(error), np.log1p(-error))
    body = np.exp(-RATES[1:] / USUAL_RATE) * np.diff(RATES)
    prior = np.append(NO_NOISE, (1 - NO_NOISE) * body / body.sum())
    return _normal(gain.sum(axis=0) + np.log(prior))


def _normal(log: np.ndarray) -> np.ndarray:
    weight = np.exp(log - log.max(axis=-1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def _chance(mistake: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    """Average P(mislabel | error) over the posterior (R,) of the rate."""
    return np.asarray((posterior * RATES * (1 - mistake) / (mistake + RATES * (1 - mistake))).sum(axis=1))


def _rank(mistake: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    """Log odds against a mistake of the model, averaged over the rates: finer than a probability near 0."""
    return np.asarray((posterior * np.log((1 - mistake) / mistake)).sum(axis=1))


def _threshold(chance: np.ndarray, wrong: np.ndarray, cells: Cells, rate: np.ndarray) -> float:
    """Find the smallest threshold that planted flips pass with the wanted precision.

    The mean probability of the errors above it must reach the precision. Flips at the estimated rate would
    put `rate / (1 - rate)` of the correct cells above it: so many must not be too few for it (Poisson).
    """
    odds = cells.weight * (rate / (1 - rate))[cells.label]
    for t in np.arange(0.5, 1.0, 0.02):
        errors = wrong & (chance >= t)
        open_errors = float(cells.weight[errors].sum())
        flips = float(odds[~wrong & (chance >= t)].sum())
        wanted = PRECISION * open_errors
        enough = float((cells.weight * chance)[errors].sum()) >= wanted
        if open_errors > 0 and enough and poisson.sf(np.ceil(wanted) - 1, flips) >= CONTRADICTED:
            return float(t)
    return 1.01
