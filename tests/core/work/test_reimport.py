"""Importing once more into a data set: what is added, what changes, what stays, and what a kill half-way leaves."""

import csv
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import states
from core.actor import NOBODY
from core.artifacts import DatasetFiles
from core.data import build
from core.data.pixels import open_pixels
from core.data.thumbnails import ThumbnailPack
from core.errors import BadInput
from core.services import datasets as service
from core.services import importing
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import import_, leftovers, preview
from db import additions, corrections, datasets, jobs, revisions
from db.errors import Stale
from db.records import CellChange, CellValue, Dataset, Job
from db.store import Store
from db.terms import JobKind, JobState, LabelState, Part, Source

CELLS = {"0": "sea", "1": "sky", "2": "sea sky", "3": "", "4": "sea", "5": "sky"}


def picture(folder: Path, name: str, colour: int) -> None:
    chance = np.random.default_rng(colour)
    Image.fromarray(chance.integers(0, 256, (12, 16, 3), dtype=np.uint8)).save(folder / f"{name}.png")


def table(folder: Path, cells: dict[str, str]) -> None:
    lines = [f"{name}.png,{labels}" for name, labels in cells.items()]
    (folder / "labels.csv").write_text("\n".join(["image,labels", *lines, ""]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures with two labels."""
    made = tmp_path / "photos"
    made.mkdir()
    for at in range(6):
        picture(made, str(at), at)
    table(made, CELLS)
    return made


@pytest.fixture
def first(store: Store, settings: Settings, folder: Path) -> Dataset:
    """The six pictures as a data set."""
    request = ImportRequest(folder, "photos", shares={Part.TRAIN: 0.5, Part.VALIDATION: 0.5})
    return import_.store_import(store, settings, NOBODY, request, silent)


def silent(_share: float, _doing: str) -> None:
    return None


def queued(store: Store, request: ImportRequest) -> Job:
    return jobs.add(store, JobKind.IMPORT, actor="ada", dataset_id=request.into, params=request.to_params())


def again(store: Store, settings: Settings, folder: Path, dataset: Dataset, **otherwise: object) -> dict:
    """What the job of another import into the data set answers."""
    request = replace(ImportRequest(folder, dataset.name, into=dataset.id), **otherwise)
    return import_.run(store, settings, queued(store, request), silent)


def look(store: Store, settings: Settings, folder: Path, dataset: Dataset, **otherwise: object) -> dict:
    """What a look before it says."""
    request = replace(ImportRequest(folder, dataset.name, into=dataset.id), **otherwise)
    return dict(preview.preview(store, settings, request, silent).again or {})


def cells(store: Store, dataset: Dataset) -> dict[str, str]:
    """The labels of every image by its key: ?unknown, -absent, and verified!."""
    found = states.matrix(store, dataset.id)
    marks = {1: "", 0: "-", -1: "?"}
    return {
        image.key.removesuffix(".png"): " ".join(
            marks[int(code)] + name + ("!" if sure else "")
            for name, code, sure in zip(
                found.names, found.states[image.row], found.verified[image.row], strict=True
            )
            if code != 0 or sure
        )
        for image in datasets.images(store, dataset.id)
    }


def verify(store: Store, dataset: Dataset, row: int, name: str, seen: LabelState, wanted: LabelState) -> None:
    label = next(label for label in datasets.labels(store, dataset.id) if label.name == name)
    change = CellChange(row, label.id, CellValue(seen), CellValue(wanted, True))
    corrections.apply(store, dataset.id, [change], author="eve", client_id=f"{row}-{name}")


def test_the_same_source_again_changes_nothing(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    looked = look(store, settings, folder, first)
    assert {key: looked[key] for key in ("new", "same", "renamed", "clashing", "gone", "changed", "kept")} == {
        "new": 0, "same": 6, "renamed": 0, "clashing": 0, "gone": 0, "changed": 0, "kept": 0,
    }  # fmt: skip
    told = again(store, settings, folder, first)
    assert told["message"].startswith("Nothing was new")
    assert datasets.get(store, first.id) == first


def test_new_images_and_changed_labels_are_one_revision(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    picture(folder, "6", 6)
    picture(folder, "7", 7)
    table(folder, CELLS | {"0": "sky", "3": "tree", "6": "tree", "7": "sea"})
    looked = look(store, settings, folder, first)
    told = again(store, settings, folder, first)
    assert (looked["new"], looked["new_labels"]) == (2, ["tree"])
    assert looked["changes"] == [["sea", "present", "absent", 1], ["sky", "absent", "present", 1]]
    assert {key: told[key] for key in ("added", "changes", "new_labels", "kept")} == {
        key: looked[key] for key in ("added", "changes", "new_labels", "kept")
    }
    assert cells(store, first) == CELLS | {"0": "sky", "3": "tree", "6": "tree", "7": "sea"}
    made = datasets.get(store, first.id)
    assert (made.revision, made.images, made.more_roots) == (2, 8, ())
    batch = revisions.history(store, first.id)[0]
    assert (batch.source, batch.author) == (Source.IMPORT, "ada")
    assert states.matrix(store, first.id, 1).states.shape == (6, 2)


def test_rows_appended_are_the_pictures_themselves(
    store: Store, settings: Settings, folder: Path, first: Dataset, tmp_path: Path
) -> None:
    held = DatasetFiles(settings, first)
    before, thumbnails = held.pixels(), ThumbnailPack(held.folder)
    for at in (6, 7):
        picture(folder, str(at), at)
    table(folder, CELLS | {"6": "sea", "7": "sky"})
    again(store, settings, folder, first)
    made = datasets.get(store, first.id)
    anew = import_.store_import(store, settings, NOBODY, ImportRequest(folder, "anew"), silent)
    here, there = DatasetFiles(settings, made), DatasetFiles(settings, anew)
    assert (here.pixels() == there.pixels()).all()
    assert np.array_equal(here.statistics(), there.statistics())  # type: ignore[arg-type]
    assert ThumbnailPack(here.folder).many(range(8)) == ThumbnailPack(there.folder).many(range(8))
    assert before.shape == (6, 128, 128, 3)  # whoever had them open reads on
    assert len(thumbnails.many(range(6))) == 6
    assert (before == DatasetFiles(settings, made).pixels()[:6]).all()


def test_an_image_is_found_by_its_content_under_another_name(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    (folder / "0.png").rename(folder / "zero.png")
    picture(folder, "1", 99)  # another picture under a name that is taken
    (folder / "5.png").unlink()
    table(folder, {"zero": "sky", "1": "sea", "2": "sea sky", "3": "", "4": "sea"})
    looked = look(store, settings, folder, first)
    assert [looked[key] for key in ("new", "same", "renamed", "clashing", "gone")] == [0, 3, 1, 1, 2]
    again(store, settings, folder, first)
    assert cells(store, first) == CELLS | {"0": "sky"}
    written = importing.problems_csv(store, settings, NOBODY, first.id)
    assert written is not None
    with written.open(newline="") as file:
        told = {(row["kind"], row["file"]) for row in csv.DictReader(file)}
    assert told == {
        ("same content, other key", "zero.png"),
        ("same key, other content", "1.png"),
        ("no longer there", "1.png"),
        ("no longer there", "5.png"),
    }


def test_what_a_person_verified_is_kept_unless_it_is_asked_for(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    verify(store, first, 0, "sea", LabelState.PRESENT, LabelState.ABSENT)
    verify(store, first, 1, "sky", LabelState.PRESENT, LabelState.PRESENT)
    table(folder, CELLS | {"1": ""})
    looked = look(store, settings, folder, first)
    assert (looked["changed"], looked["kept"]) == (0, 2)
    assert again(store, settings, folder, first)["revision"] is None
    assert cells(store, first) == CELLS | {"0": "-sea!", "1": "sky!"}
    assert again(store, settings, folder, first, keep_verified=False)["changed"] == 2
    assert cells(store, first) == CELLS | {"1": ""}


def test_unknown_for_what_is_not_listed_takes_nothing_away(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    picture(folder, "6", 6)
    table(folder, {"0": "sky", "6": "sea"})
    told = again(store, settings, folder, first, unlisted=LabelState.UNKNOWN)
    assert told["changes"] == [["sky", "absent", "present", 1]]
    assert cells(store, first) == CELLS | {"0": "sea sky", "6": "sea ?sky"}


def test_a_new_label_is_unknown_where_the_source_has_no_image(
    store: Store, settings: Settings, folder: Path, first: Dataset, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(folder / "0.png", other / "0.png")
    picture(other, "new", 50)
    table(other, {"0": "sea tree", "new": ""})
    again(store, settings, other, first)
    unknown = {name: f"{labels} ?tree".strip() for name, labels in CELLS.items()}
    assert cells(store, first) == unknown | {"0": "sea tree", "new": ""}
    made = datasets.get(store, first.id)
    assert made.more_roots == (str(other.resolve()),)
    assert service.image_path(store, settings, NOBODY, first.id, 6) == other.resolve() / "new.png"
    again(store, settings, other, first)
    assert datasets.get(store, first.id).revision == made.revision


def test_labels_are_mapped_before_they_are_compared(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    table(
        folder, {name: labels.replace("sea", "ocean") for name, labels in CELLS.items()} | {"3": "junk ocean"}
    )
    told = again(store, settings, folder, first, mapping={"ocean": "sea", "junk": None})
    assert told["changes"] == [["sea", "absent", "present", 1]]
    assert told["new_labels"] == []


def queue_again(store: Store, settings: Settings, source: Path, dataset: Dataset, **otherwise: object) -> Job:
    """Another import by the way that the page and the command take, to its end."""
    request = ImportRequest(source, dataset.name, into=dataset.id, **otherwise)  # type: ignore[arg-type]
    job = importing.start_import(store, settings, NOBODY, request)
    result = import_.run(store, settings, job, silent)
    jobs.end(store, job.id, JobState.FINISHED, result=result)
    return jobs.get(store, job.id)


def test_a_source_is_mapped_as_in_its_last_import_until_that_is_cleared(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    table(folder, {"0": "ocean junk", "1": "sky"})
    queue_again(store, settings, folder, first, mapping={"ocean": "sea", "junk": None})
    table(folder, {"0": "ocean", "1": "ocean sky"})  # junk is gone from the source: nothing to complain of
    job = queue_again(store, settings, folder, first)
    assert job.result["changes"] == [["sea", "absent", "present", 1]]
    assert job.result["new_labels"] == []
    assert cells(store, first)["1"] == "sea sky"
    table(folder, {"0": "ocean", "1": "ocean", "2": "junk"})
    looked = importing.with_earlier(
        store, ImportRequest(folder, "", into=first.id, mapping={"ocean": "ocean"})
    )
    assert looked.mapping_of(["ocean", "junk"]) == {"junk": None}
    assert queue_again(store, settings, folder, first, earlier={}).result["new_labels"] == ["junk", "ocean"]
    assert importing.with_earlier(store, ImportRequest(folder, "", into=first.id)).earlier == {}


def test_another_source_is_not_mapped_as_the_last_one(
    store: Store, settings: Settings, folder: Path, first: Dataset, tmp_path: Path
) -> None:
    queue_again(store, settings, folder, first, mapping={"sky": "heaven"})
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    assert importing.with_earlier(store, ImportRequest(other, "", into=first.id)).earlier == {}
    assert importing.with_earlier(store, ImportRequest(folder, "")).earlier is None


def test_old_images_keep_their_part_and_copies_join_them(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    parts = [image.part for image in datasets.images(store, first.id)]
    held_out = parts.index(Part.VALIDATION)
    shutil.copy(folder / f"{held_out}.png", folder / "copy.png")
    for at in range(6, 12):
        picture(folder, str(at), at)
    table(folder, CELLS | {"copy": "sea"} | {str(at): "sea" for at in range(6, 12)})
    again(store, settings, folder, first)
    now = [image.part for image in datasets.images(store, first.id)]
    keys = [image.key for image in datasets.images(store, first.id)]
    assert now[:6] == parts
    assert now[keys.index("copy.png")] is Part.VALIDATION
    assert {part: now.count(part) for part in set(now)} in (
        {Part.TRAIN: 6, Part.VALIDATION: 7}, {Part.TRAIN: 7, Part.VALIDATION: 6},
    )  # fmt: skip


def test_undoing_leaves_the_new_images_out_and_brings_the_labels_back(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    picture(folder, "6", 6)
    table(folder, CELLS | {"0": "sky tree", "6": "tree"})
    again(store, settings, folder, first)
    batch = revisions.history(store, first.id)[0]
    corrections.undo(store, first.id, batch.id, author="eve", client_id="undo")
    found = states.matrix(store, first.id)
    assert found.names == ("sea", "sky")
    assert found.parts[6] == states.LEFT_OUT
    assert {k: v for k, v in cells(store, first).items() if k != "6"} == CELLS
    assert look(store, settings, folder, first)["left_out"] == 1


def test_an_uploaded_archive_leaves_only_what_is_new(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    settings.uploads_dir.mkdir(parents=True)
    picture(folder, "6", 6)
    table(folder, CELLS | {"6": "sea"})
    packed = settings.uploads_dir / "abc.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"photos/{file.name}")
    expected = (folder / "6.png").read_bytes()
    request = ImportRequest(packed, "x", upload=True, into=first.id)
    preview.preview(store, settings, request, silent)
    job = queued(store, request)
    import_.run(store, settings, job, silent)
    assert list(settings.uploads_dir.iterdir()) == []
    kept = list((settings.datasets_dir / first.folder).rglob("*.png"))
    assert [path.read_bytes() for path in kept] == [expected]
    assert service.image_path(store, settings, NOBODY, first.id, 6) == kept[0].resolve()
    assert service.own_bytes(store, settings, NOBODY, first.id) > len(expected)


def test_a_correction_meanwhile_is_seen_and_not_overwritten(
    store: Store, settings: Settings, folder: Path, first: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(folder, CELLS | {"0": "sky", "1": "sea"})
    real = additions.apply

    def meanwhile(*words: object, **named: object) -> object:
        monkeypatch.setattr(additions, "apply", real)
        verify(store, first, 0, "sea", LabelState.PRESENT, LabelState.PRESENT)
        return real(*words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(additions, "apply", meanwhile)
    told = again(store, settings, folder, first)
    assert told["kept"] == 1
    assert cells(store, first) == CELLS | {"0": "sea! sky", "1": "sea"}


def test_an_import_that_fails_while_storing_leaves_the_files_as_they_were(
    store: Store, settings: Settings, folder: Path, first: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = settings.datasets_dir / first.folder
    before = {path: path.read_bytes() for path in place.iterdir()}
    picture(folder, "6", 6)
    table(folder, CELLS | {"6": "sea"})

    def stale(*_words: object, **_named: object) -> object:
        raise Stale("Nothing was imported.")

    monkeypatch.setattr(additions, "apply", stale)
    with pytest.raises(Stale):
        again(store, settings, folder, first)
    assert {path: path.read_bytes() for path in place.iterdir() if path.suffix != ".csv"} == before


KILLED = """
import os, sys
from pathlib import Path
from unittest import mock
from core.settings import Settings
from core.work import import_
from db import jobs
from db.store import open_store

settings = Settings.load()
store = open_store(settings.database_url)
job = jobs.get(store, int(sys.argv[2]))
with mock.patch(sys.argv[1], lambda *_, **__: os._exit(9)):
    import_.run(store, settings, job, lambda *_: None)
"""


@pytest.mark.parametrize(
    "moment",
    [
        "core.data.build._Outcome.built",  # everything is appended, no import knows of it
        "core.data.thumbnails.ThumbnailWriter.close",  # the pixels are, the index of the thumbnails is not
        "core.work.sourcing.os.sync",  # the originals are moved
        "db.additions.apply",
    ],
)
def test_a_kill_half_way_leaves_a_data_set_that_works_and_can_be_added_to(
    store: Store, settings: Settings, folder: Path, first: Dataset, moment: str
) -> None:
    packed = settings.home / "more.zip"
    for at in (6, 7):
        picture(folder, str(at), at)
    table(folder, CELLS | {"6": "sea", "7": "sky"})
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    before = DatasetFiles(settings, first).pixels().copy()
    request = ImportRequest(packed, "photos", into=first.id)
    killed = queued(store, request)
    environment = os.environ | {"ERRATA_HOME": str(settings.home), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED, moment, str(killed.id)]
    assert subprocess.run(command, env=environment, check=False).returncode == 9
    jobs.end(store, killed.id, JobState.FAILED, message="killed")
    assert datasets.get(store, first.id) == first
    held = DatasetFiles(settings, first)
    assert (held.pixels() == before).all()
    assert len(ThumbnailPack(held.folder).many(range(6))) == 6
    assert held.statistics().shape == (6, 20)  # type: ignore[union-attr]
    told = import_.run(store, settings, queued(store, request), silent)
    assert told["added"] == 2
    made = datasets.get(store, first.id)
    assert len(open_pixels(held.folder)) == len(ThumbnailPack(held.folder)) == made.images == 8
    assert cells(store, first) == CELLS | {"6": "sea", "7": "sky"}
    assert [path.name for path in held.folder.iterdir() if path.is_dir()] == [Path(made.more_roots[0]).name]
    assert leftovers.folder_name(killed) not in made.more_roots[0]


def test_two_imports_do_not_append_at_the_same_time(
    store: Store, settings: Settings, folder: Path, first: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(folder, "6", 6)
    table(folder, CELLS | {"6": "sea"})
    real = build.extend
    refused: list[str] = []

    def beside(*words: object, **named: object) -> object:
        monkeypatch.setattr(build, "extend", real)
        with pytest.raises(BadInput, match="Another import is adding") as caught:
            again(store, settings, folder, first)
        refused.append(str(caught.value))
        return real(*words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(build, "extend", beside)
    again(store, settings, folder, first)
    assert len(refused) == 1
    assert datasets.get(store, first.id).images == 7


def test_an_unreadable_new_image_is_told_and_the_rest_is_added(
    store: Store, settings: Settings, folder: Path, first: Dataset
) -> None:
    picture(folder, "6", 6)
    (folder / "7.png").write_bytes((folder / "6.png").read_bytes()[:200])
    (folder / "8.png").write_bytes(b"")
    table(folder, CELLS | {"6": "sea", "7": "sea", "8": "sea"})
    told = again(store, settings, folder, first)
    assert told["added"] == 1
    notes = "\n".join(datasets.get(store, first.id).notes)
    assert "7.png: " in notes
    assert "8.png: " in notes


def test_labels_can_be_imported_into_a_data_set_that_has_none(
    store: Store, settings: Settings, folder: Path
) -> None:
    (folder / "labels.csv").unlink()
    bare = import_.store_import(store, settings, NOBODY, ImportRequest(folder, "bare"), silent)
    table(folder, CELLS)
    told = again(store, settings, folder, bare)
    assert (told["added"], told["new_labels"]) == (0, ["sea", "sky"])
    assert cells(store, bare) == CELLS


def validated(store: Store, dataset: Dataset) -> set[bytes]:
    """The pictures of the validation part, by what they are."""
    return {
        image.sha256.encode() for image in datasets.images(store, dataset.id) if image.part is Part.VALIDATION
    }


def test_a_few_new_images_are_shared_out_whatever_they_are_called(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    def source(name: str, names: list[str], first: int) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for at, called in enumerate(names):
            picture(folder, called, first + at)
        table(folder, {called: f"label{at % 5}" for at, called in enumerate(names)})
        return folder

    shares = {Part.TRAIN: 0.8, Part.VALIDATION: 0.2}
    there = source("there", [f"{at:02}" for at in range(50)], 100)
    taken = []
    for which, names in (("one", list("abcdef")), ("other", list("uvwxyz"))):
        request = ImportRequest(there, which, shares=shares)
        made = import_.store_import(store, settings, NOBODY, request, silent)
        before = validated(store, made)
        told = again(store, settings, source(which, names, 900), made)
        assert told["parts"] == {"train": 5, "val": 1}
        taken.append(validated(store, made) - before)
    assert taken[0] == taken[1]
