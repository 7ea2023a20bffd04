"""Scores against states, as numbers: one function for every multi-label metric that Errata shows.

Legend: N images, L labels. Scores are (N, L) in 0..1; states are (N, L): 1 present, 0 absent, -1 unknown.
Unknown cells count in no metric.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]


def evaluate(scores: Floats, states: NDArray[np.integer[Any]], threshold: ArrayLike = 0.5) -> dict[str, Any]:
    """All metrics of (N, L) scores against (N, L) states; a cell is predicted from its threshold on.

    threshold: one number or one per label, (L,). Returns plain floats, and under `per_label` lists of
    length L. precision and recall are micro-averaged. subset_accuracy: share of images whose known cells
    are all right. macro_f1 and mean_ap: over the labels with at least one positive. An undefined ratio (0/0)
    is 0 in the averages, as scikit-learn has it by default, and None under `per_label`.
    """
    known = states >= 0  # (N, L)
    present = states == 1
    predicted = (scores >= np.asarray(threshold)) & known
    hit = predicted & present
    wrong = (predicted != present) & known
    tp, pp, p = hit.sum(0), predicted.sum(0), present.sum(0)  # each (L,)
    ap = average_precision(scores, states)
    has_positives = p > 0
    f1 = _ratios(2 * tp, pp + p)
    known_images = known.any(1)
    return {
        "subset_accuracy": _mean(~wrong[known_images].any(1)),
        "hamming_accuracy": 1.0 - _ratio(wrong.sum(), known.sum()) if known.any() else 0.0,
        "precision": _ratio(tp.sum(), pp.sum()),
        "recall": _ratio(tp.sum(), p.sum()),
        "micro_f1": micro_f1(predicted, states),
        "macro_f1": _mean(f1[has_positives]),
        "mean_ap": _mean(ap[has_positives]),
        "per_label": {
            "precision": _list(_ratios(tp, pp)),
            "recall": _list(_ratios(tp, p)),
            "f1": _list(f1),
            "ap": _list(ap),
            "positives": [int(v) for v in p],
            "predicted": [int(v) for v in pp],
        },
    }


def baseline(states: NDArray[np.integer[Any]], train_states: NDArray[np.integer[Any]]) -> dict[str, Any]:
    """What predicting nothing scores: the dictionary of evaluate(), to stand beside every model.

    states (N, L) are judged. Every image has the same score, its label's frequency in train_states (n, L), so
    mean_ap is that of chance.
    """
    known = (train_states >= 0).sum(0)
    frequency = np.nan_to_num(_ratios((train_states == 1).sum(0), known))  # (L,), 0..1
    scores = np.broadcast_to(frequency, states.shape)
    return evaluate(scores, states, np.inf)


def micro_f1(predicted: Bools, states: NDArray[np.integer[Any]]) -> float:
    """2 TP / (2 TP + FP + FN) over all known cells; predicted (N, L) bool, states (N, L)."""
    present, predicted = states == 1, predicted & (states >= 0)
    return _ratio(2 * (predicted & present).sum(), predicted.sum() + present.sum())


def average_precision(scores: Floats, states: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Average precision of each label, (L,), nan without positives: sum of (R_k - R_k-1) P_k over thresholds.

    The step-wise sum over distinct scores, without interpolation, as in scikit-learn.
    """
    return np.array(
        [
            _one_average_precision(s[y >= 0], y[y >= 0] == 1)
            for s, y in zip(np.asarray(scores).T, states.T, strict=True)
        ],
        dtype=np.float64,
    )


def _one_average_precision(scores: Floats, present: Bools) -> float:
    positives = int(present.sum())
    if positives == 0:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))  # last place of each distinct score
    found = np.cumsum(present[order])[ends]
    return float(np.sum(np.diff(found, prepend=0) / positives * found / (ends + 1)))


def _ratios(above: NDArray[Any], below: NDArray[Any]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _ratio(above: Any, below: Any) -> float:
    return float(above / below) if below > 0 else 0.0


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else 0.0


def _list(values: Floats) -> list[float | None]:
    return [None if np.isnan(v) else float(v) for v in values]
