"""What a killed import left on the disk goes when the next one begins; what is named or in use stays."""

import uuid

from core import artifacts
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import sourcing
from db import datasets, jobs
from db.records import Job
from db.store import Store
from db.terms import JobKind, JobState

_MOST_FAILED = 50  # jobs that are looked at, the newest; what is older is `doctor`'s


def folder_name(job: Job) -> str:
    """The folder of the data set that a job imports: known beforehand, so that it is found if the job is killed."""
    # Not by its number alone: a home may have had another database, with jobs and folders of its own.
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{job.id}|{job.created_at!r}").hex


def remove(store: Store, settings: Settings) -> None:
    """Remove the folders that failed imports made, and what their archives were unpacked to.

    An archive that a job waits for or works on keeps its folder.
    """
    in_use = {_source(job) for job in jobs.listing(store, states=jobs.OPEN)}
    named = {dataset.folder: dataset for dataset in datasets.listing(store)}
    by_id = {dataset.id: dataset for dataset in named.values()}
    kinds = [JobKind.DEMO, JobKind.IMPORT]
    for job in jobs.listing(store, states=[JobState.FAILED], kinds=kinds, limit=_MOST_FAILED):
        token = folder_name(job)
        if token not in named:
            artifacts.remove_folder(settings.datasets_dir / token)
        dataset = by_id.get(job.params.get("into") or 0)
        if dataset is not None:
            kept = settings.datasets_dir / dataset.folder / sourcing.originals(token)
            if str(kept.resolve()) not in dataset.more_roots:
                artifacts.remove_folder(kept)
        if _source(job) and _source(job) not in in_use:
            _remove_unpacked(settings, job)


def _source(job: Job) -> str:
    return str(job.params.get("source", job.params.get("path", "")))


def _remove_unpacked(settings: Settings, job: Job) -> None:
    try:
        sourcing.discard(settings, ImportRequest.from_params(job.params))
    except OSError:  # the archive is gone
        return
