"""What a training job does with the news of its run; the network itself is tested where it lives."""

import io
from collections.abc import Iterator

import numpy as np
import pytest

from core import states
from core.config import TrainConfig
from core.training import news
from core.work import train
from db import jobs, runs
from db.records import Job, Label, Run
from db.store import Store
from db.terms import JobState, Lane
from tests.small import small_dataset

EPOCHS = 3
METRICS = {"loss": 0.5, "micro_f1": 0.25}


@pytest.fixture
def running(store: Store) -> tuple[Run, Job]:
    dataset = small_dataset(store)
    settings = {"preset": "demo", "epochs": EPOCHS}
    run = runs.create(
        store,
        dataset_id=dataset.id,
        name="",
        preset="demo",
        config=settings,
        folder="r",
        threshold=[0.5],
        author="ada",
    )
    job = jobs.claim(store, Lane.LONG)
    assert job is not None
    return run, job


class Told:
    """Progress as it is told."""

    def __init__(self) -> None:
        self.words: list[tuple[float, str]] = []

    def __call__(self, share: float, doing: str) -> None:
        self.words.append((share, doing))


def step(epoch: int) -> news.Step:
    return news.Step(epoch, EPOCHS, step=1, steps=2, images_per_s=430.4, loss=0.5, left_s=130.2)


def epoch(number: int) -> news.Epoch:
    return news.Epoch(number, EPOCHS, 1.5, METRICS, METRICS, [(0, 0, 0.9, 0)])


def test_epochs_are_stored_and_progress_is_told_in_words(store: Store, running: tuple[Run, Job]) -> None:
    told, log = Told(), io.StringIO()
    teller = train._Teller(store, running[1], running[0], told, log)
    assert teller.follow(iter([news.Note("Hello."), step(1), epoch(1)])) is None
    assert told.words == [(pytest.approx(0.97 * 0.5 / 3), "epoch 1 / 3 · 2:10 left · 430 images/s")]
    stored = runs.epochs(store, running[0].id)
    assert [(e.epoch, e.validation, e.most_wrong) for e in stored] == [(1, METRICS, ((0, 0, 0.9, "absent"),))]
    assert "Hello.\n" in log.getvalue()
    assert "epoch 1 / 3: loss 0.5000" in log.getvalue()


@pytest.mark.parametrize(("now", "epochs"), [(True, 1), (False, 2)])
def test_a_wish_to_stop_is_heard_at_once_or_after_the_epoch(
    store: Store, running: tuple[Run, Job], now: bool, epochs: int
) -> None:
    def telling() -> Iterator[news.News]:
        yield epoch(1)
        jobs.ask_stop(store, running[1].id, now=now)
        yield step(2)
        yield epoch(2)
        yield step(3)

    teller = train._Teller(store, running[1], running[0], Told(), io.StringIO())
    assert teller.follow(telling()) is (JobState.STOPPING_NOW if now else JobState.STOPPING)
    assert runs.get(store, running[0].id).epochs_done == epochs


def test_a_wish_in_the_last_epoch_leaves_a_finished_run(store: Store, running: tuple[Run, Job]) -> None:
    def telling() -> Iterator[news.News]:
        yield epoch(2)
        jobs.ask_stop(store, running[1].id, now=False)
        yield epoch(3)

    assert train._Teller(store, running[1], running[0], Told(), io.StringIO()).follow(telling()) is None


def test_a_resumed_run_goes_over_its_last_epoch_without_doubling_it(
    store: Store, running: tuple[Run, Job]
) -> None:
    for some in ([epoch(1), epoch(2)], [epoch(2), epoch(3)]):
        train._Teller(store, running[1], running[0], Told(), io.StringIO()).follow(iter(some))
    assert [e.epoch for e in runs.epochs(store, running[0].id)] == [1, 2, 3]


def test_labels_that_nothing_could_be_learned_of_are_named(store: Store, running: tuple[Run, Job]) -> None:
    teller = train._Teller(store, running[1], running[0], Told(), io.StringIO())
    teller.epochs_done = EPOCHS
    labels = (Label(1, 1, 0, "sea", "s"), Label(2, 1, 1, "<b>sky</b>", "k"))
    known = states.States(
        labels,
        np.array([[1, 0], [1, 1]], np.int8),
        np.zeros((2, 2), bool),
        np.array([0, 1], np.int8),
        1,
    )
    said = train._message(teller, known, np.array([0]))
    assert said.endswith("No training image has <b>sky</b>: nothing could be learned there.")


def test_no_more_threads_than_cores_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    recipe, note = train._on_this_machine(TrainConfig(threads=256))
    assert (recipe.threads, note) == (2, "256 threads were asked for; 2 cores take 2.")
    assert train._on_this_machine(TrainConfig(threads=2)) == (TrainConfig(threads=2), "")
