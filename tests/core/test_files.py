"""A file is there whole or not at all, whatever stops its writing."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from core import files
from core.errors import Interrupted
from core.training import files as training


def full(handle: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.save_json(tmp_path / "a.json", "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.save_json(tmp_path / "a.json", "new")
    assert (tmp_path / "a.json").read_text() == '"old"'
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_file_can_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        files.save_json(tmp_path / "a.json", 1)
    finally:
        os.umask(before)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o644


def test_a_file_and_its_name_are_on_the_disk_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: kept.append(os.fstat(handle).st_ino))
    files.save_array(tmp_path / "a.npy", np.arange(3))
    assert kept == [(tmp_path / "a.npy").stat().st_ino, tmp_path.stat().st_ino]


def test_training_is_interrupted_by_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training.write_array(tmp_path / "scores.npy", np.zeros(2))
    monkeypatch.setattr(os, "fsync", full)
    for write in (
        lambda path: training.write_array(path, np.ones(2)),
        lambda path: training.write_arrays(path, a=np.ones(2)),
        lambda path: training.write_state(path, {"a": 1}),
    ):
        with pytest.raises(Interrupted, match=r"scores\.npy could not be written .*free disk space"):
            write(tmp_path / "scores.npy")
    assert np.load(tmp_path / "scores.npy").tolist() == [0, 0]
    assert len(list(tmp_path.iterdir())) == 1
