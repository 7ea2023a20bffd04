"""What may be named as the source of an import, which split comes of it, and what becomes of an upload."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.actor import NOBODY
from core.errors import BadInput
from core.services import datasets as service
from core.services.datasets import ImportRequest
from core.settings import Settings
from core.work import import_
from db import datasets, jobs
from db.store import Store, migrate, open_store
from db.terms import JobKind, Part

SPLIT = ["train", "train", "val", "train", "val", "test"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"ERRATA_HOME": str(tmp_path / "home")})


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings.database_url)
    migrate(store)
    yield store
    store.close()


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


def silent(_share: float, _doing: str) -> None:
    return None


def test_a_table_may_be_named_whatever_separates_its_columns(settings: Settings, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "0.png")
    for name, text in (("a.csv", "image,labels\n0.png,sea"), ("b.tsv", "image\tlabels\n0.png\tsea")):
        (tmp_path / name).write_text(text)
        found = import_.preview(settings, ImportRequest(tmp_path / name, "x"), silent)
        assert found.labels == (("sea", 1),)


def test_a_file_that_is_neither_table_nor_zip_is_a_sentence(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"ustar" * 1000)
    with pytest.raises(BadInput, match="is not a whole zip file"):
        import_.preview(settings, ImportRequest(tmp_path / "x.tar", "x"), silent)


def test_the_split_of_the_source_is_kept_unless_shares_are_asked_for(
    store: Store, settings: Settings, split_set: Path
) -> None:
    kept = import_.store_import(store, settings, NOBODY, ImportRequest(split_set, "kept"), silent)
    assert datasets.parts(store, kept.id) == [Part(word) for word in SPLIT]
    half = {Part.TRAIN: 0.5, Part.VALIDATION: 0.5}
    drawn = import_.store_import(
        store, settings, NOBODY, ImportRequest(split_set, "drawn", shares=half), silent
    )
    assert datasets.count_images(store, drawn.id) == {Part.TRAIN: 3, Part.VALIDATION: 3}


def test_an_uploaded_zip_becomes_the_data_sets_own_and_leaves_nothing_behind(
    store: Store, settings: Settings, split_set: Path
) -> None:
    settings.uploads_dir.mkdir(parents=True)
    upload = settings.uploads_dir / "abc.zip"
    with zipfile.ZipFile(upload, "w") as archive:
        for path in split_set.iterdir():
            archive.write(path, f"photos/{path.name}")
    request = ImportRequest(upload, "mine", upload=True)
    import_.preview(settings, request, silent)  # as a person does first: it unpacks, and nothing twice
    job = jobs.add(store, JobKind.IMPORT, actor="ada", params=request.to_params())
    made = import_.run(store, settings, job, silent)
    assert made["images"] == 6
    assert list(settings.uploads_dir.iterdir()) == []
    original = service.image_path(store, settings, NOBODY, made["dataset"], 3)
    assert original is not None
    assert original.read_bytes() == (split_set / "3.png").read_bytes()
    assert original.is_relative_to(settings.datasets_dir.resolve())


def test_an_import_that_fails_keeps_the_upload_for_the_next_try(
    store: Store, settings: Settings, split_set: Path
) -> None:
    settings.uploads_dir.mkdir(parents=True)
    upload = settings.uploads_dir / "abc.zip"
    with zipfile.ZipFile(upload, "w") as archive:
        archive.write(split_set / "0.png", "0.png")
        archive.writestr("labels.csv", "image,labels\n0.png,sea")
    with pytest.raises(BadInput, match="leaves no image to"):
        import_.store_import(store, settings, NOBODY, ImportRequest(upload, "mine", upload=True), silent)
    assert upload.exists()
    assert datasets.listing(store) == []
    assert list(settings.datasets_dir.iterdir()) == []
