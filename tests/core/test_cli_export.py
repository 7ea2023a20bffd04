"""The command `export` says what will be lost, asks who sits at a terminal, and only then writes."""

import io
import sys
from pathlib import Path

import pytest

from core.cli import commands
from tests.conftest import Home
from tests.pages.sets import add_set


class Terminal(io.StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def small(home: Home) -> Home:
    add_set(home, "small")
    return home


def export(*words: str) -> int:
    return commands.main(["export", "--dataset", "small", *words])


def test_a_dry_run_says_what_would_be_lost_and_writes_nothing(
    small: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert export("--format", "fiftyone", "--out", str(tmp_path / "out"), "--part", "val", "--dry-run") == 0
    told = capfd.readouterr().err
    assert "Which part of the split the 4 images are in is not written." in told
    assert "4 images of “small” would be written. Nothing was." in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("answer", "writes"), [("y", True), ("n", False)])
def test_at_a_terminal_losses_are_asked_about(
    small: Home,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    writes: bool,
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    export("--format", "label-files", "--out", str(tmp_path / "out"))
    told = capfd.readouterr().err
    assert told.index("is not written") < told.index("Write it all the same?")
    assert (tmp_path / "out").exists() == writes


def test_without_a_loss_or_with_yes_nobody_is_asked(
    small: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert export("--format", "coco", "--out", str(tmp_path / "a.json")) == 0
    assert export("--format", "label-files", "--out", str(tmp_path / "out"), "--yes") == 0


def test_a_file_that_is_in_the_way_is_told_before_anything_is_asked(
    small: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("mine")
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert export("--format", "csv", "--out", str(tmp_path / "a.csv")) == 1
    assert "exists already: choose another name, or let --force replace it" in capfd.readouterr().err
    assert (tmp_path / "a.csv").read_text() == "mine"


def test_the_output_itself_can_be_named(
    small: Home, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    names = tmp_path / "names.txt"
    names.write_text("3.jpg\n")
    assert export("--format", "csv-onehot", "--out", "/dev/stdout", "--only", str(names)) == 0
    assert capfdbinary.readouterr().out == b"filename,split,sea,sky,tree\r\n3.jpg,train,1,0,0\r\n"


def test_a_search_says_which_images(small: Home, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert export("--format", "csv", "--out", "/dev/stdout", "--search", "sea", "--part", "val") == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["6.jpg", "9.jpg"]
