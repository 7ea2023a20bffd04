"""The processes that examine pictures, and what reaches them."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

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


def test_every_process_leaves_its_pixels_in_a_slot_that_nobody_else_writes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "CHUNK", 3)
    keys = [f"{at:03}.png" for at in range(50)]
    for at, key in enumerate(keys):
        Image.new("RGB", (16, 16), (5 * at, at, 255 - at)).save(tmp_path / key)
    for key in (keys[4], *keys[9:12]):  # one of a chunk, and a whole one
        (tmp_path / key).write_text("no picture")
    pixels, failed, sizes = [], [], []
    for chunk in pool.examine(tmp_path, keys, 2, DecodeLimits()):
        pixels.append(np.array(chunk.pixels))
        failed += [key for key, _ in chunk.failures]
        sizes.append(len(chunk.facts))
    assert failed == [keys[4], *keys[9:12]]
    assert sizes == [3, 2, 3, 0, *[3] * 12, 2]
    alone = [chunk.pixels for chunk in pool.examine(tmp_path, keys, 1, DecodeLimits())]
    assert np.array_equal(np.concatenate(pixels), np.concatenate(alone))


def test_the_file_that_brings_pixels_has_no_name_that_a_kill_could_leave_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(pool.tempfile, "tempdir", str(tmp_path / "temporary"))
    Image.new("RGB", (16, 16), "red").save(tmp_path / "a.png")
    for chunk in pool.examine(tmp_path, ["a.png"], 2, DecodeLimits()):
        assert chunk.pixels[0, 0, 0].tolist() == [255, 0, 0]
        assert list((tmp_path / "temporary").iterdir()) == []
