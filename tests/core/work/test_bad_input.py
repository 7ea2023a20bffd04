"""Bad input, all the way through an import: what is good is stored, what is not is told, nothing is half there."""

import errno
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import states
from core.actor import NOBODY
from core.artifacts import DatasetFiles
from core.data import build, disk
from core.data.pixels import PixelWriter
from core.errors import BadInput
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import import_
from db import datasets
from db.errors import DatabaseError
from db.records import Dataset
from db.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight pictures, each with the label `sea`, as label-files."""
    folder = tmp_path / "photos"
    (folder / "annotations").mkdir(parents=True)
    for i in range(8):
        noise(i).save(folder / f"im{i}.png")
    (folder / "annotations" / "sea.txt").write_text("\n".join(map(str, range(8))))
    return folder


def noise(seed: int, mode: str = "RGB") -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    return Image.fromarray(values).convert(mode)


def as_bytes(picture: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def bomb() -> bytes:
    """A PNG of some hundred bytes that says it is 50,000 × 50,000."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\x00" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def stored(store: Store, settings: Settings, folder: Path) -> Dataset:
    request = ImportRequest(folder, "odd")
    return import_.store_import(store, settings, NOBODY, request, lambda share, doing: None)


def nothing_is_there(store: Store, settings: Settings) -> bool:
    return not datasets.listing(store) and not list(settings.datasets_dir.glob("*"))


def test_odd_pictures_are_stored_and_broken_ones_named(
    store: Store, settings: Settings, folder: Path
) -> None:
    sideways = Image.Exif()
    sideways[0x0112] = 6
    deep = Image.fromarray(np.arange(24 * 32, dtype=np.uint16).reshape(24, 32) * 80)
    odd = {
        "im10.jpg": as_bytes(noise(10, "CMYK"), "JPEG"),
        "im11.png": as_bytes(deep, "PNG"),
        "im12.png": as_bytes(noise(12, "P"), "PNG"),
        "im13.jpg": as_bytes(noise(13), "JPEG", exif=sideways),
        "im14.gif": as_bytes(noise(14), "GIF", save_all=True, append_images=[noise(15)]),
        "im16.jpg": as_bytes(noise(16), "PNG"),  # misnamed
    }
    broken = {
        "im20.jpg": b"",
        "im21.jpg": as_bytes(noise(21), "JPEG")[:300],
        "im22.png": bomb(),
        "im23.jpg": b"notes, not a picture",
    }
    for name, data in (odd | broken).items():
        (folder / name).write_bytes(data)
    lines = "\n".join(str(number) for number in (*range(8), *range(10, 24), 5, "seven", 99))
    (folder / "annotations" / "sea.txt").write_text(lines)
    made = stored(store, settings, folder)
    assert made.images == 8 + len(odd)
    assert len(DatasetFiles(settings, made).pixels()) == made.images
    sizes = {image.key: (image.width, image.height) for image in datasets.images(store, made.id)}
    assert odd.keys() <= sizes.keys()
    assert sizes["im13.jpg"] == (24, 32)
    told = "\n".join(made.notes)
    for name in broken:
        assert f"{name}: " in told
    for line in (14, 23, 24, 25):  # names no image (15), a second time (5), no number, no image (99)
        assert f"annotations/sea.txt:{line}: " in told


def test_labels_of_every_kind_are_stored_as_they_are(store: Store, settings: Settings, folder: Path) -> None:
    names = ["<b>bold</b>", 'it\'s "quoted"', "🌊🏖️", "'; DROP TABLE x", "y" * 200]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in [*names, "z" * 300])
    rows = "".join(f"im{i}.png{',1,0' * 3}\n" for i in range(8))
    (folder / "labels.csv").write_text(f"image,{header}\n{rows}")
    for text in (folder / "annotations").iterdir():
        text.unlink()
    made = stored(store, settings, folder)
    assert [label.name for label in datasets.labels(store, made.id)] == sorted(names)
    assert "300 characters; a label may have 200: shorten it." in "\n".join(made.notes)


def test_two_hundred_labels_are_stored(store: Store, settings: Settings, folder: Path) -> None:
    for at in range(199):
        (folder / "annotations" / f"label {at}.txt").write_text(f"{at % 8}\n{(at + 3) % 8}\n")
    made = stored(store, settings, folder)
    found = states.matrix(store, made.id)
    assert found.states.shape == (8, 200)
    assert (found.states == 1).sum() == 8 + 199 * 2


def test_an_empty_data_set_is_refused(store: Store, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty" / "annotations").mkdir(parents=True)
    with pytest.raises(BadInput, match="holds no images"):
        stored(store, settings, tmp_path / "empty")
    (tmp_path / "empty" / "annotations" / "sea.txt").write_text("1\n2\n")
    with pytest.raises(BadInput, match="holds no images"):
        stored(store, settings, tmp_path / "empty")
    assert nothing_is_there(store, settings)


def test_a_data_set_of_broken_pictures_alone_is_refused(
    store: Store, settings: Settings, folder: Path
) -> None:
    for path in folder.glob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(BadInput, match="None of the 8 images can be read"):
        stored(store, settings, folder)
    assert nothing_is_there(store, settings)


def test_a_disk_that_fills_up_while_pictures_are_read_leaves_nothing(
    store: Store, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(writer: PixelWriter, block: np.ndarray) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(PixelWriter, "append", full)
    with pytest.raises(BadInput, match="The disk is full: needs about"):
        stored(store, settings, folder)
    assert nothing_is_there(store, settings)


def test_a_disk_that_is_full_before_leaves_nothing(
    store: Store, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 0})())
    with pytest.raises(BadInput, match="The disk is full: needs about"):
        stored(store, settings, folder)
    assert nothing_is_there(store, settings)


def test_a_disk_that_fills_up_when_the_files_are_synced_leaves_nothing(
    store: Store, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(build.files.os, "fsync", full)
    with pytest.raises(BadInput, match="The disk is full: needs about"):
        stored(store, settings, folder)
    assert nothing_is_there(store, settings)


def test_a_database_that_takes_no_more_leaves_nothing(store: Store, settings: Settings, folder: Path) -> None:
    with store.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    for at in range(150):
        (folder / "annotations" / f"{'long name ' * 15}{at}.txt").write_text("1\n2\n3\n4\n")
    with pytest.raises(DatabaseError, match="full"):
        stored(store, settings, folder)
    assert nothing_is_there(store, settings)
