"""Exporting in the background: the file waits in the home until it is downloaded, a day at most."""

import os
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

from core import artifacts, files
from core.actor import Actor
from core.data import disk, exporters
from core.errors import BadInput
from core.services import export_jobs, exporting, searching
from core.services.export_jobs import ExportAsked
from core.services.exporting import ExportRequest
from core.settings import Settings
from core.words import counted
from core.work import Progress
from db import datasets, jobs
from db.records import Dataset, Job
from db.store import Store
from db.terms import JobKind, JobState

KEPT_S = 86_400.0  # an export that nobody fetched for a day
_PACKING = 0.7  # the share of the work that is done when the packing begins
_TOLD = 100  # files that are packed between two words about it


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work: one file, whole or not there; its result says where, and what the format could not carry.

    Raises BadInput, Missing.
    """
    if job.dataset_id is None:
        raise BadInput("An export needs the number of a data set.")
    asked, actor = ExportAsked.from_params(job.params), Actor(job.actor)
    _forget(store, settings)
    folder = settings.exports_dir / export_jobs.folder_name(job)
    shutil.rmtree(folder, ignore_errors=True)  # of a try that was killed
    folder.mkdir(parents=True)
    try:
        progress(0.05, "reading the labels")
        request = _request(store, settings, actor, job.dataset_id, asked, folder)
        prepared = exporting.prepare(store, settings, actor, job.dataset_id, request)
        progress(0.4, f"writing {counted(prepared.images, 'image')}")
        prepared.write()
        progress(_PACKING, "packing")
        made = _one_file(folder, datasets.get(store, job.dataset_id), asked, progress)
        files.keep_folder(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return {
        "file": made.name,
        "bytes": made.stat().st_size,
        "losses": list(prepared.losses),
        "images": prepared.images,
    }


def _request(
    store: Store, settings: Settings, actor: Actor, dataset_id: int, asked: ExportAsked, folder: Path
) -> ExportRequest:
    rows = None
    if asked.search:
        rows = searching.rows(store, settings, actor, dataset_id, asked.search, run_id=asked.run_id)
    return ExportRequest(
        format=asked.format,
        out=folder / f"labels{exporters.exporter(asked.format).suffix}",
        revision=asked.revision,
        rows=rows,
        neutralise=asked.neutralise,
        # The zip holds the images themselves. Of the links, these alone lead to another disk, and to files of others.
        pictures=exporters.Pictures.SYMLINK if asked.pictures else None,
    )


def _one_file(folder: Path, dataset: Dataset, asked: ExportAsked, progress: Progress) -> Path:
    """The export as one file with a name that says what it is; a folder becomes a zip. Raises BadInput."""
    stem = export_jobs.file_stem(dataset.name, asked, dataset.revision)
    (out,) = folder.iterdir()
    if out.is_file():
        return out.rename(folder / f"{stem}{out.suffix}")
    packed = folder / f"{stem}.zip"
    inside = sorted(path for path in out.rglob("*") if not path.is_dir())
    how = zipfile.ZIP_STORED if asked.pictures else zipfile.ZIP_DEFLATED
    try:
        _pack(packed, out, inside, progress, how=how)
    except FileNotFoundError as error:
        lost = os.path.realpath(str(error.filename))
        raise BadInput(f"{lost} went away while it was packed: put it back, then export again.") from error
    shutil.rmtree(out)
    return packed


def _pack(packed: Path, out: Path, inside: list[Path], progress: Progress, *, how: int) -> None:
    """Put the files inside `out` into a new zip, and that on the disk; how: stored, as pictures are packed already."""
    need = sum(path.stat().st_size for path in inside)
    disk.require(packed.parent, need if how == zipfile.ZIP_STORED else 0)
    # Not strict: a file may be dated before 1980, where the times of a zip begin.
    with disk.watched(lambda: need), packed.open("xb") as target:
        with zipfile.ZipFile(target, "w", how, strict_timestamps=False) as file:
            for at, path in enumerate(inside):
                if at % _TOLD == 0:
                    progress(_PACKING + (1 - _PACKING) * at / len(inside), "packing")
                file.write(path, path.relative_to(out))
        files.keep(target)


def _forget(store: Store, settings: Settings) -> None:
    """Remove what was not fetched for a day, and what killed exports left."""
    if not settings.exports_dir.is_dir():
        return
    failed = jobs.listing(store, states=[JobState.FAILED], kinds=[JobKind.EXPORT])
    left = {export_jobs.folder_name(job) for job in failed}
    for folder in settings.exports_dir.iterdir():
        if folder.name in left or time.time() - folder.stat().st_mtime > KEPT_S:
            artifacts.remove_folder(folder)
