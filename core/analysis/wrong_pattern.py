"""Did the model take something else for the label? A slice test in both directions, over many attributes.

An attribute that goes with the label in training (|r| > .15) is a shortcut if, in validation, the label is
predicted more often where the attribute is on *among images without the label* AND missed more often where
it is off *among images with the label*. Both one-sided exact tests (Fisher) must pass .05; their combination
(Fisher's method) is corrected over all attributes and labels (Benjamini-Hochberg, .05). The probability that
an error of the slice is due to the attribute is the attributable fraction 1 - 1 / RR (lower end of the 50 %
interval of the relative risk), times the share of the slice's errors that wrong annotations at the estimated
rate cannot explain: without that, the object itself looks like a shortcut.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2, false_discovery_control, hypergeom

from core.analysis.attributes import Attributes
from core.analysis.inputs import ABSENT, PRESENT
from core.analysis.space import Scene

ASSOCIATED = 0.15
LEVEL = 0.05
FEWEST_MEMBERS, FEWEST_ERRORS = 8, 8
# Precision of the predictions on the slice from which the attribute is the label's own look.
OBJECT_ITSELF = 0.8
PRECISION = 0.85  # probability of the surer side of a shortcut
LEAST_CLAIM = 0.7  # probability of each side that is told
LEAST_OVER = 0.3  # probability of the slice of wrong predictions, below which the attribute is dropped
LEAST_RATE = 0.02  # wrong annotations that are assumed possible even where none were estimated


@dataclass(frozen=True)
class Slice:
    """One direction of one shortcut: validation images of one annotation on one side of an attribute."""

    label: int
    name: str
    predicted: bool  # True: label absent, attribute on, yet predicted (FP); False: missed (FN)
    members: np.ndarray  # validation rows of the slice
    errors: int  # of the members
    outside: int  # the other validation images of the same annotation
    outside_errors: int
    odds_ratio: float  # with one half added to each count (Haldane, Anscombe)
    interval: tuple[float, float]  # 95 %
    p_value: float  # both directions
    q_value: float
    probability: float  # that an error of the slice is due to the attribute
    claimed: bool = False  # sure enough to be told: this side, and one of both even surer


def judge(scene: Scene, attributes: Attributes, rates: dict[bool, np.ndarray]) -> list[Slice]:
    """Test every attribute against every label; rates (L,): missing (True), spurious (False) annotations.

    A list of slices, the attribute that explains most errors of its label first, both of its sides together.
    """
    tests = [test for label in range(len(scene.given.labels)) for test in _of_label(scene, attributes, label)]
    if not tests:
        return []
    q = false_discovery_control(np.clip([test.p for test in tests], 0, 1))
    found = []
    for test, q_value in zip(tests, q, strict=True):
        if q_value <= LEVEL and max(test.sides) <= LEVEL:
            sides = [
                _slice(scene, attributes, test, predicted, float(q_value), rates[predicted])
                for predicted in (True, False)
            ]
            over = sides[0]
            # Without wrong predictions where it is on, missed ones elsewhere say that the rest is hard, no more.
            if over is not None and over.probability >= LEAST_OVER:
                pieces = [piece for piece in sides if piece is not None]
                sure = max(piece.probability for piece in pieces) >= PRECISION
                found.append([replace(p, claimed=sure and p.probability >= LEAST_CLAIM) for p in pieces])
    found.sort(
        key=lambda pieces: (-sum(piece.probability * piece.errors for piece in pieces), pieces[0].p_value)
    )
    return [piece for pieces in found for piece in sorted(pieces, key=lambda piece: -piece.probability)]


@dataclass(frozen=True)
class _Test:
    label: int
    attribute: int
    on: bool  # the side that goes with the label
    sides: tuple[float, float]
    p: float


def _of_label(scene: Scene, attributes: Attributes, label: int) -> list[_Test]:
    states = scene.given.states[:, label]
    absent = scene.val[states[scene.val] == ABSENT]
    present = scene.val[states[scene.val] == PRESENT]
    if len(absent) < FEWEST_MEMBERS or len(present) < FEWEST_MEMBERS:
        return []
    r = _association(scene, attributes, label)
    asked = np.flatnonzero((np.abs(r) > ASSOCIATED) & (attributes.label != label))
    on = r[asked] > 0
    over = _exact(scene, attributes, absent, label, asked, on, predicted=True)
    under = _exact(scene, attributes, present, label, asked, ~on, predicted=False)
    combined = chi2.sf(-2 * (np.log(np.maximum(over, 1e-300)) + np.log(np.maximum(under, 1e-300))), 4)
    return [
        _Test(label, int(asked[k]), bool(on[k]), (float(over[k]), float(under[k])), float(combined[k]))
        for k in range(len(asked))
    ]


def _association(scene: Scene, attributes: Attributes, label: int) -> np.ndarray:
    """Correlate each attribute with the label over training images where both are known: (M,)."""
    rows = scene.learned_from
    state = scene.given.states[rows, label]
    both = (state >= 0)[:, None] & attributes.known[rows]
    n = np.maximum(both.sum(axis=0), 1)
    a = attributes.on[rows] & both
    y = (state == PRESENT)[:, None] & both
    pa, py, joint = a.sum(axis=0) / n, y.sum(axis=0) / n, (a & y).sum(axis=0) / n
    return np.asarray((joint - pa * py) / np.sqrt(np.maximum(pa * (1 - pa) * py * (1 - py), 1e-9)))


def _exact(
    scene: Scene,
    attributes: Attributes,
    rows: np.ndarray,
    label: int,
    asked: np.ndarray,
    on: np.ndarray,
    *,
    predicted: bool,
) -> np.ndarray:
    """One-sided exact tests that errors are more frequent on the given side of each attribute asked: (A,)."""
    known = attributes.known[np.ix_(rows, asked)]
    inside = known & (attributes.on[np.ix_(rows, asked)] == on)
    error = (scene.predicted[rows, label] == predicted)[:, None] & known
    hits = (inside & error).sum(axis=0)
    return np.asarray(hypergeom.sf(hits - 1, known.sum(axis=0), error.sum(axis=0), inside.sum(axis=0)))


def _slice(
    scene: Scene, attributes: Attributes, test: _Test, predicted: bool, q_value: float, rate: np.ndarray
) -> Slice | None:
    states = scene.given.states[:, test.label]
    rows = scene.val[attributes.known[scene.val, test.attribute]]
    side = test.on if predicted else not test.on
    name = (attributes.names if side else attributes.names_off)[test.attribute]
    inside = attributes.on[rows, test.attribute] == side
    mine = states[rows] == (ABSENT if predicted else PRESENT)
    error = mine & (scene.predicted[rows, test.label] == predicted)
    a, n = int((inside & error).sum()), int((inside & mine).sum())
    b, m = int((~inside & error).sum()), int((~inside & mine).sum())
    if n < FEWEST_MEMBERS or a < FEWEST_ERRORS or not m:
        return None
    alike = inside & (scene.predicted[rows, test.label] == predicted)
    right = int((alike & (states[rows] == (PRESENT if predicted else ABSENT))).sum())
    if predicted and right / (right + a) > OBJECT_ITSELF:
        return None
    share = max(LEAST_RATE if predicted else 0.0, float(rate[test.label]))
    reliable = max(0.0, 1 - share / (1 - share) * right / a)
    ratio, interval = _odds(a, n - a, b, m - b)
    return Slice(
        label=test.label,
        name=name,
        predicted=predicted,
        members=rows[inside & mine],
        errors=a,
        outside=m,
        outside_errors=b,
        odds_ratio=ratio,
        interval=interval,
        p_value=test.p,
        q_value=q_value,
        probability=(1 - q_value) * _attributable(a, n, b, m) * reliable,
    )


def _odds(a: int, b: int, c: int, d: int) -> tuple[float, tuple[float, float]]:
    log = np.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    wide = 1.96 * np.sqrt(1 / (a + 0.5) + 1 / (b + 0.5) + 1 / (c + 0.5) + 1 / (d + 0.5))
    return float(np.exp(log)), (float(np.exp(log - wide)), float(np.exp(log + wide)))


def _attributable(a: int, n: int, b: int, m: int) -> float:
    """1 - 1 / RR at the lower end of the 50 % interval of the relative risk (Katz)."""
    log = np.log((a + 0.5) / (n + 1)) - np.log((b + 0.5) / (m + 1))
    low = log - 0.67 * np.sqrt(max(0.0, 1 / (a + 0.5) - 1 / (n + 1) + 1 / (b + 0.5) - 1 / (m + 1)))
    return float(max(0.0, 1 - np.exp(-low)))
