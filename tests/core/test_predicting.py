"""`predict` on the command line: files are measured before they are read, and read a few at a time."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.actor import NOBODY
from core.cli import commands, predicting, shared
from core.data.importers import listing
from core.errors import BadInput
from core.services import predict as service
from core.services.predict import Prediction
from core.settings import Settings
from tests.conftest import Home
from tests.pages.sets import add_run, add_set


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The names in each question; the answer to every picture is .5 of three labels."""
    questions: list[list[str]] = []

    def predict(*_: Any, names: Sequence[str]) -> list[Prediction]:
        questions.append([Path(name).name for name in names])
        return [Prediction((0.5,) * 3, (True,) * 3) for _ in names]

    monkeypatch.setattr(service, "predict", predict)
    return questions


def answers(tmp_path: Path, files: list[Path]) -> list[Prediction]:
    settings = Settings.load({"ERRATA_HOME": str(tmp_path / "home")})
    house = shared.House(settings, None, NOBODY)  # type: ignore[arg-type]  # nothing of it is looked at
    return [found for _, found in predicting._all(house, 1, files)]


def test_a_file_past_the_limit_is_named_and_not_read(tmp_path: Path, asked: list[list[str]]) -> None:
    huge, small = tmp_path / "huge.tif", tmp_path / "small.jpg"
    huge.touch()
    os.truncate(huge, 300 * 1024**3)  # a hole: no memory could hold it
    small.write_bytes(b"picture")
    problems = [found.problem for found in answers(tmp_path, [huge, small])]
    assert problems == [
        f"{huge}: The file has 307,200 MiB, a picture may have 256 MiB: make it smaller.",
        "",
    ]
    assert asked == [["small.jpg"]]


def test_large_files_are_read_a_few_at_a_time(
    tmp_path: Path, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PART_BYTES", 10)
    files = [tmp_path / f"{number}.jpg" for number in range(5)]
    for file in files:
        file.write_bytes(b"four")
    assert len(answers(tmp_path, files)) == 5
    assert asked == [["0.jpg", "1.jpg"], ["2.jpg", "3.jpg"], ["4.jpg"]]


def test_a_file_that_is_not_there_is_named_before_any_is_read(tmp_path: Path, asked: list[list[str]]) -> None:
    (tmp_path / "a.jpg").write_bytes(b"picture")
    with pytest.raises(BadInput, match=r"b\.jpg cannot be read \(No such file"):
        answers(tmp_path, [tmp_path / "a.jpg", tmp_path / "b.jpg"])
    assert asked == []


def test_a_folder_that_is_closed_is_named_and_the_others_are_answered(
    home: Home,
    tmp_path: Path,
    asked: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = add_run(home, add_set(home, "small"))
    for name in ("pictures/a.jpg", "pictures/shut/b.jpg", "pictures/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"picture")
    scandir, shut = os.scandir, tmp_path / "pictures" / "shut"

    def refuse(place: Path) -> Any:
        if Path(place) == shut:
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    monkeypatch.setattr(listing.os, "scandir", refuse)
    assert commands.main(["predict", str(run), str(tmp_path / "pictures")]) == 1
    out, told = capfd.readouterr()
    assert told == f"{shut}: It cannot be read (Permission denied).\n"
    assert asked == [["a.jpg"]]
    assert out.splitlines()[1].startswith(f"{tmp_path / 'pictures' / 'a.jpg'},")


def test_a_folder_without_a_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no picture"):
        predicting.expand([tmp_path])
