"""What may be named as the source of an import, which split comes of it, and what becomes of an upload."""

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core import states
from core.actor import NOBODY
from core.artifacts import DatasetFiles
from core.cli import commands
from core.data import importers
from core.errors import BadInput
from core.services import datasets as service
from core.services import splitting
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import import_, leftovers, preview, sourcing, storing
from db import datasets, jobs
from db.store import Store
from db.terms import JobKind, JobState, Part

SPLIT = ["train", "train", "val", "train", "val", "test"]


@pytest.fixture
def split_set(tmp_path: Path) -> Path:
    """Six pictures of their own colours, with a split in the table."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(6):
        Image.fromarray(np.full((8, 8, 3), 40 * i, np.uint8)).save(folder / f"{i}.png")
    lines = [f"{i}.png,{'sea' if i % 2 else 'sky'},{part}" for i, part in enumerate(SPLIT)]
    (folder / "labels.csv").write_text("\n".join(["image,labels,split", *lines]))
    return folder


@pytest.fixture
def upload(settings: Settings, split_set: Path) -> Path:
    """The six pictures as an uploaded zip, in the one folder that people pack."""
    settings.uploads_dir.mkdir(parents=True)
    path = settings.uploads_dir / "abc.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in split_set.iterdir():
            archive.write(file, f"photos/{file.name}")
    return path


def silent(_share: float, _doing: str) -> None:
    return None


def test_a_table_may_be_named_whatever_separates_its_columns(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "0.png")
    for name, text in (("a.csv", "image,labels\n0.png,sea"), ("b.tsv", "image\tlabels\n0.png\tsea")):
        (tmp_path / name).write_text(text)
        found = preview.preview(store, settings, ImportRequest(tmp_path / name, "x"), silent)
        assert found.labels == (("sea", 1),)


def test_a_file_that_is_neither_table_nor_zip_is_a_sentence(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "x.tar").write_bytes(b"ustar" * 1000)
    with pytest.raises(BadInput, match=r"x\.tar is no archive, or damaged"):
        preview.preview(store, settings, ImportRequest(tmp_path / "x.tar", "x"), silent)


def test_a_source_without_labels_is_imported_and_they_can_be_named(
    store: Store, settings: Settings, split_set: Path
) -> None:
    (split_set / "labels.csv").unlink()
    bare = import_.store_import(store, settings, NOBODY, ImportRequest(split_set, "bare"), silent)
    assert (bare.format, bare.images, datasets.labels(store, bare.id)) == ("images", 6, [])
    assert states.matrix(store, bare.id).states.shape == (6, 0)
    assert service.overview(store, NOBODY, bare.id).without_label == 6
    request = ImportRequest(split_set, "named", labels=("sea", "sky"))
    named = import_.store_import(store, settings, NOBODY, request, silent)
    assert [label.name for label in datasets.labels(store, named.id)] == ["sea", "sky"]
    assert (states.matrix(store, named.id).states == -1).all()


def test_labels_beside_the_sources_own_are_unknown_and_its_own_are_not(
    store: Store, settings: Settings, split_set: Path
) -> None:
    request = ImportRequest(split_set, "mine", labels=("sea", "tree"))
    made = import_.store_import(store, settings, NOBODY, request, silent)
    found = states.matrix(store, made.id)
    assert found.names == ("sea", "sky", "tree")
    assert (found.states[:, 2] == -1).all()
    assert (found.states[:, :2] >= 0).all()


def test_the_help_names_every_format(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert commands.main(["import", "--help"]) == 0
    said = capsys.readouterr().out
    assert all(f" {name}" in said for name in importers.IMPORTERS)


def test_the_split_of_the_source_is_kept_unless_shares_are_asked_for(
    store: Store, settings: Settings, split_set: Path
) -> None:
    kept = import_.store_import(store, settings, NOBODY, ImportRequest(split_set, "kept"), silent)
    assert [i.part for i in datasets.images(store, kept.id)] == [Part(word) for word in SPLIT]
    half = {Part.TRAIN: 0.5, Part.VALIDATION: 0.5}
    drawn = import_.store_import(
        store, settings, NOBODY, ImportRequest(split_set, "drawn", shares=half), silent
    )
    assert datasets.count_images(store, drawn.id) == {Part.TRAIN: 3, Part.VALIDATION: 3}


def test_an_uploaded_zip_becomes_the_data_sets_own_and_leaves_nothing_behind(
    store: Store, settings: Settings, split_set: Path, upload: Path
) -> None:
    request = ImportRequest(upload, "mine", upload=True)
    preview.preview(store, settings, request, silent)  # as a person does first: it unpacks, and nothing twice
    job = jobs.add(store, JobKind.IMPORT, actor="ada", params=request.to_params())
    made = import_.run(store, settings, job, silent)
    assert made["images"] == 6
    assert list(settings.uploads_dir.iterdir()) == []
    original = service.image_path(store, settings, NOBODY, made["dataset"], 3)
    assert original is not None
    assert original.read_bytes() == (split_set / "3.png").read_bytes()
    assert original.is_relative_to(settings.datasets_dir.resolve())


def test_pictures_of_an_archive_are_on_the_disk_itself_before_they_are_stored_and_the_upload_goes(
    store: Store, settings: Settings, upload: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, bool]] = []
    sync = lambda: seen.append((len(datasets.listing(store)), upload.exists()))  # noqa: E731
    monkeypatch.setattr(sourcing.os, "sync", sync)
    imported(store, settings, ImportRequest(upload, "mine", upload=True))
    assert seen == [(0, True)]


def test_files_of_a_data_set_that_do_not_fit_are_told(
    store: Store, settings: Settings, split_set: Path
) -> None:
    made = import_.store_import(store, settings, NOBODY, ImportRequest(split_set, "mine"), silent)
    found = DatasetFiles(settings, made)
    assert found.pixels().shape == (6, 128, 128, 3)
    np.save(found.folder / "pixels.npy", np.zeros((6, 64, 64, 3), np.uint8))
    with pytest.raises(BadInput, match=r"not \(N, 128, 128, 3\)\): .*doctor --repair"):
        found.pixels()
    np.save(found.folder / "stats.npy", np.zeros((6, 2), np.float32))
    with pytest.raises(BadInput, match=r"shape \(6, 2\)"):
        found.statistics()


def imported(store: Store, settings: Settings, request: ImportRequest) -> int:
    """Number of images that an import's job stored."""
    job = jobs.add(store, JobKind.IMPORT, actor="ada", params=request.to_params())
    images: int = import_.run(store, settings, job, silent)["images"]
    return images


def test_an_import_that_fails_keeps_the_upload_for_the_next_try(
    store: Store, settings: Settings, upload: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise BadInput("The disk is full.")

    request = ImportRequest(upload, "mine", upload=True)
    with monkeypatch.context() as patched:
        patched.setattr(datasets, "create", full)
        with pytest.raises(BadInput, match="The disk is full"):
            imported(store, settings, request)
    assert list(settings.uploads_dir.iterdir()) == [upload]
    assert list(settings.datasets_dir.iterdir()) == []
    assert imported(store, settings, request) == 6


@pytest.mark.parametrize("moment", ["core.work.sourcing.shutil.move", "db.datasets.create"])
def test_an_import_that_was_killed_while_storing_can_be_tried_again(
    store: Store, settings: Settings, upload: Path, moment: str
) -> None:
    command = [sys.executable, "-c", KILLED, moment, str(upload)]
    environment = os.environ | {"ERRATA_HOME": str(settings.home), "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run(command, env=environment, check=False).returncode == 9
    assert imported(store, settings, ImportRequest(upload, "mine", upload=True)) == 6


@pytest.mark.parametrize("moment", ["core.work.sourcing.shutil.move", "db.datasets.create"])
def test_what_a_killed_import_left_goes_with_the_next_one_and_nothing_else(
    store: Store, settings: Settings, split_set: Path, upload: Path, moment: str
) -> None:
    of_another_database = settings.datasets_dir / "f00"
    of_another_database.mkdir(parents=True)
    killed = jobs.add(
        store, JobKind.IMPORT, actor="ada", params=ImportRequest(upload, "mine", upload=True).to_params()
    )
    command = [sys.executable, "-c", KILLED, moment, str(upload), leftovers.folder_name(killed)]
    environment = os.environ | {"ERRATA_HOME": str(settings.home), "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run(command, env=environment, check=False).returncode == 9
    jobs.end(store, killed.id, JobState.FAILED, message="killed")
    left = [settings.datasets_dir / leftovers.folder_name(killed), *settings.uploads_dir.glob("unpacked-*")]
    assert len(left) == 2
    assert all(folder.exists() for folder in left)
    assert imported(store, settings, ImportRequest(split_set, "another")) == 6
    assert not any(folder.exists() for folder in left)
    assert upload.exists()
    assert of_another_database.exists()
    assert imported(store, settings, ImportRequest(upload, "mine", upload=True)) == 6


def test_an_archive_that_waits_to_be_imported_stays_unpacked(
    store: Store, settings: Settings, split_set: Path, upload: Path
) -> None:
    request = ImportRequest(upload, "mine", upload=True)
    failed = jobs.add(store, JobKind.IMPORT, actor="ada", params=request.to_params())
    jobs.end(store, failed.id, JobState.FAILED, message="killed")
    preview.preview(store, settings, request, silent)
    jobs.add(store, JobKind.IMPORT, actor="ada", params=request.to_params())
    imported(store, settings, ImportRequest(split_set, "another"))
    assert len(list(settings.uploads_dir.glob("unpacked-*"))) == 1


KILLED = """
import os, sys
from pathlib import Path
from typing import Any
from unittest import mock
from core.actor import NOBODY
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import import_
from db.store import open_store

settings = Settings.load()
request = ImportRequest(Path(sys.argv[2]), "mine", upload=True)
with mock.patch(sys.argv[1], lambda *_, **__: os._exit(9)):
    folder = sys.argv[3] if len(sys.argv) > 3 else None
    store = open_store(settings.database_url)
    import_.store_import(store, settings, NOBODY, request, lambda *_: None, folder=folder)
"""


def test_a_dry_run_of_an_archive_leaves_nothing(
    settings: Settings, upload: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ERRATA_HOME", str(settings.home))
    monkeypatch.delenv("ERRATA_DATABASE_URL", raising=False)
    assert commands.main(["import", str(upload), "--name", "x", "--dry-run"]) == 0
    assert "6 images, 2 labels. Nothing was stored." in capsys.readouterr().out
    assert list(settings.uploads_dir.iterdir()) == [upload]


def test_a_dry_run_that_finds_nothing_leaves_nothing(store: Store, settings: Settings, upload: Path) -> None:
    with zipfile.ZipFile(upload, "w") as archive:
        archive.writestr("notes/a.txt", "no pictures")
    with pytest.raises(BadInput, match="holds no images"):
        preview.dry_run(store, settings, ImportRequest(upload, "x"), silent)
    assert list(settings.uploads_dir.iterdir()) == [upload]


def test_what_is_wrong_in_an_archive_is_said_of_the_archive(
    store: Store, settings: Settings, upload: Path
) -> None:
    with zipfile.ZipFile(upload, "w") as archive:
        archive.writestr("photos/a.txt", "no pictures")
    named = upload.rename(upload.with_name("holiday.zip"))
    for request, called in (
        (ImportRequest(named, "x"), "holiday.zip (folder 'photos') holds no images"),
        (
            ImportRequest(named, "x", upload=True, file="my holiday.zip"),
            "my holiday.zip (folder 'photos') holds no",
        ),
        (ImportRequest(named, "x", upload=True), "The uploaded archive (folder 'photos') holds no images"),
    ):
        with pytest.raises(BadInput) as caught:
            preview.dry_run(store, settings, request, silent)
        assert str(caught.value).startswith(called)
        assert "unpacked-" not in str(caught.value)


def test_where_everything_is_there_twice_copies_stay_on_one_side(
    store: Store, settings: Settings, split_set: Path
) -> None:
    for i in range(6):
        (split_set / f"copy-{i}.png").write_bytes((split_set / f"{i}.png").read_bytes())
    (split_set / "labels.csv").unlink()
    made = import_.store_import(store, settings, NOBODY, ImportRequest(split_set, "mine"), silent)
    sides: dict[str, set[Part]] = {}
    for image in datasets.images(store, made.id):
        sides.setdefault(image.sha256, set()).add(image.part)
    assert all(len(parts) == 1 for parts in sides.values())
    assert set.union(*sides.values()) == {Part.TRAIN, Part.VALIDATION}


def test_copies_of_one_file_are_why_validation_is_empty(
    store: Store, settings: Settings, split_set: Path
) -> None:
    for i in range(1, 6):
        (split_set / f"{i}.png").write_bytes((split_set / "0.png").read_bytes())
    with pytest.raises(BadInput, match="to validation: all 6 images are copies of one file, and copies stay"):
        import_.store_import(store, settings, NOBODY, ImportRequest(split_set, "mine"), silent)


def test_a_split_that_leaves_a_part_empty_is_refused_and_nothing_is_kept(
    store: Store, settings: Settings, split_set: Path
) -> None:
    (split_set / "labels.csv").write_text("image,labels\n0.png,sea")
    with pytest.raises(BadInput, match="leaves no image to"):
        import_.store_import(store, settings, NOBODY, ImportRequest(split_set, "mine"), silent)
    assert datasets.listing(store) == []
    assert list(settings.datasets_dir.iterdir()) == []


def test_an_error_after_the_commit_leaves_the_files_of_what_was_stored(
    store: Store, settings: Settings, split_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = storing.store_new

    def stored_then_fails(*args: Any) -> None:
        real(*args)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storing, "store_new", stored_then_fails)
    with pytest.raises(OSError, match="No space"):
        import_.store_import(store, settings, NOBODY, ImportRequest(split_set, "mine"), silent)
    (made,) = datasets.listing(store)
    assert len(DatasetFiles(settings, made).pixels()) == made.images


def test_what_was_imported_can_be_split_anew_as_it_was(
    store: Store, settings: Settings, split_set: Path
) -> None:
    found = import_.store_import(store, settings, NOBODY, ImportRequest(split_set, "mine"), silent)
    for dataset in (
        found,
        replace(found, split={**found.split, "together": "copies"}),
    ):  # as it once was stored
        wish = splitting.SplitWish.of(dataset)
        assert wish.together == ""
    proposal = splitting.propose(
        store, settings, NOBODY, found.id, replace(wish, draws=splitting.Draws.EVERY)
    )
    assert proposal.after.images.sum() == 6
