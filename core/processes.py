"""Processes of our own: named by pid and start time, started apart from whoever asks."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from core.settings import SETTINGS, Settings

ROOT = Path(__file__).resolve().parents[1]  # where `python -m core` finds the package
# Threads that wait for each other spin for some microseconds, then sleep: beside other work, spinning for long made
# two threads slower than one (an analysis nine times); without any, training on an idle machine took a third
# longer. Both libraries read this once, when they are loaded: OpenMP for torch, OpenBLAS for NumPy and SciPy.
SHORT_SPINS = {"GOMP_SPINCOUNT": "10000", "OPENBLAS_THREAD_TIMEOUT": "4"}
_SAME_S = 2.0  # the clock may be set between two readings of one start time


def began(pid: int) -> float | None:
    """When the process began, seconds since the epoch; None if there is none, or only its remains."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time())
    except psutil.Error:
        return None


def lives(pid: int, began_at: float) -> bool:
    """True if that very process lives, and not another that got its number later."""
    found = began(pid)
    return found is not None and abs(found - began_at) < _SAME_S


def this() -> tuple[int, float]:
    """(pid, start time) of the process that asks."""
    return os.getpid(), psutil.Process().create_time()


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which another process reads the very same settings."""
    values: dict[str, str] = {}
    for name, setting in SETTINGS.items():
        value = getattr(settings, name)
        if isinstance(value, bool):
            value = int(value)
        values[setting.variable] = ",".join(value) if isinstance(value, tuple) else str(value)
    return {**SHORT_SPINS, **os.environ, **values}


def start_apart(
    settings: Settings, words: list[str], log: Path, *, more: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start `python -m core <words>` in a session of its own, so that it outlives us; it prints to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "core", *words],
            cwd=ROOT,
            env={**environment(settings), **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def kill(settings: Settings, pid: int, began_at: float) -> None:
    """End a process that was started apart, with all processes of its session; nothing if it is gone.

    One that works on another database is left alone: a home that was copied or restored names the processes
    of the home it came from.
    """
    if not lives(pid, began_at) or _database_of(pid) not in (None, settings.database_url):
        return
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _database_of(pid: int) -> str | None:
    """The database that a process was started for; None where the system does not tell."""
    try:
        return psutil.Process(pid).environ().get(SETTINGS["database_url"].variable)
    except psutil.Error:
        return None


def last_line(log: Path) -> str:
    """The last line of a log that says something, at most 300 characters; "" if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 4096))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
