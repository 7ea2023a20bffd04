"""What pages ask of a data set beyond its labels: small pictures, one to try, the disk it takes."""

import csv
import io
from pathlib import Path

import pytest
from PIL import Image

from core.actor import NOBODY, Actor
from core.errors import BadInput
from core.services import corrections, datasets
from core.services.corrections import Operation
from core.states import matrix
from db.errors import Missing
from db.records import CellChange, CellValue
from db.terms import LabelState, Part
from tests.conftest import Home
from tests.pages.sets import add_run, add_set


def test_thumbnails_come_in_the_order_asked(home: Home) -> None:
    dataset = add_set(home, "small")
    found = datasets.thumbnails(home.store, home.settings, NOBODY, dataset, [9, 2])
    shades = [Image.open(io.BytesIO(jpeg)).getpixel((4, 4))[0] for jpeg in found]
    assert shades == pytest.approx([180, 40], abs=6)


def test_a_thumbnail_that_the_pack_lacks_is_a_sentence(home: Home) -> None:
    dataset = add_set(home, "small")
    with pytest.raises(BadInput, match="thumbnails of “small” do not fit its images"):
        datasets.thumbnails(home.store, home.settings, NOBODY, dataset, [10])


def test_the_sample_is_a_validation_image(home: Home) -> None:
    dataset = add_set(home, "small")
    rows = {datasets.sample_row(home.store, NOBODY, dataset) for _ in range(30)}
    (parts,) = {image.part for image in datasets.images(home.store, NOBODY, dataset, sorted(rows))}
    assert parts is Part.VALIDATION


def test_the_runs_of_a_data_set_are_not_its_own_files(home: Home) -> None:
    dataset = add_set(home, "small")
    before = datasets.own_bytes(home.store, home.settings, NOBODY, dataset)
    run = home.settings.runs_dir / "run"
    run.mkdir(parents=True)
    (run / "scores.npy").write_bytes(b"0" * 1000)
    add_run(home, dataset)
    assert datasets.own_bytes(home.store, home.settings, NOBODY, dataset) == before > 0


def test_a_name_that_is_not_there_says_how_many_more_there_are(home: Home) -> None:
    for number in range(12):
        add_set(home, f"set {number:02}")
    with pytest.raises(Missing, match="“set 09” and 2 more"):
        datasets.by_name(home.store, NOBODY, "lost")


def set_cell(home: Home, dataset: int, row: int, label: str, state: LabelState, reason: str = "") -> int:
    """Somebody corrects one cell, or verifies it as it is; returns the number of the change."""
    (found,) = [known for known in datasets.labels(home.store, NOBODY, dataset) if known.name == label]
    (seen,) = corrections.values(home.store, NOBODY, dataset, [row], [found.id])
    change = CellChange(row, found.id, seen.value, CellValue(state, True))
    name = f"{row} {label} {state.value}"
    (answer,) = corrections.operate(
        home.store, Actor("Ada"), dataset, [Operation(name, "set", (change,), reason=reason)]
    )
    assert answer.batch is not None
    return answer.batch.id


def exported(home: Home, dataset: int, out: Path, revision: int | None = None) -> list[dict[str, str]]:
    datasets.export(home.store, home.settings, NOBODY, dataset, "changes", out, revision)
    with out.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_changes_of_one_data_set_make_a_copy_of_it_the_same(home: Home, tmp_path: Path) -> None:
    ours, copy = add_set(home, "ours"), add_set(home, "copy")
    set_cell(home, ours, 0, "sea", LabelState.ABSENT, 'a lake, not "the sea"; sure\nquite sure')
    set_cell(home, ours, 1, "sea", LabelState.UNKNOWN)
    set_cell(home, ours, 2, "tree", LabelState.PRESENT)  # as it was: verified
    assert len(exported(home, ours, tmp_path / "changes.csv")) == 3
    corrections.apply_csv(home.store, Actor("Bo"), copy, tmp_path / "changes.csv")
    first, second = matrix(home.store, ours), matrix(home.store, copy)
    assert (first.states == second.states).all()
    assert (first.verified == second.verified).all()
    assert exported(home, copy, tmp_path / "again.csv")[0]["reason"].startswith('a lake, not "the sea"; sure')


def test_a_change_is_written_with_its_story(home: Home, tmp_path: Path) -> None:
    dataset = add_set(home, "small")
    set_cell(home, dataset, 0, "sea", LabelState.UNKNOWN, "fog")
    set_cell(home, dataset, 0, "sea", LabelState.ABSENT, "a lake")
    (line,) = exported(home, dataset, tmp_path / "changes.csv")
    told = {"image": "0.jpg", "label": "sea", "state": "absent", "reason": "a lake", "before": "present"}
    assert line | told | {"after": "absent", "who": "Ada", "finding": "", "run": ""} == line
    assert line["when"].endswith("+00:00")
    (earlier,) = exported(home, dataset, tmp_path / "earlier.csv", revision=2)
    assert (earlier["state"], earlier["reason"]) == ("unknown", "fog")


def test_what_was_undone_is_no_change(home: Home, tmp_path: Path) -> None:
    dataset = add_set(home, "small")
    batch = set_cell(home, dataset, 0, "sea", LabelState.ABSENT)
    corrections.undo(home.store, Actor("Ada"), batch, "undo")
    assert exported(home, dataset, tmp_path / "changes.csv") == []
