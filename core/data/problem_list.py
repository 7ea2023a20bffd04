"""Everything that an import could not take as it stands, as a table that spreadsheets open without harm."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from core import files
from core.data import neutral
from core.data.importers.records import Problem

FILE = "problems.csv"
# What importing once more finds of its images; numbers of their own tell them, and the list has them all the same.
RENAMED, CLASHING, GONE = "same content, other key", "same key, other content", "no longer there"
COLUMNS = ("revision", "kind", "file", "line", "reason")


def of_preview(uploads: Path, job_id: int) -> Path:
    """Where the list of a preview lies until uploads are cleaned up."""
    return uploads / f"problems-{job_id}.csv"


def there(path: Path) -> Path | None:
    """The path, if a list lies there."""
    return path if path.is_file() else None


def write(
    path: Path,
    problems: Sequence[Problem],
    *,
    revision: int,
    keep: Iterable[Sequence[str]] = (),
    even_empty: bool = False,
) -> None:
    """Write the problems of one import below those that are kept, whole or not at all.

    revision: the one that the import makes. even_empty: write a file where there is no problem, too.
    """
    kept = list(keep)
    if kept or problems or even_empty:
        files.write_whole(path, lambda file: _write(file, kept, problems, revision))


def _write(file: BinaryIO, kept: Sequence[Sequence[str]], problems: Sequence[Problem], revision: int) -> None:
    text = io.TextIOWrapper(file, "utf-8", errors="backslashreplace", newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows(kept)
    rows.writerows(map(neutralised, cells(problems, revision)))
    text.flush()
    text.detach()  # whoever opened the file closes it


def cells(problems: Iterable[Problem], revision: int) -> Iterator[tuple[str, ...]]:
    """One row a problem, under COLUMNS; what has no line says its place instead."""
    for problem in problems:
        line = "" if problem.line is None else str(problem.line)
        place = f"{line}, {problem.at}" if line and problem.at else line or problem.at
        yield str(revision), problem.kind, problem.file, place, problem.reason


def neutralised(row: Sequence[str]) -> list[str]:
    """A row that no spreadsheet takes for formulas."""
    return [neutral.neutralise(cell, formulas=True) for cell in row]


def before(path: Path, revision: int) -> list[list[str]]:
    """The rows, as they stand in the file, of the imports up to a revision.

    A later one was written by an import that was killed before it was stored.
    """
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows, None)
        return [row for row in rows if row and row[0].isdigit() and int(row[0]) <= revision]
