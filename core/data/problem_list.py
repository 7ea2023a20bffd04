"""Everything that an import could not take as it stands, as a table that spreadsheets open without harm."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core import files
from core.data import neutral
from core.data.importers.records import Problem
from db.terms import LARGEST

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


@dataclass(frozen=True)
class Noted:
    """What a list says, as far as it can be read."""

    rows: list[list[str]]  # under COLUMNS, as they stand in the file
    damage: str = ""  # what cannot be read of the file, in a sentence; "" where all can


def before(path: Path, revision: int) -> list[list[str]]:
    """The rows, as they stand in the file, of the imports up to a revision.

    A later one was written by an import that was killed before it was stored.
    """
    return read(path, revision).rows


def read(path: Path, revision: int) -> Noted:
    """The rows of the imports up to a revision; a file that was edited or damaged is read as far as it goes."""
    if not path.is_file():
        return Noted([])
    rows: list[list[str]] = []
    lost = 0
    try:
        # A spreadsheet may have saved it with a byte order mark, or in an encoding of its own.
        with path.open(newline="", encoding="utf-8-sig", errors="backslashreplace") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != COLUMNS:
                return Noted([], _damaged(path, f"does not begin with {','.join(COLUMNS)}"))
            for row in filter(None, reader):
                if len(row) != len(COLUMNS) or (number := _revision(row[0])) is None:
                    lost += 1
                elif number <= revision:
                    rows.append(row)
    except (OSError, csv.Error) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or str(error)
        return Noted(rows, _damaged(path, f"cannot be read to its end ({why})"))
    lines = "1 line that cannot be read" if lost == 1 else f"{lost:,} lines that cannot be read"
    return Noted(rows, _damaged(path, f"has {lines}") if lost else "")


def _revision(cell: str) -> int | None:
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) <= len(str(LARGEST)) else None


def _damaged(path: Path, why: str) -> str:
    return (
        f"The list of what imports could not take ({path.name} in the folder {path.parent.name}) {why}: it was edited "
        "or damaged. Images and labels do not depend on it; importing the same source again lists its problems anew."
    )
