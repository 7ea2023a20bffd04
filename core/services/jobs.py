"""Background jobs as people see them, and the worker that does them: started when needed, one a database."""

import subprocess
import threading
import time

from core import processes
from core.actor import Actor
from core.settings import Settings
from db import jobs
from db.records import Job
from db.store import Store
from db.terms import JobKind

_PATIENCE_S = 5.0  # a worker needs about half a second to register; after this, another is started

_lock = threading.Lock()
_started: dict[str, tuple["subprocess.Popen[bytes]", float]] = {}


def active(store: Store, actor: Actor, dataset_id: int | None = None) -> list[Job]:
    """The jobs that wait or are worked on, the oldest first."""
    return jobs.listing(store, states=jobs.OPEN, dataset_id=dataset_id)[::-1]


def get(store: Store, actor: Actor, job_id: int) -> Job:
    """One job. Raises Missing."""
    return jobs.get(store, job_id)


def latest(
    store: Store, actor: Actor, kind: JobKind, *, run_id: int | None = None, dataset_id: int | None = None
) -> Job | None:
    """The newest job of a kind, or None."""
    found = jobs.listing(store, kinds=[kind], run_id=run_id, dataset_id=dataset_id, limit=1)
    return found[0] if found else None


def stop(store: Store, actor: Actor, job_id: int, *, now: bool = True) -> Job:
    """Ask a job to stop. Raises Missing, Stale when it has ended."""
    return jobs.ask_stop(store, job_id, now=now)


def wait(store: Store, actor: Actor, job_id: int, *, timeout_s: float | None = None) -> Job:
    """The job once it has ended, or as it is when the time is over. Raises Missing."""
    until = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        job = jobs.get(store, job_id)
        if job.state.ended or (until is not None and time.monotonic() >= until):
            return job
        time.sleep(0.2)


def settle(store: Store, settings: Settings, actor: Actor, job_id: int, *, timeout_s: float = 5.0) -> Job:
    """The job, after a worker had time to say so if its process is gone. Raises Missing."""
    job = jobs.get(store, job_id)
    if not job.state.live or (job.pid is not None and processes.lives(job.pid, job.pid_started_at or 0.0)):
        return job
    ensure_worker(store, settings)
    return wait(store, actor, job_id, timeout_s=timeout_s)


def worker_lives(store: Store) -> bool:
    """True while a registered worker's process lives."""
    return any(processes.lives(pid, began_at) for _, pid, began_at, _ in jobs.workers(store))


def ensure_worker(store: Store, settings: Settings) -> bool:
    """Start a worker unless one lives; True if one was started. Cheap: for every page load, whoever looks.

    Several processes may call it at once: of several workers all but one leave at once.
    """
    if worker_lives(store):
        return False
    with _lock:
        before = _started.get(settings.database_url)
        if before is not None and before[0].poll() is None and time.monotonic() - before[1] < _PATIENCE_S:
            return False
        worker = processes.start_apart(settings, ["worker"], settings.logs_dir / "worker.log")
        _started[settings.database_url] = (worker, time.monotonic())
    return True
