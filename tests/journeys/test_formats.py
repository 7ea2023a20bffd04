"""One archive of every format: recognised, imported by the worker, and the same labels come of each."""

from pathlib import Path

import pytest

from core import states
from core.actor import NOBODY
from core.data.importers import IMPORTERS
from core.services import importing, jobs
from core.services.importing import ImportRequest
from db import datasets
from db.records import Dataset
from db.terms import JobState, Part
from tests.journeys import archives
from tests.journeys.archives import LABELS, PRESENT
from tests.journeys.house import House

SHARES = {Part.TRAIN: 0.5, Part.VALIDATION: 0.5}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(tmp_path_factory.mktemp("formats"))
    yield house
    house.leave()


def imported(house: House, request: ImportRequest) -> Dataset:
    job = importing.start_import(house.store, house.settings, NOBODY, request)
    jobs.ensure_worker(house.store, house.settings)
    ended = jobs.wait(house.store, NOBODY, job.id, timeout_s=60)
    assert ended.state is JobState.FINISHED, ended.message
    return datasets.get(house.store, int(ended.result["dataset"]))


def present(house: House, dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """The labels of every image by the stem of its name; of the same picture under several, all of them."""
    found = states.matrix(house.store, dataset.id)
    told: dict[str, set[str]] = {}
    for image in datasets.images(house.store, dataset.id):
        names = {name for name, code in zip(found.names, found.states[image.row], strict=True) if code == 1}
        told.setdefault(Path(image.key).stem, set()).update(names)
    return {stem: tuple(sorted(names)) for stem, names in told.items()}


@pytest.mark.parametrize("format", sorted(IMPORTERS))
def test_an_archive_of_each_format_is_imported(house: House, tmp_path: Path, format: str) -> None:
    ending = ".zip" if sorted(IMPORTERS).index(format) % 2 else ".tar.gz"
    packed = archives.packed(archives.folder(tmp_path / "in", format), tmp_path / f"photos{ending}")
    made = imported(house, ImportRequest(packed, format, shares=SHARES))
    assert made.format == format
    expected = dict.fromkeys(PRESENT, ()) if format == "images" else PRESENT
    assert present(house, made) == expected
    if format != "images":
        assert tuple(sorted(label.name for label in datasets.labels(house.store, made.id))) == LABELS
    assert importing.problems_csv(house.store, house.settings, NOBODY, made.id) is None


def test_one_format_is_added_to_another_and_nothing_is_new(house: House, tmp_path: Path) -> None:
    first = imported(house, ImportRequest(archives.folder(tmp_path / "one", "csv"), "one", shares=SHARES))
    again = archives.packed(archives.folder(tmp_path / "two", "voc"), tmp_path / "two.zip")
    done = imported(house, ImportRequest(again, "", into=first.id))
    assert (done.images, done.revision, present(house, done)) == (14, 1, PRESENT)
