"""The networks are cut where they say, and the report's is the report's."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from core.config import PRESETS
from core.training import network


@pytest.mark.parametrize("name", ["scratch", "report-2020"])
@pytest.mark.parametrize("side", [32, 50, 72])
def test_a_network_is_features_then_embedding_then_head(name: str, side: int) -> None:
    net = network.build(replace(PRESETS[name], side_px=side, width=8), 5).eval()
    x = torch.rand(2, 3, side, side)
    features = net.features(x)
    embedding = net.embed(features)
    assert (features >= 0).all()
    assert embedding.shape == (2, net.head.in_features)
    assert torch.equal(net(x), net.head(embedding))
    assert net(x).shape == (2, 5)


def test_the_report_has_four_convolutions_and_a_hidden_layer_of_512() -> None:
    net = network.build(PRESETS["report-2020"], 14)
    convolutions = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert [(c.out_channels, c.kernel_size) for c in convolutions] == [
        (32, (3, 3)), (64, (3, 3)), (128, (3, 3)), (256, (3, 3)),
    ]  # fmt: skip
    linear = [(m.in_features, m.out_features) for m in net.modules() if isinstance(m, nn.Linear)]
    assert linear == [(256 * 4 * 4, 512), (512, 14)]


def test_weights_come_from_the_seed_alone() -> None:
    config = replace(PRESETS["scratch"], width=8)
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    one, other = network.build(config, 3), network.build(config, 3)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    third = network.build(replace(config, seed=1), 3)
    assert not torch.equal(one.head.weight, third.head.weight)
