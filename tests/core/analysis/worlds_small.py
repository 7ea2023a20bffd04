"""Small inputs for the tests: linear scenes that a linear head reads with some errors."""

import numpy as np

from core.analysis import Inputs


def make(
    n: int = 400, size: int = 3, seed: int = 0, width: int = 12, missing: float = 0.0, validation: float = 0.4
) -> Inputs:
    """Draw n images with `size` labels; a fixed noisy linear head scores them."""
    rng = np.random.default_rng(seed)
    true = (rng.random((n, size)) < 0.35).astype(np.int8)
    directions = rng.normal(size=(size, width))
    features = (true - 0.35) @ directions + rng.normal(size=(n, width)) * 0.8
    weight = np.linalg.pinv(directions).T * 5
    logits = features @ weight.T - 0.75
    states = np.where((rng.random(true.shape) < missing) & (true == 1), 0, true).astype(np.int8)
    part = np.where(rng.random(n) < validation, 1, 0).astype(np.int8)
    aum = np.where(part[:, None] == 0, logits * (2 * states - 1), np.nan)
    return Inputs(
        labels=tuple(f"label {k}" for k in range(size)),
        scores=(1 / (1 + np.exp(-logits))).astype(np.float32),
        embeddings=features.astype(np.float32),
        head_weight=weight,
        head_bias=np.full(size, -0.75),
        states=states,
        verified=np.zeros((n, size), dtype=bool),
        part=part,
        threshold=np.full(size, 0.5),
        statistics=rng.random((n, 2)).astype(np.float32),
        statistic_names=("brightness", "saturation"),
        aum=aum.astype(np.float32),
        seed=seed,
    )


def errors(inputs: Inputs) -> set[tuple[int, int]]:
    """List the validation cells where prediction and annotation differ, counted plainly."""
    found = set()
    for row in np.flatnonzero(inputs.part == 1):
        for label in range(len(inputs.labels)):
            score, state = inputs.scores[row, label], inputs.states[row, label]
            if state >= 0 and np.isfinite(score) and (score >= inputs.threshold[label]) != (state == 1):
                found.add((int(row), label))
    return found
