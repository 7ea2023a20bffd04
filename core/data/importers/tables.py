"""CSV files as people send them: any delimiter, any encoding, columns under many names."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.data.importers import listing
from core.data.importers.names import shown
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
_DELIMITERS = (",", ";", "\t", "|")
csv.field_size_limit(1 << 24)  # One cell may hold 16 MiB; the default of 128 KiB is met by 200 long labels.


@dataclass(frozen=True)
class Head:
    """The first lines of a table, enough to tell its format."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Table:
    """Header (stripped, lower case; `names` keeps the case) and rows with their line numbers in the file."""

    path: Path
    header: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[str, ...]

    def column(self, names: Sequence[str]) -> int | None:
        """Position of the first column that has one of the names."""
        return next((at for at, name in enumerate(self.header) if name in names), None)


def find(root: Path, fits: Callable[[Head], bool]) -> Path | None:
    """The one table at the top of root whose head fits, or root itself when it is such a file.

    Raises BadInput when several fit: which one is meant is the user's choice.
    """
    if root.is_file():
        return root if root.suffix.lower() in ENDINGS and fits(read_head(root)) else None
    if not root.is_dir():
        return None
    tables = sorted(path for path in root.iterdir() if path.suffix.lower() in ENDINGS and path.is_file())
    fitting = [path for path in tables if listing.visible(path.name) and fits(read_head(path))]
    if len(fitting) > 1:
        names = listing.some([path.name for path in fitting])
        raise BadInput(
            f"{root} holds several tables of labels ({names}): give the path of the one to import."
        )
    return fitting[0] if fitting else None


def has(root: Path, fits: Callable[[Head], bool]) -> bool:
    """True when root has such a table, or several: reading it says in its own words that they are too many."""
    try:
        return find(root, fits) is not None
    except BadInput:
        return True


def open_one(root: Path, fits: Callable[[Head], bool], columns: str) -> tuple[Table, Path]:
    """The one table that fits, read, and the folder of its images. Raises BadInput, naming the columns."""
    path = find(root, fits)
    if path is None:
        raise BadInput(f"{root} holds no CSV file with {columns} at its top.")
    return read(path), path.parent if root.is_file() else root


def read_head(path: Path, rows: int = 20) -> Head:
    """The header, stripped, in lower case, and some rows; empty when the file cannot be read."""
    found: list[tuple[str, ...]] = []
    try:
        with open(path, "rb") as file:
            text, _ = _text(file.read(65536), path.name)
        lines = [line for line in text.splitlines() if line.strip()][: rows + 1]
        reader = csv.reader(lines, delimiter=_delimiter(lines[0] if lines else ""))
        found.extend(tuple(row) for row in reader)
    except (OSError, csv.Error):
        return Head((), ())
    return Head(tuple(cell.strip().lower() for cell in found[0]) if found else (), tuple(found[1:]))


def read(path: Path) -> Table:
    """The whole table. Raises BadInput when it cannot be read or a quote is never closed."""
    try:
        text, notes = _text(path.read_bytes(), path.name)
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read ({error.strerror}).") from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = _delimiter(first)
    if delimiter != ",":
        notes.append(f"Columns of {path.name} are separated by: {shown(delimiter)}")
    rows: list[tuple[int, tuple[str, ...]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, tuple(row)))
            line = reader.line_num + 1  # A row starts on the line after the end of the one before.
    except csv.Error as error:
        raise BadInput(
            f"{path.name}:{line} is not a row of a CSV file ({error}): correct the quotes."
        ) from error
    if not rows:
        raise BadInput(f"{path.name} is empty: it needs a header and one row an image.")
    names = tuple(cell.strip() for cell in rows[0][1])
    return Table(path, tuple(name.lower() for name in names), names, tuple(rows[1:]), tuple(notes))


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


def _text(data: bytes, name: str) -> tuple[str, list[str]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), [f"{name} is read as UTF-16."]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:  # The head of a longer file, cut within a character.
            return data[: error.start].decode("utf-8-sig"), []
        return data.decode("cp1252", errors="replace"), [f"{name} is not UTF-8; read as Windows-1252."]


def _delimiter(first_line: str) -> str:
    """The candidate that the header holds most often; a comma where it holds none."""
    return max(_DELIMITERS, key=first_line.count)
