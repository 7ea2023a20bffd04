"""What a run's stored scores come to by the labels as they are now: correcting validation labels re-scores it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import metrics, states
from core.actor import Actor
from core.artifacts import RunFiles
from core.settings import Settings
from db import runs
from db.store import Store
from db.terms import Part


@dataclass(frozen=True)
class Rescored:
    """The same scores by two states of the labels; both dictionaries are those of `metrics.evaluate`."""

    revision: int  # of the labels now
    changed: int  # validation cells that differ between what the run saw and now
    was: Mapping[str, Any]  # by the labels that the run saw
    now: Mapping[str, Any]  # empty where no label of these images is known any more
    left_out: int  # validation images of the run that are left out now: neither dictionary judges them


def rescore(store: Store, settings: Settings, actor: Actor, run_id: int) -> Rescored:
    """Judge a finished run's validation scores again. Raises Missing, BadInput when its scores are gone."""
    run = runs.get(store, run_id)
    seen, now = states.of_run(store, run, now=False), states.of_run(store, run, now=True)
    scores = np.asarray(RunFiles(settings, run).scores())  # (N, L)
    rows = now.rows(Part.VALIDATION)
    rows = rows[~np.isnan(scores[rows]).any(axis=1)]
    had = seen.rows(Part.VALIDATION)
    old, new, threshold = seen.states[rows], now.states[rows], np.array(run.threshold)
    return Rescored(
        now.revision,
        int((old != new).sum()),
        metrics.evaluate(scores[rows], old, threshold),
        metrics.evaluate(scores[rows], new, threshold) if (new >= 0).any() else {},
        int((now.parts[had] == states.LEFT_OUT).sum()),
    )
