"""The files beside a data set: pixels and thumbnails, written once and read by many."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.data.pixels import PixelWriter, open_pixels
from core.data.thumbnails import FILE, INDEX, ThumbnailPack, ThumbnailWriter
from core.errors import BadInput


def pack(folder: Path, *thumbnails: bytes) -> ThumbnailPack:
    with ThumbnailWriter(folder) as writer:
        writer.append(thumbnails[:1])
        writer.append(thumbnails[1:])
    return ThumbnailPack(folder)


def test_thumbnails_come_back_by_row(tmp_path: Path) -> None:
    opened = pack(tmp_path, b"one", b"", b"three")
    assert len(opened) == 3
    assert opened.get(2) == b"three"
    assert opened.many([2, 0, 1, 0]) == [b"three", b"one", b"", b"one"]


def test_the_index_is_plain_offsets(tmp_path: Path) -> None:
    pack(tmp_path, b"one", b"three")
    offsets = np.load(tmp_path / INDEX)
    assert offsets.dtype == np.int64
    assert offsets.tolist() == [0, 3, 8]


def test_many_readers_at_once(tmp_path: Path) -> None:
    opened = pack(tmp_path, *[str(row).encode() * 50 for row in range(200)])
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(opened.get, range(200)))
    assert found == [str(row).encode() * 50 for row in range(200)]


def test_a_row_outside_is_an_index_error(tmp_path: Path) -> None:
    opened = pack(tmp_path, b"one")
    for index in (-1, 1):
        with pytest.raises(IndexError):
            opened.get(index)


def test_a_short_pack_is_told(tmp_path: Path) -> None:
    opened = pack(tmp_path, b"one", b"three")
    (tmp_path / FILE).write_bytes(b"one")
    with pytest.raises(BadInput, match=r"ends within row 1\): .*doctor --repair"):
        opened.get(1)
    with pytest.raises(BadInput, match="it has 3 bytes where its index says 8"):
        ThumbnailPack(tmp_path)


def test_a_damaged_or_missing_index_is_told(tmp_path: Path) -> None:
    pack(tmp_path, b"one", b"three")
    np.save(tmp_path / INDEX, np.array([0, 9, 8], dtype=np.int64))
    with pytest.raises(BadInput, match="damaged at row 1"):
        ThumbnailPack(tmp_path).get(1)
    (tmp_path / INDEX).write_bytes(b"junk")
    with pytest.raises(BadInput, match=r"damaged \(it is no array"):
        ThumbnailPack(tmp_path)
    (tmp_path / INDEX).unlink()
    with pytest.raises(BadInput, match=r"idx\.npy is missing .*doctor --repair"):
        ThumbnailPack(tmp_path)


def test_a_pack_torn_while_writing_has_no_index(tmp_path: Path) -> None:
    def torn() -> None:
        with ThumbnailWriter(tmp_path) as writer:
            writer.append([b"one"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        torn()
    with pytest.raises(BadInput):
        ThumbnailPack(tmp_path)


def test_pixels_are_a_standard_array_file(tmp_path: Path) -> None:
    block = np.random.default_rng(0).integers(0, 256, (5, 128, 128, 3), dtype=np.uint8)
    with PixelWriter(tmp_path) as writer:
        writer.append(block[:2])
        writer.append(block[2:])
    opened = open_pixels(tmp_path)
    assert isinstance(opened, np.memmap)
    assert not opened.flags.writeable
    assert (opened == block).all()
    assert (np.load(tmp_path / "pixels.npy") == block).all()


def test_no_pixels_are_an_array_too(tmp_path: Path) -> None:
    PixelWriter(tmp_path).close()
    assert np.load(tmp_path / "pixels.npy").shape == (0, 128, 128, 3)


def test_short_or_foreign_pixels_are_told(tmp_path: Path) -> None:
    with PixelWriter(tmp_path) as writer:
        writer.append(np.zeros((2, 128, 128, 3), np.uint8))
    whole = (tmp_path / "pixels.npy").read_bytes()
    (tmp_path / "pixels.npy").write_bytes(whole[:-1])
    with pytest.raises(
        BadInput, match=r"ends too early: 98,431 of 98,432 bytes are there\): .*doctor --repair"
    ):
        open_pixels(tmp_path)
    np.save(tmp_path / "pixels.npy", np.zeros((2, 64, 64, 3), np.uint8))
    with pytest.raises(BadInput, match="shape"):
        open_pixels(tmp_path)
    with pytest.raises(BadInput, match=r"pixels\.npy is missing from nowhere: .*doctor --repair"):
        open_pixels(tmp_path / "nowhere")
