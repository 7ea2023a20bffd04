"""`python -m core labels …`: every change of the labels from a shell, for people and for scripts."""

import json

import pytest

from core.cli import commands
from db import datasets, revisions
from db.terms import LabelState
from tests.conftest import Home
from tests.pages.sets import add_set

Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def scenes(home: Home) -> None:
    """Ten images; image i carries label i % 3 of sea, sky, tree."""
    add_set(home, "scenes")


def run(capsys: Said, *words: str, code: int = 0) -> str:
    """What `labels …` says, on both streams."""
    capsys.readouterr()
    assert commands.main(["labels", *words, "--dataset", "scenes"]) == code
    said = capsys.readouterr()
    return said.out + said.err


def answer(capsys: Said, *words: str) -> dict[str, object]:
    """The JSON on standard output; sentences for people are on the other."""
    capsys.readouterr()
    assert commands.main(["labels", *words, "--dataset", "scenes", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def names(home: Home) -> list[str]:
    return [label.name for label in datasets.labels(home.store, 1)]


def test_the_list_has_counts_and_keys(capsys: Said) -> None:
    found = answer(capsys, "list")["labels"]
    assert found[1] == {  # type: ignore[index]
        "label": "sky",
        "key": "s",
        "present": 3,
        "verified": 0,
        "unknown": 0,
        "implies": [],
        "description": "",
        "examples": [],
    }
    assert "sky" in run(capsys, "list")


def test_a_rename_is_by_whom_it_says(home: Home, capsys: Said) -> None:
    assert "“sky” is called “heaven” now; “scenes” is at revision 2." in run(
        capsys, "rename", "sky", "heaven", "--author", "Ada"
    )
    assert revisions.history(home.store, 1)[0].author == "Ada"
    assert names(home) == ["sea", "heaven", "tree"]


def test_a_dry_run_of_the_weighty_ones_changes_nothing(home: Home, capsys: Said) -> None:
    assert answer(capsys, "merge", "sky", "sea", "--dry-run")["present"] == 7
    assert answer(capsys, "split", "sea", "bay", "--dry-run")["possible"] == 4
    assert answer(capsys, "remove", "sky", "--dry-run")["present"] == 3
    assert "3 have only “sky”" in run(capsys, "merge", "sky", "sea", "--dry-run")
    assert datasets.get(home.store, 1).revision == 1


def test_labels_are_merged_split_added_and_removed(home: Home, capsys: Said) -> None:
    assert answer(capsys, "merge", "sky", "sea")["revision"] == 2
    assert "“bay” was split off “sea”" in run(capsys, "split", "sea", "bay")
    assert "“snow” was added, absent" in run(capsys, "add", "snow", "--default", "absent")
    assert "“tree” was removed" in run(capsys, "remove", "tree")
    assert names(home) == ["sea", "bay", "snow"]
    found = datasets.labels(home.store, 1)
    assert (found[1].implies, found[2].default_state) == ((1,), LabelState.ABSENT)


def test_a_label_is_described_with_images_by_name(home: Home, capsys: Said) -> None:
    run(capsys, "describe", "sky", "Open air.", "--example", "4.jpg", "--example", "1.jpg")
    found = datasets.labels(home.store, 1)[1]
    assert (found.description, found.examples) == ("Open air.", (4, 1))
    run(capsys, "describe", "sky", "Above.")  # the examples stay
    assert datasets.labels(home.store, 1)[1].examples == (4, 1)
    assert "There is no image “x.jpg”" in run(
        capsys, "describe", "sky", "Open air.", "--example", "x.jpg", code=1
    )


def test_a_key_is_given_taken_over_and_dropped(home: Home, capsys: Said) -> None:
    assert "gallery's own" in run(capsys, "key", "sky", "n", code=1)
    assert "T is that of “tree”" in run(capsys, "key", "sky", "t", code=1)
    run(capsys, "key", "sky", "t", "--take")
    run(capsys, "key", "sea", "")
    assert [label.key for label in datasets.labels(home.store, 1)] == ["", "t", ""]


def test_violations_are_listed_and_mended(home: Home, capsys: Said) -> None:
    assert "0 implications are declared" in run(capsys, "violations")
    run(capsys, "imply", "sea", "sky")
    run(capsys, "imply", "sky", "tree")
    found = answer(capsys, "violations")
    assert found["violations"][0] == {  # type: ignore[index]
        "label": "sea",
        "implied": "sky",
        "absent": 4,
        "unknown": 0,
        "verified": 0,
        "rows": [0, 3, 6, 9],
    }
    assert "merge them instead" in run(capsys, "imply", "tree", "sea", code=1)
    said = run(capsys, "violations", "--mend", "present", "--label", "sea")
    assert "“sea” implies “sky”: “sky” set present: 8 labels changed" in said
    assert [one["label"] for one in answer(capsys, "violations")["violations"]] == ["sky"]  # type: ignore[attr-defined]
    assert len(answer(capsys, "violations", "--mend", "away")["mended"]) == 1  # type: ignore[arg-type]
    assert "no image breaks one" in run(capsys, "violations")
    assert "nothing to mend" in run(capsys, "violations", "--mend", "present")


def test_implications_are_taken_back_by_naming_none(home: Home, capsys: Said) -> None:
    run(capsys, "imply", "sea", "sky", "tree")
    assert datasets.labels(home.store, 1)[0].implies == (2, 3)
    assert "“sea” implies nothing" in run(capsys, "imply", "sea")
    assert datasets.labels(home.store, 1)[0].implies == ()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["labels"], 2, "`python -m core labels --help`"),
        (["labels", "paint"], 2, "No such command 'paint'"),
        (["labels", "rename", "sky"], 2, "see `python -m core labels rename --help`"),
        (["labels", "rename", "sk", "x", "--dataset", "scenes"], 1, "there are “sky”"),
        (["labels", "rename", "sky", "sea", "--dataset", "scenes"], 1, "already a label “sea”"),
    ],
)
def test_a_wrong_call_is_one_sentence(capsys: Said, words: list[str], code: int, said: str) -> None:
    assert commands.main(words) == code
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not told.startswith(";")
