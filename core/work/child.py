"""One job from its row to its end, in a process of its own: `python -m core job <number>`."""

import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from core.data import disk
from core.errors import ErrataError
from core.settings import Settings
from core.work import endings
from core.work.heart import NOT_MINE, Heart, StopAsked
from db import jobs
from db.errors import DatabaseError
from db.records import Job
from db.store import Store, open_store
from db.terms import JobKind, JobState

WORK: dict[JobKind, str] = {
    JobKind.DEMO: "core.work.demo",
    JobKind.PREVIEW: "core.work.preview",
    JobKind.IMPORT: "core.work.import_",
    JobKind.TRAIN: "core.work.train",
    JobKind.ANALYSE: "core.work.analyse",
    JobKind.TEST_SCORE: "core.work.test_score",
    JobKind.EXPORT: "core.work.export",
    JobKind.SCAN: "core.work.scan",
}
NICE = 10  # the pages come first
_ASSIGNED_S = 10.0
_LAST_TRIES_S = (0.0, 1.0, 5.0, 20.0)

Work = Callable[[Store, Settings, Job, Callable[[float, str], None]], dict[str, Any]]


def log_name(job_id: int) -> str:
    """The file under <home>/logs that a job's process writes to."""
    return f"job-{job_id}.log"


def main(job_id: int) -> int:
    """Do the job; 0 finished or stopped, 1 failed, 3 it is not this process's job."""
    settings = Settings.load()
    store = open_store(settings.database_url)
    job = _assigned(store, job_id)
    if job is None:
        print(f"Job {job_id} was not given to this process; it leaves.", file=sys.stderr)
        return NOT_MINE
    os.nice(NICE)
    state, message, result = _carry_out(store, settings, job)
    _close(store, job_id, state, message, result)
    store.close()
    return 1 if state is JobState.FAILED else 0


def _assigned(store: Store, job_id: int) -> Job | None:
    """The job, once the worker has noted our pid: only then is it ours alone."""
    until = time.monotonic() + _ASSIGNED_S
    while time.monotonic() < until:
        job = jobs.get(store, job_id)
        if not job.state.live or job.pid not in (None, os.getpid()):
            return None
        if job.pid == os.getpid():
            return job
        time.sleep(0.02)
    return None


def _carry_out(store: Store, settings: Settings, job: Job) -> tuple[JobState, str, Mapping[str, Any]]:
    try:
        work: Work = importlib.import_module(WORK[job.kind]).run
        with Heart(store, job) as heart:
            tell = heart.tell if job.kind is JobKind.TRAIN else heart.tell_or_stop
            result = work(store, settings, job, tell)
        return JobState.FINISHED, str(result.get("message", "")), result
    except StopAsked as stopped:
        return JobState.STOPPED, str(stopped), {}
    except ErrataError as error:
        traceback.print_exc()
        return JobState.FAILED, str(error), {}
    except DatabaseError as error:
        traceback.print_exc()
        return JobState.FAILED, f"{error} {endings.how_to_go_on(store, job)}", {}
    except Exception as error:  # noqa: BLE001 - the last line: whatever it is, the job says so and the worker lives
        traceback.print_exc()
        return JobState.FAILED, _sentence(store, settings, job, error), {}


def _sentence(store: Store, settings: Settings, job: Job, error: Exception) -> str:
    now = jobs.get(store, job.id)
    if disk.is_full(error):
        return endings.disk(store, now, str(settings.home))
    if endings.is_out_of_memory(error):
        return endings.memory(store, now)
    return endings.unforeseen(store, now, error, f"logs/{log_name(job.id)}")


def _close(store: Store, job_id: int, state: JobState, message: str, result: Mapping[str, Any]) -> None:
    """Write the end; a full disk or a busy database may take it a little later."""
    for wait_s in _LAST_TRIES_S:
        time.sleep(wait_s)
        try:
            jobs.end(store, job_id, state, message=message, result=result)
        except DatabaseError as error:
            print(f"The end could not be written: {error}", file=sys.stderr, flush=True)
        else:
            return
    # The worker will find the job open and its process gone, and writes its own sentence.
    print(f"{state.value}: {message}", file=sys.stderr, flush=True)
