"""What is damaged in a data set is made again from its originals; what cannot be is named, and nothing else changes."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import doctor, mending, processes, turns
from core.actor import NOBODY
from core.data import rebuild, stand_ins
from core.data.pixels import open_pixels
from core.data.thumbnails import ThumbnailPack
from core.errors import BadInput
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import import_, reimport
from core.work import scan as scanning
from db import datasets, jobs, placements
from db.records import Dataset, Place
from db.store import Store
from db.terms import JobKind, JobState, Lane

FILES = ("pixels.npy", "thumbnails.bin", "thumbnails.idx.npy", "stats.npy", "trouble.npz")
IMAGES = 8
KILLED = """
import os, signal, sys
from pathlib import Path
from core import doctor
from core.data import rebuild
from core.settings import Settings
left = int(sys.argv[1])
def die(self, target):
    global left
    if self.parent.name == rebuild.BESIDE:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return real(self, target)
real, Path.replace = Path.replace, die
doctor.examine(Settings.load(), repair=True)
"""


def silent(_share: float, _doing: str) -> None:
    """Nobody listens."""


def pictures(folder: Path, count: int = IMAGES, seed: int = 0) -> Path:
    """Pictures of noise in several sizes; half of them are larger than a thumbnail."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for i in range(count):
        noise = rng.integers(0, 256, (6 + i, 9, 3), dtype=np.uint8)
        image = Image.fromarray(noise).resize((300, 200 + 30 * i) if i % 2 else (40, 30 + i))
        image.save(folder / f"{seed}-{i}.jpg")
    lines = [
        f"{seed}-{i}.jpg,{'sea' if i % 2 else 'sky'},{'val' if i > 5 else 'train'}" for i in range(count)
    ]
    (folder / "labels.csv").write_text("\n".join(["image,labels,split", *lines]))
    return folder


def imported(store: Store, settings: Settings, request: ImportRequest) -> Dataset:
    """A data set with its scan."""
    dataset = import_.store_import(store, settings, NOBODY, request, silent)
    scanning.scanned(store, settings, dataset, silent)
    job = jobs.add(store, JobKind.SCAN, actor="ada", dataset_id=dataset.id)
    jobs.end(store, job.id, JobState.FINISHED)
    return dataset


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return pictures(tmp_path / "photos")


@pytest.fixture
def dataset(store: Store, settings: Settings, root: Path) -> Dataset:
    return imported(store, settings, ImportRequest(root, "mine"))


@pytest.fixture
def folder(settings: Settings, dataset: Dataset) -> Path:
    return settings.datasets_dir / dataset.folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def rows_of(settings: Settings) -> list[str]:
    with sqlite3.connect(settings.home / "errata.sqlite") as connection:
        return list(connection.iterdump())


def wrong(settings: Settings, *, repair: bool = False) -> list[str]:
    return [f.text for f in doctor.examine(settings, repair=repair) if f.wrong and not f.repaired]


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def of_another_kind(path: Path) -> None:
    whole = path.read_bytes()
    for old, new in ((b"|u1", b"<u2"), (b"<i8", b"<f8"), (b"<f4", b"<i4")):
        if old in whole:
            path.write_bytes(whole.replace(old, new, 1))
            return
    path.write_bytes(b"another" + whole[7:])


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": cut,
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "gone": Path.unlink,
    "of another kind": of_another_kind,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_and_made_again_as_it_was(
    settings: Settings, dataset: Dataset, folder: Path, name: str, damage: str
) -> None:
    files, rows = content(folder), rows_of(settings)
    DAMAGES[damage](folder / name)
    (said,) = wrong(settings)
    assert said.startswith("“mine”: The file ")
    assert name.partition(".")[0] in said
    assert "`python -m core doctor --repair`" in said
    assert wrong(settings, repair=True) == []
    assert wrong(settings) == []
    assert content(folder) == files
    assert rows_of(settings) == rows


def test_pixels_that_were_overwritten_are_found_by_their_statistics(settings: Settings, folder: Path) -> None:
    files = content(folder)
    middle = bytearray(files["pixels.npy"])
    middle[200_000:300_000] = bytes(100_000)
    (folder / "pixels.npy").write_bytes(middle)
    assert "its pixels are not those that stats.npy was made of, as for row " in wrong(settings)[0]
    assert wrong(settings, repair=True) == []
    assert content(folder) == files


def test_a_whole_folder_that_is_gone_is_made_again(settings: Settings, folder: Path) -> None:
    files = content(folder)
    shutil.rmtree(folder)
    assert len(wrong(settings)) == 4
    assert wrong(settings, repair=True) == []
    assert content(folder) == files


def test_an_image_without_its_original_keeps_what_the_damaged_file_holds_of_it(
    settings: Settings, root: Path, folder: Path
) -> None:
    files = content(folder)
    (root / "0-0.jpg").unlink()
    cut(folder / "pixels.npy")
    assert wrong(settings, repair=True) == []
    assert content(folder) == files


def test_an_image_without_its_original_gets_pixels_of_its_thumbnail_until_it_is_back(
    settings: Settings, root: Path, folder: Path, tmp_path: Path
) -> None:
    files, squares = content(folder), np.array(open_pixels(folder))
    (root / "0-7.jpg").rename(tmp_path / "kept.jpg")
    cut(folder / "pixels.npy")
    (said,) = wrong(settings, repair=True)
    assert said.startswith("“mine”: 1 image is not as imported")
    assert "0-7.jpg (pixels made of its thumbnail; It is missing, or not a regular file.)" in said
    assert f"back to {root}, then run `python -m core doctor --repair`" in said
    now = np.asarray(open_pixels(folder))
    assert (now[:7] == squares[:7]).all()
    assert 0 < np.abs(now[7].astype(int) - squares[7]).mean() < 8
    assert {name for name, data in content(folder).items() if files.get(name) != data} == {
        "pixels.npy",
        stand_ins.FILE,
    }
    assert wrong(settings) == [said]
    assert wrong(settings, repair=True) == [said]
    (tmp_path / "kept.jpg").rename(root / "0-7.jpg")
    assert wrong(settings, repair=True) == []
    assert content(folder) == files


def test_an_image_whose_original_was_changed_gets_a_thumbnail_of_its_pixels(
    settings: Settings, root: Path, folder: Path
) -> None:
    before = ThumbnailPack(folder).many(range(IMAGES))
    shutil.copy(root / "0-3.jpg", root / "0-5.jpg")
    (folder / "thumbnails.idx.npy").unlink()
    (said,) = wrong(settings, repair=True)
    assert "0-5.jpg (thumbnail made of its pixels; Its content is not the one that was imported" in said
    after = ThumbnailPack(folder).many(range(IMAGES))
    assert [row for row in range(IMAGES) if after[row] != before[row]] == [5]


def test_what_nothing_is_left_of_is_blank_and_named_until_it_is_left_out(
    store: Store, settings: Settings, dataset: Dataset, root: Path, folder: Path
) -> None:
    (root / "0-1.jpg").unlink()
    shutil.rmtree(folder)
    (said,) = wrong(settings, repair=True)
    assert "0-1.jpg (blank: nothing was left of it; It is missing" in said
    assert np.ptp(np.asarray(open_pixels(folder)[1])) < 64
    place = datasets.images(store, dataset.id, [1])[0]
    out = {1: Place(place.part, left_out=True)}
    placements.move(store, dataset.id, out, author="ada", client_id="out", reason="it is lost")
    assert wrong(settings) == []


def test_without_any_original_nothing_is_made_of_nothing(
    settings: Settings, root: Path, folder: Path
) -> None:
    shutil.rmtree(root)
    for name in ("thumbnails.bin", "pixels.npy"):
        (folder / name).write_bytes(b"")
    files = content(folder)
    said = wrong(settings, repair=True)[0]
    assert "None of the 8 originals can be read, and nothing else is left of them" in said
    assert f"Bring them back to {root}, then repair again; nothing was changed" in said
    assert content(folder) == files


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_a_repair_that_is_killed_is_done_by_the_next(settings: Settings, folder: Path, moved: int) -> None:
    files, rows = content(folder), rows_of(settings)
    for name in ("pixels.npy", "thumbnails.bin"):
        cut(folder / name)
    environment = {**os.environ, "ERRATA_HOME": str(settings.home)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(moved)], cwd=processes.ROOT, env=environment, capture_output=True
    )
    assert killed.returncode == -9
    assert (folder / rebuild.BESIDE).exists()
    assert wrong(settings)
    assert wrong(settings, repair=True) == []
    assert content(folder) == files
    assert not (folder / rebuild.BESIDE).exists()
    assert rows_of(settings) == rows


def test_originals_that_came_in_an_archive_are_found_in_a_home_that_was_moved(
    store: Store, settings: Settings, root: Path, tmp_path: Path
) -> None:
    settings.uploads_dir.mkdir(parents=True)
    upload = settings.uploads_dir / "a.zip"
    with zipfile.ZipFile(upload, "w") as archive:
        for file in root.iterdir():
            archive.write(file, f"photos/{file.name}")
    dataset = imported(store, settings, ImportRequest(upload, "mine", upload=True))
    upload.unlink()
    store.close()
    settings.home.rename(tmp_path / "elsewhere")
    there = Settings.load({"ERRATA_HOME": str(tmp_path / "elsewhere")})
    folder = there.datasets_dir / dataset.folder
    files = content(folder)
    (folder / "pixels.npy").unlink()
    assert wrong(there, repair=True) == []
    assert content(folder) == files


def test_images_of_several_imports_are_made_again_each_from_its_own_folder(
    store: Store, settings: Settings, dataset: Dataset, folder: Path, tmp_path: Path
) -> None:
    more = ImportRequest(pictures(tmp_path / "more", 3, seed=1), "", into=dataset.id)
    reimport.store_again(store, settings, NOBODY, more, silent, token="again")
    files = content(folder)
    for name in ("pixels.npy", "thumbnails.idx.npy", "stats.npy"):
        (folder / name).write_bytes(b"junk")
    assert wrong(settings, repair=True) == []
    assert content(folder) == files
    assert len(open_pixels(folder)) == IMAGES + 3


@pytest.fixture
def busy(store: Store, dataset: Dataset) -> Iterator[int]:
    """The number of a job whose process lives."""
    job = jobs.add(store, JobKind.ANALYSE, actor="ada", dataset_id=dataset.id)
    jobs.claim(store, Lane.SHORT)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    jobs.started(store, job.id, child.pid, processes.began(child.pid) or 0.0)
    yield job.id
    child.kill()
    child.communicate()


def test_nothing_is_repaired_while_a_job_works_on_the_data_set(
    settings: Settings, folder: Path, busy: int
) -> None:
    (folder / "pixels.npy").write_bytes(b"")
    (said,) = wrong(settings, repair=True)
    assert said.startswith("“mine” was not repaired (pixels.npy). ")
    assert f"Job {busy} (analyse) works on it: wait until it is done, or stop it" in said
    assert (folder / "pixels.npy").read_bytes() == b""


def test_nothing_is_repaired_while_an_import_adds_to_it(settings: Settings, folder: Path) -> None:
    (folder / "pixels.npy").write_bytes(b"")
    with turns.alone(folder):
        assert "Another import is adding to this data set" in wrong(settings, repair=True)[0]
    assert wrong(settings, repair=True) == []


def test_a_system_that_refuses_is_said_in_a_sentence(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    (folder / "pixels.npy").unlink()
    monkeypatch.setattr(rebuild, "pictures", refuses)
    (said,) = wrong(settings, repair=True)
    assert said.startswith(
        "“mine” was not repaired (pixels.npy). The system refused it (Permission denied): look"
    )


def test_a_full_disk_leaves_all_as_it_was(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    cut(folder / "pixels.npy")
    files = content(folder)
    with monkeypatch.context() as patched:
        patched.setattr("core.files.keep", full)
        assert "not repaired (pixels.npy). The disk is full: needs about" in wrong(settings, repair=True)[0]
    assert content(folder) == files
    assert not (folder / rebuild.BESIDE).exists()
    assert wrong(settings, repair=True) == []


def test_a_data_set_that_was_never_scanned_lacks_nothing(
    store: Store, settings: Settings, root: Path
) -> None:
    import_.store_import(store, settings, NOBODY, ImportRequest(root, "mine"), silent)
    assert wrong(settings) == []


def test_the_command_says_what_it_made_again(settings: Settings, folder: Path) -> None:
    def doctored(*words: str, code: int) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "core", "doctor", *words],
            cwd=processes.ROOT,
            env={**os.environ, "ERRATA_HOME": str(settings.home)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    (folder / "thumbnails.bin").unlink()
    assert "wrong   “mine”: The file thumbnails.bin is missing" in doctored(code=1)
    assert "mended  “mine”: thumbnails.bin was missing: made again from 8 originals." in doctored(
        "--repair", code=0
    )
    assert "good    Every data set has its files." in doctored(code=0)


def test_images_that_an_import_adds_while_the_doctor_is_at_work_keep_their_files(
    store: Store,
    settings: Settings,
    dataset: Dataset,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = ImportRequest(pictures(tmp_path / "more", 3, seed=1), "", into=dataset.id)
    (folder / "trouble.npz").unlink()
    after: dict[str, bytes] = {}

    def meanwhile(_store: Store, of: Dataset) -> None:
        """Between the look at the files and the turn."""
        now, _ = reimport.store_again(store, settings, NOBODY, more, silent, token="again")
        scanning.scanned(store, settings, now, silent)
        assert of.images == IMAGES
        after.update(content(folder))

    with monkeypatch.context() as patched:
        patched.setattr(mending, "_refuse_busy", meanwhile)
        assert wrong(settings, repair=True) == []
    assert content(folder) == after
    with monkeypatch.context() as patched:
        patched.setattr(datasets, "listing", lambda _store: [dataset])  # as it was before the import
        assert wrong(settings, repair=True) == []
    assert content(folder) == after
    assert len(open_pixels(folder)) == IMAGES + 3


def test_a_data_set_that_is_deleted_meanwhile_ends_no_doctor(
    store: Store, settings: Settings, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "listing", lambda _store: [replace(dataset, id=77), dataset])
    assert wrong(settings, repair=True) == []


def test_what_was_done_before_a_step_failed_is_told_and_only_the_rest_is_named(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise BadInput("It does not work.")

    for name in ("pixels.npy", "trouble.npz"):
        (folder / name).unlink()
    monkeypatch.setattr(scanning, "scanned", fails)
    found = [f for f in doctor.examine(settings, repair=True) if f.wrong]
    assert [(f.text, f.repaired) for f in found] == [
        ("“mine”: pixels.npy was missing: made again from 8 originals.", True),
        ("“mine” was not repaired (trouble.npz). It does not work.", False),
    ]


@pytest.mark.parametrize("overwritten", [True, False])
def test_pixels_that_were_overwritten_are_not_kept_for_want_of_the_original(
    settings: Settings, root: Path, folder: Path, tmp_path: Path, overwritten: bool
) -> None:
    files, squares = content(folder), np.array(open_pixels(folder))
    middle, row = bytearray(files["pixels.npy"]), squares[0].size
    middle[-5 * row : -4 * row] = bytes(row)  # row 3
    (folder / "pixels.npy").write_bytes(middle)
    gone = "0-3.jpg" if overwritten else "0-5.jpg"
    (root / gone).rename(tmp_path / "kept.jpg")
    said = wrong(settings, repair=True)
    assert (np.asarray(open_pixels(folder)[5]) == squares[5]).all()
    if not overwritten:
        assert said == []
        assert content(folder) == files
        return
    assert "“mine”: 1 image is not as imported" in said[0]
    assert "0-3.jpg (pixels made of its thumbnail; It is missing" in said[0]
    assert 0 < np.abs(np.asarray(open_pixels(folder)[3]).astype(int) - squares[3]).mean() < 8
    assert content(folder)["stats.npy"] == files["stats.npy"]
    (tmp_path / "kept.jpg").rename(root / gone)
    assert wrong(settings, repair=True) == []
    assert content(folder) == files


def test_pixels_that_were_overwritten_are_marked_where_no_thumbnail_is_left(
    settings: Settings, root: Path, folder: Path
) -> None:
    row = open_pixels(folder)[0].size
    middle = bytearray((folder / "pixels.npy").read_bytes())
    middle[-5 * row : -4 * row] = bytes(row)
    (folder / "pixels.npy").write_bytes(middle)
    (folder / "thumbnails.bin").unlink()
    (root / "0-3.jpg").unlink()
    (said,) = wrong(settings, repair=True)
    assert "0-3.jpg (pixels made of its damaged file, thumbnail made of its pixels; It is missing" in said


def test_statistics_that_are_measured_again_for_other_pixels_are_said_so(
    settings: Settings, root: Path, folder: Path, tmp_path: Path
) -> None:
    (root / "0-7.jpg").rename(tmp_path / "kept.jpg")
    cut(folder / "pixels.npy")
    assert wrong(settings, repair=True)
    (tmp_path / "kept.jpg").rename(root / "0-7.jpg")
    assert [f.text for f in doctor.examine(settings, repair=True) if f.repaired] == [
        "“mine”: pixels.npy, for the stand-ins, thumbnails.bin, for the stand-ins: made again from 8 originals, "
        "1 stand-in replaced.",
        "“mine”: stats.npy, since the pixels changed: measured again on 8 images.",
    ]


def test_one_image_that_is_kept_is_told_as_one(settings: Settings, root: Path, folder: Path) -> None:
    (root / "0-0.jpg").unlink()
    cut(folder / "pixels.npy")
    (said,) = [f.text for f in doctor.examine(settings, repair=True) if f.repaired]
    assert said.endswith("made again from 7 originals, 1 image without one kept as it was.")
