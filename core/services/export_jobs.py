"""Exports made in the background: what was asked for, as a job keeps it, and the file that waits to be fetched."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.actor import Actor
from core.settings import Settings
from db import datasets, jobs
from db.records import Job
from db.store import Store
from db.terms import JobKind, JobState

_LONGEST_STEM = 60


@dataclass(frozen=True)
class ExportAsked:
    """What to export and how."""

    format: str
    revision: int | None = None  # the newest, unless given
    search: str = ""  # the images that this expression means; "": all of them
    run_id: int | None = None  # whose predictions the search asks for
    neutralise: bool = False  # keep spreadsheets from taking names for formulas
    pictures: bool = False  # the images go along

    def to_params(self) -> dict[str, Any]:
        """As JSON, for the job's row."""
        return dict(self.__dict__)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> "ExportAsked":
        """The inverse of `to_params`."""
        return cls(**params)


@dataclass(frozen=True)
class Ready:
    """A finished export whose file is there."""

    file: Path
    bytes: int
    images: int
    losses: tuple[str, ...]  # what the format could not carry


def start(store: Store, settings: Settings, actor: Actor, dataset_id: int, asked: ExportAsked) -> Job:
    """Queue an export; its file can be fetched for a day. Raises Missing, and BadInput for what the format cannot."""
    from core.data import exporters

    exporters.check(exporters.exporter(asked.format), exporters.Options(neutralise=asked.neutralise))
    datasets.get(store, dataset_id)
    return jobs.add(store, JobKind.EXPORT, actor=actor.name, dataset_id=dataset_id, params=asked.to_params())


def folder_name(job: Job) -> str:
    """The folder of an export's file; part of its address, so that it is no other home's job of that number."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"export|{job.id}|{job.created_at!r}").hex


def file_stem(dataset_name: str, asked: ExportAsked, revision: int) -> str:
    """The name of an export's file without its ending: of what, in which format, at which revision."""
    name = "".join(char if char.isalnum() or char in "-_ " else "_" for char in dataset_name)
    some = " part" if asked.search else ""
    return f"{name[:_LONGEST_STEM]} {asked.format} revision {asked.revision or revision}{some}"


def ready(store: Store, settings: Settings, actor: Actor, job_id: int) -> Ready | None:
    """The file of a finished export; None when it is not finished, or the file is gone or cut short. Raises Missing."""
    job = jobs.get(store, job_id)
    if job.kind is not JobKind.EXPORT or job.state is not JobState.FINISHED:
        return None
    file = settings.exports_dir / folder_name(job) / str(job.result["file"])
    size = int(job.result["bytes"])
    try:
        whole = file.stat().st_size == size
    except OSError:
        whole = False
    if not whole:
        return None
    return Ready(file, size, int(job.result["images"]), tuple(job.result["losses"]))
