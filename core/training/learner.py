"""What moves while a run learns: network, average, optimiser, schedule; saved and restored as one."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler, swa_utils

from core.config import TrainConfig
from core.training import loss, network
from core.training.batches import Batch
from core.training.device import Device

Tensors = tuple[Tensor, ...] | list[Tensor]

WARM_UP = 0.25  # share of the steps in which one-cycle's learning rate rises


class Learner:
    """One step at a time: forward, backward, update."""

    def __init__(
        self, config: TrainConfig, labels: int, total_steps: int, pos_weight: Tensor, device: Device
    ) -> None:
        self.device = device
        self.pos_weight = pos_weight.to(device.torch)
        self.network = network.build(config, labels).to(device.torch)
        self._average = _averaged(self.network, config.ema)
        self.optimiser = _optimiser(config, self.network)
        self.schedule = _schedule(config, self.optimiser, total_steps)

    @property
    def judged(self) -> network.Network:
        """The network whose predictions count: the averaged one, if there is one."""
        return self.network if self._average is None else self._average.module  # type: ignore[return-value]

    def begin(self, weights: dict[str, Tensor]) -> None:
        """Starts from the weights of a finished run instead of random ones."""
        self.network.load_state_dict(weights)
        if self._average is not None:
            self._average.module.load_state_dict(weights)

    def step(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Learns from a batch; (logits (B, L) before the update, loss), both on the device, detached."""
        self.network.train()
        with self.device.precision():
            logits = self.network(batch.x)
        logits = logits.float()
        error = loss.weighted(logits, batch.targets, batch.known, self.pos_weight)
        self.optimiser.zero_grad(set_to_none=True)
        error.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        if self.schedule is not None:
            self.schedule.step()
        if self._average is not None:
            self._average.update_parameters(self.network)
        return logits.detach(), error.detach()

    def state(self) -> dict[str, Any]:
        """Everything that moves, as tensors and plain values."""
        return {
            "network": self.network.state_dict(),
            "average": None if self._average is None else self._average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Puts a state() back; raises KeyError, ValueError or RuntimeError if it is not of this learner."""
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self._average is not None:
            self._average.load_state_dict(state["average"])
        if self.schedule is not None:
            self.schedule.load_state_dict(state["schedule"])


def _averaged(model: nn.Module, decay: float | None) -> swa_utils.AveragedModel | None:
    """An exponential moving average that is short at first, so that early epochs can be judged by it."""
    if decay is None:
        return None

    @torch.no_grad()
    def update(averages: Tensors, currents: Tensors, count: Tensor | int) -> None:
        n = float(count)
        share = 1.0 - min(decay, (1.0 + n) / (10.0 + n))
        if averages[0].is_floating_point():
            torch._foreach_lerp_(list(averages), list(currents), share)
        else:  # counters of batch normalisation
            for average, current in zip(averages, currents, strict=True):
                average.copy_(current)

    return swa_utils.AveragedModel(model, multi_avg_fn=update, use_buffers=True)


def _optimiser(config: TrainConfig, model: nn.Module) -> torch.optim.Optimizer:
    """Fused: one pass over the weights, a third of the time on a processor too."""
    # biases and normalisation are not pulled to zero
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if config.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum, fused=True)
    kind = torch.optim.AdamW if config.optimiser == "adamw" else torch.optim.Adam
    return kind(groups, lr=config.learning_rate, fused=True)


def _schedule(
    config: TrainConfig, optimiser: torch.optim.Optimizer, total_steps: int
) -> lr_scheduler.OneCycleLR | None:
    if config.schedule == "constant":
        return None
    # one more than there are steps: the schedule is also asked after the last one
    steps = total_steps + 1
    # a warm-up of exactly one step would be divided by its length less one
    warm_up = WARM_UP if steps * WARM_UP != 1 else 2 / steps
    return lr_scheduler.OneCycleLR(
        optimiser,
        max_lr=config.learning_rate,
        total_steps=steps,
        pct_start=warm_up,
        cycle_momentum=False,
    )
