"""CSV files as people send them: any delimiter, any encoding, columns under many names."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.data.importers import listing, reading
from core.data.importers.names import short, shown
from core.errors import BadInput
from db.terms import Part

IMAGE_COLUMNS = ("image", "images", "filename", "file_name", "file", "path", "file_path", "image_path", "key")
SPLIT_COLUMNS = ("split", "part", "subset", "set")
PARTS = {
    **dict.fromkeys(("train", "training"), Part.TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "dev"), Part.VALIDATION),
    **dict.fromkeys(("test", "testing"), Part.TEST),
}
ENDINGS = (".csv", ".tsv")
MOST_ROWS = 5_000_000
_ENCODINGS = {"utf-16": "is read as UTF-16.", "cp1252": "is not UTF-8; read as Windows-1252."}
_DELIMITERS = (",", ";", "\t", "|")
csv.field_size_limit(1 << 24)  # One cell may hold 16 MiB; the default of 128 KiB is met by 200 long labels.


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
    rows: tuple[tuple[int, tuple[str, ...]], ...]
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


# Says why a table is not of a format, without a full stop; None when it is.
Misfit = Callable[[Head], str | None]


def find(root: Path, misfit: Misfit) -> Path | None:
    """The one table at the top of root whose head fits, or root itself when it is such a file.

    Raises BadInput when several fit: which one is meant is the user's choice.
    """
    fitting = [path for path in _at_top(root) if misfit(read_head(path)) is None]
    if len(fitting) > 1:
        names = listing.some([path.name for path in fitting])
        raise BadInput(
            f"{root} holds several tables of labels ({names}): give the path of the one to import."
        )
    return fitting[0] if fitting else None


def has(root: Path, misfit: Misfit) -> bool:
    """True when root has such a table, or several: reading it says in its own words that they are too many."""
    try:
        return find(root, misfit) is not None
    except BadInput:
        return True


def objections(root: Path, misfit: Misfit) -> list[str]:
    """Why each table at the top of root is not taken, with its name and line; empty when there is none."""
    heads = [(path.name, read_head(path)) for path in _at_top(root)]
    return [f"{name}{reason}" for name, head in heads if (reason := misfit(head)) is not None]


def open_one(root: Path, misfit: Misfit, columns: str) -> tuple[Table, Path]:
    """The one table that fits, read, and the folder of its images. Raises BadInput, naming the columns."""
    path = find(root, misfit)
    if path is None:
        why = "".join(f" {objection}." for objection in objections(root, misfit)[:3])
        raise BadInput(f"{root} holds no CSV file with {columns} at its top.{why}")
    table = read(path)
    if not table.rows:
        raise BadInput(f"{path.name} lists no image: it has a header, but no row below it.")
    return table, path.parent if root.is_file() else root


def _at_top(root: Path) -> list[Path]:
    try:
        paths = [root] if root.is_file() else sorted(root.iterdir()) if root.is_dir() else []
        return [p for p in paths if p.suffix.lower() in ENDINGS and p.is_file() and listing.visible(p.name)]
    except OSError as error:
        raise BadInput(listing.unreadable(root, error)) from error


def read_head(path: Path, most_rows: int = 20) -> Head:
    """The header, stripped, in lower case, and some rows; empty when the file cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read(65536)
        text = data.decode(_encoding(data), errors="replace")
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
    header = tuple(cell.strip().lower() for cell in found[0])
    rows = tuple((at, tuple(row)) for at, row in zip(lines[1:], found[1:], strict=False))
    return Head(header, rows, lines[0])


def read(path: Path) -> Table:
    """The whole table. Raises BadInput when it cannot be read or a quote is never closed."""
    try:
        data = reading.content(path)
    except reading.BadFile as error:
        raise BadInput(str(error)) from error
    encoding = _encoding(data)
    notes = [f"{path.name} {_ENCODINGS[encoding]}"] if encoding in _ENCODINGS else []
    first = next((line for line in _lines(data, encoding) if line.strip()), "")
    if "\x00" in first:
        raise BadInput(
            f"{path.name} cannot be read as a CSV file: it holds zero bytes, as pictures and workbooks do; "
            "save the table as CSV in UTF-8."
        )
    delimiter = _delimiter(first)
    if delimiter != ",":
        notes.append(f"Columns of {path.name} are separated by: {shown(delimiter)}")
    rows: list[tuple[int, tuple[str, ...]]] = []
    reader = csv.reader(_lines(data, encoding), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, tuple(row)))
            if len(rows) > MOST_ROWS + 1:
                raise BadInput(f"{path.name} has more than {MOST_ROWS:,} rows: split it.")
            line = reader.line_num + 1  # A row starts on the line after the end of the one before.
    except csv.Error as error:
        raise BadInput(
            f"{path.name}:{line} is not a row of a CSV file ({error}): correct the quotes."
        ) from error
    if not rows:
        raise BadInput(f"{path.name} is empty: it needs a header and one row an image.")
    names = tuple(cell.strip() for cell in rows[0][1])
    header = tuple(name.lower() for name in names)
    return Table(path, header, names, tuple(rows[1:]), tuple(notes), rows[0][0])


def lacks_images(head: Head) -> str | None:
    """The misfit of a table that names no images, or None."""
    if not head.header:
        return " is empty, or no table"
    if set(head.header) & set(IMAGE_COLUMNS):
        return None
    columns = listing.some([short(name) for name in head.header])
    return f", line {head.line} has no column of the image ({', '.join(IMAGE_COLUMNS[:4])} …), only {columns}"


class ImageNames:
    """Finds the image that a cell means: by path, else by file name or stem where that is unique."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = frozenset(keys)
        self._by_end: dict[str, str | None] = {}
        for key in keys:
            path = PurePosixPath(key)
            for end in {path.name, path.stem}:
                self._by_end[end] = None if end in self._by_end else key

    def find(self, cell: str) -> str | None:
        """The key, or None when no image or more than one fits."""
        if cell in self._keys:
            return cell
        name = cell.strip().replace("\\", "/").removeprefix("./")
        if name in self._keys:
            return name
        return self._by_end.get(name.rsplit("/", 1)[-1])


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(data) - 3:  # Else it is the head of a longer file, cut within a character.
            return "cp1252"
    return "utf-8-sig"


def _lines(data: bytes, encoding: str) -> Iterator[str]:
    """The lines with their ends, one at a time: a large table as text takes several times its bytes."""
    return io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace", newline="")


def _delimiter(first_line: str) -> str:
    """The candidate that the header holds most often; a comma where it holds none."""
    return max(_DELIMITERS, key=first_line.count)
