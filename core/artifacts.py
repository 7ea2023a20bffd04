"""Where the files of a data set and of a run lie, and what is in each."""

import json
import shutil
from pathlib import Path

from core import arrays
from core.arrays import Array
from core.data import statistics
from core.data.pixels import open_pixels
from core.recipes import IMPORTED
from core.settings import Settings
from db.records import Dataset, Run

MODEL_FILES = ("model.safetensors", "model.json")  # a trained network: its weights, its settings and labels
TRAINED_FILES = ("embeddings.npy", "head.npz", "aum.npy")  # what else a run has that was trained here


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
        # The row says how many: an import that is being stored, or was killed, has appended more.
        self._images = dataset.images

    def pixels(self) -> Array:
        """uint8 (N, 128, 128, 3), mapped read-only. Raises Damaged, Gone."""
        return open_pixels(self.folder)[: self._images]

    def statistics(self) -> Array | None:
        """float32 (N, K), columns named by core.data.statistics.STATISTICS, or None when the data set has none.

        Raises Damaged when the file is damaged or of another version.
        """
        if not (self.folder / statistics.FILE).exists():
            return None
        return statistics.open_statistics(self.folder)[: self._images]


class RunFiles:
    """The files of one run: checkpoint and weights, scores, embeddings, head, training dynamics, log.

    All that reads an array raises Damaged, Gone.
    """

    def __init__(self, settings: Settings, run: Run) -> None:
        self.folder = settings.runs_dir / run.folder
        self._lost = arrays.BRING if run.preset == IMPORTED else arrays.TRAIN

    def scores(self) -> Array:
        """Probabilities, float32 (N, L); NaN rows were not scored."""
        return self._array("scores.npy", self._lost)

    def embeddings(self) -> Array | None:
        """float (N, D), or None for an imported run without them."""
        return self._array("embeddings.npy", self._lost) if self._has("embeddings.npy") else None

    def head(self) -> tuple[Array, Array] | None:
        """The linear head: weight (L, D) and bias (L,), or None for an imported run."""
        path = self.folder / "head.npz"
        if not path.exists():
            return None
        held = arrays.packed(path, ("weight", "bias"), arrays.TRAIN)
        return held["weight"], held["bias"]

    def aum(self) -> Array | None:
        """Mean margin over the epochs, float32 (N, L), NaN outside the training part; or None."""
        return self._array("aum.npy", arrays.TRAIN) if self._has("aum.npy") else None

    def where_cells(self) -> list[tuple[int, int]]:
        """The (row, label position) of each map in `where_maps`, in order."""
        path = self.folder / "where.json"
        try:
            return [(r, p) for r, p in json.loads(path.read_text())] if path.exists() else []
        except (ValueError, TypeError) as error:
            raise arrays.Damaged(path, "it is no list of cells", arrays.ANALYSE) from error
        except OSError as error:
            raise arrays.Damaged(path, arrays.unreadable(error), arrays.ANALYSE) from error

    def where_maps(self) -> Array:
        """Where the model looked, float16 (M, h, w): contribution of each place to the label's logit."""
        return self._array("where.npy", arrays.ANALYSE)

    def _has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def _array(self, name: str, remedy: str) -> Array:
        return arrays.mapped(self.folder / name, remedy)

    def log_text(self, last: int = 200) -> str:
        """The last lines of the run's log, "" before there is one."""
        path = self.folder / "log.txt"
        if not path.exists():
            return ""
        return "\n".join(path.read_text(errors="replace").splitlines()[-last:])
