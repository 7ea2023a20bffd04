"""What may be asked of an import: another meaning of silence, groups, labels mapped, a URL; and what jobs keep."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import states
from core.actor import NOBODY, Actor
from core.errors import BadInput, Refused
from core.services import datasets as service
from core.services import importing
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import import_, preview
from db import datasets, jobs
from db.errors import Missing
from db.store import Store
from db.terms import JobKind, LabelState, Part

PERSONS = "aaabbbccdd"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten pictures by four persons; every second one shows the sea."""
    made = tmp_path / "photos"
    made.mkdir()
    chance = np.random.default_rng(0)
    rows = ["image,labels,person"]
    for at, person in enumerate(PERSONS):
        Image.fromarray(chance.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(made / f"{at}.png")
        rows.append(f"{at}.png,{'sea' if at % 2 else 'sky'},{person}")
    (made / "labels.csv").write_text("\n".join(rows) + "\n")
    return made


def silent(_share: float, _doing: str) -> None:
    return None


def stored(store: Store, settings: Settings, request: ImportRequest) -> int:
    return import_.store_import(store, settings, NOBODY, request, silent).id


def test_groups_are_not_divided(store: Store, settings: Settings, folder: Path) -> None:
    shares = {Part.TRAIN: 0.5, Part.VALIDATION: 0.5}
    made = stored(store, settings, ImportRequest(folder, "x", shares=shares, group="person"))
    sides: dict[str, set[Part]] = {}
    for image in datasets.images(store, made):
        sides.setdefault((image.meta or {})["person"], set()).add(image.part)
    assert {person: len(parts) for person, parts in sides.items()} == dict.fromkeys("abcd", 1)
    assert datasets.get(store, made).split["together"] == "person"


def test_a_column_that_is_not_there_is_named_with_those_that_are(
    store: Store, settings: Settings, folder: Path
) -> None:
    with pytest.raises(BadInput, match="in the column “site”; its further columns: person"):
        stored(store, settings, ImportRequest(folder, "x", group="site"))
    assert list(settings.datasets_dir.iterdir()) == []


def test_labels_are_mapped_before_they_are_stored(store: Store, settings: Settings, folder: Path) -> None:
    request = ImportRequest(folder, "x", mapping={"sea": "water", "sky": None})
    seen = preview.preview(store, settings, request, silent)
    assert (seen.labels, seen.source_labels) == ((("water", 5),), (("sea", 5), ("sky", 5)))
    found = states.matrix(store, stored(store, settings, request))
    assert (found.names, int((found.states == 1).sum())) == (("water",), 5)


def test_the_format_says_what_silence_means_unless_it_is_asked_otherwise(
    store: Store, settings: Settings, folder: Path
) -> None:
    rows = [f"{at}.png,verification,{'sea' if at % 2 else 'sky'},1" for at in range(10)]
    (folder / "labels.csv").write_text("\n".join(["ImageID,Source,LabelName,Confidence", *rows]))
    seen = preview.preview(store, settings, ImportRequest(folder, "x"), silent)
    assert (seen.format, seen.unlisted, bool(seen.unlisted_why)) == ("open-images", LabelState.UNKNOWN, True)
    assert seen.verified == seen.cells == 10
    as_it_says = states.matrix(store, stored(store, settings, ImportRequest(folder, "x")))
    assert sorted(set(as_it_says.states.ravel().tolist())) == [-1, 1]
    assert int(as_it_says.verified.sum()) == 10
    asked = ImportRequest(folder, "y", unlisted=LabelState.ABSENT)
    assert sorted(set(states.matrix(store, stored(store, settings, asked)).states.ravel().tolist())) == [0, 1]


@pytest.mark.parametrize("packed", [False, True])
def test_what_a_url_names_becomes_the_data_sets_own(
    store: Store, settings: Settings, folder: Path, tmp_path: Path, packed: bool
) -> None:
    place = folder
    if packed:
        place = tmp_path / "photos.zip"
        with zipfile.ZipFile(place, "w") as archive:
            for file in folder.iterdir():
                archive.write(file, f"photos/{file.name}")
    request = ImportRequest(f"file://{place}", "mine", trusted=True)
    job = importing.start_import(store, settings, Actor("ada"), request)
    made = import_.run(store, settings, job, silent)["dataset"]
    assert datasets.get(store, made).source == f"file://{place}"
    original = service.image_path(store, settings, NOBODY, made, 3)
    assert original is not None
    assert original.is_relative_to(settings.datasets_dir.resolve())
    assert original.read_bytes() == (folder / "3.png").read_bytes()
    assert list(settings.uploads_dir.iterdir()) == []
    (folder / "10.png").write_bytes((folder / "9.png").read_bytes()[:-1] + b"x")
    if not packed:
        again = importing.start_import(
            store, settings, Actor("ada"), ImportRequest(request.source, "", into=made, trusted=True)
        )
        assert import_.run(store, settings, again, silent)["revision"] is None
        assert list(settings.uploads_dir.iterdir()) == []


def test_a_dry_run_of_a_url_leaves_nothing(store: Store, settings: Settings, folder: Path) -> None:
    request = ImportRequest(f"file://{folder}", "x", trusted=True)
    assert preview.dry_run(store, settings, request, silent).images == 10
    assert list(settings.uploads_dir.iterdir()) == []


def test_a_browser_may_not_name_any_url(store: Store, settings: Settings, folder: Path) -> None:
    with pytest.raises(Refused):
        importing.start_import(store, settings, NOBODY, ImportRequest(f"file://{folder}", "x"))
    with pytest.raises(BadInput, match="no folder or file"):
        importing.start_preview(store, settings, NOBODY, ImportRequest(Path("/nowhere/at/all"), "x"))
    with pytest.raises(Missing):
        importing.start_preview(store, settings, NOBODY, ImportRequest(folder, "x", into=99))
    assert jobs.listing(store) == []


def test_a_request_is_kept_as_it_was_asked() -> None:
    full = ImportRequest(
        "s3://bucket/photos",
        "x",
        format="csv",
        unlisted=LabelState.UNKNOWN,
        shares={Part.TRAIN: 0.5, Part.VALIDATION: 0.5},
        seed=3,
        mapping={"a": "b", "c": None},
        labels=("d",),
        group="site",
        into=7,
        keep_verified=False,
        trusted=True,
    )
    for request in (full, ImportRequest(Path("/a"), "x", upload=True, file="mine.zip")):
        assert ImportRequest.from_params(request.to_params()) == request


def test_a_job_of_an_earlier_errata_can_be_read() -> None:
    params = {
        "path": "/photos", "name": "x", "format": "auto", "unlisted": "absent", "shares": {"train": 0.8, "val": 0.2},
        "upload": False, "seed": 0,
    }  # fmt: skip
    request = ImportRequest.from_params(params)
    assert (request.source, request.unlisted, request.into) == (Path("/photos"), LabelState.ABSENT, None)
    assert request.shares == {Part.TRAIN: 0.8, Part.VALIDATION: 0.2}


def test_the_list_of_a_look_goes_when_its_job_is_forgotten(
    store: Store, settings: Settings, folder: Path
) -> None:
    (folder / "torn.png").write_bytes(b"")
    with (folder / "labels.csv").open("a") as file:
        file.write("torn.png,sea,a\n")
    settings.uploads_dir.mkdir(parents=True)
    forgotten = settings.uploads_dir / "problems-12345.csv"
    forgotten.write_text("")
    job = jobs.add(store, JobKind.PREVIEW, actor="ada", params=ImportRequest(folder, "x").to_params())
    preview.run(store, settings, job, silent)
    written = importing.problems_of_preview(store, settings, NOBODY, job.id)
    assert written is not None
    assert "torn.png" in written.read_text()
    assert not forgotten.exists()
