"""The demo set: drawn, imported, trained on; taken up where a killed process left it, never twice."""

import csv
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import config
from core.actor import Actor
from core.demo import draw, drawn
from core.demo.drawn import Drawing
from core.errors import Refused
from core.services import runs as runs_service
from core.services.importing import ImportRequest
from core.services.jobs import ensure_worker
from core.settings import Settings
from core.work import Progress, import_, leftovers
from db import datasets, jobs, runs
from db.records import Dataset, Job, Run
from db.store import Store
from db.terms import Part

NAME = "demo"
_DRAWING_SHARE = 0.8  # of the progress; the rest is the import


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work: every step is left out if an earlier attempt did it."""
    folder = settings.home / drawn.FOLDER
    dataset = _imported(store)
    if dataset is None:
        drawing = Drawing.of(job.params)
        if drawn.read(folder) != drawing:
            _refuse_in_use(store, folder)
        _draw(folder, drawing, progress)
        dataset = _import(store, settings, job, folder, progress)
    jobs.link(store, job.id, dataset_id=dataset.id)
    found = _trained(store, settings, job, dataset)
    ensure_worker(store, settings)
    message = f"The demo set is data set {dataset.id}, “{dataset.name}”; run {found.id} trains on it."
    return {"message": message, "dataset": dataset.id, "run": found.id}


def _imported(store: Store) -> Dataset | None:
    return next((dataset for dataset in datasets.listing(store) if dataset.demo), None)


def _refuse_in_use(store: Store, folder: Path) -> None:
    """Raise Refused where another data set shows the pictures that a new drawing would replace."""
    for dataset in datasets.listing(store):
        if Path(dataset.root).is_relative_to(folder.resolve()):
            raise Refused(
                f"The data set “{dataset.name}” was imported from {folder}, where the demo set is drawn: "
                "delete it first, or draw under another ERRATA_HOME."
            )


def _draw(folder: Path, drawing: Drawing, progress: Progress) -> None:
    """Draw the set, unless it is there: the drawing itself puts the whole folder in place or nothing."""
    if drawn.read(folder) == drawing:
        return
    shutil.rmtree(folder, ignore_errors=True)  # another drawing, which no data set shows any more
    for left in folder.parent.glob(f".{folder.name}.drawing-*"):
        shutil.rmtree(left, ignore_errors=True)  # of a killed process: this job is the only one that draws

    def tell(done: int, total: int) -> None:
        progress(_DRAWING_SHARE * done / total, f"drawing picture {done:,} of {total:,}")

    draw(folder, **asdict(drawing), progress=tell)


def _import(store: Store, settings: Settings, job: Job, folder: Path, progress: Progress) -> Dataset:
    taken = {dataset.name for dataset in datasets.listing(store)}
    name = next(n for n in (NAME, *(f"{NAME} {i}" for i in range(2, 1000))) if n not in taken)
    request = ImportRequest(folder / "set", name=name, format="label-files")

    def tell(share: float, doing: str) -> None:
        progress(_DRAWING_SHARE + (1 - _DRAWING_SHARE) * share, doing)

    # The planted causes need the set's own split, which lies beside it.
    return import_.store_import(
        store,
        settings,
        Actor(job.actor),
        request,
        tell,
        demo=True,
        parts=read_split(folder / "split.csv"),
        folder=leftovers.folder_name(job),
    )


def read_split(path: Path) -> dict[str, Part]:
    """The part of each image by its key, from `image,split`."""
    with path.open(newline="", encoding="utf-8") as file:
        return {line["image"]: Part(line["split"]) for line in csv.DictReader(file)}


def _trained(store: Store, settings: Settings, job: Job, dataset: Dataset) -> Run:
    there = runs.listing(store, dataset.id)
    if there:
        return there[-1]
    preset = config.PRESETS["demo"]
    return runs_service.start(store, settings, Actor(job.actor), dataset.id, preset, name="first look")
