"""CSV files as people send them: any delimiter, any encoding, columns under many names."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from core.data.importers import listing, reading
from core.data.importers.names import short, shown
from core.data.neutral import restore
from core.errors import BadInput

IMAGE_COLUMNS = ("image", "images", "filename", "file_name", "file", "path", "file_path", "image_path", "key")
SPLIT_COLUMNS = ("split", "part", "subset", "set")
ENDINGS = (".csv", ".tsv")
MOST_ROWS = 20_000_000  # a million images with some dozen labels each, a row for each
MOST_LINE_CHARS = 1 << 24  # of a row, which may have several lines
_ENCODINGS = {"utf-16": "is read as UTF-16.", "cp1252": "is not UTF-8; read as Windows-1252."}
_HEAD = 1 << 16  # characters that tell a format, and bytes that tell an encoding
_PASSED = 1 << 27  # of one line, while a format is looked for
_DELIMITERS = (",", ";", "\t", "|")
csv.field_size_limit(MOST_LINE_CHARS)  # the default of 128 KiB is met by 200 long labels


@dataclass(frozen=True)
class Head:
    """The first lines of a table, enough to tell its format; rows with their line numbers in the file."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    line: int = 1
    """Of the header."""


@dataclass(frozen=True)
class Table:
    """Header (stripped, lower case; `names` keeps the case) and rows with their line numbers in the file."""

    path: Path
    header: tuple[str, ...]
    names: tuple[str, ...]
    rows: Iterable[tuple[int, list[str]]]
    """Read anew by each loop, which raises BadInput at a line that is none of a table."""
    notes: tuple[str, ...]
    line: int = 1
    """Of the header."""
    left_out: Mapping[int, str] = field(default_factory=dict)
    """Why rows are not among `rows`, by line; complete after a loop over them."""

    def column(self, names: Sequence[str]) -> int | None:
        """Position of the first column that has one of the names."""
        return next((at for at, name in enumerate(self.header) if name in names), None)

    def the_column(self, name: str, *, any_case: bool = False) -> int:
        """Position of the one column of that name. Raises BadInput when there is none or more than one."""
        named = self.header if any_case else self.names
        where = f"{self.path.name}, line {self.line}"
        if name not in named:
            raise BadInput(f"{where}: there is no column {name}, which is needed.")
        if named.count(name) > 1:
            raise BadInput(f"{where}: the column {name} is there {named.count(name)} times; leave one.")
        return named.index(name)

    def tell_left_out(self, tell: Callable[[int, str], object]) -> None:
        """Call `tell(line, reason)` for each row that was left out."""
        for line, reason in self.left_out.items():
            tell(line, reason)

    def too_wide(self, row: Sequence[str]) -> str | None:
        """What is wrong with a row that holds something behind the header's last column, or None."""
        width = len(self.header)
        if any(cell.strip() for cell in row[width:]):  # Spreadsheets end rows with empty cells.
            return f"It has {len(row)} cells where the header has {width}"
        return None


def read_head(path: Path, most_rows: int = 20) -> Head:
    """The header, stripped, in lower case, and some rows; empty when the file cannot be read."""
    try:
        with open(path, "rb") as file:
            encoding = reading.encoding_of_bytes(file.read(_HEAD))
        with open(path, encoding=encoding, errors="replace", newline="") as text:
            numbered = _first_lines(text, most_rows + 1)
        delimiter = _delimiter(numbered[0][1] if numbered else "")
        found = list(csv.reader([line for _, line in numbered], delimiter=delimiter))
    except (OSError, csv.Error):
        return Head((), ())
    if not found:
        return Head((), ())
    # A quoted cell may span lines: then there are fewer rows than lines, and only the first number is sure.
    lines = [at for at, _ in numbered]
    header = tuple(restore(cell).strip().lower() for cell in found[0])
    rows = tuple((at, tuple(row)) for at, row in zip(lines[1:], found[1:], strict=False))
    return Head(header, rows, lines[0])


def _first_lines(text: TextIO, most: int) -> list[tuple[int, str]]:
    """The first lines that hold something, with their numbers: two, and as many more as are short.

    The over-long are passed over; where the first is one there is no header, and nothing is found.
    """
    found: list[tuple[int, str]] = []
    chars = 0
    for number, line in enumerate(reading.bounded(text, MOST_LINE_CHARS, _PASSED), 1):
        if line is not None and line.strip():
            found.append((number, line))
            chars += len(line)
        if len(found) == most or (len(found) > 1 and chars > _HEAD) or number > _HEAD:
            break
        if line is None and not found:
            break
    return found


def read(path: Path, left_out: dict[int, str] | None = None) -> Table:
    """A table, its rows parsed while they are looped over. Raises BadInput when it cannot be read or is empty.

    left_out: where given, a row of millions of characters is noted there by its line and is not among the rows;
    else it is an error as any other.
    """
    encoding = reading.encoding(path)
    notes = [f"{path.name} {_ENCODINGS[encoding]}"] if encoding in _ENCODINGS else []
    with reading.text(path, encoding) as text:
        first = next((line for _, line in _lines(path, text) if line and line.strip()), "")
    if "\x00" in first:
        raise BadInput(
            f"{path.name} cannot be read as a CSV file: it holds zero bytes, as pictures and workbooks do; "
            "save the table as CSV in UTF-8."
        )
    delimiter = _delimiter(first)
    if delimiter != ",":
        notes.append(f"Columns of {path.name} are separated by: {shown(delimiter)}")
    rows = _Rows(path, encoding, delimiter, left_out, skip=0)
    top = next(iter(rows), None)
    if top is None:
        raise BadInput(f"{path.name} is empty: it needs a header and one row an image.")
    names = tuple(cell.strip() for cell in top[1])
    header = tuple(name.lower() for name in names)
    noted = {} if left_out is None else left_out
    return Table(path, header, names, replace(rows, skip=1), tuple(notes), top[0], noted)


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of a table that hold something, but for the first `skip`; read from the disk by each loop."""

    path: Path
    encoding: str
    delimiter: str
    left_out: dict[int, str] | None
    skip: int

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        count = 0
        with reading.text(self.path, self.encoding) as text:
            for line, row in self._parsed(_Fed(self.path, text)):
                if any(row) and any(map(str.strip, row)):
                    count += 1
                    if count > MOST_ROWS + 1:
                        raise BadInput(f"{self.path.name} has more than {MOST_ROWS:,} rows: split it.")
                    if count > self.skip:
                        yield line, [restore(cell) if cell[:1] == "'" else cell for cell in row]

    def _parsed(self, fed: "_Fed") -> Iterator[tuple[int, list[str]]]:
        """Every row with the number of its first line; the over-long are noted, or raise."""
        while not fed.ended:
            fed.begin()
            try:
                for row in csv.reader(fed, delimiter=self.delimiter, strict=True):
                    yield fed.first, row
                    fed.begin()
                return
            except _TooLong:
                self._leave_out(fed)
            except csv.Error as error:
                raise BadInput(
                    f"{self.path.name}:{fed.first} is not a row of a CSV file ({error}): correct the quotes."
                ) from error

    def _leave_out(self, fed: "_Fed") -> None:
        if self.left_out is None:
            raise BadInput(
                f"{self.path.name}:{fed.first} has more than {MOST_LINE_CHARS:,} characters: "
                "that is no row of a table."
            )
        reason = reading.too_long(MOST_LINE_CHARS)
        if not fed.skip_to_end():
            raise BadInput(
                f"{self.path.name}:{fed.first} is not a row of a CSV file (its quotes are not closed within "
                f"{MOST_LINE_CHARS:,} characters): correct the quotes."
            )
        if fed.number > fed.first:
            reason = f"It goes on to line {fed.number:,}, within quotes. {reason}"
        self.left_out[fed.first] = reason


class _TooLong(Exception):
    """A row that is longer than any."""


class _Fed:
    """The lines of a table as csv's reader takes them, counted by row."""

    def __init__(self, path: Path, text: TextIO) -> None:
        self._lines = _lines(path, text)
        self.number = 0
        self.first = 1
        self.ended = False
        self._chars, self._last = 0, ""

    def begin(self) -> None:
        """The next line is the first of a row."""
        self.first, self._chars = self.number + 1, 0

    def __iter__(self) -> "_Fed":
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines, (self.number, ""))
        if line is None:
            self._last = ""
            raise _TooLong
        if not line:
            self.ended = True
            raise StopIteration
        self._chars += len(line)
        if self._chars >= MOST_LINE_CHARS:
            self._last = line
            raise _TooLong
        return line

    def skip_to_end(self) -> bool:
        """Go on behind an over-long row; False where its last cell is never closed.

        A line that is over-long by itself ends its row: what it was, nobody knows. Else a cell in quotes goes on
        over many lines, up to the one that closes it.
        """
        line: str | None = self._last
        while line and line.count('"') % 2 == 0:
            self.number, line = next(self._lines, (self.number, ""))
            self.ended = line == ""
        return not self.ended


def further_columns(table: Table, *used: int | None) -> tuple[tuple[int, str], ...]:
    """Position and name of the named columns that are neither the image, nor the split, nor `used`."""
    taken = {table.column(IMAGE_COLUMNS), table.column(SPLIT_COLUMNS), *used}
    return tuple((at, name) for at, name in enumerate(table.names) if name and at not in taken)


def lacks_images(head: Head) -> str | None:
    """The misfit of a table that names no images, or None."""
    if not head.header:
        return " is empty, or no table"
    if set(head.header) & set(IMAGE_COLUMNS):
        return None
    columns = listing.some([short(name) for name in head.header])
    return f", line {head.line} has no column of the image ({', '.join(IMAGE_COLUMNS[:4])} …), only {columns}"


def _lines(path: Path, text: TextIO) -> Iterator[tuple[int, str | None]]:
    """The lines with their numbers and ends; None for one that is longer than any row.

    Raises BadInput where that one stands before the header.
    """
    headed = False
    for number, line in enumerate(reading.bounded(text, MOST_LINE_CHARS), 1):
        if line is None and not headed:
            raise BadInput(
                f"{path.name}:{number} has more than {MOST_LINE_CHARS:,} characters: that is no row of a table."
            )
        headed = headed or bool(line and line.strip())
        yield number, line


def _delimiter(first_line: str) -> str:
    """The candidate that the header holds most often; a comma where it holds none."""
    return max(_DELIMITERS, key=first_line.count)
