"""What the analysis is given and what it hands back: arrays in, frozen records out.

Shapes: N images, L labels, D features of the embedding, K image statistics.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.errors import BadInput
from db.terms import Cause, ErrorKind, LabelState

TRAIN, VALIDATION, TEST = 0, 1, 2
PRESENT, ABSENT, UNKNOWN = 1, 0, -1

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Inputs:
    """One run on one revision of the labels. Rows of `scores` that are NaN were not scored."""

    labels: tuple[str, ...]  # L names
    scores: np.ndarray  # (N, L) float32, 0..1
    embeddings: np.ndarray | None  # (N, D) float
    head_weight: np.ndarray | None  # (L, D)
    head_bias: np.ndarray | None  # (L,)
    states: np.ndarray  # (N, L) int8: 1 present, 0 absent, -1 unknown
    verified: np.ndarray  # (N, L) bool: a person has looked
    part: np.ndarray  # (N,) int8: 0 train, 1 validation, 2 test
    threshold: np.ndarray  # (L,) float
    statistics: np.ndarray | None  # (N, K) float32
    statistic_names: tuple[str, ...]  # K names
    aum: np.ndarray | None  # (N, L) float32, NaN outside train; towards `states`, see `margins`
    seed: int

    def check(self) -> None:
        """Compare every shape with `scores`; raises BadInput with the first that differs."""
        n, size = self.scores.shape[0], len(self.labels)
        expected: list[tuple[str, np.ndarray | None, tuple[int, ...]]] = [
            ("scores", self.scores, (n, size)),
            ("states", self.states, (n, size)),
            ("verified", self.verified, (n, size)),
            ("part", self.part, (n,)),
            ("threshold", self.threshold, (size,)),
            ("aum", self.aum, (n, size)),
            ("statistics", self.statistics, (n, len(self.statistic_names))),
        ]
        if self.embeddings is not None:
            width = self.embeddings.shape[-1]
            expected.append(("embeddings", self.embeddings, (n, width)))
            expected.append(("head_weight", self.head_weight, (size, width)))
            expected.append(("head_bias", self.head_bias, (size,)))
        for name, array, shape in expected:
            if array is not None and array.shape != shape:
                raise BadInput(
                    f"The array {name!r} has shape {array.shape}; {n} images and {size} labels need {shape}. "
                    "Score the run again, then analyse it."
                )


def margins(aum: np.ndarray, trained: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Give AUM (N, L) towards the labels as they are: what was present and is absent, or back, changes sign.

    trained (N, L) are the states that the run learned from; the margin of a cell that was unknown is NaN.
    """
    known = (trained != UNKNOWN) & (states != UNKNOWN)
    return np.asarray(np.where(known & (trained != states), -aum, aum))


@dataclass(frozen=True)
class Finding:
    """One error with its cause; rows and labels are indices into the inputs."""

    row: int
    label: int
    kind: ErrorKind
    annotation: LabelState
    probability: float
    threshold: float
    cause: Cause
    confidence: float  # of the cause; for unknown: what the three causes leave over
    second_cause: Cause | None
    bar: float | None  # what the likeliest cause's chance has to reach to be assigned; None: nothing decides
    p_mislabel: float
    p_sparsity: float
    p_wrong_pattern: float
    suggested_state: LabelState | None
    evidence: str
    with_label: tuple[int, ...]  # nearest training rows that carry the label
    without_label: tuple[int, ...]
    held_out: tuple[int, ...]  # validation rows that look the same to the model and got the same prediction
    same_doubt: tuple[int, ...]  # training rows whose correction teaches
    slice: tuple[int, ...]  # validation rows the wrong pattern was found on
    slice_name: str | None


@dataclass(frozen=True)
class Suspect:
    """One training cell whose annotation the training itself contradicted."""

    row: int
    label: int
    kind: ErrorKind
    annotation: LabelState
    probability: float
    aum: float | None
    p_mislabel: float
    suggested_state: LabelState
    evidence: str
    with_label: tuple[int, ...]
    without_label: tuple[int, ...]
    same_doubt: tuple[int, ...]


@dataclass(frozen=True)
class Shortcut:
    """An attribute that the model takes for a label."""

    label: int
    name: str
    odds_ratio: float
    p_value: float
    members: int
    sentence: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Analysis:
    """Everything one run of the analysis found; `notes` are its limits, in sentences."""

    findings: tuple[Finding, ...]
    suspects: tuple[Suspect, ...]
    shortcuts: tuple[Shortcut, ...]
    notes: tuple[str, ...]
