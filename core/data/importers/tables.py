"""CSV files as people send them: any delimiter, any encoding, columns under many names."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.data.importers import listing, reading
from core.data.importers.names import short, shown
from core.data.neutral import restore
from core.errors import BadInput

IMAGE_COLUMNS = ("image", "images", "filename", "file_name", "file", "path", "file_path", "image_path", "key")
SPLIT_COLUMNS = ("split", "part", "subset", "set")
ENDINGS = (".csv", ".tsv")
MOST_ROWS = 5_000_000
MOST_LINE_CHARS = 1 << 24
_ENCODINGS = {"utf-16": "is read as UTF-16.", "cp1252": "is not UTF-8; read as Windows-1252."}
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
            data = file.read(65536)
        text = data.decode(reading.encoding_of_bytes(data), errors="replace")
        numbered = [(at, line) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
        numbered = numbered[: most_rows + 1]
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


def read(path: Path) -> Table:
    """A table, its rows parsed while they are looped over. Raises BadInput when it cannot be read or is empty."""
    try:
        data = reading.content(path)
    except reading.BadFile as error:
        raise BadInput(str(error)) from error
    encoding = reading.encoding_of_bytes(data)
    notes = [f"{path.name} {_ENCODINGS[encoding]}"] if encoding in _ENCODINGS else []
    first = next((line for line in _lines(path, data, encoding) if line.strip()), "")
    if "\x00" in first:
        raise BadInput(
            f"{path.name} cannot be read as a CSV file: it holds zero bytes, as pictures and workbooks do; "
            "save the table as CSV in UTF-8."
        )
    delimiter = _delimiter(first)
    if delimiter != ",":
        notes.append(f"Columns of {path.name} are separated by: {shown(delimiter)}")
    rows = _Rows(path, data, encoding, delimiter, skip=0)
    top = next(iter(rows), None)
    if top is None:
        raise BadInput(f"{path.name} is empty: it needs a header and one row an image.")
    names = tuple(cell.strip() for cell in top[1])
    header = tuple(name.lower() for name in names)
    return Table(path, header, names, replace(rows, skip=1), tuple(notes), top[0])


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of a table that hold something, but for the first `skip`; the file's bytes are held, not its rows."""

    path: Path
    data: bytes
    encoding: str
    delimiter: str
    skip: int

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(
            _lines(self.path, self.data, self.encoding), delimiter=self.delimiter, strict=True
        )
        line, count = 1, 0
        try:
            for row in reader:
                if any(row) and any(map(str.strip, row)):
                    count += 1
                    if count > MOST_ROWS + 1:
                        raise BadInput(f"{self.path.name} has more than {MOST_ROWS:,} rows: split it.")
                    if count > self.skip:
                        yield line, [restore(cell) if cell[:1] == "'" else cell for cell in row]
                line = reader.line_num + 1  # A row starts on the line after the end of the one before.
        except csv.Error as error:
            raise BadInput(
                f"{self.path.name}:{line} is not a row of a CSV file ({error}): correct the quotes."
            ) from error


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


def _lines(path: Path, data: bytes, encoding: str) -> Iterator[str]:
    """The lines with their ends, one at a time. Raises BadInput for one that is longer than any row."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace", newline="")
    number = 0
    while line := text.readline(MOST_LINE_CHARS):
        number += 1
        if len(line) == MOST_LINE_CHARS:
            raise BadInput(
                f"{path.name}:{number} has more than {MOST_LINE_CHARS:,} characters: that is no row of a table."
            )
        yield line


def _delimiter(first_line: str) -> str:
    """The candidate that the header holds most often; a comma where it holds none."""
    return max(_DELIMITERS, key=first_line.count)
