"""Scanning a data set for trouble: odd images, copies, look-alikes, and a map of all images."""

from typing import Any

import numpy as np

from core.artifacts import DatasetFiles
from core.data.trouble import scan
from core.errors import BadInput
from core.settings import Settings
from core.work import Progress
from db import datasets, search
from db.records import Dataset, Job
from db.store import Store


def scanned(store: Store, settings: Settings, dataset: Dataset, progress: Progress) -> scan.Scan:
    """Scan a data set, and write down what was found. Raises BadInput."""
    width, height, _ = search.sizes(store, dataset.id, 0)
    folder = DatasetFiles(settings, dataset).folder
    found = scan.scan(
        folder,
        width,
        height,
        search.digests(store, dataset.id),
        progress=progress,
    )
    scan.write(folder, found)
    return found


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work; its outcome is a file of the data set, which every page reads. Raises BadInput, Missing."""
    if job.dataset_id is None:
        raise BadInput("A scan needs the number of a data set.")
    found = scanned(store, settings, datasets.get(store, job.dataset_id), progress)
    odd = int(found.quality.odd.any(axis=1).sum())
    same = int(np.count_nonzero(found.duplicates.group >= 0))
    return {
        "images": found.images,
        "message": f"{found.images:,} images: {odd:,} are odd, {same:,} are copies or look-alikes of others.",
    }
