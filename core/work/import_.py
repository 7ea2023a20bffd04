"""Importing: look at the source, decode every image once, store everything in one transaction or nothing."""

import uuid
from dataclasses import replace
from typing import Any

from core import artifacts, naming
from core.actor import Actor
from core.data import build, problem_list
from core.data.images import DecodeLimits
from core.data.importers import Parsed
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import Progress, counted, leftovers, meaning, reimport, sourcing, storing
from core.work.sourcing import Here
from core.work.storing import New
from db import datasets, jobs
from db.records import Dataset, Job
from db.store import Store
from db.terms import JobKind, Part


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work for an import."""
    request = ImportRequest.from_params(job.params)
    leftovers.remove(store, settings)
    folder, actor = leftovers.folder_name(job), Actor(job.actor)
    try:
        if request.into is None:
            dataset = store_import(store, settings, actor, request, progress, folder=folder)
            told: dict[str, Any] = {"revision": 1}
        else:
            dataset, told = reimport.store_again(store, settings, actor, request, progress, token=folder)
    finally:
        sourcing.discard(settings, request)  # of a failed import too: the next try unpacks again
    jobs.link(store, job.id, dataset_id=dataset.id)
    sourcing.discard_all(settings, request)
    # What is wrong with the images is to be seen before anybody trains on them.
    jobs.add(store, JobKind.SCAN, actor=job.actor, dataset_id=dataset.id, params={})
    return {"dataset": dataset.id, "images": dataset.images, "notes": list(dataset.notes), **told}


def store_import(
    store: Store,
    settings: Settings,
    actor: Actor,
    request: ImportRequest,
    progress: Progress,
    *,
    demo: bool = False,
    parts: dict[str, Part] | None = None,
    folder: str | None = None,
) -> Dataset:
    """Import a source as a new data set; `parts`: its split, by key. Raises BadInput, and leaves nothing.

    folder: the name of the folder for its files; None: a new one.
    """
    name = naming.check_name(store, request.name)
    here = sourcing.bring(settings, request, progress)
    token = folder or uuid.uuid4().hex
    place = settings.datasets_dir / token
    try:
        parsed = _read(request, here)
        if parts is not None:
            parsed = meaning.with_split(parsed, parts)
        limits = DecodeLimits.of_megapixels(settings.max_image_mpx)
        built = build.build(parsed, place, counted(progress, "reading"), limits=limits)
        root = sourcing.keep_all(here, parsed.root, place / "originals")
        progress(0.96, "storing")
        problem_list.write(place / problem_list.FILE, (*parsed.problems, *built.problems), revision=1)
        new = New(name, token, str(root), demo)
        return storing.store_new(store, actor, request, new, parsed, built)
    except BaseException:
        # An error of the commit itself, or after it, does not tell whether the data set was stored.
        if token not in datasets.folders(store):
            artifacts.remove_folder(place)
        raise


def _read(request: ImportRequest, here: Here) -> Parsed:
    parsed = meaning.understood(sourcing.parsed(request, here), request)
    return replace(parsed, problems=(*here.problems, *parsed.problems))
