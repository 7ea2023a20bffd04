"""The predictor: a process that keeps one run's model in memory and answers over a loopback socket.

Messages are as in core.wire. One process a run; it leaves when nobody has asked for a while.
"""

import fcntl
import hmac
import secrets
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np

from core import processes, wire
from core.artifacts import RunFiles
from core.data import images
from core.data.images import BadImage, DecodeLimits
from core.errors import ErrataError
from core.files import save_json
from core.settings import Settings
from db import runs
from db.errors import DatabaseError
from db.store import open_store

IDLE_S = 120.0
_TALK_S = 30.0  # a caller that says nothing for so long is hung up on


def main(run_id: int) -> int:
    """Serve until nobody has asked for `IDLE_S`; 0, or 1 with a sentence on stderr."""
    settings = Settings.load()
    place = wire.place(settings, run_id)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with place.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another predictor of this run lives
        try:
            serve(settings, run_id, place)
        except (ErrataError, DatabaseError) as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            place.unlink(missing_ok=True)
    return 0


def serve(settings: Settings, run_id: int, place: Path, *, idle_s: float = IDLE_S) -> None:
    """Answer callers one after the other; the file at `place` tells them where, and the secret word."""
    store = open_store(settings.database_url)
    files = RunFiles(settings, runs.get(store, run_id))
    store.close()
    model = _Model(settings, files.folder)
    token = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(idle_s)
        pid, began_at = processes.this()
        save_json(
            place, {"pid": pid, "began_at": began_at, "port": listening.getsockname()[1], "token": token}
        )
        while model.stands():
            try:
                caller, _ = listening.accept()
            except TimeoutError:
                return
            with caller:
                caller.settimeout(_TALK_S)
                try:
                    _answer(caller, model, token)
                except (
                    OSError,
                    ValueError,
                    KeyError,
                    TypeError,
                ) as error:  # a caller that hung up, or no caller of ours
                    print(f"A caller was not answered: {error}", file=sys.stderr, flush=True)


class _Model:
    """The network of a run's folder, loaded anew when its file changes."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        from core.inference import Predictor  # torch: only this process loads it

        self._file = folder / "model.json"
        self._limits = DecodeLimits.of_megapixels(settings.max_image_mpx)
        self._load, self._folder = Predictor.load, folder
        self._predictor, self._changed_at = Predictor.load(folder), self._stamp()

    def stands(self) -> bool:
        """False once the run was deleted."""
        return self._stamp() is not None

    def _stamp(self) -> int | None:
        try:
            return self._file.stat().st_mtime_ns
        except OSError:
            return None

    def answer(self, pictures: list[bytes], names: list[str], where: int | None) -> dict[str, Any]:
        """Probabilities of each picture, or the sentence why not; with `where`, the map of that label."""
        if self._stamp() != self._changed_at:
            self._predictor, self._changed_at = self._load(self._folder), self._stamp()
        answers: list[dict[str, Any]] = []
        squares = []
        for data, name in zip(pictures, names, strict=True):
            try:
                squares.append(images.decode(data, images.PIXELS_PX, name, self._limits))
                answers.append({})
            except BadImage as error:
                answers.append({"problem": str(error)})
        if squares:
            self._judge([answer for answer in answers if not answer], np.stack(squares), where)
        return {"labels": list(self._predictor.labels), "answers": answers}

    def _judge(self, answers: list[dict[str, Any]], pixels: Any, where: int | None) -> None:
        scores, _ = self._predictor.scores(pixels)  # (n, L)
        for answer, row in zip(answers, scores, strict=True):
            answer["probabilities"] = [round(float(p), 6) for p in row]
        if where is not None:
            maps = self._predictor.where(pixels, np.full(len(pixels), where))  # (n, h, w)
            for answer, heat in zip(answers, maps, strict=True):
                answer["where"] = np.asarray(heat, np.float64).round(5).tolist()


def _answer(caller: socket.socket, model: _Model, token: str) -> None:
    head, pictures = wire.receive(caller)
    if not hmac.compare_digest(str(head.get("token", "")), token):
        wire.send(caller, {"error": "The predictor was asked without its word."})
        return
    where = head.get("where")
    try:
        found = model.answer(pictures, [str(n) for n in head["names"]], None if where is None else int(where))
    except ErrataError as error:
        found = {"error": str(error)}
    wire.send(caller, found)
