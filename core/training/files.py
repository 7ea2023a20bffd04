"""The files that training writes, whole or not there; a disk that takes no more interrupts the run."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import torch

from core import files
from core.errors import Interrupted


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Puts `content` in place of `path`; raises Interrupted, as all here, if the disk does not take it."""
    _write(path, lambda file: file.write(content))


def write_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Writes a .npy file."""
    _write(path, lambda file: np.save(file, array, allow_pickle=False))


def write_arrays(path: Path, **arrays: npt.NDArray[Any]) -> None:
    """Writes a .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    write_bytes(path, buffer.getbuffer())


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Writes tensors and plain values that torch.load(weights_only=True) reads."""
    # Written to a file, torch would hide a full disk behind an error of its own.
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_bytes(path, buffer.getbuffer())


def _write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    try:
        files.write_whole(path, write)
    except OSError as problem:
        raise Interrupted(
            f"{path.name} could not be written ({problem.strerror or problem}); free disk space, then resume the run."
        ) from problem
