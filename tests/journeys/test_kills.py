"""kill -9 at bad moments, and a full disk: the acknowledged stays, the begun goes on or says why not."""

import json
import os
import signal
from pathlib import Path

from core import processes
from core.services import jobs as service
from core.work import demo
from db import datasets, jobs, runs
from db.terms import JobKind, JobState
from tests.journeys.house import House

# Some twenty seconds: long enough to be killed twice on the way.
EPOCHS = 60
SLOW = (f"epochs={EPOCHS}", "side_px=48", "width=20", "batch=2", "threads=1")


def train(house: House, photos: Path, *settings: str) -> int:
    if not datasets.listing(house.store):
        house.cli("import", str(photos), "--name", "tiny", "--split", "train=.7,val=.3")
    return int(house.cli("train", "--dataset", "tiny", "--preset", "demo", "--set", *settings).stdout)


def test_a_run_survives_its_worker_its_stop_and_a_power_cut(
    house: House, photos: Path, tmp_path: Path
) -> None:
    number = train(house, photos, *SLOW)
    _, job = house.until(number, lambda run, _: run.epochs_done >= 1)
    os.kill(house.worker_pid(), signal.SIGKILL)
    assert processes.lives(job.pid or 0, job.pid_started_at or 0.0)  # the child goes on without its worker
    house.cli("stop", str(number))
    stopped, after = house.until(number, lambda run, _: run.state.ended)
    assert (stopped.state, stopped.usable, after.pid) == (JobState.STOPPED, True, job.pid)
    assert f"after epoch {stopped.epochs_done} of {EPOCHS}" in after.message

    house.cli("resume", str(number))
    _, job = house.until(number, lambda run, _: run.epochs_done >= stopped.epochs_done + 2)
    fixes = tmp_path / "fixes.csv"
    fixes.write_text("image,label,state\n00.png,sea,unknown\n")
    house.cli("correct", str(fixes), "--dataset", "tiny", "--author", "Ada")  # acknowledged
    os.kill(house.worker_pid(), signal.SIGKILL)
    os.kill(job.pid or 0, signal.SIGKILL)

    house.cli("resume", str(number), "--wait")  # as after a power cut: nobody has looked in between
    finished, _ = house.run_of(number)
    assert (finished.state, finished.revision) == (JobState.FINISHED, 1)
    assert [epoch.epoch for epoch in runs.epochs(house.store, number)] == list(range(1, EPOCHS + 1))
    assert "Continued after epoch" in (house.settings.runs_dir / finished.folder / "log.txt").read_text()
    assert datasets.get(house.store, 1).revision == 2  # the correction is still there
    assert house.cli("doctor").returncode == 0


def test_a_full_disk_fails_the_run_with_a_sentence(house: House, photos: Path) -> None:
    # No file may grow beyond 6 MiB: the checkpoint of this width is larger, the database is not. The import's worker
    # may still be there to train, so it has the limit too.
    small = ("bash", "-c", 'ulimit -f 6144; exec "$@"', "bash")
    house.cli("import", str(photos), "--name", "tiny", within=small)
    settings = ("epochs=1", "side_px=32", "width=40", "threads=1")
    words = ("train", "--dataset", "tiny", "--preset", "demo", "--set", *settings, "--wait")
    told = house.cli(*words, code=1, within=small)
    assert "disk" in told.stderr
    assert "resume" in told.stderr.lower()
    assert "Traceback" not in told.stderr


def test_a_killed_import_leaves_nothing_and_works_the_second_time(house: House, photos: Path) -> None:
    from core.actor import NOBODY
    from core.services.importing import ImportRequest, start_import

    job = start_import(house.store, house.settings, NOBODY, ImportRequest(photos, "tiny"))
    service.ensure_worker(house.store, house.settings)
    while not (begun := jobs.get(house.store, job.id)).pid:
        pass
    os.kill(begun.pid, signal.SIGKILL)
    ended = service.wait(house.store, NOBODY, job.id, timeout_s=60)
    assert ended.state is JobState.FAILED
    assert "Nothing of it was stored: start it again." in ended.message
    assert datasets.listing(house.store) == []
    house.cli("import", str(photos), "--name", "tiny")


def test_a_demo_that_was_killed_is_completed_and_never_doubled(house: House) -> None:
    for _ in range(2):
        job = jobs.add(house.store, JobKind.DEMO, actor="ada", params={"images": 60})
        service.ensure_worker(house.store, house.settings)
        while not (begun := jobs.get(house.store, job.id)).pid:
            pass
        os.kill(begun.pid, signal.SIGKILL)
    again = jobs.add(house.store, JobKind.DEMO, actor="ada", params={"images": 60})
    from core.actor import NOBODY

    done = service.wait(house.store, NOBODY, again.id, timeout_s=120)
    assert done.state is JobState.FINISHED, done.message
    assert [d.name for d in datasets.listing(house.store)] == [demo.NAME]
    assert len(runs.listing(house.store)) == 1
    once_more = json.loads(house.cli("demo", "--json").stdout)
    assert (once_more["dataset"], once_more["run"]) == (done.result["dataset"], done.result["run"])
    assert len(runs.listing(house.store)) == 1
