"""The list of what an import could not take: whole, and harmless in a spreadsheet."""

import csv
from pathlib import Path

import pytest

from core.data import problem_list
from core.data.importers.records import Problem

BAD = (
    Problem("unreadable image", "=cmd.jpg", "It is empty."),
    Problem("label name", "a.csv", "Too, long.", 7),
)


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_every_problem_is_a_row_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    problem_list.write(path, BAD, revision=1)
    assert rows(path) == [
        list(problem_list.COLUMNS),
        ["1", "unreadable image", "'=cmd.jpg", "", "It is empty."],
        ["1", "label name", "a.csv", "7", "Too, long."],
    ]


def test_a_later_import_is_listed_below_and_one_that_never_was_is_not(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    problem_list.write(path, BAD[:1], revision=1)
    kept = problem_list.before(path, 1)
    problem_list.write(path, BAD[1:], revision=5, keep=kept)  # killed before revision 5 was stored
    problem_list.write(path, BAD[1:], revision=2, keep=problem_list.before(path, 1))
    assert [row[:3] for row in rows(path)[1:]] == [
        ["1", "unreadable image", "'=cmd.jpg"],
        ["2", "label name", "a.csv"],
    ]


def test_without_problems_there_is_no_file_unless_it_is_asked_for(tmp_path: Path) -> None:
    problem_list.write(tmp_path / "a.csv", (), revision=1)
    problem_list.write(tmp_path / "b.csv", (), revision=1, even_empty=True)
    assert problem_list.there(tmp_path / "a.csv") is None
    assert rows(tmp_path / "b.csv") == [list(problem_list.COLUMNS)]
    assert problem_list.before(tmp_path / "a.csv", 1) == []


HEAD = ",".join(problem_list.COLUMNS).encode() + b"\r\n"
ROW = b"1,unreadable image,torn.jpg,,It is torn.\r\n"


@pytest.mark.parametrize(
    ("content", "rows", "said"),
    [
        (HEAD + ROW, 1, ""),
        (b"\xef\xbb\xbf" + HEAD + ROW, 1, ""),  # as a spreadsheet saves it
        (b"", 0, "does not begin with revision,kind,file,line,reason"),
        (ROW, 0, "does not begin with"),
        (HEAD.replace(b",", b";") + ROW, 0, "does not begin with"),
        (b"\x00\xff\xfe\x89PNG" * 200, 0, "does not begin with"),
        (HEAD + ROW + b"1,unreadable ima", 1, "has 1 line that cannot be read"),
        (HEAD + ROW + b'1,unreadable image,"torn', 1, "has 1 line that cannot be read"),
        (HEAD + "²,a,b,,c\r\n,a,b,,c\r\n".encode() + b"9" * 5000 + b",a,b,,c\r\n" + ROW, 1, "has 3 lines"),
        (HEAD + ROW + bytes(range(256)) * 900, 1, "cannot be read"),
    ],
)
def test_a_list_that_was_edited_or_damaged_is_read_as_far_as_it_goes(
    tmp_path: Path, content: bytes, rows: int, said: str
) -> None:
    path = tmp_path / "problems.csv"
    path.write_bytes(content)
    found = problem_list.read(path, 1)
    assert len(found.rows) == rows
    assert said in found.damage
    assert bool(said) == bool(found.damage)
    problem_list.write(path, BAD[:1], revision=2, keep=found.rows)
    assert problem_list.read(path, 2).damage == ""


def test_a_list_with_a_line_without_end_is_read_up_to_it(tmp_path: Path) -> None:
    path = tmp_path / "problems.csv"
    path.write_bytes(HEAD + ROW + b"1,a,b,," + b"x" * 2_000)
    usual = csv.field_size_limit(1_000)
    try:
        found = problem_list.read(path, 1)
    finally:
        csv.field_size_limit(usual)
    assert len(found.rows) == 1
    assert "cannot be read to its end" in found.damage


def test_a_list_in_another_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "problems.csv"
    path.write_bytes(HEAD + "1,unreadable image,märz.jpg,,It is torn.\r\n".encode("latin-1"))
    assert problem_list.read(path, 1).rows[0][2] == "m\\xe4rz.jpg"
