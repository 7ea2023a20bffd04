"""Importing by the command line: looked at first, mapped, problems handed out, and once more into the same data set."""

import csv
import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from core import states
from core.actor import NOBODY
from core.services import importing, jobs
from core.services.importing import ImportRequest
from db import datasets
from db import jobs as job_rows
from db.terms import JobState, LabelState
from tests.journeys.house import House

TURNS = 60  # copies of each picture: an import of them lasts long enough to be killed in the middle


@pytest.fixture
def folder(photos: Path, tmp_path: Path) -> Path:
    """The eighty pictures, a file that is none, and a label that nobody needs."""
    folder = tmp_path / "mine"
    shutil.copytree(photos, folder)
    (folder / "=torn.png").write_bytes(b"")
    with (folder / "labels.csv").open("a") as file:
        file.write("=torn.png,sea\n99.png,sea\n00.png,junk|sea\n")
    return folder


def test_a_source_is_looked_at_mapped_imported_and_imported_again(
    house: House, folder: Path, tmp_path: Path
) -> None:
    told = tmp_path / "problems.csv"
    words = (str(folder), "--name", "mine", "--map", "sea=ocean", "--map", "junk=", "--labels", "boat")
    seen = json.loads(house.cli("import", *words, "--dry-run", "--json", "--problems", str(told)).stdout)
    assert dict(seen["labels"]).keys() == {"ocean", "sky", "boat"}
    assert seen["candidates"][0][0] == "csv"
    with told.open(newline="") as file:
        assert [(row["file"], row["line"]) for row in csv.DictReader(file)] == [
            ("labels.csv", "83"),
            ("labels.csv", "84"),
            ("'=torn.png", ""),
        ]
    assert datasets.listing(house.store) == []
    made = json.loads(house.cli("import", *words, "--json", "--split", "train=.7,val=.3").stdout)
    assert (made["images"], list(made["labels"])) == (80, ["ocean", "sky", "boat"])
    assert made["labels"]["boat"] == 0

    shutil.copy(folder / "07.png", folder / "copy of 07.png")
    (folder / "08.png").rename(folder / "moved.png")
    table = folder / "labels.csv"
    table.write_text(table.read_text().replace("08.png", "moved.png") + "copy of 07.png,sea\n")
    again = (str(folder), "--into", "mine")
    looked = house.cli("import", *again, "--dry-run")
    assert "where it still has the labels: sea=ocean, junk= (--map-anew: not)." in looked.stderr
    assert "1 image would be added, 0 labels changed." in looked.stdout
    assert "New labels: junk, sea." in house.cli("import", *again, "--map-anew", "--dry-run").stdout
    done = json.loads(house.cli("import", *again, "--json", "--problems", str(told)).stdout)
    assert (done["revision"], done["added"], done["changed"], done["images"]) == (2, 1, 0, 81)
    with told.open(newline="") as file:
        assert ("2", "moved.png") in {(row["revision"], row["file"]) for row in csv.DictReader(file)}
    assert "Nothing was new" in house.cli("import", *again).stdout
    refused = house.cli("import", str(folder), code=2).stderr
    assert "either --name for a new data set, or --into" in refused
    assert house.cli("doctor").returncode == 0


def test_labels_that_were_only_named_are_annotated_before_training(house: House, folder: Path) -> None:
    (folder / "labels.csv").unlink()
    house.cli("import", str(folder), "--name", "bare")
    refused = house.cli("train", "--dataset", "bare", code=1).stderr
    assert "no labels to learn: add some on the page Labels first" in refused
    house.cli("import", str(folder), "--name", "named", "--labels", "sea,sky")
    found = states.matrix(house.store, datasets.by_name(house.store, "named").id)
    assert found.labels[0].default_state is LabelState.UNKNOWN
    refused = house.cli("train", "--dataset", "named", code=1).stderr
    assert "Nothing is known of any label in train: annotate some images" in refused


def test_an_import_into_a_data_set_that_is_killed_leaves_it_as_it_was(
    house: House, photos: Path, tmp_path: Path
) -> None:
    house.cli("import", str(photos), "--name", "tiny")
    before = datasets.by_name(house.store, "tiny")
    more = tmp_path / "more"
    shutil.copytree(photos, more)
    rows = []
    for path in sorted(photos.glob("*.png")):
        for turn in range(TURNS):  # the same picture in other bytes: enough of them to be killed among
            (more / f"{turn}-{path.name}").write_bytes(path.read_bytes() + bytes([turn]))
            rows.append(f"{turn}-{path.name},sea")
    with (more / "labels.csv").open("a") as file:
        file.write("\n".join(rows) + "\n")
    request = ImportRequest(more, "tiny", into=before.id)
    job = importing.start_import(house.store, house.settings, NOBODY, request)
    jobs.ensure_worker(house.store, house.settings)
    while not (begun := job_rows.get(house.store, job.id)).doing.startswith("reading"):
        assert not begun.state.ended, begun.message
    os.kill(begun.pid or 0, signal.SIGKILL)
    ended = jobs.wait(house.store, NOBODY, job.id, timeout_s=60)
    assert ended.state is JobState.FAILED
    assert "Nothing of it was stored: start it again." in ended.message
    assert datasets.get(house.store, before.id) == before
    done = json.loads(house.cli("import", str(more), "--into", "tiny", "--json").stdout)
    assert (done["added"], done["images"]) == (TURNS * 80, (1 + TURNS) * 80)
    assert house.cli("doctor").returncode == 0
