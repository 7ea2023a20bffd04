"""An export in the background is one whole file with a name that says what it is, for a day."""

import errno
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


def untold(share: float, doing: str) -> None:
    """Nobody listens."""


def made(store: Store, settings: Settings, asked: ExportAsked) -> int:
    """The number of a finished export's job."""
    dataset = small_dataset(store, name="a/b: c", root=str(settings.home.parent / "originals"))
    job = export_jobs.start(store, settings, NOBODY, dataset.id, asked)
    result = export.run(store, settings, job, untold)
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


def of_pictures(settings: Settings) -> Path:
    """The one original of the small data set, as somebody else's file may be: dated before a zip's times begin."""
    original = settings.home.parent / "originals" / "a.jpg"
    original.parent.mkdir()
    original.write_bytes(b"a picture")
    os.utime(original, (0, 0))
    return original


def test_pictures_of_another_owner_or_disk_go_along(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_pictures(settings)

    def refused(source: object, target: object, **more: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refused)  # as the system does for files that one may not write
    asked = ExportAsked("imagefolder", pictures=True)
    found = export_jobs.ready(store, settings, NOBODY, made(store, settings, asked))
    assert found is not None
    with zipfile.ZipFile(found.file) as packed:
        assert packed.read("a.jpg") == b"a picture"


def test_a_picture_that_goes_away_while_it_is_packed_is_named_and_nothing_is_left(
    store: Store, settings: Settings
) -> None:
    original = of_pictures(settings)
    dataset = small_dataset(store, root=str(original.parent))
    job = export_jobs.start(store, settings, NOBODY, dataset.id, ExportAsked("imagefolder", pictures=True))

    def take_away(share: float, doing: str) -> None:
        if doing == "packing":
            original.unlink(missing_ok=True)

    with pytest.raises(BadInput, match=r"a\.jpg went away while it was packed"):
        export.run(store, settings, job, take_away)
    assert list(settings.exports_dir.iterdir()) == []


def test_what_a_killed_export_left_goes_with_the_next(store: Store, settings: Settings) -> None:
    dataset = small_dataset(store)
    killed = export_jobs.start(store, settings, NOBODY, dataset.id, ExportAsked("csv"))
    half = settings.exports_dir / export_jobs.folder_name(killed)
    half.mkdir(parents=True)
    (half / "half.zip").write_bytes(b"PK")
    jobs.end(store, killed.id, JobState.FAILED, message="Its process disappeared.")
    next_one = export_jobs.start(store, settings, NOBODY, dataset.id, ExportAsked("csv"))
    export.run(store, settings, next_one, untold)
    assert not half.exists()


def test_an_export_that_was_cut_short_is_not_handed_out(store: Store, settings: Settings) -> None:
    job_id = made(store, settings, ExportAsked("csv"))
    found = export_jobs.ready(store, settings, NOBODY, job_id)
    assert found is not None
    os.truncate(found.file, found.bytes - 1)
    assert export_jobs.ready(store, settings, NOBODY, job_id) is None
