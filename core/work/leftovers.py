"""What a killed import left on the disk goes when the next one begins; what is named or in use stays."""

import uuid
from collections.abc import Callable
from pathlib import Path

from core import artifacts
from core.settings import Settings
from db import datasets, jobs
from db.records import Job
from db.store import Store
from db.terms import JobKind, JobState

_OPEN = [state for state in JobState if not state.ended]
_MOST_FAILED = 50  # jobs that are looked at, the newest; what is older is `doctor`'s


def folder_name(job: Job) -> str:
    """The folder of the data set that a job imports: known beforehand, so that it is found if the job is killed."""
    # Not by its number alone: a home may have had another database, with jobs and folders of its own.
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{job.id}|{job.created_at!r}").hex


def remove(store: Store, settings: Settings, unpacked: Callable[[Path], Path]) -> None:
    """Remove the folders that failed imports made, and what their archives were unpacked to.

    `unpacked` says where an archive is unpacked to; it raises OSError when the archive is gone. An archive that
    a job waits for or works on keeps its folder.
    """
    in_use = {job.params.get("path") for job in jobs.listing(store, states=_OPEN)}
    named = datasets.folders(store)
    kinds = [JobKind.DEMO, JobKind.IMPORT]
    for job in jobs.listing(store, states=[JobState.FAILED], kinds=kinds, limit=_MOST_FAILED):
        if (name := folder_name(job)) not in named:
            artifacts.remove_folder(settings.datasets_dir / name)
        path = job.params.get("path")
        if path is None or path in in_use:
            continue
        try:
            folder = unpacked(Path(path))
        except OSError:
            continue
        artifacts.remove_folder(folder)
