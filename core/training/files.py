"""Files of a run are whole or not there: written beside, then renamed."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from core.errors import Interrupted


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Puts `content` in place of `path` in one move; raises Interrupted if the disk does not take it."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise Interrupted(
            f"{path.name} could not be written ({problem.strerror}); free disk space, then resume the run."
        ) from problem


def write_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Writes a .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_bytes(path, buffer.getbuffer())


def write_arrays(path: Path, **arrays: npt.NDArray[Any]) -> None:
    """Writes a .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    write_bytes(path, buffer.getbuffer())


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Writes tensors and plain values that torch.load(weights_only=True) reads."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_bytes(path, buffer.getbuffer())
