"""The list of what an import could not take: whole, and harmless in a spreadsheet."""

import csv
from pathlib import Path

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
