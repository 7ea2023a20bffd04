"""Processes of our own: named by pid and mark of their start, started apart from whoever asks."""

import functools
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path

import psutil

from core.settings import SETTINGS, Settings

ROOT = Path(__file__).resolve().parents[1]  # where `python -m core` finds the package
# Threads that wait for each other spin for some microseconds, then sleep: beside other work, spinning for long made
# two threads slower than one (an analysis nine times); without any, training on an idle machine took a third
# longer. Both libraries read this once, when they are loaded: OpenMP for torch, OpenBLAS for NumPy and SciPy.
SHORT_SPINS = {"GOMP_SPINCOUNT": "10000", "OPENBLAS_THREAD_TIMEOUT": "4"}
_PROC = Path("/proc")
_BOOTS = 2**18  # with these and _TICKS a mark is exact in the 53 bits of a float
_TICKS = 2**34  # of a hundredth of a second: five years without a restart


def began(pid: int) -> float | None:
    """The mark of the process's start, never the same for two that get one number; None if it is gone or a zombie.

    On Linux: this start of the machine, and the ticks from there on. The time of day would not do, as psutil
    reckons it from a clock that somebody may set, or that a sleeping machine loses. Elsewhere the system keeps
    the time of day as it was at the start: seconds since the epoch.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return _linux_mark(pid) if psutil.LINUX else float(process.create_time())
    except (psutil.Error, FileNotFoundError, ProcessLookupError):
        return None


def _linux_mark(pid: int) -> float:
    """Raises FileNotFoundError or ProcessLookupError where the process is gone."""
    # The command, in brackets, may hold spaces and brackets; the start is field 22, the command field 2.
    ticks = int((_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[19])
    return float(_boot() * _TICKS + ticks % _TICKS)


@functools.cache
def _boot() -> int:
    """A number of this start of the machine, 1 to _BOOTS - 1: after the next, a process may get the same ticks."""
    try:
        name = (_PROC / "sys/kernel/random/boot_id").read_bytes().strip()
    except OSError:
        name = b""  # a sandbox may not tell
    return 1 + zlib.crc32(name) % (_BOOTS - 1)


def lives(pid: int, began_at: float) -> bool:
    """True if that very process lives, and not another that got its number later."""
    return began(pid) == began_at


def this() -> tuple[int, float]:
    """(pid, mark of its start) of the process that asks."""
    mark = began(os.getpid())
    assert mark is not None  # who asks is no zombie
    return os.getpid(), mark


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
