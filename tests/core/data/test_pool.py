"""The processes that examine pictures, and what reaches them."""

import os
import signal
import time
from pathlib import Path

import psutil

from core.data import pool
from core.data.images import DecodeLimits


def test_ctrl_c_in_a_terminal_is_for_their_parent_alone(tmp_path: Path) -> None:
    others = set(psutil.Process().children())
    workers = pool._pool(1)
    try:
        assert pool._submit(workers, tmp_path, ["no.jpg"], DecodeLimits()).result().failures
        begun = [child for child in psutil.Process().children() if child not in others]
        for child in begun:
            os.kill(child.pid, signal.SIGINT)
        time.sleep(0.1)
        assert pool._submit(workers, tmp_path, ["no.jpg"], DecodeLimits()).result().failures
    finally:
        workers.shutdown()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
