"""What an analysis is given: the labels as they are now, and margins towards them."""

import numpy as np

from core.artifacts import save_array
from core.work import analyse
from db import corrections, datasets, runs
from db.records import CellChange, CellValue
from db.terms import LabelState
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
