"""Commands that wait for a job: its end is their exit code, and an end before its time has a sentence."""

import io
from collections.abc import Callable

import pytest

from core.cli import commands
from core.services import jobs as service
from db import datasets, jobs, runs
from db.records import Epoch
from db.terms import JobState, Lane
from tests.conftest import Home
from tests.pages.sets import add_run, add_set

Worker = Callable[[Callable[[], None]], None]


@pytest.fixture
def worker(home: Home, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """Where a command would start a worker, this is done instead."""

    def set_to(work: Callable[[], None]) -> None:
        monkeypatch.setattr(service, "ensure_worker", lambda settings, store: work())

    return set_to


def stop_all(home: Home) -> None:
    for job in jobs.listing(home.store, states=[JobState.QUEUED]):
        jobs.ask_stop(home.store, job.id, now=True)


def test_a_demo_that_somebody_stops_is_no_success(
    home: Home, worker: Worker, capfd: pytest.CaptureFixture[str]
) -> None:
    worker(lambda: stop_all(home))
    assert commands.main(["demo", "--json"]) == 1
    assert capfd.readouterr() == ("", "Stopped before it began.\n")


def test_an_analysis_that_somebody_stops_shows_no_causes(
    home: Home, worker: Worker, capfd: pytest.CaptureFixture[str]
) -> None:
    run = add_run(home, add_set(home, "small"))
    worker(lambda: stop_all(home))
    assert commands.main(["analyse", str(run)]) == 1
    assert capfd.readouterr() == ("", "Stopped before it began.\n")


@pytest.mark.parametrize(
    ("epochs", "state", "code"),
    [
        (1, JobState.STOPPED, 0),
        (0, JobState.STOPPED, 1),
        (1, JobState.FAILED, 1),
        (1, JobState.FINISHED, 0),
    ],
)
def test_a_run_that_is_stopped_with_scores_did_not_fail(
    home: Home, worker: Worker, capfd: pytest.CaptureFixture[str], epochs: int, state: JobState, code: int
) -> None:
    add_set(home, "small")

    def train() -> None:
        job = jobs.claim(home.store, Lane.LONG)
        if job is not None and job.run_id is not None:
            for number in range(1, epochs + 1):
                runs.add_epoch(home.store, Epoch(job.run_id, number, 1.0, {}, {}, ()))
            jobs.end(home.store, job.id, state, message="So it ended.")

    worker(train)
    assert commands.main(["train", "--dataset", "small", "--wait"]) == code
    assert capfd.readouterr() == ("1\n", "So it ended.\n")


def test_ctrl_c_claims_nothing_that_a_command_cannot_know(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "listing", interrupted)
    assert commands.main(["runs"]) == 1
    assert capfd.readouterr() == ("", "Stopped.\n")


def test_a_question_left_unanswered_changes_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    add_set(home, "small")
    answers = io.StringIO("n\n")
    answers.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", answers)
    assert commands.main(["delete", "small"]) == 1
    assert capfd.readouterr().err.endswith("Stopped: nothing was changed.\n")
    assert [found.name for found in datasets.listing(home.store)] == ["small"]
