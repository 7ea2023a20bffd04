"""kill -9 while somebody works in the browser: what was acknowledged stays, what waits is sent, what died says so."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core import processes
from core.actor import NOBODY
from core.services import runs
from db import jobs
from db.records import Job, Run
from db.terms import JobState
from tests.browser import acting
from tests.browser.acting import LONG_MS, Gallery, soon
from tests.browser.conftest import end, serve

IMAGES = 80
QUICK = ("epochs=1", "side_px=32", "width=8", "batch=8", "threads=1")
SLOW = ("epochs=60", "side_px=32", "width=8", "batch=2", "threads=1")
NOT_SAVED = "not saved yet: The server does not answer."


class Alive:
    """An Errata whose web process can be killed and started again at the same address."""

    def __init__(self, home: Path) -> None:
        self.served, self.process = serve(home)
        self.port = int(self.served.environment["PORT"])

    def kill_web(self) -> None:
        """kill -9 of the web process; the `serve` above it says so and ends."""
        for child in psutil.Process(self.process.pid).children():
            child.kill()
        assert self.process.wait(30) == 1

    def start_again(self) -> None:
        """Serve the same home at the same port."""
        self.served.store.close()
        self.served, self.process = serve(self.served.settings.home, self.port)

    def train(self, *settings: str) -> Run:
        """Queue a run and return it."""
        words = ("train", "--dataset", "1", "--preset", "demo", "--set", *settings)
        return runs.get(self.served.store, NOBODY, int(self.served.cli(*words)))

    def job(self, run: Run) -> Job:
        """The job of a run as it is now; a resumed run has another than before."""
        return runs.job(self.served.store, NOBODY, run.id)


@pytest.fixture(scope="module")
def alive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alive]:
    """A small set of red skies and blue seas, and a run on it whose errors were analysed."""
    folder = tmp_path_factory.mktemp("pictures")
    chance = np.random.default_rng(7)
    lines = ["filename,sea,sky"]
    for number in range(IMAGES):
        pixels = chance.integers(0, 90, (32, 32, 3))
        sea, sky = chance.integers(0, 2, 2)
        pixels[:16, :, 0] += 160 * sky
        pixels[16:, :, 2] += 160 * sea
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:02}.png")
        lines.append(f"{number:02}.png,{sea},{sky}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    running = Alive(tmp_path_factory.mktemp("alive") / "home")
    running.served.cli("import", str(folder), "--name", "tiny", "--split", "train=.5,val=.5")
    first = running.train(*QUICK)
    soon(lambda: running.job(first).state.ended, within_s=LONG_MS / 1000)
    running.served.cli("analyse", str(first.id))
    yield running
    end(running.served, running.process)


@pytest.fixture
def gallery(alive: Alive, page: Page) -> Gallery:
    """The errors of the first run, opened by somebody who has said who they are."""
    page.context.add_cookies([{"name": "errata_author", "value": "Ada", "url": alive.served.url}])
    return acting.open_errors(page, alive.served, runs.get(alive.served.store, NOBODY, 1))


def unsure(gallery: Gallery, count: int) -> list[acting.Cell]:
    """Set some errors unknown, one key press after the other, without waiting; returns the cells as they were."""
    cells = []
    for _ in range(count):
        cells.append(gallery.cell())
        gallery.press(f"Shift+{cells[-1].label.key.upper()}")
    return cells


def all_unknown(alive: Alive, gallery: Gallery, cells: list[acting.Cell]) -> bool:
    """True once the database holds all of them."""
    gallery.errata = alive.served
    return all(gallery.stored(cell.row, cell.label).state.value == "unknown" for cell in cells)


def test_corrections_made_while_the_web_process_is_dead_are_saved_when_it_lives_again(
    alive: Alive, gallery: Gallery, page: Page
) -> None:
    acknowledged = [gallery.decide(f"Shift+{gallery.cell().label.key.upper()}") for _ in range(2)]
    in_flight = unsure(gallery, 4)
    alive.kill_web()
    waiting = unsure(gallery, 2)
    expect(page.get_by_text(NOT_SAVED)).to_be_visible()
    assert all_unknown(alive, gallery, acknowledged)
    assert not all_unknown(alive, gallery, waiting)

    alive.start_again()
    expect(page.get_by_text(NOT_SAVED)).to_have_count(0, timeout=60_000)  # by itself
    gallery.all_saved()
    assert all_unknown(alive, gallery, [*acknowledged, *in_flight, *waiting])


def test_a_tab_that_is_closed_while_the_web_process_is_dead_loses_nothing(
    alive: Alive, gallery: Gallery, page: Page
) -> None:
    alive.kill_web()
    waiting = unsure(gallery, 3)
    expect(page.get_by_text(NOT_SAVED)).to_be_visible()
    page.close()
    alive.start_again()
    assert not all_unknown(alive, gallery, waiting)
    acting.open_errors(page.context.new_page(), alive.served, runs.get(alive.served.store, NOBODY, 1))
    soon(lambda: all_unknown(alive, gallery, waiting))


def kill(pid: int | None) -> None:
    """kill -9."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def worker_pid(alive: Alive) -> int:
    """The process of the worker that lives."""
    workers = jobs.workers(alive.served.store)
    return next(pid for _, pid, began_at, _ in workers if processes.lives(pid, began_at))


def epochs_done(alive: Alive, run: Run) -> int:
    """How many epochs of a run are done."""
    return runs.get(alive.served.store, NOBODY, run.id).epochs_done


def test_a_run_whose_child_and_worker_are_killed_says_so_and_goes_on(alive: Alive, page: Page) -> None:
    run = alive.train(*SLOW)
    page.goto(f"{alive.served.url}/train?run={run.id}")
    soon(lambda: epochs_done(alive, run) >= 1)
    kill(alive.job(run).pid)
    expect(page.get_by_text("Its process was killed by signal 9").first).to_be_visible()
    done = epochs_done(alive, run)

    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Stop now")).to_be_visible()
    soon(lambda: epochs_done(alive, run) > done)
    worker, child = worker_pid(alive), alive.job(run).pid
    kill(worker)
    kill(child)
    expect(page.get_by_text("Its process disappeared").first).to_be_visible(timeout=LONG_MS)
    done = epochs_done(alive, run)

    page.get_by_role("button", name="Resume").click()
    soon(lambda: epochs_done(alive, run) > done)
    page.get_by_role("button", name="Stop now").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible(timeout=LONG_MS)
    assert alive.job(run).state is JobState.STOPPED
    kept = [epoch.epoch for epoch in runs.epochs(alive.served.store, NOBODY, run.id)]
    assert kept == list(range(1, len(kept) + 1))  # every epoch once


def test_a_run_whose_worker_alone_is_killed_goes_on(alive: Alive, page: Page) -> None:
    run = alive.train(*SLOW)
    page.goto(f"{alive.served.url}/train?run={run.id}")
    soon(lambda: epochs_done(alive, run) >= 1)
    child = alive.job(run).pid
    kill(worker_pid(alive))
    done = epochs_done(alive, run)
    soon(lambda: epochs_done(alive, run) > done)
    assert alive.job(run).pid == child
    page.get_by_role("button", name="Stop now").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible(timeout=LONG_MS)
    assert alive.job(run).state is JobState.STOPPED
