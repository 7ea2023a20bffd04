"""What `--out` writes over, and what it leaves alone."""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core import output
from core.cli import commands
from core.errors import BadInput
from tests.conftest import Home
from tests.pages.sets import add_run, add_set


def test_a_file_that_is_there_is_replaced_with_force_only(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        output.write(out, b"new", force=False)
    assert out.read_text() == "mine"
    output.write(out, b"new", force=True)
    assert out.read_text() == "new"


def test_a_missing_folder_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"There is no folder .*typo: make it first"):
        output.write(tmp_path / "typo" / "out.csv", b"new", force=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        output.write(tmp_path, b"new", force=True)


def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    out = tmp_path / "pipe"
    os.mkfifo(out)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(out.read_bytes()))
    reader.start()
    output.write(out, b"new", force=False)
    reader.join(10)
    assert read == [b"new"]
    assert stat.S_ISFIFO(out.stat().st_mode)


def test_a_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    output.write(tmp_path / "link", b"new", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="the system has no such device")
def test_the_output_itself_can_be_named(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.write(Path("/dev/stdout"), b"new", force=False)
    assert capfdbinary.readouterr().out == b"new"
    assert Path("/dev/stdout").is_symlink()


@pytest.mark.parametrize("words", [lambda run: ["analyse", run], lambda run: ["predict", run, "a.png"]])
def test_a_command_refuses_before_it_begins_its_work(
    home: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str], words: Callable[[str], list[str]]
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("mine")
    run = add_run(home, add_set(home, "small"))
    assert commands.main([*words(str(run)), "--out", str(out)]) == 1
    assert "let --force replace it" in capfd.readouterr().err
    assert out.read_text() == "mine"
