"""An export in the background is one whole file with a name that says what it is, for a day."""

import os
import zipfile
from pathlib import Path

import pytest

from core.actor import NOBODY
from core.errors import BadInput
from core.services import export_jobs
from core.services.export_jobs import ExportAsked
from core.settings import Settings
from core.work import export
from db import jobs
from db.store import Store
from db.terms import JobState
from tests.small import small_dataset


def made(store: Store, settings: Settings, asked: ExportAsked) -> int:
    """The number of a finished export's job."""
    dataset = small_dataset(store, name="a/b: c", root=str(settings.home.parent / "originals"))
    job = export_jobs.start(store, settings, NOBODY, dataset.id, asked)
    result = export.run(store, settings, job, lambda share, doing: None)
    jobs.end(store, job.id, JobState.FINISHED, result=result)
    return job.id


@pytest.mark.parametrize(
    ("format", "name", "holds"),
    [
        ("csv", "a_b_ c csv revision 1.csv", "a.jpg"),
        ("coco", "a_b_ c coco revision 1.json", "categories"),
    ],
)
def test_the_file_is_named_for_what_it_is(
    store: Store, settings: Settings, format: str, name: str, holds: str
) -> None:
    found = export_jobs.ready(store, settings, NOBODY, made(store, settings, ExportAsked(format)))
    assert found is not None
    assert (found.file.name, found.images) == (name, 1)
    assert holds in found.file.read_text()


def test_a_format_of_many_files_becomes_a_zip_and_one_with_images_holds_them(
    store: Store, settings: Settings
) -> None:
    originals = settings.home.parent / "originals"
    originals.mkdir()
    (originals / "a.jpg").write_bytes(b"a picture")
    asked = ExportAsked("imagefolder", pictures=True)
    found = export_jobs.ready(store, settings, NOBODY, made(store, settings, asked))
    assert found is not None
    with zipfile.ZipFile(found.file) as packed:
        assert sorted(packed.namelist()) == ["a.jpg", "metadata.jsonl"]
        assert packed.read("a.jpg") == b"a picture"
    assert [path.name for path in found.file.parent.iterdir()] == [found.file.name]


def test_a_search_chooses_the_images_and_one_without_any_leaves_nothing(
    store: Store, settings: Settings
) -> None:
    with pytest.raises(BadInput, match="No image is chosen"):
        made(store, settings, ExportAsked("csv", search="sea"))
    assert list(settings.exports_dir.iterdir()) == []


def test_an_export_that_nobody_fetched_for_a_day_goes_with_the_next(store: Store, settings: Settings) -> None:
    old: Path = settings.exports_dir / "old"
    old.mkdir(parents=True)
    (old / "labels.csv").write_text("image\n")
    os.utime(old, (1, 1))
    assert export_jobs.ready(store, settings, NOBODY, made(store, settings, ExportAsked("csv"))) is not None
    assert not old.exists()
