"""What a training run tells whoever iterates over it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """Where the run stands within an epoch; `loss` is the mean since the last Step, `left_s` an estimate."""

    epoch: int  # 1..epochs
    epochs: int
    step: int  # 1..steps
    steps: int
    images_per_s: float
    loss: float
    left_s: float


@dataclass(frozen=True)
class Epoch:
    """The end of an epoch: metrics.evaluate() and `loss` for both parts.

    `train` judges the outputs gathered while the epoch went by: altered pictures, weights that still moved.
    It is free and a little pessimistic. `validation` judges unaltered pictures with the weights that
    predictions will use. `loss` is the weighted loss without smoothing, masked where a state is unknown.
    """

    epoch: int
    epochs: int
    seconds: float
    train: dict[str, Any]
    validation: dict[str, Any]
    # (row, label's place, probability, annotated state) of the validation cells that are most wrong
    most_wrong: list[tuple[int, int, float, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Note:
    """A sentence for the run's log."""

    text: str


News = Step | Epoch | Note
