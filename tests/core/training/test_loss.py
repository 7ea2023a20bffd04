"""Weights of positives by each rule, and a loss that does not see unknown cells."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.config import PRESETS
from core.training import loss

STATES = np.array([[1, 1], [0, 1], [0, 0], [0, -1], [0, 0]], dtype=np.int8)  # 1:4 and 2:2


@pytest.mark.parametrize(
    ("rule", "cap", "weights"),
    [
        ("none", None, [1, 1]),
        ("ratio", None, [4, 1]),
        ("sqrt", None, [2, 1]),
        ("sqrt", 1.5, [1.5, 1]),
        ("ratio-over-min", None, [4, 1]),
    ],
)
def test_positives_weigh_by_the_rule(rule: str, cap: float | None, weights: list[float]) -> None:
    config = replace(PRESETS["scratch"], loss_weighting=rule, pos_weight_cap=cap)
    found, notes = loss.positive_weights(STATES, ("a", "b"), config)
    assert found.tolist() == weights
    assert notes == []


def test_the_second_stage_divides_by_the_smallest_weight() -> None:
    states = np.array([[1, 0]] + [[0, 1]] + [[0, 0]] * 6 + [[0, 1]] * 2, dtype=np.int8)  # 1:9 and 3:7
    found, _ = loss.positive_weights(states, ("a", "b"), PRESETS["report-2020-rebalanced"])
    assert found.tolist() == pytest.approx([9 / (7 / 3), 1.0])


def test_a_label_without_positives_weighs_one_and_is_named() -> None:
    states = np.array([[0, 1, -1], [0, 0, -1], [0, 0, -1]], dtype=np.int8)
    found, notes = loss.positive_weights(states, ("a", "b", "c"), PRESETS["report-2020"])
    assert found.tolist() == [1, 2, 1]
    assert len(notes) == 1
    assert "a, c" in notes[0]


def test_unknown_cells_have_no_loss_and_no_gradient() -> None:
    logits = torch.randn(4, 2, requires_grad=True)
    targets, known = torch.ones(4, 2), torch.ones(4, 2)
    known[1, 0] = 0
    error = loss.weighted(logits, targets, known, torch.ones(2))
    error.backward()
    assert logits.grad is not None
    assert logits.grad[1, 0] == 0
    mask = known.bool()
    wanted = F.binary_cross_entropy_with_logits(logits[mask], targets[mask])
    assert error.item() == pytest.approx(wanted.item())


def test_nothing_known_is_no_loss() -> None:
    logits = torch.randn(2, 2, requires_grad=True)
    error = loss.weighted(logits, torch.zeros(2, 2), torch.zeros(2, 2), torch.ones(2))
    error.backward()
    assert error.item() == 0
