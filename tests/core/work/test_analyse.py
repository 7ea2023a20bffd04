"""What an analysis is given: the labels as they are now, and margins towards them."""

import numpy as np
import pytest

from core.errors import Refused
from core.files import save_array
from core.work import analyse
from db import corrections, datasets, jobs, runs
from db.records import CellChange, CellValue
from db.terms import JobKind, LabelState
from tests.conftest import Home
from tests.pages.sets import add_run, add_set

PRESENT, ABSENT = CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT)


def test_the_margin_of_a_corrected_training_label_changes_its_sign(home: Home) -> None:
    dataset = add_set(home, "small")
    run = runs.get(home.store, add_run(home, dataset))
    aum = np.full((10, 3), 2.0, np.float32)
    aum[6:] = np.nan
    for name, array in (("scores", np.full((10, 3), 0.5, np.float32)), ("aum", aum)):
        save_array(home.settings.runs_dir / run.folder / f"{name}.npy", array)
    label = datasets.labels(home.store, dataset)[0]
    for client, row, before, after in (("one", 0, PRESENT, ABSENT), ("two", 1, ABSENT, PRESENT)):
        change = CellChange(row, label.id, before, CellValue(after.state, True))
        corrections.apply(home.store, dataset, [change], author="Ada", client_id=client)
    given, _ = analyse.gather(home.store, home.settings, run)
    assert given.aum is not None
    assert given.aum[:6, 0].tolist() == [-2, -2, 2, 2, 2, 2]
    assert (given.aum[:6, 1:] == 2).all()
    assert np.isnan(given.aum[6:]).all()


def test_the_revision_is_noted_before_the_labels_are_read(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = add_set(home, "small")
    run = add_run(home, dataset)
    job = jobs.add(home.store, JobKind.ANALYSE, actor="Ada", dataset_id=dataset, run_id=run)
    noted: list[object] = []

    def reads(*_given: object) -> None:
        noted.append(jobs.get(home.store, job.id).params)
        raise Refused("This is far enough.")

    monkeypatch.setattr(analyse, "gather", reads)
    with pytest.raises(Refused):
        analyse.run(home.store, home.settings, job, lambda share, doing: None)
    assert noted == [{"revision": 1}]
