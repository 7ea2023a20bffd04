"""Files that change while an import reads them cost themselves, with their names and a reason; the rest is stored."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.actor import NOBODY
from core.artifacts import DatasetFiles
from core.data import build
from core.data.importers import Parsed
from core.services import datasets, importing
from core.services.importing import ImportRequest
from core.work import import_, preview, sourcing
from core.work.sourcing import Here
from db.records import Dataset
from tests.conftest import Home

GONE, CUT, CLOSED = "im2.png", "im4.png", "im6.png"


def untold(share: float, doing: str) -> None:
    """Nobody listens."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight pictures with the label `sea`, as label-files."""
    folder = tmp_path / "photos"
    (folder / "annotations").mkdir(parents=True)
    for number in range(8):
        values = np.random.default_rng(number).integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(values).save(folder / f"im{number}.png")
    (folder / "annotations" / "sea.txt").write_text("\n".join(map(str, range(8))))
    return folder


@pytest.fixture
def changing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the listing and the decoding one file is removed, one cut, and one becomes a folder."""
    read: Callable[[ImportRequest, Here], Parsed] = sourcing.parsed

    def parsed(request: ImportRequest, here: Here) -> Parsed:
        found = read(request, here)
        (folder / GONE).unlink(missing_ok=True)
        (folder / CUT).write_bytes((folder / CUT).read_bytes()[:200])
        if (folder / CLOSED).is_file():
            (folder / CLOSED).unlink()
            (folder / CLOSED).mkdir()
        return found

    monkeypatch.setattr(sourcing, "parsed", parsed)


def listed(home: Home, dataset: Dataset) -> dict[str, str]:
    """The reason by file of what was not taken."""
    rows = importing.problems(home.store, home.settings, NOBODY, dataset.id).rows
    return {file: reason for _, _, file, _, reason in rows}


@pytest.mark.usefixtures("changing")
def test_files_that_vanish_between_listing_and_decoding_are_listed(home: Home, folder: Path) -> None:
    made = import_.store_import(home.store, home.settings, NOBODY, ImportRequest(folder, "odd"), untold)
    keys = [image.key for image in datasets.images(home.store, NOBODY, made.id)]
    assert keys == [f"im{number}.png" for number in (0, 1, 3, 5, 7)]
    assert len(DatasetFiles(home.settings, made).pixels()) == 5
    told = listed(home, made)
    assert told.keys() == {GONE, CUT, CLOSED}
    assert told[GONE] == told[CLOSED] == "It is missing, or not a regular file."
    assert told[CUT].endswith(".")


@pytest.mark.usefixtures("changing")
def test_a_look_tells_them_too(home: Home, folder: Path) -> None:
    found = preview.preview(home.store, home.settings, ImportRequest(folder, "odd"), untold)
    assert found.images == 5
    assert {where for _, where, _ in found.problems} == {GONE, CUT, CLOSED}


def test_a_file_that_vanishes_while_others_are_decoded_is_listed(
    home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_cores", lambda: 1)  # the second half waits for the first
    last = folder / "im7.png"

    def progress(share: float, doing: str) -> None:
        if doing.startswith("reading"):
            last.unlink(missing_ok=True)

    for number in range(8, 120):
        (folder / f"im{number}.png").write_bytes((folder / "im0.png").read_bytes())
    made = import_.store_import(home.store, home.settings, NOBODY, ImportRequest(folder, "odd"), progress)
    assert (made.images, listed(home, made)) == (119, {"im7.png": "It is missing, or not a regular file."})


def test_folders_as_labels_lose_the_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That format reads files of equal size already while it lists them."""
    from core.data.importers import folders

    root = tmp_path / "classes"
    for number in range(4):
        path = root / ("sea", "sky")[number % 2] / f"{number}.bmp"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (60 * number, 0, 0)).save(path)
    listing = folders.listing.images

    def then_gone(place: Path) -> object:
        found = listing(place)
        (root / "sea" / "2.bmp").unlink()
        return found

    monkeypatch.setattr(folders.listing, "images", then_gone)
    parsed = folders.Folders().parse(root)
    assert [image.key for image in parsed.images] == ["sea/0.bmp", "sea/2.bmp", "sky/1.bmp", "sky/3.bmp"]
    assert parsed.labels == ("sea", "sky")
