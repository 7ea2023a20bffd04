"""kill -9 at seeded random moments, many times over: what was acknowledged stays, and the run ends whole."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from core import processes
from db import datasets, revisions, runs
from db.records import CellValue
from db.terms import JobState, LabelState
from tests.journeys.house import House
from tests.journeys.test_kills import EPOCHS, train

KILLS = 12
LONG = (f"epochs={EPOCHS}", "side_px=48", "width=20", "batch=2", "threads=1")


def kill_one(house: House, number: int, chance: random.Random) -> None:
    """Kill the worker, the child that trains, or both; whichever still lives."""
    _, job = house.run_of(number)
    child = job.pid if job.pid and processes.lives(job.pid, job.pid_started_at or 0.0) else None
    try:
        worker = house.worker_pid()
    except StopIteration:
        worker = None
    for pid in chance.choice([(worker,), (child,), (worker, child)]):
        if pid is not None:
            os.kill(pid, signal.SIGKILL)


def correct(house: House, number: int, folder: Path) -> None:
    """One correction by the command line; back means acknowledged."""
    fixes = folder / f"fix{number}.csv"
    fixes.write_text(f"image,label,state\n{number:02}.png,sea,unknown\n")
    house.cli("correct", str(fixes), "--dataset", "tiny", "--author", "Ada")


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_acknowledged_is_lost_and_the_run_is_completed(
    house: House, photos: Path, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    number = train(house, photos, *LONG)
    done = []  # epochs at each death: resuming never falls behind what was told
    for k in range(KILLS):
        correct(house, k, tmp_path)
        time.sleep(chance.uniform(0.0, 2.0))
        kill_one(house, number, chance)
        time.sleep(chance.uniform(0.0, 0.5))
        run, job = house.run_of(number)
        done.append(run.epochs_done)
        child_lives = bool(job.pid) and processes.lives(job.pid or 0, job.pid_started_at or 0.0)
        if run.state is not JobState.FINISHED and not child_lives:
            house.cli("resume", str(number))
    run, _ = house.run_of(number)
    if run.state is not JobState.FINISHED:
        house.until(number, lambda run, _: run.state.ended)
        if house.run_of(number)[0].state is not JobState.FINISHED:
            house.cli("resume", str(number), "--wait")
    run, _ = house.run_of(number)
    assert run.state is JobState.FINISHED
    assert done == sorted(done)
    assert [epoch.epoch for epoch in runs.epochs(house.store, number)] == list(range(1, EPOCHS + 1))
    dataset = datasets.get(house.store, 1)
    sea = next(label for label in datasets.labels(house.store, 1) if label.name == "sea")
    corrected = revisions.values(house.store, 1, [(row, sea.id) for row in range(KILLS)])
    assert [cell.value for cell in corrected] == [CellValue(LabelState.UNKNOWN, verified=True)] * KILLS
    assert dataset.revision == 1 + KILLS
    house.cli("doctor")
