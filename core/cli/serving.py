"""`serve`: the web process, started by name and watched; background work outlives it."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType
from typing import Annotated

import typer

from core.cli import shared

START_S = 60.0  # a busy machine imports the server slowly
END_S = 5.0  # for the web process to end gracefully


def serve(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port on 127.0.0.1; else PORT, else 8501.")
    ] = None,
) -> None:
    """Show Errata in the browser; on the first start the demo set is drawn and trained in the background."""
    house = shared.enter()
    at = port or house.settings.port
    address = f"http://127.0.0.1:{at}"
    _check_port(at, address)
    begin_demo(house)
    web = _start_web(house, at)
    # Both: a script that starts us in the background leaves SIGINT ignored, and who sends it means it.
    previous = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _await_health(web, address)
        shared.show(f"Errata is at {address}")
        code = web.wait()
        shared.say(f"The web process ended by itself (exit code {code}); `make run` starts it again.")
    except KeyboardInterrupt:
        _end(web)
        shared.say(f"\nThe web page is closed. {_what_goes_on(house)}".rstrip())
        return
    finally:
        _end(web)
        for number, handler in previous.items():
            signal.signal(number, handler)
    raise typer.Exit(1)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _check_port(port: int, address: str) -> None:
    """Exit with a sentence if somebody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            shared.say(
                f"Port {port} may not be used without rights: choose one above 1023, such as PORT=8502."
            )
        except OSError:
            other = f"PORT={port % 65535 + 1} make run"
            way = f"choose another port, such as {other}"
            if healthy(address):
                shared.say(f"Port {port} is taken by Errata already: open {address}, or {way}.")
            else:
                shared.say(f"Port {port} is taken by another program: {way}.")
        else:
            return
    raise typer.Exit(1)


def begin_demo(house: shared.House) -> None:
    """Queue the demo set on the first start, and see that queued work has a worker."""
    from core.services import datasets, jobs
    from db.terms import JobKind, JobState

    if house.settings.demo and not datasets.listing(house.store, house.actor):
        drawn = jobs.latest(house.store, house.actor, JobKind.DEMO)
        imported = jobs.latest(house.store, house.actor, JobKind.IMPORT)
        # Somebody who deleted the demo set, or began with data of their own, does not want it back.
        if imported is None and (drawn is None or drawn.state is JobState.FAILED):
            datasets.start_demo(house.store, house.settings, house.actor)
    if jobs.active(house.store, house.actor):
        jobs.ensure_worker(house.store, house.settings)


def _start_web(house: shared.House, port: int) -> "subprocess.Popen[bytes]":
    from core import processes

    words = ["uvicorn", "app:app", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    words += ["--no-access-log", "--timeout-graceful-shutdown", "2"]
    environment = {**processes.environment(house.settings), "PORT": str(port)}
    # A session of its own: Ctrl-C reaches this process alone, which ends the other in order.
    return subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=processes.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _await_health(web: "subprocess.Popen[bytes]", address: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if web.poll() is not None:
            shared.say(f"The web process ended at once (exit code {web.returncode}); its reason is above.")
            raise typer.Exit(1)
        if healthy(address):
            return
        time.sleep(0.1)
    shared.say(f"The web process does not answer at {address} after {START_S:.0f} s.")
    raise typer.Exit(1)


def healthy(address: str) -> bool:
    """True if Errata answers there."""
    try:
        with urllib.request.urlopen(f"{address}/errata/health", timeout=2.0) as answer:
            return bool(json.load(answer).get("status") == "ok")
    except (OSError, ValueError, AttributeError, urllib.error.URLError):
        return False


def _end(web: "subprocess.Popen[bytes]") -> None:
    """End the web process in order, and if it does not, at once; a second Ctrl-C does not wait."""
    if web.poll() is not None:
        return
    web.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        web.wait(END_S)
    if web.poll() is None:
        web.kill()
        web.wait()


def _what_goes_on(house: shared.House) -> str:
    from core.services import jobs
    from db.terms import JobKind

    active = jobs.active(house.store, house.actor)
    training = [job.run_id for job in active if job.kind is JobKind.TRAIN and job.state.live]
    if training:
        return (
            f"Run {training[0]} goes on training; `make run` shows it again; "
            f"`python -m core stop {training[0]}` stops it."
        )
    if active:
        return f"Job {active[0].id} ({active[0].kind.value}) goes on; `make run` shows it again."
    return ""
