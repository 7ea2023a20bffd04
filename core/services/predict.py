"""Asking a run's model about pictures; it lives in a process of its own, started when it is first asked."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import processes, wire
from core.actor import Actor
from core.data.decoding import DecodeLimits
from core.errors import BadInput, ErrataError, Refused
from core.files import Array
from core.settings import Settings
from db import runs
from db.records import Run
from db.store import Store

START_S = 60.0  # loading the tensor library on a busy machine
_ANSWER_S = 120.0
MOST_IMAGES = 256  # in one call
MOST_BYTES = DecodeLimits().bytes  # of one picture's file; core.wire carries as much in one message
PART_BYTES = 64 * 1024**2  # of the pictures that go to the predictor together, unless one alone has more

_started: dict[int, "subprocess.Popen[bytes]"] = {}  # kept, so that a predictor that left can be reaped


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a run says of one picture, by label position; or the sentence why it cannot."""

    probabilities: tuple[float, ...]
    predicted: tuple[bool, ...]  # from the run's threshold of each label on
    where: Array | None = None  # float (h, w): what each place adds to the logit of the label asked for
    problem: str = ""


@dataclass(frozen=True)
class _Address:
    port: int
    token: str


def predict(
    store: Store,
    settings: Settings,
    actor: Actor,
    run_id: int,
    images: Sequence[bytes],
    *,
    names: Sequence[str] | None = None,
    where: int | None = None,
) -> list[Prediction]:
    """Ask a run about encoded pictures (at most 256), in order; `where`: position of a label to explain.

    A picture that is too large or cannot be decoded has a `problem` that calls it by its name. The first
    question takes some seconds, later ones milliseconds. Raises Missing, Refused when the run has no model, BadInput.
    """
    run = runs.get(store, run_id)
    _check(run, len(images), where)
    named = list(names) if names is not None else [f"Picture {i + 1}" for i in range(len(images))]
    problems = [too_large(name, len(image)) for name, image in zip(named, images, strict=True)]
    found = [Prediction((), (), None, problem) for problem in problems]
    fit = [at for at, problem in enumerate(problems) if not problem]
    for part in parts([len(images[at]) for at in fit]):
        some = fit[part]
        question = {"names": [named[at] for at in some], "where": where}
        answer = _ask(settings, run_id, question, [images[at] for at in some])
        if "error" in answer:
            raise ErrataError(str(answer["error"]))
        for at, one in zip(some, answer["answers"], strict=True):
            found[at] = _prediction(one, run)
    return found


def too_large(name: str, size: int) -> str:
    """The sentence why a file of `size` bytes is not looked at, or ""."""
    if size <= MOST_BYTES:
        return ""
    most = f"{MOST_BYTES / 1024**2:,.0f} MiB"
    return f"{name}: The file has {size / 1024**2:,.0f} MiB, a picture may have {most}: make it smaller."


def parts(sizes: Sequence[int], most: int = MOST_IMAGES) -> Iterator[slice]:
    """Which pictures of these sizes (bytes) are taken together: at most `most`, and PART_BYTES or one alone."""
    start = weight = 0
    for at, size in enumerate(sizes):
        if at > start and (at - start >= most or weight + size > PART_BYTES):
            yield slice(start, at)
            start, weight = at, 0
        weight += size
    if sizes:
        yield slice(start, len(sizes))


def warm_up(store: Store, settings: Settings, actor: Actor, run_id: int) -> None:
    """Start a run's predictor without waiting, so that the first question is quick. Raises as predict()."""
    _check(runs.get(store, run_id), 0, None)
    if _address(settings, run_id) is None:
        _start(settings, run_id)


def _check(run: Run, count: int, where: int | None) -> None:
    if run.preset == "imported":
        raise Refused(f"Run {run.id} was imported as scores: it has no model that could look at a picture.")
    if not run.usable:
        raise Refused(f"Run {run.id} has no model yet ({run.state.value}): ask it when it has finished.")
    if count > MOST_IMAGES:
        raise BadInput(f"At most {MOST_IMAGES} pictures fit in one question; these are {count}.")
    if where is not None and not 0 <= where < len(run.threshold):
        raise BadInput(
            f"Run {run.id} knows {len(run.threshold)} labels; there is no label at position {where}."
        )


def _prediction(found: dict[str, Any], run: Run) -> Prediction:
    if "problem" in found:
        return Prediction((), (), None, str(found["problem"]))
    chances = tuple(float(p) for p in found["probabilities"])
    predicted = tuple(p >= t for p, t in zip(chances, run.threshold, strict=True))
    heat = np.array(found["where"], np.float32) if "where" in found else None  # (h, w)
    return Prediction(chances, predicted, heat)


def _ask(
    settings: Settings, run_id: int, question: dict[str, Any], images: Sequence[bytes]
) -> dict[str, Any]:
    for _ in range(2):  # it may leave, idle, between our looking and our asking
        address = _address(settings, run_id) or _wait_for(settings, run_id, _start(settings, run_id))
        try:
            with socket.create_connection(("127.0.0.1", address.port), timeout=_ANSWER_S) as peer:
                wire.send(peer, {**question, "token": address.token}, images)
                return wire.receive(peer)[0]
        except OSError:
            continue
    raise ErrataError(
        f"The predictor of run {run_id} does not answer: try again, or see logs/predictor-{run_id}.log."
    )


def _address(settings: Settings, run_id: int) -> _Address | None:
    """Where the run's predictor listens, if it lives."""
    try:
        facts = json.loads(wire.place(settings, run_id).read_text())
        if processes.lives(int(facts["pid"]), float(facts["began_at"])):
            return _Address(int(facts["port"]), str(facts["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none was started, or its file is half gone
    return None


def _start(settings: Settings, run_id: int) -> "subprocess.Popen[bytes]":
    before = _started.get(run_id)
    if before is not None and before.poll() is None:
        return before
    log = settings.logs_dir / f"predictor-{run_id}.log"
    _started[run_id] = processes.start_apart(settings, ["predictor", "--run", str(run_id)], log)
    return _started[run_id]


def _wait_for(settings: Settings, run_id: int, child: "subprocess.Popen[bytes]") -> _Address:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        address = _address(settings, run_id)
        if address is not None:
            return address
        code = child.poll()
        if code:
            words = processes.last_line(settings.logs_dir / f"predictor-{run_id}.log")
            raise ErrataError(
                words if code == 1 and words else f"The predictor of run {run_id} ended at once ({code})."
            )
        time.sleep(0.05)
    raise ErrataError(f"The predictor of run {run_id} did not start within {START_S:.0f} s: try again.")
