"""Where the files of a data set and of a run lie, and how each is written whole or not at all."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.errors import BadInput
from core.settings import Settings
from db.records import Dataset, Run

Array = np.ndarray[Any, Any]


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file beside its place, then move it there: readers see the old or the new, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def save_array(path: Path, array: Array) -> None:
    """Write an array as .npy, whole or not at all."""
    write_whole(path, lambda file: np.save(file, array, allow_pickle=False))


def save_json(path: Path, value: Any) -> None:
    """Write JSON, whole or not at all."""
    text = json.dumps(value, ensure_ascii=False, indent=1).encode()
    write_whole(path, lambda file: file.write(text))


def load_array(path: Path) -> Array:
    """Map an .npy file. Raises BadInput when it is missing or damaged."""
    try:
        array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise BadInput(f"The file {path.name} is missing from {path.parent.name}: run it again.") from None
    except (ValueError, OSError, EOFError) as error:
        raise BadInput(
            f"The file {path.name} in {path.parent.name} is damaged ({error}): run it again."
        ) from error
    return array


def folder_bytes(folder: Path) -> int:
    """The disk that a folder takes, in bytes; a file that vanishes meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except FileNotFoundError:
            continue
    return total


def remove_folder(folder: Path) -> int:
    """Delete a folder; returns the bytes that this freed."""
    freed = folder_bytes(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return freed


class DatasetFiles:
    """The files of one data set: pixels, thumbnails, image statistics; row i of each is image i."""

    def __init__(self, settings: Settings, dataset: Dataset) -> None:
        self.folder = settings.datasets_dir / dataset.folder

    def pixels(self) -> Array:
        """uint8 (N, S, S, 3), mapped read-only."""
        return load_array(self.folder / "pixels.npy")

    def statistics(self) -> Array | None:
        """float32 (N, K), or None when the data set has none; names in core.data.images.STATISTICS."""
        path = self.folder / "stats.npy"
        return load_array(path) if path.exists() else None


class RunFiles:
    """The files of one run: checkpoint and weights, scores, embeddings, head, training dynamics, log."""

    def __init__(self, settings: Settings, run: Run) -> None:
        self.folder = settings.runs_dir / run.folder

    def scores(self) -> Array:
        """Probabilities, float32 (N, L); NaN rows were not scored."""
        return load_array(self.folder / "scores.npy")

    def embeddings(self) -> Array | None:
        """float (N, D), or None for an imported run without them."""
        path = self.folder / "embeddings.npy"
        return load_array(path) if path.exists() else None

    def head(self) -> tuple[Array, Array] | None:
        """The linear head: weight (L, D) and bias (L,), or None for an imported run."""
        path = self.folder / "head.npz"
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return arrays["weight"], arrays["bias"]
        except (ValueError, OSError, KeyError) as error:
            raise BadInput(f"The file {path.name} of this run is damaged ({error}): train again.") from error

    def aum(self) -> Array | None:
        """Mean margin over the epochs, float32 (N, L), NaN outside the training part; or None."""
        path = self.folder / "aum.npy"
        return load_array(path) if path.exists() else None

    def where_cells(self) -> list[tuple[int, int]]:
        """The (row, label position) of each map in `where_maps`, in order."""
        path = self.folder / "where.json"
        return [(r, p) for r, p in json.loads(path.read_text())] if path.exists() else []

    def where_maps(self) -> Array:
        """Where the model looked, float16 (M, h, w): contribution of each place to the label's logit."""
        return load_array(self.folder / "where.npy")

    def log_text(self, last: int = 200) -> str:
        """The last lines of the run's log, "" before there is one."""
        path = self.folder / "log.txt"
        if not path.exists():
            return ""
        return "\n".join(path.read_text(errors="replace").splitlines()[-last:])
