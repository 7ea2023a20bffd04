"""A run's last whole epoch on disk, so that a killed run goes on from there."""

import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.training import files
from core.training.news import Epoch

NAME = "checkpoint.pt"
# what torch.load and load_state_dict raise for a file that is cut short, scrambled or of another kind
UNREADABLE = (
    pickle.UnpicklingError, RuntimeError, EOFError, OSError, KeyError, ValueError, TypeError, AttributeError,
)  # fmt: skip


@dataclass(frozen=True)
class Checkpoint:
    """The state after an epoch; `margins` and `passes` are the running sums behind aum.npy."""

    about: dict[str, Any]  # what the state fits: see loop._about
    epochs: list[dict[str, Any]]  # the Epoch news so far, as plain values
    learner: dict[str, Any]
    margins: Tensor  # (n, L), float64
    passes: Tensor  # (n,), int64

    @property
    def epoch(self) -> int:
        """Epochs that are done."""
        return len(self.epochs)


def write(folder: Path, checkpoint: Checkpoint) -> None:
    """Replaces the folder's checkpoint in one move."""
    files.write_state(folder / NAME, {f: getattr(checkpoint, f) for f in Checkpoint.__dataclass_fields__})


def read(folder: Path) -> Checkpoint | None:
    """The folder's checkpoint, None if there is none; raises one of UNREADABLE if the file is damaged."""
    path = folder / NAME
    if not path.exists():
        return None
    return Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))


def plain(epoch: Epoch) -> dict[str, Any]:
    """An Epoch as values that a checkpoint can keep."""
    return asdict(epoch)


def news(values: dict[str, Any]) -> Epoch:
    """The Epoch back from plain()."""
    return Epoch(**values)


def history(folder: Path) -> list[Epoch]:
    """Every finished epoch that the folder's checkpoint knows of; empty if it cannot be read."""
    try:
        found = read(folder)
    except UNREADABLE:
        return []
    return [] if found is None else [news(e) for e in found.epochs]
