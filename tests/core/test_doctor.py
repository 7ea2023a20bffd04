"""The doctor finds what is wrong, says it, and mends only what is safe to."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core import doctor, processes
from core.artifacts import MODEL_FILES, TRAINED_FILES
from core.data.images import PIXELS_PX
from core.data.pixels import PixelWriter
from core.data.statistics import STATISTICS, statistics
from core.data.thumbnails import ThumbnailWriter
from core.files import save_array
from core.recipes import IMPORTED
from core.settings import Settings
from db import jobs, runs
from db.records import Dataset
from db.store import Store
from db.terms import JobKind, JobState, Lane
from tests.small import small_dataset

LONG_DEAD = (2**22 - 3, 1.0)  # pid, mark of its start


def wrong(settings: Settings, *, repair: bool = False) -> list[str]:
    return [f.text for f in doctor.examine(settings, repair=repair) if f.wrong and not f.repaired]


def a_dataset(store: Store, settings: Settings) -> Dataset:
    dataset = small_dataset(store, folder="abc", source="/photos", root="/photos")
    folder = settings.datasets_dir / "abc"
    folder.mkdir(parents=True)
    with PixelWriter(folder) as pixels, ThumbnailWriter(folder) as thumbnails:
        pixels.append(np.zeros((dataset.images, PIXELS_PX, PIXELS_PX, 3), np.uint8))
        thumbnails.append([b"\xff\xd8\xff and so on"] * dataset.images)
    black = np.zeros((dataset.images, PIXELS_PX, PIXELS_PX, 3), np.uint8)
    np.save(folder / "stats.npy", statistics(black, np.ones(dataset.images, np.float32)))
    return dataset


def files_of_a_run(folder: Path, *, trained: bool) -> None:
    for name in ("scores.npy", "embeddings.npy", "aum.npy", *(MODEL_FILES if trained else ())):
        save_array(folder / name, np.full((1, 1), 0.5, np.float32))
    if trained:
        np.savez(folder / "head.npz", weight=np.ones((1, 1)), bias=np.ones(1))


def test_a_house_that_was_never_entered_is_in_order(settings: Settings) -> None:
    assert wrong(settings) == []


def test_a_house_with_a_data_set_is_in_order(store: Store, settings: Settings) -> None:
    a_dataset(store, settings)
    assert wrong(settings) == []


def test_a_database_without_schema_is_wrong(settings: Settings) -> None:
    (settings.home / "errata.sqlite").touch()
    assert "brings it up to date" in wrong(settings)[0]


def test_lost_files_of_a_data_set_are_told(store: Store, settings: Settings) -> None:
    a_dataset(store, settings)
    (settings.datasets_dir / "abc" / "pixels.npy").unlink()
    (said,) = wrong(settings)
    assert said.startswith("“tiny”: The file pixels.npy is missing from abc: ")
    assert "`python -m core doctor --repair`" in said


@pytest.mark.parametrize("name", ["pixels.npy", "thumbnails.idx.npy", "thumbnails.bin", "stats.npy"])
def test_a_damaged_file_of_a_data_set_is_told(store: Store, settings: Settings, name: str) -> None:
    a_dataset(store, settings)
    file = settings.datasets_dir / "abc" / name
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    (said,) = wrong(settings)
    assert said.startswith("“tiny”: The file ")
    assert name.partition(".")[0] in said
    assert "`python -m core doctor --repair`" in said


def test_files_of_fewer_images_than_the_data_set_has_are_told(store: Store, settings: Settings) -> None:
    a_dataset(store, settings)
    np.save(settings.datasets_dir / "abc" / "stats.npy", np.zeros((0, len(STATISTICS)), np.float32))
    assert "stats.npy in abc is damaged (it has 0 rows where 1 is expected)" in wrong(settings)[0]


@pytest.mark.parametrize(
    ("preset", "advice"),
    [("imported", "import its scores again"), ("demo", "else train again, or delete the run")],
)
def test_what_a_run_has_lost_is_told_with_what_cannot_be_done(
    store: Store, settings: Settings, preset: str, advice: str
) -> None:
    dataset = a_dataset(store, settings)
    run = runs.create_finished(
        store, dataset_id=dataset.id, name="", preset=preset, config={}, folder="r1", threshold=[0.5], author="ada",
        revision=1, train={}, validation={},
    )  # fmt: skip
    folder = settings.runs_dir / "r1"
    files_of_a_run(folder, trained=preset != IMPORTED)
    assert wrong(settings) == []
    (folder / "scores.npy").write_bytes((folder / "scores.npy").read_bytes()[:-2])
    for repair in (False, True):
        (said,) = wrong(settings, repair=repair)
        assert said.startswith(
            f"Run {run.id}: The file scores.npy in r1 is damaged (it ends too early: 130 of 132"
        )
        assert "it cannot be made again: " in said
        assert advice in said
    (folder / "scores.npy").unlink()
    assert "scores.npy is missing from r1: it cannot be made again" in wrong(settings)[0]


@pytest.mark.parametrize("name", [*TRAINED_FILES, *MODEL_FILES])
def test_a_trained_run_lacks_each_file_that_training_leaves(
    store: Store, settings: Settings, name: str
) -> None:
    dataset = a_dataset(store, settings)
    run = runs.create_finished(
        store, dataset_id=dataset.id, name="", preset="demo", config={}, folder="r1", threshold=[0.5], author="ada",
        revision=1, train={}, validation={},
    )  # fmt: skip
    files_of_a_run(settings.runs_dir / "r1", trained=True)
    (settings.runs_dir / "r1" / name).unlink()
    (said,) = wrong(settings)
    assert said.startswith(f"Run {run.id}: The file {name} is missing from r1: it cannot be made again")


def test_a_file_of_a_run_that_the_system_refuses_is_told_beside_all_else(
    store: Store, settings: Settings
) -> None:
    dataset = a_dataset(store, settings)
    runs.create_finished(
        store, dataset_id=dataset.id, name="", preset=IMPORTED, config={}, folder="r1", threshold=[0.5], author="ada",
        revision=1, train={}, validation={},
    )  # fmt: skip
    files_of_a_run(settings.runs_dir / "r1", trained=False)
    (settings.runs_dir / "r1" / "where.json").mkdir()
    thumbnails = settings.datasets_dir / "abc" / "thumbnails.bin"
    thumbnails.unlink()
    thumbnails.mkdir()
    save_array(settings.datasets_dir / "abc" / "thumbnails.idx.npy", np.zeros(2, np.int64))
    of_run, of_dataset = wrong(settings)
    assert "where.json in r1 is damaged (it cannot be read, Is a directory): analyse the run again" in of_run
    assert "thumbnails.bin in abc is damaged (it cannot be read, Is a directory)" in of_dataset


def test_a_look_that_the_system_refuses_is_a_finding(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_folder: object) -> None:
        raise PermissionError(13, "Permission denied")

    a_dataset(store, settings)
    monkeypatch.setattr("core.data.pixels.open_pixels", refuses)
    (said,) = wrong(settings)
    assert said.startswith(
        "“tiny”: The file pixels.npy cannot be read (Permission denied): look at who owns it"
    )


def test_a_folder_without_a_row_is_removed_only_on_request(store: Store, settings: Settings) -> None:
    a_dataset(store, settings)
    orphan = settings.datasets_dir / "left-by-a-killed-import"
    orphan.mkdir()
    assert "belongs to nothing" in wrong(settings)[0]
    assert orphan.exists()
    assert wrong(settings, repair=True) == []
    assert not orphan.exists()
    assert (settings.datasets_dir / "abc" / "pixels.npy").exists()


def test_an_upload_that_nobody_imported_for_a_day_is_removed_on_request(
    store: Store, settings: Settings
) -> None:
    settings.uploads_dir.mkdir()
    old, new = settings.uploads_dir / "old.zip.part", settings.uploads_dir / "new.zip"
    unpacked = settings.uploads_dir / "unpacked-old"
    (unpacked / "content").mkdir(parents=True)
    for path in (old, new):
        path.write_bytes(b"PK")
    for path in (old, unpacked):
        os.utime(path, (0, time.time() - 2 * doctor.FORGOTTEN_S))
    assert "never imported" in wrong(settings)[0]
    waiting = jobs.add(store, JobKind.IMPORT, actor="ada")
    assert not any("never imported" in text for text in wrong(settings, repair=True))
    jobs.end(store, waiting.id, JobState.STOPPED)
    assert wrong(settings, repair=True) == []
    assert list(settings.uploads_dir.iterdir()) == [new]


def test_no_folder_is_called_an_orphan_while_an_import_writes_one(store: Store, settings: Settings) -> None:
    (settings.datasets_dir / "being-written").mkdir(parents=True)
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    jobs.claim(store, Lane.SHORT)
    importer = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        jobs.started(store, job.id, importer.pid, processes.began(importer.pid) or 0.0)
        assert wrong(settings, repair=True) == []
        assert (settings.datasets_dir / "being-written").exists()
    finally:
        importer.kill()
        importer.communicate()


def test_a_job_without_a_process_is_closed_with_a_sentence(store: Store, settings: Settings) -> None:
    job = jobs.add(store, JobKind.IMPORT, actor="ada")
    jobs.claim(store, Lane.SHORT)
    jobs.started(store, job.id, *LONG_DEAD)
    assert f"Job {job.id} (import) has no process" in wrong(settings)[0]
    assert wrong(settings, repair=True) == []
    found = jobs.get(store, job.id)
    assert found.state is JobState.FAILED
    assert "start it again" in found.message


def test_a_dead_worker_and_the_jobs_that_wait_for_it_are_told(store: Store, settings: Settings) -> None:
    jobs.add_worker(store, *LONG_DEAD)
    jobs.add(store, JobKind.IMPORT, actor="ada")
    found = wrong(settings)
    assert any("is dead" in text for text in found)
    assert any("1 job waits and no worker lives" in text for text in found)


def test_a_row_that_points_nowhere_is_told(store: Store, settings: Settings) -> None:
    a_dataset(store, settings)
    with sqlite3.connect(settings.home / "errata.sqlite") as connection:
        connection.execute("UPDATE label SET dataset_id = 77")
    assert wrong(settings) == ["Table label has a row that points to a missing dataset."]


def test_a_database_that_is_none_is_told_without_a_traceback(settings: Settings) -> None:
    (settings.home / "errata.sqlite").write_bytes(b"a love letter" * 100)
    assert "damaged (file is not a database)" in wrong(settings)[0]
