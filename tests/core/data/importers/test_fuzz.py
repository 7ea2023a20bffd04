"""Whatever is sent: a sentence, or a source whose every image is there and whose every problem has its place."""

import builtins
import io
import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.data import importers
from core.data.importers import Parsed, listing
from core.errors import BadInput
from tests.core.data.importers.sources import IMAGES, MADE, Files, sources

FEW, MANY = 72, 715  # a format: a thousand cases and ten thousand
ROOM = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}
LINKS = ("sub/again", "circle.jpg")
troubles = st.sampled_from(["none"] * 6 + ["loop", "closed", "vanished", "vanishing", "torn"])


@pytest.mark.parametrize("format", sorted(MADE))
def test_nothing_that_is_sent_raises_but_a_sentence(tmp_path: Path, format: str) -> None:
    fuzz(tmp_path, format, FEW)


@pytest.mark.long
@pytest.mark.parametrize("format", sorted(MADE))
def test_nothing_of_ten_thousand_raises_but_a_sentence(tmp_path: Path, format: str) -> None:
    fuzz(tmp_path, format, MANY)


def fuzz(folder: Path, format: str, count: int) -> None:
    root = folder / "root"
    write(root, dict.fromkeys(IMAGES, b""))
    write(folder, {"outside.jpg": b""})

    @settings(max_examples=count, **ROOM)  # type: ignore[arg-type]
    @given(sources(format), st.sampled_from([format, format, "auto"]), troubles)
    def one(files: Files, wanted: str, trouble: str) -> None:
        write(root, files)
        try:
            with troubled(root, sorted(files), trouble):
                parsed, said = read(root, wanted)
            if parsed is None:
                assert said.endswith("."), said
                said.encode()
            else:
                check(parsed, root)
        finally:
            for name in (*files, *LINKS):
                (root / name).unlink(missing_ok=True)

    one()


def write(root: Path, files: Files) -> None:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def read(root: Path, format: str) -> tuple[Parsed | None, str]:
    try:
        return importers.parse(root, format), ""
    except BadInput as error:
        return None, str(error)


def troubled(root: Path, files: list[str], trouble: str) -> Any:
    """One trouble of file systems while the source is read."""
    if trouble == "loop":
        (root / LINKS[0]).symlink_to(root)
        (root / LINKS[1]).symlink_to(root / LINKS[1])
    if trouble == "closed":
        return mock.patch.object(listing.os, "scandir", _closed(root / "sub"))
    if (
        trouble == "vanished" and files and not listing.is_image_name(files[0])
    ):  # between being listed and being opened
        return mock.patch.object(listing, "files", _without(root / files[0]))
    if trouble in ("vanishing", "torn") and files:
        return mock.patch.object(builtins, "open", _failing(root / files[-1], torn=trouble == "torn"))
    return mock.patch.object(listing, "_LEFT_ALONE", True, create=True)


def _closed(folder: Path) -> Any:
    scandir = os.scandir

    def refuse(place: Any) -> Any:
        if Path(place) == folder:
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    return refuse


def _without(path: Path) -> Any:
    listed = listing.files

    def gone(*args: Any) -> Any:
        yield from listed(*args)
        path.unlink(missing_ok=True)

    return gone


def _failing(path: Path, *, torn: bool) -> Any:
    """open() that finds the file gone at its second opening, or fails while it is read."""
    plain, times = builtins.open, iter(range(100))

    class Torn(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError(5, "Input/output error")

    def fail(file: Any, *args: Any, **named: Any) -> Any:
        if isinstance(file, Path) and file == path and next(times, 100) > 0:
            if torn and args[:1] == ("rb",):
                return Torn()
            raise FileNotFoundError(2, "No such file or directory")
        return plain(file, *args, **named)

    return fail


def check(parsed: Parsed, root: Path) -> None:
    keys = [image.key for image in parsed.images]
    assert keys == sorted(set(keys))
    for key in keys:
        assert ".." not in key.split("/")
        assert (root / key).exists(), key
    assert list(parsed.labels) == sorted(set(parsed.labels))
    assert [importers.clean_label(label) for label in parsed.labels] == list(parsed.labels)
    for problem in parsed.problems:
        assert problem.kind and problem.file and problem.reason.endswith("."), problem
        assert problem.line is None or problem.line > 0, problem
        f"{problem.where} {problem.reason}".encode()
    for note in parsed.notes:
        note.encode()
    for image in parsed.images:
        "".join([*(image.meta or {}), *(image.meta or {}).values()]).encode()
    cells = parsed.cells
    assert len(cells.images) == len(cells.labels) == len(cells.codes) == len(cells.verified)
    assert [str(column.dtype) for column in (cells.images, cells.labels, cells.codes, cells.verified)] == [
        *("int32", "int32", "int8", "bool")
    ]
    places = list(zip(cells.images.tolist(), cells.labels.tolist(), strict=True))
    assert places == sorted(set(places))
    assert all(0 <= image < len(keys) and 0 <= label < len(parsed.labels) for image, label in places)
    assert set(cells.codes.tolist()) <= {1, 0, -1}
