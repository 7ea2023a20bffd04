"""Scoring the test part of a run: only when somebody asks, and every look is counted."""

from typing import Any

import numpy as np

from core import metrics, states
from core.artifacts import DatasetFiles, RunFiles
from core.errors import BadInput
from core.files import Array
from core.settings import Settings
from core.words import counted
from core.work import Progress
from db import datasets, runs
from db.records import Job, Run
from db.store import Store
from db.terms import Part

_CHUNK = 256  # images scored between two tellings of progress


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work: metrics of the test part under the newest labels, beside predicting nothing."""
    if job.run_id is None:
        raise BadInput("Scoring the test part needs the number of a run.")
    of = runs.get(store, job.run_id)
    known = states.of_run(store, of, now=True)
    rows = known.rows(Part.TEST)
    if len(rows) == 0:
        raise BadInput(
            f"Run {of.id} knows no test part, or its images are left out: draw one (Data, Split), then train a run."
        )
    scores = _scores(store, settings, of, rows, progress)
    truth = known.states[rows]
    found = metrics.evaluate(scores, truth, np.array(of.threshold, np.float32))
    nothing = metrics.baseline(truth, known.states[known.rows(Part.TRAIN)])
    runs.note_test_look(store, of.id, job.actor)
    look = runs.get(store, of.id).test_scored
    return {
        "message": f"{counted(len(rows), 'test image')}: micro F1 {found['micro_f1']:.3f}. This was look {look}.",
        "metrics": found,
        "baseline": nothing,
        "images": len(rows),
        "revision": known.revision,
        "look": look,
    }


def _scores(store: Store, settings: Settings, of: Run, rows: Array, progress: Progress) -> Array:
    """Probabilities of the rows, (n, L); those of an imported run came with it."""
    if of.preset == "imported":
        scores = np.asarray(RunFiles(settings, of).scores()[rows])
        if np.isnan(scores).any():
            raise BadInput(
                f"The scores imported as run {of.id} do not cover the test part: import all of them."
            )
        return scores
    from core.inference import Predictor  # torch: only this process loads it

    predictor = Predictor.load(RunFiles(settings, of).folder)
    pixels = DatasetFiles(settings, datasets.get(store, of.dataset_id)).pixels()
    parts = []
    for start in range(0, len(rows), _CHUNK):
        parts.append(predictor.scores(pixels[rows[start : start + _CHUNK]])[0])
        progress((start + _CHUNK) / (len(rows) + _CHUNK), "scoring the test part")
    return np.concatenate(parts)
