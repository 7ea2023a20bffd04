"""Is the house in order? The database, files and rows that belong together, processes, disk."""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core import artifacts, mending, processes
from core.errors import BadInput
from core.settings import Settings
from core.words import those
from core.work import Progress, endings
from db import datasets, jobs, runs
from db import store as stores
from db.errors import DatabaseError, Missing
from db.records import Dataset
from db.store import Store
from db.terms import JobState

LOW_DISK = 1_000_000_000  # bytes: about what an import of 12,000 images and a run need

FORGOTTEN_S = 86_400.0  # an upload that nobody imported for a day


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    text: str
    wrong: bool = False
    repaired: bool = False


def _untold(share: float, doing: str) -> None:
    """Nobody listens."""


def examine(settings: Settings, *, repair: bool = False, progress: Progress = _untold) -> list[Finding]:
    """Look at everything.

    With `repair`, remove what no row owns, close what no process works on, and make damaged files of data sets again
    from their originals; `progress` is told how far that is.
    """
    own = settings.home / "errata.sqlite"
    if settings.database_url == f"sqlite:///{own}" and not own.exists():
        return [Finding(f"Nothing was made in {settings.home} yet."), _disk(settings)]
    store = stores.open_store(settings.database_url)
    found: list[Finding] = []
    try:
        found += _schema(store)
        if not any(finding.wrong for finding in found):
            # Jobs before data sets: a repair waits for no job whose process is gone.
            for look in (_integrity, _orphans, _uploads, _jobs, _workers, _runs):
                found += look(store, settings, repair)
            found += _datasets(store, settings, repair, progress)
    except DatabaseError as error:
        found.append(Finding(str(error), True))
    finally:
        store.close()
    return [*found, _disk(settings)]


def _schema(store: Store) -> Iterator[Finding]:
    has, needs = stores.schema_version(store), stores.newest_schema()
    if has == needs:
        yield Finding(f"The schema is the newest ({has}).")
    else:
        yield Finding(
            f"The schema is {has}, the code needs {needs}: any other command brings it up to date.", True
        )


def _integrity(store: Store, _settings: Settings, _repair: bool) -> list[Finding]:
    broken = stores.check_integrity(store)
    return [Finding(text, True) for text in broken] or [Finding("The database is whole.")]


def _datasets(store: Store, settings: Settings, repair: bool, progress: Progress) -> Iterator[Finding]:
    """The files of every data set: those that are damaged or gone are made again from its originals."""
    well = True
    for listed in datasets.listing(store):
        # Read anew: while those before it were looked at or mended, it may have grown, or been deleted.
        with contextlib.suppress(Missing):
            for finding in _dataset(store, settings, datasets.get(store, listed.id), repair, progress):
                well = False
                yield finding
    if well:
        yield Finding("Every data set has its files.")


def _dataset(
    store: Store, settings: Settings, dataset: Dataset, repair: bool, progress: Progress
) -> Iterator[Finding]:
    faults = mending.faults(store, settings, dataset)
    if not repair:
        yield from (Finding(f"“{dataset.name}”: {said}", True) for said in {f.said: 0 for f in faults})
    elif faults or mending.has_more_to_do(settings, dataset):
        yield from _mend(store, settings, dataset, progress)
    stand_in = mending.told_stand_ins(store, settings, datasets.get(store, dataset.id))
    if stand_in:
        yield Finding(f"“{dataset.name}”: {stand_in}", True)


def _mend(store: Store, settings: Settings, dataset: Dataset, progress: Progress) -> Iterator[Finding]:
    done: set[str] = set()
    try:
        for step in mending.mend(store, settings, dataset, progress):
            done |= step.files
            yield Finding(f"“{dataset.name}”: {step.said}", True, True)
    except (BadInput, OSError) as error:
        left = mending.faults(store, settings, datasets.get(store, dataset.id))
        files = ", ".join(dict.fromkeys(f.file for f in left if f.file not in done)) or "its stand-ins"
        why = str(error) if isinstance(error, BadInput) else _of_system(settings, dataset, error)
        yield Finding(f"“{dataset.name}” was not repaired ({files}). {why}", True)


def _of_system(settings: Settings, dataset: Dataset, error: OSError) -> str:
    where = settings.datasets_dir / dataset.folder
    return f"The system refused it ({error.strerror or error}): look who owns {where}, and its rights and its disk."


def _runs(store: Store, settings: Settings, _repair: bool) -> list[Finding]:
    """The arrays of every run that ended: none can be made again without training."""
    found = [
        Finding(f"Run {run.id}: {said}", True)
        for run in runs.listing(store)
        if run.usable
        for said in mending.faults_of_run(settings, run)
    ]
    return found or [Finding("Every finished run has its files.")]


def _orphans(store: Store, settings: Settings, repair: bool) -> list[Finding]:
    """Folders that no row owns: what killed imports and deletions left."""
    if any(job.state.live for job in jobs.live(store)):
        return [Finding("Jobs are at work; folders without a row were not looked for.")]
    owned: list[tuple[Path, Callable[[Store], set[str]]]] = [
        (settings.datasets_dir, datasets.folders),
        (settings.runs_dir, runs.folders),
    ]
    found = []
    for parent, names in owned:
        for folder in sorted(parent.iterdir()) if parent.is_dir() else []:
            if folder.is_dir() and folder.name not in names(store):
                found.append(_orphan(folder, repair))
    return found or [Finding("No folder is without its row.")]


def _uploads(store: Store, settings: Settings, repair: bool) -> list[Finding]:
    """Uploads, whole, half or unpacked, that were never imported."""
    if not settings.uploads_dir.is_dir() or jobs.listing(store, states=jobs.OPEN, limit=1):
        return []  # a job that waits may need one
    before = time.time() - FORGOTTEN_S
    old = [path for path in settings.uploads_dir.iterdir() if path.stat().st_mtime < before]
    if not old:
        return []
    size = sum(artifacts.folder_bytes(path) if path.is_dir() else path.stat().st_size for path in old) / 1e6
    if not repair:
        said = (
            f"Uploads of earlier days were never imported ({size:,.1f} MB): `doctor --repair` removes them."
        )
        return [Finding(said, True)]
    for path in old:
        if path.is_dir():
            artifacts.remove_folder(path)
        else:
            path.unlink(missing_ok=True)
    return [Finding(f"Uploads of earlier days were never imported: {size:,.1f} MB freed.", True, True)]


def _orphan(folder: Path, repair: bool) -> Finding:
    size = artifacts.folder_bytes(folder) / 1e6
    name = f"{folder.parent.name}/{folder.name}"
    if repair:
        artifacts.remove_folder(folder)
        return Finding(f"The folder {name} belonged to nothing: {size:,.1f} MB freed.", True, True)
    return Finding(
        f"The folder {name} belongs to nothing ({size:,.1f} MB): `doctor --repair` removes it.", True
    )


def _jobs(store: Store, _settings: Settings, repair: bool) -> list[Finding]:
    """Jobs that count as worked on, but whose process is gone."""
    found = []
    for job in jobs.live(store):
        if job.pid is not None and processes.lives(job.pid, job.pid_started_at or 0.0):
            continue
        if job.pid is None and _worker_lives(store):
            continue  # claimed just now
        name = f"Job {job.id} ({job.kind.value})"
        if repair:
            jobs.end(store, job.id, JobState.FAILED, message=endings.died(store, job, None, ""))
            found.append(Finding(f"{name} had no process; it was closed.", True, True))
        else:
            found.append(
                Finding(f"{name} has no process: `doctor --repair` closes it, so does the next worker.", True)
            )
    return found or [Finding("Every job that is worked on has its process.")]


def _workers(store: Store, _settings: Settings, repair: bool) -> list[Finding]:
    found = []
    for number, pid, began_at, _ in jobs.workers(store):
        if processes.lives(pid, began_at):
            found.append(Finding(f"Worker {number} lives (process {pid})."))
        elif repair:
            jobs.remove_worker(store, number)
            found.append(Finding(f"Worker {number} was dead; it was struck off the list.", True, True))
        else:
            found.append(
                Finding(
                    f"Worker {number} is dead: `doctor --repair` strikes it off, so does the next one.", True
                )
            )
    waiting = jobs.listing(store, states=[JobState.QUEUED])
    if waiting and not any(not finding.wrong for finding in found):
        jobs_wait = those(len(waiting), "job", "waits", "wait")
        said = f"{jobs_wait} and no worker lives: `python -m core worker` does what waits."
        found.append(Finding(said, True))
    return found or [Finding("No worker is needed now.")]


def _worker_lives(store: Store) -> bool:
    return any(processes.lives(pid, began_at) for _, pid, began_at, _ in jobs.workers(store))


def _disk(settings: Settings) -> Finding:
    place = settings.home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    said = f"{free / 1e9:,.1f} GB of disk are free."
    return Finding(
        said if free >= LOW_DISK else f"Only {said} An import or a run may not fit.", free < LOW_DISK
    )
