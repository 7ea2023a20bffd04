"""A child does one job to its end, whatever happens on the way."""

import errno
import os
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core import processes
from core.errors import BadInput
from core.settings import Settings
from core.work import child, heart
from db import jobs
from db.records import Job
from db.store import Store, migrate, open_store
from db.terms import JobKind, JobState, Lane

Work = Callable[..., dict[str, Any]]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("ERRATA_HOME", str(tmp_path))
    monkeypatch.delenv("ERRATA_DATABASE_URL", raising=False)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    store = open_store(Settings.load().database_url)
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def carry_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[Work], tuple[int, Job]]:
    """Do some work as the child of an import job; returns (exit code, the job afterwards)."""

    def carry(work: Work) -> tuple[int, Job]:
        module = types.ModuleType("core.work.import_")
        module.run = work  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "core.work.import_", module)
        job = jobs.add(store, JobKind.IMPORT, actor="ada")
        jobs.claim(store, Lane.SHORT)
        jobs.started(store, job.id, *processes.this())
        return child.main(job.id), jobs.get(store, job.id)

    return carry


def test_work_that_returns_is_finished_with_its_result(carry_out: Callable[[Work], tuple[int, Job]]) -> None:
    code, job = carry_out(lambda *_: {"message": "All done.", "images": 3})
    assert (code, job.state, job.message, job.progress) == (0, JobState.FINISHED, "All done.", 1.0)
    assert job.result["images"] == 3


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BadInput("The set is empty."), "The set is empty."),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
        (MemoryError(), "Memory ran out"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "Memory ran out"),
        (KeyError("colour"), "KeyError: 'colour'; the traceback is in logs/job-1.log."),
    ],
)
def test_an_error_becomes_the_sentence_of_the_job(
    carry_out: Callable[[Work], tuple[int, Job]], error: Exception, words: str
) -> None:
    def work(*_: object) -> dict[str, Any]:
        raise error

    code, job = carry_out(work)
    assert (code, job.state) == (1, JobState.FAILED)
    assert words in job.message


def test_work_that_is_asked_to_stop_stops_at_its_next_word(
    store: Store, carry_out: Callable[[Work], tuple[int, Job]]
) -> None:
    def work(store: Store, _: Settings, job: Job, progress: Callable[[float, str], None]) -> dict[str, Any]:
        jobs.ask_stop(store, job.id, now=True)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            progress(0.5, "counting")
            time.sleep(0.01)
        return {}

    code, job = carry_out(work)
    assert (code, job.state) == (0, JobState.STOPPED)
    assert "as asked" in job.message


def test_progress_is_written_while_the_work_goes_on(
    store: Store, carry_out: Callable[[Work], tuple[int, Job]]
) -> None:
    seen: list[Job] = []

    def work(store: Store, _: Settings, job: Job, progress: Callable[[float, str], None]) -> dict[str, Any]:
        progress(0.25, "counting sheep")
        until = time.monotonic() + 10
        while time.monotonic() < until and jobs.get(store, job.id).doing != "counting sheep":
            time.sleep(0.01)
        seen.append(jobs.get(store, job.id))
        return {}

    carry_out(work)
    assert (seen[0].progress, seen[0].doing) == (0.25, "counting sheep")


def test_a_job_given_to_another_process_is_left_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    jobs.claim(store, Lane.SHORT)
    jobs.started(store, job.id, 1, 0.0)
    assert child.main(job.id) == heart.NOT_MINE
    assert jobs.get(store, job.id).state is JobState.RUNNING


def test_a_child_whose_job_was_closed_by_the_worker_leaves_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = threading.Event()
    codes: list[int] = []
    monkeypatch.setattr(heart.os, "_exit", lambda code: (codes.append(code), left.set()))
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    jobs.claim(store, Lane.SHORT)
    jobs.started(store, job.id, *processes.this())
    with heart.Heart(store, jobs.get(store, job.id)) as beating:
        jobs.end(store, job.id, JobState.FAILED, message="It was silent.")
        beating.tell(0.5, "writing on")
        assert left.wait(10)
    assert codes[0] == heart.NOT_MINE


def test_a_full_disk_at_the_very_end_is_waited_out(
    carry_out: Callable[[Work], tuple[int, Job]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.errors import DatabaseError

    monkeypatch.setattr(child, "_LAST_TRIES_S", (0.0, 0.01))
    true_end, tries = jobs.end, []

    def end(*words: Any, **more: Any) -> None:
        tries.append(words)
        if len(tries) == 1:
            raise DatabaseError("The disk is full: nothing was changed.")
        true_end(*words, **more)

    monkeypatch.setattr(child.jobs, "end", end)
    code, job = carry_out(lambda *_: {})
    assert (code, job.state, len(tries)) == (0, JobState.FINISHED, 2)
