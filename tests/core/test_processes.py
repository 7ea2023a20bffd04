"""A process is told from another of the same number, whatever becomes of the clock."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from core import processes

ONLY_LINUX = pytest.mark.skipif(not psutil.LINUX, reason="elsewhere the system keeps the time of the start")
SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)", "a ) b"]


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(SLEEPER)
    yield process
    process.kill()
    process.wait()


@ONLY_LINUX
def test_a_clock_that_is_set_ends_nobody(
    child: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = processes.began(child.pid)
    assert mark is not None
    booted = psutil.boot_time()
    monkeypatch.setattr(psutil._pslinux, "boot_time", lambda: booted + 3600)
    assert processes.lives(child.pid, mark)


@ONLY_LINUX
def test_a_process_of_an_earlier_start_of_the_machine_is_another(
    child: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = processes.began(child.pid)
    assert mark is not None
    now = processes._boot()
    monkeypatch.setattr(processes, "_boot", lambda: now + 1)
    assert not processes.lives(child.pid, mark)


def test_processes_that_begin_one_after_the_other_have_other_marks(
    child: "subprocess.Popen[bytes]",
) -> None:
    time.sleep(0.05)  # a tick has a hundredth of a second
    with subprocess.Popen(SLEEPER) as later:
        assert processes.began(later.pid) not in (None, processes.began(child.pid))
        later.kill()


def test_a_process_that_ended_lives_no_more(child: "subprocess.Popen[bytes]") -> None:
    mark = processes.began(child.pid)
    assert mark is not None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.lives(child.pid, mark)  # its remains
    child.wait()
    assert not processes.lives(child.pid, mark)
