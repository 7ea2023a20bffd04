"""The two networks, each cut at the same places: features → embedding → linear head.

Legend: B pictures, S side, C channels, h and w cells of the last feature map, D embedding, L labels. Input
is (B, 3, S, S), float, 0..1. The head is linear, so weight × embedding are the exact contributions to a
logit.
"""

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.config import TrainConfig


class Network(nn.Module):
    """What training and inference ask of a network; forward gives logits (B, L)."""

    head: nn.Linear

    def features(self, x: Tensor) -> Tensor:
        """The last feature map, (B, C, h, w), not negative."""
        raise NotImplementedError

    def embed(self, features: Tensor) -> Tensor:
        """The embedding, (B, D), of a feature map."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.embed(self.features(x)))
        return logits


class Report2020(Network):
    """Four 3×3 convolutions with ReLU and 2×2 max pooling, one hidden layer of 512, one linear layer."""

    def __init__(self, side_px: int, labels: int) -> None:
        super().__init__()
        channels = (3, 32, 64, 128, 256)
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(channels):
            # max pooling and ReLU commute; pooled first, ReLU has a quarter of the work
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(inplace=True)]
        self.convolutions = nn.Sequential(*layers)
        cells = side_px // 16
        self.hidden = nn.Linear(256 * cells * cells, 512)
        self.head = nn.Linear(512, labels)

    def features(self, x: Tensor) -> Tensor:
        found: Tensor = self.convolutions(x)
        return found

    def embed(self, features: Tensor) -> Tensor:
        return F.relu(self.hidden(features.flatten(1)))


class Halving(nn.Sequential):
    """A 3×3 convolution, then 2×2 max pooling: learns faster than a convolution with stride 2."""

    def __init__(self, before: int, after: int) -> None:
        pool = nn.MaxPool2d(2, ceil_mode=True)
        super().__init__(_convolution(before, after, 1), pool, nn.ReLU(inplace=True))


class Block(nn.Module):
    """Two 3×3 convolutions beside the identity (He et al. 2016); starts as the identity (Goyal et al. 2017)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _convolution(channels, channels, 1)
        self.second = _convolution(channels, channels, 1)
        nn.init.zeros_(self.second.get_parameter("1.weight"))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.second(F.relu(self.first(x))) + x)


class Scratch(Network):
    """A small residual network that halves the picture four times, doubling its channels three times.

    The embedding is the mean beside the maximum of each channel.
    """

    def __init__(self, width: int, labels: int) -> None:
        super().__init__()
        w = width
        self.stem = nn.Sequential(_convolution(3, w, 2), nn.ReLU(inplace=True))
        self.blocks = nn.Sequential(
            Halving(w, 2 * w),
            Block(2 * w),
            Halving(2 * w, 4 * w),
            Halving(4 * w, 8 * w),
            Block(8 * w),
        )
        self.head = nn.Linear(2 * 8 * w, labels)

    def features(self, x: Tensor) -> Tensor:
        found: Tensor = self.blocks(self.stem((x - 0.45) / 0.25))
        return found

    def embed(self, features: Tensor) -> Tensor:
        return torch.cat([features.mean((2, 3)), features.amax((2, 3))], dim=1)


def build(config: TrainConfig, labels: int) -> Network:
    """The network of the settings with random weights drawn from their seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = (
            Report2020(config.side_px, labels)
            if config.network == "report-2020"
            else Scratch(config.width, labels)
        )
    return network.to(memory_format=torch.channels_last)


def _convolution(before: int, after: int, stride: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, padding=1, bias=False), nn.BatchNorm2d(after))
