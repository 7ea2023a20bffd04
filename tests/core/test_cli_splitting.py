"""The commands about the parts: what they print, what they store, and what they refuse."""

import json
from pathlib import Path

import pytest

from core import states
from core.actor import Actor
from core.cli import commands
from core.services import splitting
from db import datasets
from db.records import Dataset
from tests.conftest import Home
from tests.core.services.test_splitting import add

ADA = Actor("Ada")


@pytest.fixture
def garden(home: Home) -> Dataset:
    """Sixty images of three labels in train, from twelve sites."""
    return datasets.get(home.store, add(home, sites=12))


def parts(home: Home, garden: Dataset) -> list[int]:
    return [int(code) for code in states.matrix(home.store, garden.id).parts]


def test_a_split_is_shown_dry_then_stored_and_moves_nothing_again(
    home: Home, garden: Dataset, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["split", "--dataset", "garden", "--shares", "train=.6,val=.2,test=.2", "--together", "site"]
    assert commands.main([*words, "--dry-run"]) == 0
    shown = capfd.readouterr().out
    assert "label       training  wanted  validation  wanted  test  wanted" in shown
    assert "would move. Nothing was stored." in shown
    assert set(parts(home, garden)) == {0}
    assert commands.main(words) == 0
    assert "moved; “garden” is at revision 2." in capfd.readouterr().out
    assert set(parts(home, garden)) == {0, 1, 2}
    assert commands.main(["split", "--dataset", "garden"]) == 0  # as last time
    assert "Nothing moves" in capfd.readouterr().out
    assert datasets.get(home.store, garden.id).revision == 2


def test_a_split_as_json_says_what_moves(
    home: Home, garden: Dataset, capfd: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["split", "--dataset", "garden", "--dry-run", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["stored"], said["revision"]) == (False, 1)
    assert said["moves"] == [{"from": "train", "to": "val", "images": 12}]
    assert said["images"] == [48, 12]


def test_a_number_below_a_handful_is_marked_and_told(
    home: Home, garden: Dataset, capfd: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["split", "--dataset", "garden", "--shares", "train=.8,val=.2", "--dry-run"]) == 0
    said = capfd.readouterr()
    assert "4!" in said.out
    assert "In validation, fewer than 5 images have: sea 4, sky 4, tree 4" in said.err


def test_folds_are_shown_and_nothing_is_stored(
    home: Home, garden: Dataset, capfd: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["split", "--dataset", "garden", "--folds", "3"]) == 0
    assert "fold 3" in capfd.readouterr().out
    assert datasets.get(home.store, garden.id).revision == 1


def test_images_are_placed_by_key_and_by_file_left_out_and_taken_back(
    home: Home, garden: Dataset, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "odd.txt"
    listed.write_text("3.jpg\n4.jpg\n")
    words = ["place", "--dataset", "garden", "--images", str(listed), "--images", "5.jpg"]
    assert commands.main([*words, "--part", "val"]) == 0
    assert "3 images moved; “garden” is at revision 2." in capfd.readouterr().out
    assert commands.main([*words, "--leave-out"]) == 0
    assert splitting.left_out(home.store, ADA, garden.id) == [3, 4, 5]
    assert commands.main([*words, "--leave-out"]) == 0  # already so: nothing is wrong
    assert "every image is there already" in capfd.readouterr().err
    assert commands.main([*words, "--take-back"]) == 0
    assert parts(home, garden)[3:6] == [1, 1, 1]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["place", "--images", "3.jpg"], 2, "say where to"),
        (["place", "--images", "3.jpg", "--leave-out", "--take-back"], 2, "say the opposite"),
        (["place", "--images", "nowhere.jpg", "--leave-out"], 1, "neither an image of “garden” nor a text"),
        (["split", "--shares", "train=1"], 2, "gives val no share"),
        (["split", "--together", "colour"], 1, "No image has a value of “colour”"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    home: Home,
    garden: Dataset,
    words: list[str],
    code: int,
    sentence: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert commands.main([*words, "--dataset", "garden"]) == code
    said = capfd.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_a_test_part_is_taken_out_and_the_validation_part_stays(
    home: Home, garden: Dataset, capfd: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["split", "--dataset", "garden"]) == 0
    before = parts(home, garden)
    capfd.readouterr()
    words = ["split", "--dataset", "garden", "--shares", "train=.6,val=.2,test=.2", "--fewest"]
    assert commands.main(words) == 0
    assert "12 from train to test moved; “garden” is at revision 3." in capfd.readouterr().out
    assert [row for row, part in enumerate(before) if part == 1] == [
        row for row, part in enumerate(parts(home, garden)) if part == 1
    ]
    assert commands.main([*words, "--only-new"]) == 2
