"""Small data sets and runs for pages under test, written straight into the store."""

import io
import time

import numpy as np
from PIL import Image as Picture

from core import config
from core.data.thumbnails import ThumbnailWriter
from core.data.trouble import scan
from core.data.trouble.duplicates import Duplicates
from core.data.trouble.quality import Quality
from core.data.trouble.scan import Scan
from core.metrics import evaluate
from core.states import matrix
from db import datasets, jobs, runs
from db.records import Epoch, Image
from db.terms import JobState, LabelState, Part
from tests.conftest import Home

LABELS = ("sea", "sky", "tree")


def add_set(home: Home, name: str) -> int:
    """A data set of ten images, six to train on and four to validate; image i carries label i % 3."""
    made = datasets.create(
        home.store,
        name=name,
        folder=f"folder-{time.monotonic_ns()}",
        source="a test",
        root="a test",
        format="csv",
        default_state=LabelState.ABSENT,
        labels=[(label, label[0]) for label in LABELS],
        images=[
            Image(0, row, f"{row}.jpg", Part.TRAIN if row < 6 else Part.VALIDATION, f"{row:064x}", 8, 8, 100)
            for row in range(10)
        ],
        cells=[(row, row % 3, LabelState.PRESENT, False) for row in range(10)],
        author="Ada",
        client_id="import",
    )
    folder = home.settings.datasets_dir / made.folder
    folder.mkdir(parents=True)
    with ThumbnailWriter(folder) as pack:
        pack.append([_jpeg(row) for row in range(10)])
    return made.id


def _jpeg(row: int) -> bytes:
    buffer = io.BytesIO()
    Picture.new("RGB", (8, 8), (20 * row, 90, 120)).save(buffer, "JPEG")
    return buffer.getvalue()


def add_run(
    home: Home,
    dataset_id: int,
    state: JobState = JobState.FINISHED,
    *,
    preset: str = "scratch",
    parent: int | None = None,
    message: str = "",
) -> int:
    """A run of three epochs in that state (a queued one has none), with scores that get better."""
    chosen = config.PRESETS[preset]
    run = runs.create(
        home.store,
        dataset_id=dataset_id,
        name="",
        preset=preset,
        config=config.to_dict(chosen) | {"epochs": 3},
        folder=f"run-{time.monotonic_ns()}",
        threshold=[0.5] * len(LABELS),
        author="Ada",
        parent_id=parent,
    )
    if state is JobState.QUEUED:
        return run.id
    while (
        claimed := jobs.claim(home.store, _lane(home, run.job_id))
    ) is not None and claimed.id != run.job_id:
        pass
    for epoch in range(1, 4):
        runs.add_epoch(home.store, _epoch(home, dataset_id, run.id, epoch))
    if state.ended:
        jobs.end(home.store, run.job_id, state, message=message)
    elif state is not JobState.RUNNING:
        jobs.ask_stop(home.store, run.job_id, now=state is JobState.STOPPING_NOW)
    return run.id


def _lane(home: Home, job_id: int):  # type: ignore[no-untyped-def]
    from db.terms import LANES

    return LANES[jobs.get(home.store, job_id).kind]


def _epoch(home: Home, dataset_id: int, run_id: int, number: int) -> Epoch:
    known = matrix(home.store, dataset_id)
    rows = known.rows(Part.VALIDATION)
    scores = abs((known.states[rows] == 1) - 0.6 + 0.15 * number)  # (n, 3), 0..1
    measured = evaluate(scores, known.states[rows]) | {"loss": 1.0 / number}
    return Epoch(run_id, number, 1.5, measured, measured, ((7, 1, 0.03, "present"), (8, 0, 0.97, "absent")))


def write_scan(home: Home, dataset: int, images: int = 10) -> None:
    """A scan in which images 0 and 1 look alike and image 9 is dark."""
    measures = np.tile(np.array([0.9, 0.1, 0.9, 0.5, 5.0], np.float32), (images, 1))
    measures[-1, 0] = 0.05
    group = np.full(images, -1, np.int32)
    group[:2] = 0
    one, other = np.array([0]), np.array([1])
    found = Scan(
        Quality(measures, np.full(images, 90, np.int32), np.full(images, 90, np.int32)),
        Duplicates(group, one, other, np.array([0.9], np.float32), np.array([2], np.int8), np.zeros(1, bool)),
        np.zeros((images, 2), np.float32),
    )
    folder = home.settings.datasets_dir / datasets.get(home.store, dataset).folder
    folder.mkdir(parents=True, exist_ok=True)
    scan.write(folder, found)
