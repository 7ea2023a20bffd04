"""Asking for predictions: refusals that need no model, and a predictor that answers over the socket."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core import processes, wire
from core.actor import NOBODY
from core.errors import BadInput, ErrataError, Refused
from core.files import save_json
from core.services import predict
from core.settings import Settings
from db import datasets, jobs, runs
from db.errors import Missing
from db.records import Epoch, Image, Run
from db.store import Store
from db.terms import JobState, LabelState, Part


def a_run(store: Store, preset: str = "demo", *, finished: bool = True) -> Run:
    dataset = datasets.create(
        store,
        name="tiny",
        folder="f",
        source="s",
        root="r",
        format="csv",
        default_state=LabelState.ABSENT,
        labels=[("sea", "s"), ("sky", "k")],
        images=[Image(0, 0, "a.jpg", Part.TRAIN, "0" * 64, 8, 8, 100)],
        cells=[],
        author="ada",
        client_id="first",
    )
    run = runs.create(
        store,
        dataset_id=dataset.id,
        name="",
        preset=preset,
        config={},
        folder="r",
        threshold=[0.5, 0.3],
        author="ada",
    )
    if finished:
        runs.add_epoch(store, Epoch(run.id, 1, 1.0, {}, {}, ()))
        jobs.end(store, run.job_id, JobState.FINISHED)
    return run


@pytest.fixture
def answered(settings: Settings, store: Store) -> Iterator[list[dict[str, Any]]]:
    """A stand-in for the predictor of run 1: it says .4 to every label of every picture but empty ones."""
    asked: list[dict[str, Any]] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            with peer:
                head, pictures = wire.receive(peer)
                asked.append(head)
                names = zip(pictures, head["names"], strict=True)
                found = [
                    {"probabilities": [0.4, 0.4]} if p else {"problem": f"{n}: empty."} for p, n in names
                ]
                wire.send(peer, {"answers": found} if head["token"] == "word" else {"error": "No."})

    threading.Thread(target=answer, daemon=True).start()
    pid, began_at = processes.this()
    port = listening.getsockname()[1]
    save_json(wire.place(settings, 1), {"pid": pid, "began_at": began_at, "port": port, "token": "word"})
    yield asked
    listening.close()


def test_a_label_is_predicted_from_its_own_threshold_on(
    settings: Settings, store: Store, answered: list[dict[str, Any]]
) -> None:
    run = a_run(store)
    found = predict.predict(store, settings, NOBODY, run.id, [b"picture", b""], names=["a.jpg", "b.jpg"])
    assert found[0].probabilities == (0.4, 0.4)
    assert found[0].predicted == (False, True)
    assert found[1].problem == "b.jpg: empty."
    assert answered[0]["names"] == ["a.jpg", "b.jpg"]


def test_a_predictor_that_refuses_is_an_error(
    settings: Settings, store: Store, answered: list[dict[str, Any]]
) -> None:
    run = a_run(store)
    place = wire.place(settings, run.id)
    place.write_text(place.read_text().replace("word", "guess"))
    with pytest.raises(ErrataError, match=r"No\."):
        predict.predict(store, settings, NOBODY, run.id, [b"picture"])


def test_a_run_that_cannot_be_asked_says_why(settings: Settings, store: Store) -> None:
    run = a_run(store, finished=False)
    with pytest.raises(Refused, match=r"no model yet \(queued\)"):
        predict.predict(store, settings, NOBODY, run.id, [b"picture"])
    with pytest.raises(Missing):
        predict.predict(store, settings, NOBODY, 99, [b"picture"])


def test_imported_scores_have_no_model_to_ask(settings: Settings, store: Store) -> None:
    run = a_run(store, "imported")
    with pytest.raises(Refused, match="no model"):
        predict.predict(store, settings, NOBODY, run.id, [b"picture"])


def test_too_many_pictures_or_a_label_that_is_none_are_refused(settings: Settings, store: Store) -> None:
    run = a_run(store)
    with pytest.raises(BadInput, match="At most 256"):
        predict.predict(store, settings, NOBODY, run.id, [b""] * 257)
    with pytest.raises(BadInput, match="position 2"):
        predict.predict(store, settings, NOBODY, run.id, [b""], where=2)


def test_a_message_keeps_its_pictures_apart() -> None:
    here, there = socket.socketpair()
    pictures = [b"\x00" * 100_000, b"", b"last"]
    sender = threading.Thread(target=wire.send, args=(here, {"name": "ä"}, pictures))
    sender.start()
    head, found = wire.receive(there)
    sender.join()
    assert (head["name"], found) == ("ä", pictures)


@pytest.mark.parametrize("bytes_", [b"\xff\xff\xff\xff", b'\x00\x00\x00\x0e{"sizes":[-1]}'])
def test_a_message_that_is_none_is_refused(bytes_: bytes) -> None:
    here, there = socket.socketpair()
    here.sendall(bytes_)
    here.close()
    with pytest.raises((ValueError, OSError)):
        wire.receive(there)


def test_the_answer_may_carry_a_map() -> None:
    run = Run(
        *(1, 1, "", "demo", {}, 1, None, "r", 1, JobState.FINISHED, 0.0, "ada", (0.5,), 1, None, None, (), 0)
    )
    found = predict._prediction({"probabilities": [0.6], "where": [[0.0, 1.0]]}, run)
    assert found.where is not None
    assert np.array_equal(found.where, [[0.0, 1.0]])


def test_a_picture_past_the_limit_is_named_and_never_sent(
    settings: Settings, store: Store, answered: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run(store)
    monkeypatch.setattr(predict, "MOST_BYTES", 2 * 1024**2)
    pictures = [b"one", b"\0" * (3 * 1024**2), b"three"]
    found = predict.predict(store, settings, NOBODY, run.id, pictures, names=["a.jpg", "b.jpg", "c.jpg"])
    assert found[1].problem == "b.jpg: The file has 3 MiB, a picture may have 2 MiB: make it smaller."
    assert [answer.problem for answer in (found[0], found[2])] == ["", ""]
    assert answered[0]["names"] == ["a.jpg", "c.jpg"]


def test_many_large_pictures_go_in_several_questions(
    settings: Settings, store: Store, answered: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run(store)
    monkeypatch.setattr(predict, "PART_BYTES", 10)
    pictures = [b"12345", b"12345", b"1", b"", b"more than ten", b"1"]
    found = predict.predict(store, settings, NOBODY, run.id, pictures, names=list("abcdef"))
    assert [question["names"] for question in answered] == [["a", "b"], ["c", "d"], ["e"], ["f"]]
    assert [answer.problem for answer in found] == ["", "", "", "d: empty.", "", ""]


def test_one_message_carries_the_largest_picture() -> None:
    assert predict.PART_BYTES <= predict.MOST_BYTES <= wire._MOST_PICTURES


def test_pictures_are_taken_together_by_number_too() -> None:
    assert list(predict.parts([1] * 5, most=2)) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert list(predict.parts([])) == []
