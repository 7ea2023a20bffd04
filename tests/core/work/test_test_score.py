"""The test part is scored when asked, and every look is counted."""

import numpy as np
import pytest

from core.errors import BadInput
from core.files import save_array
from core.settings import Settings
from core.work import test_score
from db import datasets, jobs, runs
from db.records import Image, Job
from db.store import Store
from db.terms import JobKind, LabelState, Part


def a_job(store: Store, settings: Settings, scores: list[float], parts: list[Part]) -> Job:
    images = [Image(0, i, f"{i}.jpg", part, f"{i:064}", 8, 8, 100) for i, part in enumerate(parts)]
    dataset = datasets.create(
        store,
        name="tiny",
        folder="f",
        source="s",
        root="r",
        format="csv",
        default_state=LabelState.ABSENT,
        labels=[("sea", "s")],
        images=images,
        cells=[(2, 0, LabelState.PRESENT, False)],
        author="ada",
        client_id="first",
    )
    run = runs.create(
        store,
        dataset_id=dataset.id,
        name="",
        preset="imported",
        config={},
        folder="r",
        threshold=[0.5],
        author="ada",
    )
    save_array(settings.runs_dir / "r" / "scores.npy", np.array(scores, np.float32)[:, None])
    return jobs.add(store, JobKind.TEST_SCORE, actor="ada", dataset_id=dataset.id, run_id=run.id)


def score(store: Store, settings: Settings, job: Job) -> dict[str, object]:
    return test_score.run(store, settings, job, lambda share, doing: None)


def test_only_test_images_are_judged_and_the_look_is_counted(store: Store, settings: Settings) -> None:
    # The training and validation images are all wrong; of the test images one is right.
    parts = [Part.TRAIN, Part.VALIDATION, Part.TEST, Part.TEST]
    job = a_job(store, settings, [0.9, 0.9, 0.8, 0.7], parts)
    found = score(store, settings, job)
    metrics = found["metrics"]
    assert isinstance(metrics, dict)
    assert (metrics["recall"], metrics["precision"]) == (1.0, 0.5)
    assert (found["images"], found["look"]) == (2, 1)
    assert score(store, settings, job)["look"] == 2


def test_without_a_test_part_nothing_is_counted(store: Store, settings: Settings) -> None:
    job = a_job(store, settings, [0.9, 0.9, 0.8], [Part.TRAIN, Part.VALIDATION, Part.TRAIN])
    with pytest.raises(BadInput, match="no test part"):
        score(store, settings, job)
    assert runs.count_test_looks(store, job.dataset_id or 0) == 0


def test_imported_scores_that_leave_the_test_part_out_cannot_judge_it(
    store: Store, settings: Settings
) -> None:
    job = a_job(store, settings, [0.9, 0.9, float("nan")], [Part.TRAIN, Part.VALIDATION, Part.TEST])
    with pytest.raises(BadInput, match="do not cover the test part"):
        score(store, settings, job)
    assert runs.count_test_looks(store, job.dataset_id or 0) == 0
