"""What changed between two models: the labels' part, the model's part, and chance."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import metrics

Array = np.ndarray[Any, Any]

METRICS: dict[str, str] = {
    "subset_accuracy": "Subset accuracy",
    "hamming_accuracy": "Hamming accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "micro_f1": "Micro F1",
    "macro_f1": "Macro F1",
    "mean_ap": "mAP",
}
RESAMPLES = 1_000
AP_RESAMPLES = 200  # of these, for mAP: ranking costs twenty times counting
_BLOCK = 50


@dataclass(frozen=True)
class Effect:
    """One metric: before + labels + model = after, all as shares 0..1."""

    metric: str
    title: str
    before: float  # the old model on the old labels
    labels: float  # the old model on the new labels, minus before
    model: float  # the new model minus the old one, both on the new labels
    after: float  # the new model on the new labels
    chance: float | None  # half width of the 95 % interval of `model`, paired bootstrap over images

    @property
    def within_chance(self) -> bool:
        """True when the model's part could be chance alone."""
        return self.chance is None or abs(self.model) <= self.chance


def effects(
    old_scores: Array,
    new_scores: Array,
    old_states: Array,
    new_states: Array,
    old_threshold: Array,
    new_threshold: Array,
    *,
    seed: int = 0,
) -> tuple[Effect, ...]:
    """The effect on every metric; scores and states (n, L) of the same n validation images, thresholds (L,)."""
    before = metrics.evaluate(old_scores, old_states, old_threshold)
    relabelled = metrics.evaluate(old_scores, new_states, old_threshold)
    after = metrics.evaluate(new_scores, new_states, new_threshold)
    old, new = old_scores >= old_threshold, new_scores >= new_threshold
    chance = _chance(old_scores, new_scores, old, new, new_states, seed)
    return tuple(
        Effect(
            metric=name,
            title=title,
            before=float(before[name] or 0),
            labels=float(relabelled[name] or 0) - float(before[name] or 0),
            model=float(after[name] or 0) - float(relabelled[name] or 0),
            after=float(after[name] or 0),
            chance=chance.get(name),
        )
        for name, title in METRICS.items()
    )


def _chance(
    old_scores: Array, new_scores: Array, old: Array, new: Array, states: Array, seed: int
) -> dict[str, float]:
    """Half the 95 % interval of new minus old, over resampled images (paired bootstrap; Efron 1979)."""
    n = len(states)
    if n == 0:
        return {}
    chance = np.random.default_rng(seed)
    first, second = _counts(old, states), _counts(new, states)
    found: dict[str, list[Array]] = {name: [] for name in METRICS}
    for block in range(RESAMPLES // _BLOCK):  # in blocks: memory does not grow with the resamples
        weights = chance.multinomial(n, np.full(n, 1 / n), size=_BLOCK).astype(np.float64)  # (B, n)
        for name, formula in _FORMULAS.items():
            found[name].append(formula(weights, second) - formula(weights, first))
        if block < AP_RESAMPLES // _BLOCK:
            gained = _mean_ap(weights, new_scores, states) - _mean_ap(weights, old_scores, states)
            found["mean_ap"].append(gained)
    return {name: _half_width(np.concatenate(drawn)) for name, drawn in found.items()}


def _half_width(differences: Array) -> float:
    low, high = np.percentile(differences, [2.5, 97.5])
    return float(high - low) / 2


def _counts(predicted: Array, states: Array) -> dict[str, Array]:
    """Per image and label (n, L): true positives, false positives, false negatives; per image (n,): the rest."""
    known = states >= 0
    right = (predicted == (states == 1)) | ~known
    judged = known.any(axis=1)
    return {
        "tp": (predicted & (states == 1)).astype(np.float64),
        "fp": (predicted & (states == 0)).astype(np.float64),
        "fn": (~predicted & (states == 1)).astype(np.float64),
        "all_right": (right.all(axis=1) & judged).astype(np.float64),
        "judged": judged.astype(np.float64),
        "right": (right & known).sum(axis=1).astype(np.float64),
        "known": known.sum(axis=1).astype(np.float64),
    }


def _ratio(upper: Array, lower: Array) -> Array:
    return np.divide(upper, lower, out=np.zeros_like(upper), where=lower > 0)


def _total(weights: Array, counts: Array) -> Array:
    """Weighted sum over images and labels, (B,)."""
    total: Array = weights @ counts.sum(axis=1)
    return total


def _f1(tp: Array, fp: Array, fn: Array) -> Array:
    return _ratio(2 * tp, 2 * tp + fp + fn)


def _macro_f1(weights: Array, counts: dict[str, Array]) -> Array:
    """Mean F1 over the labels that have a positive in the resample, (B,)."""
    tp, fp, fn = (weights @ counts[name] for name in ("tp", "fp", "fn"))  # each (B, L)
    positive = tp + fn > 0
    return _ratio((_f1(tp, fp, fn) * positive).sum(axis=1), positive.sum(axis=1).astype(np.float64))


def _mean_ap(weights: Array, scores: Array, states: Array) -> Array:
    """Mean average precision of each resample, (B,): as core.metrics has it, every image counted by its weight."""
    total = np.zeros(len(weights))
    labels = np.zeros(len(weights))
    for j in range(scores.shape[1]):
        known = np.flatnonzero(states[:, j] >= 0)
        order = known[np.argsort(-scores[known, j], kind="stable")]
        ranked, present = scores[order, j], states[order, j] == 1
        if not present.any():
            continue
        ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))  # last place of each distinct score
        drawn = weights[:, order]  # (B, k)
        found = np.cumsum(drawn * present, axis=1)[:, ends]
        seen = np.cumsum(drawn, axis=1)[:, ends]
        gained = np.diff(found, axis=1, prepend=0)
        positives = found[:, -1]
        total += _ratio((gained * _ratio(found, seen)).sum(axis=1), positives)
        labels += positives > 0
    return _ratio(total, labels)


_FORMULAS: dict[str, Callable[[Array, dict[str, Array]], Array]] = {
    "subset_accuracy": lambda w, c: _ratio(w @ c["all_right"], w @ c["judged"]),
    "hamming_accuracy": lambda w, c: _ratio(w @ c["right"], w @ c["known"]),
    "precision": lambda w, c: _ratio(_total(w, c["tp"]), _total(w, c["tp"] + c["fp"])),
    "recall": lambda w, c: _ratio(_total(w, c["tp"]), _total(w, c["tp"] + c["fn"])),
    "micro_f1": lambda w, c: _f1(_total(w, c["tp"]), _total(w, c["fp"]), _total(w, c["fn"])),
    "macro_f1": _macro_f1,
}


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells (index of the validation image, label position), by what became of them under the new labels."""

    fixed: Array  # (k, 2): the old model was wrong, the new one is right
    broken: Array  # the old model was right, the new one is wrong
    still_wrong: Array
    right_by_relabelling: Array  # wrong on the old labels, right on the new ones, by the old model


def cells(old: Array, new: Array, old_states: Array, new_states: Array) -> Cells:
    """What became of each cell; predictions bool (n, L), states int8 (n, L)."""
    was_wrong = (old_states >= 0) & (old != (old_states == 1))
    old_wrong = (new_states >= 0) & (old != (new_states == 1))
    new_wrong = (new_states >= 0) & (new != (new_states == 1))
    known = new_states >= 0
    return Cells(
        fixed=np.argwhere(old_wrong & ~new_wrong),
        broken=np.argwhere(known & ~old_wrong & new_wrong),
        still_wrong=np.argwhere(old_wrong & new_wrong),
        right_by_relabelling=np.argwhere(was_wrong & known & ~old_wrong),
    )
