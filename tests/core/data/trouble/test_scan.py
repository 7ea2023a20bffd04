"""One scan finds everything, is written whole, and what is damaged or old is refused."""

import contextlib
import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import processes
from core.data.trouble import scan
from core.data.trouble.quality import KINDS, Odd
from core.errors import BadInput
from tests.core.data.trouble.drawn import folder, picture, squashed


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Eight images; 5 is 1 cropped, 6 is 2 again, 7 is dark."""
    dark = picture(9).point(lambda value: value // 5)
    images = [picture(seed) for seed in range(5)]
    return folder(tmp_path, squashed(*images, picture(1).crop((20, 20, 500, 500)), images[2], dark))


def scanned(dataset: Path, **otherwise: object) -> scan.Scan:
    sides = [512] * 8
    return scan.scan(dataset, sides, sides, list("abcdefgh"), **otherwise)  # type: ignore[arg-type]


def test_a_scan_finds_what_is_wrong_and_is_read_back_as_it_was(dataset: Path) -> None:
    found = scanned(dataset)
    assert np.flatnonzero(found.quality.odd[:, KINDS.index(Odd.DARK)]).tolist() == [7]
    assert [rows.tolist() for rows in found.duplicates.groups] == [[1, 5], [2, 6]]
    assert found.places.shape == (8, 2)
    assert scan.made_at(dataset) is None
    scan.write(dataset, found)
    assert scan.made_at(dataset) is not None
    again = scan.read(dataset, 8)
    assert np.array_equal(again.quality.measures, found.quality.measures, equal_nan=True)
    assert np.array_equal(again.places, found.places)
    assert [rows.tolist() for rows in again.duplicates.groups] == [[1, 5], [2, 6]]
    assert again.duplicates.sentence(0) == found.duplicates.sentence(0)


def test_the_same_files_give_the_same_scan_and_leave_nothing_behind(dataset: Path) -> None:
    before = sorted(path.name for path in dataset.iterdir())
    first, second = scanned(dataset), scanned(dataset)
    assert np.array_equal(first.places, second.places)
    assert np.array_equal(first.duplicates.similarity, second.duplicates.similarity)
    assert sorted(path.name for path in dataset.iterdir()) == before


def test_progress_is_told_and_what_it_raises_stops_the_work(dataset: Path) -> None:
    told: list[tuple[float, str]] = []
    scanned(dataset, progress=lambda done, words: told.append((done, words)))
    shares = [done for done, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert {words for _, words in told} == {"Measuring images", "Looking for duplicates", "Drawing the map"}

    def stop(done: float, words: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scanned(dataset, progress=stop)


def test_facts_of_another_number_of_images_are_refused(dataset: Path) -> None:
    with pytest.raises(BadInput, match=r"are of 8 images, the data set has 7: .*doctor --repair"):
        scan.scan(dataset, [9] * 7, [9] * 7, ["a"] * 7)


def test_a_full_disk_is_a_sentence_before_a_mapped_page_finds_it(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int, _start: int, _size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(BadInput, match="The disk is full"):
        scanned(dataset)


def test_a_data_set_that_was_not_scanned(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has not been scanned: scan the data set first"):
        scan.read(tmp_path, 3)


def test_a_scan_of_more_images_than_there_are_is_refused_images_added_since_are_not_in_it(
    dataset: Path,
) -> None:
    scan.write(dataset, scanned(dataset))
    with pytest.raises(BadInput, match="of 8 images, the data set has 7: scan the data set again"):
        scan.read(dataset, 7)
    assert scan.read(dataset, 9).images == 8


def test_a_damaged_file_is_refused_wherever_it_is_damaged(dataset: Path) -> None:
    scan.write(dataset, scanned(dataset))
    whole = (dataset / scan.FILE).read_bytes()
    rng = np.random.default_rng(0)
    for end in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        (dataset / scan.FILE).write_bytes(whole[:end])
        with pytest.raises(BadInput, match=r"damaged .*: scan the data set again"):
            scan.read(dataset, 8)
    for _ in range(100):  # a flipped byte is either refused or changes nothing
        at = int(rng.integers(len(whole)))
        (dataset / scan.FILE).write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        with contextlib.suppress(BadInput):
            assert scan.read(dataset, 8).duplicates.group.tolist() == [-1, 0, 1, -1, -1, 0, 1, -1]


def test_another_version_and_rows_that_are_not_there_are_refused(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = scanned(dataset)
    with monkeypatch.context() as patch:
        patch.setattr(scan, "VERSION", scan.VERSION + 1)
        scan.write(dataset, found)
    with pytest.raises(BadInput, match="another version of Errata: scan the data set again"):
        scan.read(dataset, 8)
    found.duplicates.other[0] = 8
    scan.write(dataset, found)
    with pytest.raises(BadInput, match="do not fit together"):
        scan.read(dataset, 8)


def test_reading_a_scan_loads_no_heavy_library() -> None:
    code = (
        "import sys; from core.data.trouble import scan; "
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'sklearn', 'scipy', 'faiss', 'torch'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=processes.ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
