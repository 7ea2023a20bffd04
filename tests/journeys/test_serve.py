"""`serve`: prints its address, ends in order on Ctrl-C, says when the port is taken or the web process dies."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator

import psutil
import pytest
import typer

from core import processes
from core.actor import NOBODY
from core.cli import serving, shared
from core.cli.shared import House as Inside
from db import datasets, jobs, revisions
from db.records import Image
from db.terms import JobKind, JobState, LabelState, Part
from tests.journeys.house import House

Serve = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(house: House, port: int) -> Iterator[Serve]:
    started: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "core", "serve"],
                cwd=processes.ROOT,
                env={**house.environment, "ERRATA_DEMO": "0", "PORT": str(port)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.terminate()  # in order: killed, it would leave its web process behind
        process.communicate(timeout=60)


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_ctrl_c_ends_the_page_within_seconds_and_tells_of_the_run(
    house: House, serve: Serve, port: int
) -> None:
    running = serve()
    assert first_line(running) == f"Errata is at http://127.0.0.1:{port}\n"
    assert serving.healthy(f"http://127.0.0.1:{port}")
    second = serve()
    assert second.wait(60) == 1
    assert second.stderr is not None
    said = f"Port {port} is taken by Errata already: open http://127.0.0.1:{port}, or choose another port"
    assert said in second.stderr.read()

    job = jobs.add(house.store, JobKind.TRAIN, actor="ada", run_id=3)
    jobs.claim(house.store, jobs.Lane.LONG)
    jobs.started(house.store, job.id, *processes.this())
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    out, told = running.communicate(timeout=20)
    assert running.returncode == 0
    assert time.monotonic() - began < 15
    assert "Run 3 goes on training; `make run` shows it again; `python -m core stop 3` stops it." in told
    assert "Traceback" not in out + told
    jobs.end(house.store, job.id, JobState.STOPPED)


def test_a_port_of_another_program_is_one_sentence(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(typer.Exit):
            serving._check_port(port, f"http://127.0.0.1:{port}")
    told = capsys.readouterr().err
    assert told == (
        f"Port {port} is taken by another program: choose another port, such as PORT={port % 65535 + 1} make run.\n"
    )


def test_a_killed_web_process_is_told(house: House, serve: Serve) -> None:
    running = serve()
    first_line(running)
    web = next(p for p in psutil.Process(running.pid).children() if "uvicorn" in " ".join(p.cmdline()))
    os.kill(web.pid, signal.SIGKILL)
    assert running.wait(20) == 1
    assert running.stderr is not None
    assert "ended by itself (exit code -9)" in running.stderr.read()


@pytest.fixture
def inside(house: House, monkeypatch: pytest.MonkeyPatch) -> Inside:
    monkeypatch.setattr("core.services.jobs.ensure_worker", lambda *_: False)
    return shared.House(house.settings, house.store, NOBODY)


def demos(house: House) -> int:
    return len(jobs.listing(house.store, kinds=[JobKind.DEMO]))


def test_the_demo_is_queued_once_on_the_first_start(house: House, inside: Inside) -> None:
    serving.begin_demo(inside)
    serving.begin_demo(inside)
    assert demos(house) == 1


def test_a_demo_that_failed_is_tried_again_but_not_one_that_was_deleted(house: House, inside: Inside) -> None:
    serving.begin_demo(inside)
    jobs.end(house.store, 1, JobState.FAILED)
    serving.begin_demo(inside)
    assert demos(house) == 2
    jobs.end(house.store, 2, JobState.FINISHED)  # and its data set is gone by now
    serving.begin_demo(inside)
    assert demos(house) == 2


def test_who_began_with_data_of_their_own_gets_no_demo(house: House, inside: Inside) -> None:
    jobs.add(house.store, JobKind.IMPORT, actor="ada")
    serving.begin_demo(inside)
    assert demos(house) == 0


def a_set(house: House, images: int) -> int:
    """A data set of that many images and one label; returns the label's number."""
    made = datasets.create(
        house.store,
        name="tiny",
        folder="f",
        source="s",
        root="r",
        format="csv",
        default_state=LabelState.ABSENT,
        labels=[("sea", "s")],
        images=[Image(0, i, f"{i}.jpg", Part.TRAIN, f"{i:064}", 8, 8, 100) for i in range(images)],
        cells=[],
        author="Ada",
        client_id="first",
    )
    return datasets.labels(house.store, made.id)[0].id


def correct(house: House, port: int, row: int, label: int) -> str:
    """Set one cell present, as the gallery does; the status of the answer. Raises OSError if none comes."""
    cell = {"row": row, "label": label, "state": "present", "verified": True}
    change = {**cell, "seen": {"state": "absent", "verified": False}}
    operation = {"client_id": f"client-{row:04}", "action": "set", "cells": [change]}
    origin = f"http://127.0.0.1:{port}"
    asked = urllib.request.Request(
        f"{origin}/errata/labels",
        json.dumps({"dataset": 1, "folder": "f", "author": "Ada", "operations": [operation]}).encode(),
        {"Origin": origin, "X-Errata-Token": (house.settings.home / "token").read_text()},
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return str(json.load(answer)["answers"][0]["status"])


def test_what_was_acknowledged_outlives_a_killed_web_process(house: House, serve: Serve, port: int) -> None:
    label = a_set(house, images=2_000)
    running = serve()
    first_line(running)
    web = next(p for p in psutil.Process(running.pid).children() if "uvicorn" in " ".join(p.cmdline()))
    saved: list[int] = []

    def work() -> None:
        for row in range(2_000):
            try:
                assert correct(house, port, row, label) == "saved"
            except (OSError, http.client.HTTPException):
                return
            saved.append(row)

    person = threading.Thread(target=work)
    person.start()
    while len(saved) < 25 and person.is_alive():
        time.sleep(0.01)
    web.kill()  # in the midst of it
    person.join()
    running.wait(20)
    assert 25 <= len(saved) < 2_000

    first_line(serve())
    again = len(saved)  # was sent and not acknowledged: nobody knows, so it is sent again
    assert correct(house, port, again, label) in ("saved", "repeated")
    cells = revisions.values(house.store, 1, [(row, label) for row in range(again + 2)])
    assert [cell.value.state is LabelState.PRESENT for cell in cells] == [True] * (again + 1) + [False]
    assert datasets.get(house.store, 1).revision == again + 2  # the import, and each correction once
