"""Binary cross-entropy of each known cell, with a weight for each label's positives.

Legend: B rows, L labels. Logits (B, L); targets (B, L) in 0..1; known (B, L), 1.0 or 0.0; pos_weight (L,).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from core.config import TrainConfig


def positive_weights(
    states: NDArray[np.int8], labels: Sequence[str], config: TrainConfig
) -> tuple[NDArray[np.float32], list[str]]:
    """The weight (L,) of each label's positives over the list that is learned from, and sentences for the
    log.

    states: (M, L) of that list, after undersampling and with repeats, so the weights balance what the loss
    really sees. A label that has no positive or no negative there has weight 1 (and no part in the minimum of
    `ratio-over-min`).
    """
    positives = (states == 1).sum(0)
    negatives = (states == 0).sum(0)
    balanced = (positives > 0) & (negatives > 0)
    ratio = np.ones(len(positives))
    if config.loss_weighting != "none":
        ratio[balanced] = negatives[balanced] / positives[balanced]
    if config.loss_weighting == "sqrt":
        ratio = np.sqrt(ratio)
    if config.loss_weighting == "ratio-over-min" and balanced.any():
        ratio[balanced] /= ratio[balanced].min()
    if config.pos_weight_cap is not None:
        ratio = np.minimum(ratio, config.pos_weight_cap)
    notes = []
    if not positives.all():
        names = [name for name, n in zip(labels, positives, strict=True) if n == 0]
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        notes.append(f"No training image has {shown}: nothing to learn there, and the weight is 1.")
    return ratio.astype(np.float32), notes


def weighted(logits: Tensor, targets: Tensor, known: Tensor, pos_weight: Tensor) -> Tensor:
    """Mean loss of the known cells, a scalar; 0 where nothing is known."""
    cells = F.binary_cross_entropy_with_logits(logits, targets, pos_weight=pos_weight, reduction="none")
    return (cells * known).sum() / known.sum().clamp(min=1.0)
