"""Sources that are no plain files, too large, closed, or not understood: none hangs, each is a sentence."""

import os
from pathlib import Path

import pytest

from core.data import importers
from core.data.importers import listing, reading, records, tables
from core.errors import BadInput
from db.terms import LabelState
from tests.core.data.test_importers import photos, present, told, tree


def refused(root: Path, format: str = "auto") -> str:
    with pytest.raises(BadInput) as caught:
        importers.parse(root, format)
    assert str(caught.value).endswith(".")
    return str(caught.value)


@pytest.fixture
def annotated(tmp_path: Path) -> Path:
    return tree(tmp_path / "set", photos(1, 2) | {"annotations/sea.txt": "1\n2\n"})


def test_what_is_no_regular_file_is_left_out_and_told(annotated: Path) -> None:
    os.mkfifo(annotated / "annotations" / "sky.txt")
    (annotated / "annotations" / "zero.txt").symlink_to("/dev/zero")
    (annotated / "annotations" / "gone.txt").symlink_to("nowhere")
    os.mkfifo(annotated / "images" / "im3.jpg")
    parsed = importers.parse(annotated)
    assert parsed.labels == ("sea",)
    strange = ("annotations/gone.txt", "annotations/sky.txt", "annotations/zero.txt", "images/im3.jpg")
    assert told(parsed) == {("not a file", where) for where in strange}
    assert {problem.reason for problem in parsed.problems} == {"It is not a regular file; left out."}


def test_annotations_beyond_the_limit_are_left_out_with_the_numbers(annotated: Path) -> None:
    with open(annotated / "annotations" / "sky.txt", "wb") as file:
        file.truncate(reading.MOST_LABEL_BYTES + 1024**2)  # a hole: it takes no disk
    parsed = importers.parse(annotated)
    assert parsed.labels == ("sea",)
    assert told(parsed) == {("unreadable file", "annotations/sky.txt")}
    assert "It has 513 MiB; such a file may have 512 MiB" in parsed.problems[0].reason


def test_bad_lines_without_end_are_counted(annotated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_TOLD", 3)
    (annotated / "annotations" / "sky.txt").write_text("1\n" * 5 + "x\n99\n")
    parsed = importers.parse(annotated)
    assert [problem.where for problem in parsed.problems] == [
        *(f"annotations/sky.txt:{line}" for line in (2, 3, 4)),
        "annotations/sky.txt",
    ]
    assert parsed.problems[-1].reason == "3 more problems with its lines."


def test_bad_rows_without_end_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_TOLD", 3)
    root = tree(tmp_path, {"x.csv": "image,labels\na.jpg,sea\n" + "b.jpg,sea\n" * 5, "a.jpg": b""})
    parsed = importers.parse(root)
    assert [problem.where for problem in parsed.problems] == ["x.csv:3", "x.csv:4", "x.csv:5", "x.csv"]
    assert parsed.problems[-1].reason == "2 more problems with its lines."


def test_rows_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    root = tree(tmp_path, {"x.csv": "image,labels\n" + "a.jpg,sea\n" * 3, "a.jpg": b""})
    assert importers.parse(root).labels == ("sea",)
    with open(root / "x.csv", "a") as file:
        file.write("a.jpg,sea\n")
    assert "x.csv has more than 3 rows: split it." in refused(root)


def test_a_table_beyond_the_limit_is_refused_with_the_numbers(tmp_path: Path) -> None:
    root = tree(tmp_path, {"x.csv": "image,labels\na.jpg,sea\n", "a.jpg": b""})
    with open(root / "x.csv", "r+b") as file:
        file.truncate(reading.MOST_STREAMED_BYTES + 1024**3)
    assert "x.csv: It has 5 GiB; such a file may have 4 GiB: split it." in refused(root)


def test_a_table_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.csv")
    with pytest.raises(BadInput, match="not a regular file"):
        tables.read(tmp_path / "x.csv")
    with pytest.raises(BadInput, match=r"There is no file .*y\.csv"):
        tables.read(tmp_path / "y.csv")


def closed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The folder refuses to be read, also to the superuser that tests may run as."""
    scandir = os.scandir

    def refuse(place: Path) -> object:
        if Path(place) == folder:
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    monkeypatch.setattr(listing.os, "scandir", refuse)


def test_a_folder_that_cannot_be_read_is_told(annotated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(annotated, {"more/im7.jpg": b""})
    closed(monkeypatch, annotated / "more")
    parsed = importers.parse(annotated)
    assert len(parsed.images) == 2
    assert told(parsed) == {("unreadable folder", "more")}
    assert parsed.problems[0].reason == "It cannot be read (Permission denied)."


def test_a_source_that_cannot_be_read_is_refused(annotated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed(monkeypatch, annotated)
    assert refused(annotated) == f"{annotated} cannot be read (Permission denied): check its permissions."


def test_folders_more_than_a_thousand_deep_are_listed(annotated: Path) -> None:
    place = annotated
    for _ in range(1100):
        place = place / "d"
        place.mkdir()
    try:
        assert len(importers.parse(annotated).images) == 2
    finally:
        while place != annotated:  # what clears up after tests is recursive, and would fail at this depth
            place.rmdir()
            place = place.parent


def test_a_row_that_is_too_short_lists_only_what_it_has(tmp_path: Path) -> None:
    table = "image,sea,sky,split\na.jpg,1,0,train\nb.jpg,1\nc.jpg,0,1\n"
    parsed = importers.parse(tree(tmp_path, {"x.csv": table} | {f"{name}.jpg": b"" for name in "abc"}))
    assert parsed.by_key()["b.jpg"] == {"sea": LabelState.PRESENT}
    assert parsed.by_key()["c.jpg"] == {"sea": LabelState.ABSENT, "sky": LabelState.PRESENT}
    assert told(parsed) == {("short line", "x.csv:3")}
    assert "2 cells where the header has 4: 'sky' missing" in parsed.problems[0].reason


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("image,sea,sky\na.jpg,yes,nan\nb.jpg,?,1\n", "x.csv, line 2 has 'yes' in column 'sea', where"),
        ("image,sea\n\na.jpg,0.93\nb.jpg,0.1\n", "x.csv, line 3 has '0.93' in column 'sea'"),
        ("name,sea\na.jpg,1\n", "x.csv, line 1 has no column of the image (image, images"),
        ("image\na.jpg\n", "x.csv, line 1 names images, but no label"),
        ("image,sea,sky\n", "x.csv lists no image: it has a header, but no row below it"),
        ("image,labels\n", "x.csv lists no image: it has a header, but no row below it"),
        ("", "x.csv is empty"),
    ],
)
def test_a_table_that_is_not_understood_is_named_with_the_reason(
    tmp_path: Path, table: str, said: str
) -> None:
    root = tree(tmp_path, {"x.csv": table, "a.jpg": b"", "b.jpg": b""})
    assert said in refused(root)
    if "labels" not in table:
        assert said in refused(root, "csv-onehot")
        assert said in refused(root / "x.csv")


def test_rows_that_are_all_too_long_are_named_by_line(tmp_path: Path) -> None:
    table = "image,sea\na.jpg,1,0\nb.jpg,1,0\n"
    said = refused(tree(tmp_path, {"x.csv": table, "a.jpg": b"", "b.jpg": b""}))
    assert "The first of 2 problems: x.csv:2: It has 3 cells where the header has 2; left out." in said
    assert "right folder" not in said


def test_empty_cells_behind_the_header_are_no_mistake(tmp_path: Path) -> None:
    parsed = importers.parse(tree(tmp_path, {"x.csv": "image,labels\na.jpg,sea,,\n", "a.jpg": b""}))
    assert present(parsed) == {"a.jpg": ["sea"]}
    assert parsed.problems == ()
