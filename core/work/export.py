"""Exporting in the background: the file waits in the home until it is downloaded, a day at most."""

import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

from core import artifacts
from core.actor import Actor
from core.data import disk, exporters
from core.errors import BadInput
from core.services import export_jobs, exporting, searching
from core.services.export_jobs import ExportAsked
from core.services.exporting import ExportRequest
from core.settings import Settings
from core.work import Progress
from db import datasets
from db.records import Dataset, Job
from db.store import Store

KEPT_S = 86_400.0  # an export that nobody fetched for a day


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work: one file, whole or not there; its result says where, and what the format could not carry.

    Raises BadInput, Missing.
    """
    if job.dataset_id is None:
        raise BadInput("An export needs the number of a data set.")
    asked, actor = ExportAsked.from_params(job.params), Actor(job.actor)
    _forget_old(settings)
    folder = settings.exports_dir / export_jobs.folder_name(job)
    shutil.rmtree(folder, ignore_errors=True)  # of a try that was killed
    folder.mkdir(parents=True)
    try:
        progress(0.05, "reading the labels")
        request = _request(store, settings, actor, job.dataset_id, asked, folder)
        prepared = exporting.prepare(store, settings, actor, job.dataset_id, request)
        progress(0.4, f"writing {prepared.images:,} images")
        prepared.write()
        progress(0.7, "packing")
        made = _one_file(folder, datasets.get(store, job.dataset_id), asked)
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
        # In a zip there are no links: the images themselves go along.
        pictures=exporters.Pictures.HARDLINK if asked.pictures else None,
    )


def _one_file(folder: Path, dataset: Dataset, asked: ExportAsked) -> Path:
    """The export as one file with a name that says what it is; a folder becomes a zip."""
    stem = export_jobs.file_stem(dataset.name, asked, dataset.revision)
    (out,) = folder.iterdir()
    if out.is_file():
        return out.rename(folder / f"{stem}{out.suffix}")
    packed = folder / f"{stem}.zip"
    inside = sorted(path for path in out.rglob("*") if path.is_file())
    need = sum(path.stat().st_size for path in inside)
    # Pictures are packed already: to deflate them again costs minutes and saves nothing.
    how = zipfile.ZIP_STORED if asked.pictures else zipfile.ZIP_DEFLATED
    with disk.watched(lambda: need), zipfile.ZipFile(packed, "w", how) as file:
        for path in inside:
            file.write(path, path.relative_to(out))
    shutil.rmtree(out)
    return packed


def _forget_old(settings: Settings) -> None:
    if not settings.exports_dir.is_dir():
        return
    for folder in settings.exports_dir.iterdir():
        if time.time() - folder.stat().st_mtime > KEPT_S:
            artifacts.remove_folder(folder)
