"""What is handed back: the labels, or the corrections alone with their story, of all images or of some."""

import csv
from pathlib import Path

import numpy as np
import pytest

from core.actor import NOBODY, Actor
from core.errors import BadInput
from core.services import correction_files, corrections, datasets, exporting
from core.services.corrections import Operation
from core.services.exporting import ExportRequest
from core.states import matrix
from db import additions, placements
from db.additions import Addition
from db.errors import Missing
from db.records import CellChange, CellValue, Image, Place
from db.terms import LabelState, Part
from tests.conftest import Home
from tests.pages.sets import add_set


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


def export(home: Home, dataset: int, request: ExportRequest) -> tuple[str, ...]:
    return exporting.export(home.store, home.settings, NOBODY, dataset, request)


def exported(home: Home, dataset: int, out: Path, revision: int | None = None) -> list[dict[str, str]]:
    export(home, dataset, ExportRequest("changes", out, revision))
    with out.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_changes_of_one_data_set_make_a_copy_of_it_the_same(home: Home, tmp_path: Path) -> None:
    ours, copy = add_set(home, "ours"), add_set(home, "copy")
    set_cell(home, ours, 0, "sea", LabelState.ABSENT, 'a lake, not "the sea"; sure\nquite sure')
    set_cell(home, ours, 1, "sea", LabelState.UNKNOWN)
    set_cell(home, ours, 2, "tree", LabelState.PRESENT)  # as it was: verified
    assert len(exported(home, ours, tmp_path / "changes.csv")) == 3
    correction_files.apply(home.store, Actor("Bo"), copy, tmp_path / "changes.csv")
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


def test_changes_may_begin_after_a_revision_and_be_of_some_images(home: Home, tmp_path: Path) -> None:
    dataset = add_set(home, "small")
    set_cell(home, dataset, 0, "sea", LabelState.UNKNOWN)  # revision 2
    set_cell(home, dataset, 0, "sea", LabelState.ABSENT)
    set_cell(home, dataset, 1, "sea", LabelState.PRESENT)

    def lines(**asked: object) -> list[tuple[str, ...]]:
        out = tmp_path / "changes.csv"
        export(home, dataset, ExportRequest("changes", out, force=True, **asked))  # type: ignore[arg-type]
        with out.open(newline="", encoding="utf-8") as file:
            return [
                (row["image"], row["before"], row["after"], row["verified before"])
                for row in csv.DictReader(file)
            ]

    assert lines() == [("0.jpg", "present", "absent", "no"), ("1.jpg", "absent", "present", "no")]
    assert lines(since=2, rows=np.array([0])) == [("0.jpg", "unknown", "absent", "yes")]
    assert lines(since=1, revision=2) == [("0.jpg", "present", "unknown", "no")]
    assert lines(since=2, revision=3, rows=np.array([1])) == []


def test_a_range_of_revisions_that_is_none_is_a_sentence(home: Home, tmp_path: Path) -> None:
    dataset = add_set(home, "small")
    set_cell(home, dataset, 0, "sea", LabelState.UNKNOWN)
    for asked, error, said in (
        ({"since": 2}, BadInput, "No change lies after revision 2 and up to 2"),
        ({"since": 7}, Missing, "There is no revision 7 of “small”: the newest is 2"),
        ({"revision": 9}, Missing, "There is no revision 9"),
    ):
        with pytest.raises(error, match=said):
            export(home, dataset, ExportRequest("changes", tmp_path / "a.csv", **asked))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="Only the format changes begins after a revision"):
        export(home, dataset, ExportRequest("csv", tmp_path / "a.csv", since=1))


def test_a_reason_that_looks_like_a_formula_comes_back_as_it_was(home: Home, tmp_path: Path) -> None:
    ours, copy = add_set(home, "ours"), add_set(home, "copy")
    set_cell(home, ours, 0, "sea", LabelState.ABSENT, "=1+1")
    out = tmp_path / "changes.csv"
    export(home, ours, ExportRequest("changes", out, neutralise=True))
    assert ",'=1+1," in out.read_text()
    correction_files.apply(home.store, Actor("Bo"), copy, out)
    (line,) = exported(home, copy, tmp_path / "again.csv")
    assert line["reason"] == "=1+1"


def test_some_images_can_be_chosen(home: Home, tmp_path: Path) -> None:
    dataset = add_set(home, "small")
    export(home, dataset, ExportRequest("csv", tmp_path / "a.csv", rows=np.array([8, 3, 3])))
    assert [line.split(",")[0] for line in (tmp_path / "a.csv").read_text().split()[1:]] == ["3.jpg", "8.jpg"]
    for rows, said in (
        ([], "No image is chosen"),
        ([10], "no image number 10"),
        ([-1], "no image number -1"),
    ):
        with pytest.raises(BadInput, match=said):
            export(home, dataset, ExportRequest("csv", tmp_path / "b.csv", rows=np.array(rows)))


def test_images_are_chosen_by_part_and_by_a_list_of_names(home: Home, tmp_path: Path) -> None:
    dataset = add_set(home, "small")
    names = tmp_path / "names.txt"
    names.write_text("7.jpg\n0.jpg\n\n")

    def rows(**asked: object) -> list[int] | None:
        found = exporting.rows_of(home.store, NOBODY, dataset, **asked)  # type: ignore[arg-type]
        return None if found is None else found.tolist()

    assert rows() is None
    assert rows(part=Part.VALIDATION) == [6, 7, 8, 9]
    assert rows(only=names) == [0, 7]
    assert rows(part=Part.VALIDATION, only=names) == [7]
    assert rows(among=np.array([9, 7, 7, 1])) == [1, 7, 9]
    assert rows(among=np.array([9, 0]), part=Part.VALIDATION) == [9]
    names.write_text("0.jpg\nlost.jpg\n")
    with pytest.raises(BadInput, match=r"names\.txt, line 2: there is no image “lost.jpg”"):
        rows(only=names)


def test_an_old_revision_has_the_parts_and_the_images_of_then(home: Home, tmp_path: Path) -> None:
    dataset = add_set(home, "small")  # rows 6 to 9 validate
    placements.move(
        home.store, dataset, {0: Place(Part.VALIDATION)}, author="Ada", client_id="move", reason=""
    )
    new = [Image(0, 10, "10.jpg", Part.VALIDATION, "f" * 64, 8, 8, 100)]
    more = Addition(2, 10, new, [], LabelState.ABSENT, [], [])
    additions.apply(home.store, dataset, more, author="Ada", client_id="more", reason="")
    then = exporting.rows_of(home.store, NOBODY, dataset, revision=1, part=Part.VALIDATION)
    assert then is not None and then.tolist() == [6, 7, 8, 9]
    found = exporting.rows_of(home.store, NOBODY, dataset, part=Part.VALIDATION)
    lost = export(home, dataset, ExportRequest("csv", tmp_path / "old.csv", 2, rows=found))
    assert lost[-1] == "1 chosen image is not in it: added after revision 2."
    assert len((tmp_path / "old.csv").read_text().splitlines()) == 1 + 5


def test_what_is_lost_is_known_before_anything_is_written(home: Home, tmp_path: Path) -> None:
    dataset = add_set(home, "small")
    set_cell(home, dataset, 0, "sea", LabelState.UNKNOWN)
    request = ExportRequest("label-files", tmp_path / "out")
    prepared = exporting.prepare(home.store, home.settings, NOBODY, dataset, request)
    assert [sentence.split(":")[0] for sentence in prepared.losses] == [
        "Which part of the split the 10 images are in is not written.",
        "1 unknown cell is not written",
        "That 1 cell is verified is not written",
    ]
    assert not request.out.exists()
    prepared.write()
    assert len(list((request.out / "annotations").iterdir())) == 3


def test_nothing_is_written_among_the_files_of_errata(home: Home, tmp_path: Path) -> None:
    dataset = add_set(home, "small")
    folder = home.settings.datasets_dir / datasets.get(home.store, NOBODY, dataset).folder
    (tmp_path / "link").symlink_to(folder)
    for place in (folder, tmp_path / "link", home.settings.runs_dir / "x"):
        with pytest.raises(BadInput, match="where Errata keeps its own files"):
            export(home, dataset, ExportRequest("csv", place / "labels.csv"))
    assert not (folder / "labels.csv").exists()


def test_an_option_of_another_format_is_refused(home: Home, tmp_path: Path) -> None:
    from core.data.exporters import Pictures

    dataset = add_set(home, "small")
    with pytest.raises(BadInput, match="coco is no table"):
        export(home, dataset, ExportRequest("coco", tmp_path / "a.json", neutralise=True))
    with pytest.raises(BadInput, match="annotations alone; with images: imagefolder, fiftyone"):
        export(home, dataset, ExportRequest("coco", tmp_path / "a.json", pictures=Pictures.COPY))


def test_images_that_are_gone_stop_an_export_with_images(home: Home, tmp_path: Path) -> None:
    from core.data.exporters import Pictures

    dataset = add_set(home, "small")  # whose images were never there
    with pytest.raises(BadInput, match=r"10 of the 10 images are not where they were .* there: 0\.jpg"):
        export(home, dataset, ExportRequest("imagefolder", tmp_path / "out", pictures=Pictures.SYMLINK))
    assert not (tmp_path / "out").exists()


def test_one_image_that_is_left_out_is_spoken_of_in_the_singular(home: Home, tmp_path: Path) -> None:
    dataset = add_set(home, "small")
    for rows, words in (
        ([6], "That 1 image is left out of training"),
        ([7], "That 2 images are left out of training"),
    ):
        moves = {row: Place(Part.VALIDATION, left_out=True) for row in rows}
        placements.move(home.store, dataset, moves, author="Ada", client_id=words, reason="")
        lost = export(home, dataset, ExportRequest("csv", tmp_path / "out.csv", force=True))
        assert any(sentence.startswith(words) for sentence in lost)
