"""The arrays that lie in files beside the database: statistics, the scores of a run, what a scan found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.artifacts import DatasetFiles, RunFiles
from core.data.statistics import STATISTICS
from core.data.trouble import scan
from core.errors import BadInput
from core.settings import Settings
from db.records import Dataset, Label, Run

Array = np.ndarray[Any, Any]
_MEASURE = "`python -m core doctor --repair` measures it"


@dataclass(frozen=True, eq=False)
class Beside:
    """The files of a data set and of one run; arrays of another length than the data set are filled up."""

    settings: Settings
    dataset: Dataset
    run: Run | None = None
    run_labels: Sequence[Label] = ()  # those of the columns of the run's scores

    @property
    def folder(self) -> Path:
        return DatasetFiles(self.settings, self.dataset).folder

    @property
    def stamp(self) -> tuple[object, ...]:
        """Another one whenever a file is another: what was computed of the files is kept under it."""
        scores = self.settings.runs_dir / self.run.folder / "scores.npy" if self.run else None
        written = () if scores is None else (_written_at(scores),)
        return (self.run.id if self.run else None, scan.made_at(self.folder), *written)

    def statistic(self, name: str, images: int) -> Array:
        """float32 (N,), NaN where it was not measured. Raises BadInput."""
        found = DatasetFiles(self.settings, self.dataset).statistics()
        if found is None:
            raise BadInput(f"“{name}” was not measured for “{self.dataset.name}”: {_MEASURE}.")
        return filled(found[:, STATISTICS.index(name)], images)

    def scores(self, label_id: int, images: int) -> tuple[Array, float]:
        """The run's probabilities of a label, float32 (N,), NaN where it did not score; and its threshold.

        Raises BadInput without a run, without scores, or where the run does not know the label.
        """
        if self.run is None or not self.run.usable:
            raise BadInput("What a model predicts needs a run with scores: train one, or choose another run.")
        places = [place for place, label in enumerate(self.run_labels) if label.id == label_id]
        if not places:
            # Later than the run, or removed when it was made and brought back since.
            raise BadInput(
                f"Run {self.run.id} did not learn this label: it was not in the list of labels at revision "
                f"{self.run.revision}, which the run is of. Choose another run."
            )
        scores = RunFiles(self.settings, self.run).scores()
        return filled(scores[:, places[0]], images), self.run.threshold[places[0]]


def filled(values: Array, images: int) -> Array:
    """float32 (N,): the first N values, then NaN."""
    found = np.full(images, np.nan, np.float32)
    some = values[:images]
    found[: len(some)] = some
    return found


def _written_at(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
