"""The worker claims, watches, adopts and tells; children are real processes, and some are killed."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import processes, worker
from core.services import jobs as service
from core.settings import Settings
from db import datasets, jobs, runs
from db.records import Epoch, Image, Job
from db.store import Store
from db.terms import JobKind, JobState, LabelState, Part

SLEEPER = "import time; time.sleep(60)"
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"ERRATA_HOME": str(tmp_path), "ERRATA_WORKER_IDLE_S": "1"})


@pytest.fixture
def spawned() -> Iterator[list["subprocess.Popen[bytes]"]]:
    found: list[subprocess.Popen[bytes]] = []
    yield found
    for child in found:
        child.kill()
        child.wait()


@pytest.fixture
def children(
    monkeypatch: pytest.MonkeyPatch, spawned: list["subprocess.Popen[bytes]"]
) -> Callable[[str], None]:
    """Say what the children of the worker are to run instead of jobs."""

    def are(code: str) -> None:
        def start(*_: object, **__: object) -> "subprocess.Popen[bytes]":
            spawned.append(subprocess.Popen([sys.executable, "-c", code], start_new_session=True))
            return spawned[-1]

        monkeypatch.setattr(worker.processes, "start_apart", start)

    return are


def new_worker(store: Store, settings: Settings) -> worker.Worker:
    pid, began_at = processes.this()
    return worker.Worker(store, settings, jobs.add_worker(store, pid, began_at))


def ticks_until(work: worker.Worker, store: Store, job_id: int, wanted: Callable[[Job], bool]) -> Job:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        work.tick()
        job = jobs.get(store, job_id)
        if wanted(job):
            return job
        time.sleep(0.02)
    raise AssertionError(f"job {job_id} is {jobs.get(store, job_id)}")


def ended(job: Job) -> bool:
    return job.state.ended


def test_a_queued_job_gets_a_process_of_its_own(
    store: Store,
    settings: Settings,
    children: Callable[[str], None],
    spawned: list["subprocess.Popen[bytes]"],
) -> None:
    children(SLEEPER)
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    new_worker(store, settings).tick()
    found = jobs.get(store, job.id)
    assert found.state is JobState.RUNNING
    assert found.pid == spawned[0].pid
    assert processes.lives(spawned[0].pid, found.pid_started_at or 0)


def test_an_import_does_not_wait_behind_training_but_behind_another_import(
    store: Store, settings: Settings, children: Callable[[str], None]
) -> None:
    children(SLEEPER)
    kinds = (JobKind.TRAIN, JobKind.TRAIN, JobKind.IMPORT, JobKind.IMPORT)
    numbers = [jobs.add(store, kind, actor="ada").id for kind in kinds]
    work = new_worker(store, settings)
    work.tick()
    work.tick()
    states = [jobs.get(store, number).state for number in numbers]
    assert states == [JobState.RUNNING, JobState.QUEUED, JobState.RUNNING, JobState.QUEUED]


def test_a_killed_child_is_reported_with_its_signal_and_what_to_do(
    store: Store,
    settings: Settings,
    children: Callable[[str], None],
    spawned: list["subprocess.Popen[bytes]"],
) -> None:
    children(SLEEPER)
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    work = new_worker(store, settings)
    work.tick()
    jobs.beat(store, job.id, doing="Reading 5 of 9 images")
    spawned[0].kill()
    found = ticks_until(work, store, job.id, ended)
    assert found.state is JobState.FAILED
    assert found.message == (
        "Its process was killed by signal 9 (SIGKILL) while reading 5 of 9 images, perhaps because memory "
        "ran out. Nothing of it was stored: start it again."
    )


def test_a_killed_run_is_told_its_epoch_and_its_checkpoint(
    store: Store,
    settings: Settings,
    children: Callable[[str], None],
    spawned: list["subprocess.Popen[bytes]"],
) -> None:
    children(SLEEPER)
    image = Image(0, 0, "a.jpg", Part.TRAIN, "0" * 64, 8, 8, 100)
    about = {"name": "tiny", "folder": "f", "source": "s", "root": "r", "format": "csv", "author": "ada"}
    dataset = datasets.create(
        store,
        **about,
        default_state=LabelState.ABSENT,
        labels=[("sea", "s")],
        images=[image],
        cells=[],
        client_id="first",
    )
    run = runs.create(
        store,
        dataset_id=dataset.id,
        name="",
        preset="demo",
        config={},
        folder="r",
        threshold=[0.5],
        author="ada",
    )
    work = new_worker(store, settings)
    work.tick()
    for epoch in (1, 2):
        runs.add_epoch(store, Epoch(run.id, epoch, 1.0, {}, {}, ()))
    spawned[0].kill()
    said = ticks_until(work, store, run.job_id, ended).message
    assert said == (
        "Its process was killed by signal 9 (SIGKILL) in epoch 3, perhaps because memory ran out. "
        "Resume continues from the checkpoint after epoch 2."
    )


def test_the_last_words_of_a_child_that_failed_early_are_told(
    store: Store, settings: Settings, children: Callable[[str], None]
) -> None:
    children("raise SystemExit(7)")
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    (settings.logs_dir).mkdir(parents=True)
    (settings.logs_dir / f"job-{job.id}.log").write_text("something\nImportError: no such thing\n\n")
    found = ticks_until(new_worker(store, settings), store, job.id, ended)
    assert "ended with exit code 7 (“ImportError: no such thing”)" in found.message


def test_a_new_worker_adopts_a_living_child(
    store: Store, settings: Settings, spawned: list["subprocess.Popen[bytes]"]
) -> None:
    child = subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True)
    spawned.append(child)
    job = jobs.add(store, JobKind.TRAIN, actor="ada")
    claimed = jobs.claim(store, worker.Lane.LONG)
    assert claimed is not None
    jobs.started(store, job.id, child.pid, processes.began(child.pid) or 0.0)
    work = new_worker(store, settings)
    work.tick()
    assert jobs.get(store, job.id).state is JobState.RUNNING
    child.kill()
    found = ticks_until(work, store, job.id, ended)
    assert found.message.startswith("Its process disappeared, ended from outside")
    assert found.message.endswith("Resume starts it again from the first epoch.")


def test_a_reused_process_number_is_not_taken_for_the_child(
    store: Store, settings: Settings, spawned: list["subprocess.Popen[bytes]"]
) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True)
    spawned.append(stranger)
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    jobs.claim(store, worker.Lane.SHORT)
    jobs.started(store, job.id, stranger.pid, (processes.began(stranger.pid) or 0.0) - 1.0)
    found = ticks_until(new_worker(store, settings), store, job.id, ended)
    assert found.state is JobState.FAILED
    assert stranger.poll() is None  # and it is left alone


def test_a_silent_child_is_ended(
    store: Store,
    settings: Settings,
    children: Callable[[str], None],
    spawned: list["subprocess.Popen[bytes]"],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    children(SLEEPER)
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    work = new_worker(store, settings)
    work.tick()
    monkeypatch.setattr(worker, "SILENT_S", 0.3)
    found = ticks_until(work, store, job.id, ended)
    assert "no sign of life" in found.message
    assert spawned[0].wait(5) == -9


def test_a_silence_in_which_the_worker_was_held_up_itself_does_not_count(
    store: Store, settings: Settings, children: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    children(SLEEPER)
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    work = new_worker(store, settings)
    work.tick()
    work.tick()  # it has seen the job at work
    monkeypatch.setattr(worker, "SILENT_S", 0.3)
    monkeypatch.setattr(worker, "HELD_UP_S", 0.2)
    time.sleep(0.6)  # as a machine that stands still, or a database that another keeps busy
    work.tick()
    assert jobs.get(store, job.id).state is JobState.RUNNING


def test_a_silent_process_of_the_home_that_this_one_was_copied_from_is_left_alone(
    store: Store,
    settings: Settings,
    spawned: list["subprocess.Popen[bytes]"],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    original = Settings.load({"ERRATA_HOME": str(tmp_path / "original")})
    code = [sys.executable, "-c", SLEEPER]
    theirs = subprocess.Popen(code, start_new_session=True, env=processes.environment(original))
    spawned.append(theirs)
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    jobs.claim(store, worker.Lane.SHORT)
    jobs.started(store, job.id, theirs.pid, processes.began(theirs.pid) or 0.0)
    monkeypatch.setattr(worker, "SILENT_S", 0.3)
    assert "no sign of life" in ticks_until(new_worker(store, settings), store, job.id, ended).message
    assert theirs.poll() is None


def test_a_job_whose_worker_died_before_it_began_is_begun_by_the_next(
    store: Store, settings: Settings, children: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    children(SLEEPER)
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    jobs.claim(store, worker.Lane.SHORT)
    monkeypatch.setattr(worker, "UNASSIGNED_S", 0.1)
    found = ticks_until(new_worker(store, settings), store, job.id, lambda job: job.pid is not None)
    assert found.state is JobState.RUNNING


def test_a_worker_without_work_leaves_and_is_off_the_list(store: Store, settings: Settings) -> None:
    began = time.monotonic()
    assert worker.run(store, settings) == 0
    assert 0.9 < time.monotonic() - began < 5
    assert jobs.workers(store) == []


def test_of_several_workers_that_start_at_once_one_is_left(store: Store, settings: Settings) -> None:
    blocker = jobs.add(store, JobKind.IMPORT, actor="ada")
    jobs.claim(store, worker.Lane.SHORT)
    jobs.started(store, blocker.id, *processes.this())  # something to watch, so that the winner stays
    log = settings.logs_dir / "worker.log"
    crowd = [processes.start_apart(settings, ["worker"], log) for _ in range(3)]
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until and sum(one.poll() is None for one in crowd) > 1:
            time.sleep(0.1)
        assert sum(one.poll() is None for one in crowd) == 1
        assert service.worker_lives(store)
        assert not service.ensure_worker(store, settings)
        jobs.end(store, blocker.id, JobState.FINISHED)
        until = time.monotonic() + 10
        while time.monotonic() < until and any(one.poll() is None for one in crowd):
            time.sleep(0.1)
        assert jobs.workers(store) == []
    finally:
        for one in crowd:
            one.kill()
            one.wait()


def test_a_dead_worker_is_struck_off_by_the_next(store: Store, settings: Settings) -> None:
    jobs.add_worker(store, 2**22 - 3, 1.0)
    assert not service.worker_lives(store)
    worker.run(store, settings)
    assert jobs.workers(store) == []
