"""Names that are empty or hold strange characters, on the command line."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import commands, shared


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in this very process, with an empty home."""
    monkeypatch.setenv("ERRATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ERRATA_DATABASE_URL", raising=False)


@pytest.mark.parametrize(
    "words",
    [
        ["import", "", "--name", "x"],
        ["predict", "1", "a.jpg", ""],
        ["predict", "1", "a.jpg", "--out", ""],
        ["correct", " ", "--dataset", "x", "--author", "Ada"],
        ["export", "--dataset", "x", "--format", "csv", "--out", ""],
        ["import-run", "--dataset", "x", "--scores", ""],
    ],
)
def test_an_empty_path_is_not_the_current_folder(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert commands.main(words) == 2
    assert "the path is empty; write . for the current folder" in capfd.readouterr().err


def test_names_of_files_cannot_move_the_cursor(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(2):
        Image.fromarray(np.full((8, 8, 3), 40 * i, np.uint8)).save(folder / f"{i}.png")
    (folder / "2\x1b[2J\nDone.\u202e.png").write_bytes(b"")
    (folder / "sea.txt").write_text("0\n1\n")
    assert commands.main(["import", str(folder), "--name", "x", "--dry-run"]) == 0
    told = capfd.readouterr().err
    assert "2\\x1b[2J\\nDone.\\u202e.png: The file is empty" in told
    assert not set("\x1b\u202e") & set(told)
    assert commands.main(["import", str(tmp_path / "a\x1b[2J"), "--name", "x"]) == 1
    assert "a\\x1b[2J on this machine" in capfd.readouterr().err


def test_what_is_shown_keeps_its_lines_and_its_emoji(capfd: pytest.CaptureFixture[str]) -> None:
    shared.show(shared.table(["label"], [["👩\u200d🚒"], ["a\nb"]]))
    assert capfd.readouterr().out == "label\n👩\u200d🚒\na\\nb\n"
