"""Would held-out data have prevented it? The head is corrected on one half of validation, tried on the other.

Frozen features: only the head moves, `logit' = logit + b + u·z(x)`, z the leading directions of the
features. The penalty on u is chosen by the log-loss on the half that was not used.
"""

import numpy as np

from core.analysis.inputs import PRESENT, UNKNOWN
from core.analysis.space import LOGIT_CAP, Scene

DIRECTIONS = 40
PENALTIES = (10.0, 100.0, 1000.0)
STEPS = 6
FEWEST = 4  # annotated present and absent, each, in each half


def crossed(scene: Scene, half: np.ndarray) -> np.ndarray:
    """Give (V, L) logits after the repair by the other half; NaN where a label has too few images.

    `half` (V,) is 0 or 1 for each row of `scene.val`.
    """
    repaired = np.full((len(scene.val), len(scene.given.labels)), np.nan, dtype=np.float32)
    z = _leading(scene)
    for label in range(repaired.shape[1]):
        state = scene.given.states[scene.val, label]
        if _too_few(state, half):
            continue
        logit = scene.logits[scene.val, label].astype(np.float64)
        tried = [_both_ways(z, logit, state, half, penalty) for penalty in PENALTIES]
        loss = [_loss(there, state) for there in tried]
        repaired[:, label] = tried[int(np.argmin(loss))]
    return repaired


def companions(scene: Scene, half: np.ndarray) -> np.ndarray:
    """Give (V, L) support for each label by the *other* labels' logits: a ridge fit, crossed by halves.

    0 where it cannot be fitted. Unit: share of present, centred on the label's own share.
    """
    size = len(scene.given.labels)
    support = np.zeros((len(scene.val), size), dtype=np.float32)
    if size < 2:
        return support
    logits = scene.logits[scene.val].astype(np.float64)
    x = (logits - logits.mean(axis=0)) / (logits.std(axis=0) + 1e-6)
    for label in range(size):
        state = scene.given.states[scene.val, label]
        if _too_few(state, half):
            continue
        others = np.delete(x, label, axis=1)
        for side in (0, 1):
            fit = (half != side) & (state != UNKNOWN)
            wanted = state[fit] - state[fit].mean()
            gram = others[fit].T @ others[fit] + 30.0 * np.eye(size - 1)
            support[half == side, label] = others[half == side] @ np.linalg.solve(
                gram, others[fit].T @ wanted
            )
    return support


def halves(scene: Scene) -> np.ndarray:
    """Split validation in two, seeded: (V,) of 0 and 1."""
    order = np.random.default_rng(scene.given.seed + 7).permutation(len(scene.val))
    return np.asarray(order % 2)


def _leading(scene: Scene) -> np.ndarray:
    """Project validation on the leading principal directions of all features; unit variance of the first."""
    features = scene.features[scene.train if len(scene.train) >= 20 else scene.val].astype(np.float64)
    if len(features) > 4000:
        features = features[
            np.random.default_rng(scene.given.seed).choice(len(features), 4000, replace=False)
        ]
    _, vectors = np.linalg.eigh(features.T @ features)
    z = scene.features[scene.val] @ vectors[:, ::-1][:, :DIRECTIONS]
    return np.asarray(z / (z.std(axis=0) + 1e-6))


def _too_few(state: np.ndarray, half: np.ndarray) -> bool:
    counts = [np.sum((half == side) & (state == value)) for side in (0, 1) for value in (0, 1)]
    return bool(min(counts) < FEWEST)


def _both_ways(
    z: np.ndarray, logit: np.ndarray, state: np.ndarray, half: np.ndarray, penalty: float
) -> np.ndarray:
    after = np.zeros_like(logit)
    for side in (0, 1):
        fit = (half != side) & (state != UNKNOWN)
        beta = _correct(z[fit], logit[fit], (state[fit] == PRESENT).astype(float), penalty)
        rest = half == side
        after[rest] = logit[rest] * (1 + beta[0]) + beta[1] + z[rest] @ beta[2:]
    return np.asarray(np.clip(after, -LOGIT_CAP, LOGIT_CAP))


def _correct(z: np.ndarray, logit: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    """Newton steps of the penalised logistic correction (slope of the old logit, bias, u)."""
    x = np.column_stack([logit, np.ones(len(z)), z])
    ridge = np.append([1.0, 0.1], np.full(z.shape[1], penalty / 10))
    beta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(logit + x @ beta, -LOGIT_CAP, LOGIT_CAP)))
        weight = np.maximum(p * (1 - p), 1e-3)
        hessian = (x * weight[:, None]).T @ x + np.diag(ridge)
        beta = beta + np.linalg.solve(hessian, x.T @ (y - p) - ridge * beta)
    return np.asarray(beta)


def _loss(logit: np.ndarray, state: np.ndarray) -> float:
    known = state != UNKNOWN
    signed = np.where(state[known] == PRESENT, logit[known], -logit[known])
    return float(np.logaddexp(0.0, -signed).mean())
