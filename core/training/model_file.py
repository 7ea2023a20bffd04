"""A finished network on disk: model.safetensors with its weights, model.json with its settings and labels."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from core import artifacts
from core.config import TrainConfig, from_dict, to_dict
from core.errors import BadInput
from core.training import files, network
from core.training.network import Network

WEIGHTS, ABOUT = artifacts.MODEL_FILES


def write(folder: Path, net: Network, config: TrainConfig, labels: Sequence[str]) -> None:
    """Writes both files; the description last, so that a folder with it is whole."""
    weights = {name: t.detach().cpu().contiguous() for name, t in net.state_dict().items()}
    files.write_bytes(folder / WEIGHTS, safetensors.torch.save(weights))
    about = {"config": to_dict(config), "labels": list(labels)}
    files.write_bytes(folder / ABOUT, json.dumps(about, ensure_ascii=False, indent=1).encode())


def read(folder: Path) -> tuple[Network, TrainConfig, tuple[str, ...]]:
    """(network, settings, labels) of a finished run; raises BadInput if its files are missing or damaged."""
    config, labels = describe(folder)
    net = network.build(config, len(labels))
    try:
        net.load_state_dict(_weights(folder))
    except RuntimeError as problem:
        raise BadInput(f"{WEIGHTS} does not fit its {ABOUT}; train the run again.") from problem
    return net, config, labels


def describe(folder: Path) -> tuple[TrainConfig, tuple[str, ...]]:
    """(settings, labels) of a finished run, without its weights."""
    try:
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        return from_dict(about["config"]), tuple(about["labels"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadInput("The run has no finished model (its model.json is missing or damaged).") from problem


def weights_for(config: TrainConfig, labels: Sequence[str], parent: Path) -> dict[str, Tensor]:
    """The parent's weights for a run with these settings and labels; raises BadInput if they do not fit."""
    before, old_labels = describe(parent)
    if old_labels != tuple(labels):
        raise BadInput(
            f"The run to continue knows {len(old_labels)} labels ({', '.join(old_labels[:5])}…), the data set "
            f"has {len(labels)} ({', '.join(labels[:5])}…): they must be the same, in the same order."
        )
    for name in ("network", "side_px") + (("width",) if config.network == "scratch" else ()):
        old, new = getattr(before, name), getattr(config, name)
        if old != new:
            raise BadInput(f"The run to continue has {name} {old}, this one {new}; set {name}={old}.")
    return _weights(parent)


def _weights(folder: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(folder / WEIGHTS)
    except (OSError, safetensors.SafetensorError) as problem:
        raise BadInput(f"{WEIGHTS} of the run is missing or damaged; train it again.") from problem
