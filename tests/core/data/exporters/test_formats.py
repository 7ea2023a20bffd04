"""The form of each export, as people and other tools meet it."""

import csv
import json
from pathlib import Path

import pytest

from core.data import exporters
from core.data.exporters import Options, Snapshot
from core.errors import BadInput
from db.terms import LabelState
from tests.core.data.exporters.made import snapshot

FORCE = Options(force=True)
THREE = snapshot(("cat", "dog"), ((1, -1), (0, 1), (0, 0)), verified=((1, 0), (1, 1), (0, 0)))


def written(tmp_path: Path, format: str, wanted: Snapshot, options: Options = FORCE) -> str:
    """The text of the one file that an export makes."""
    suffix = exporters.exporter(format).suffix
    out = tmp_path / f"out{suffix}"
    exporters.exporter(format).write(out, wanted, options)
    (file,) = [out] if suffix else [path for path in out.rglob("*") if path.is_file()]
    return file.read_text(encoding="utf-8")


def test_ordinary_names_make_an_ordinary_table(tmp_path: Path) -> None:
    assert written(tmp_path, "csv", snapshot()).split("\n")[1] == "images/im0.jpg,clouds sea,train"


def test_one_column_a_label_holds_three_states(tmp_path: Path) -> None:
    lines = written(tmp_path, "csv-onehot", THREE).splitlines()
    assert lines == [
        "filename,split,cat,dog",
        "images/im0.jpg,train,1,",
        "images/im1.jpg,val,0,1",
        "images/im2.jpg,test,0,0",
    ]


def test_one_row_a_label_and_one_for_an_image_without(tmp_path: Path) -> None:
    wanted = snapshot(states=((1, 1), (0, 0)))
    assert written(tmp_path, "csv-long", wanted).splitlines()[1:] == [
        "images/im0.jpg,clouds,train",
        "images/im0.jpg,sea,train",
        "images/im1.jpg,,val",
    ]


def test_a_confidence_and_a_source_stand_in_the_table_only_where_they_are_needed(tmp_path: Path) -> None:
    assert written(tmp_path, "csv-long", THREE).splitlines() == [
        "file_path,class_name,split,confidence,source",
        "images/im0.jpg,cat,train,1,human",
        "images/im1.jpg,cat,val,0,human",
        "images/im1.jpg,dog,val,1,human",
        "images/im2.jpg,,test,,",
    ]


def test_coco_numbers_every_label_and_tells_what_a_list_leaves_open(tmp_path: Path) -> None:
    found = json.loads(written(tmp_path, "coco", THREE))
    assert found["categories"] == [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    assert found["annotations"] == [
        {"id": 1, "image_id": 1, "category_id": 1},
        {"id": 2, "image_id": 2, "category_id": 2},
    ]
    first = {"id": 1, "file_name": "images/im0.jpg", "split": "train"}
    assert found["images"][0] == first | {"unknown_category_ids": [2], "verified_category_ids": [1]}
    assert found["images"][2] == {"id": 3, "file_name": "images/im2.jpg", "split": "test"}


def test_where_labels_are_unknown_unless_listed_coco_lists_the_absent_ones(tmp_path: Path) -> None:
    wanted = snapshot(("cat", "dog"), ((1, -1), (0, -1)), LabelState.UNKNOWN)
    images = json.loads(written(tmp_path, "coco", wanted))["images"]
    assert [image.get("neg_category_ids") for image in images] == [None, [1]]
    assert not any("unknown_category_ids" in image for image in images)


def test_only_an_image_that_is_verified_throughout_has_a_submitted_annotation(tmp_path: Path) -> None:
    wanted = snapshot(("cat", "dog"), ((1, -1), (0, 1), (0, 0)), verified=((1, 0), (1, 1), (1, 1)))
    first, second, third = json.loads(written(tmp_path, "label-studio", wanted))
    choice = {"from_name": "labels", "to_name": "image", "type": "choices", "value": {"choices": ["cat"]}}
    assert first["annotations"] == []
    assert first["predictions"] == [{"model_version": "errata", "result": [choice]}]
    data = {"image": "images/im0.jpg", "split": "train"}
    assert first["data"] == data | {"unknown_labels": ["dog"], "verified_labels": ["cat"]}
    assert second["annotations"][0]["result"][0]["value"] == {"choices": ["dog"]}
    assert (third["annotations"], third["predictions"]) == ([{"result": []}], [])
    assert third["data"] == {"image": "images/im2.jpg", "split": "test"}


def test_every_line_of_metadata_has_the_same_fields(tmp_path: Path) -> None:
    wanted = snapshot(("cat", "dog"), ((1, -1), (0, 1)), meta=({"site": "north"}, None))
    lines = [json.loads(line) for line in written(tmp_path, "imagefolder", wanted).splitlines()]
    assert (tmp_path / "out" / "metadata.jsonl").exists()
    assert lines[0] == {
        "file_name": "images/im0.jpg",
        "labels": ["cat"],
        "split": "train",
        "unknown_labels": ["dog"],
        "site": "north",
    }
    assert lines[1].keys() == lines[0].keys()
    assert (lines[1]["unknown_labels"], lines[1]["site"]) == ([], "")


def test_fiftyone_names_classes_once_and_tells_nothing_known_from_nothing_there(tmp_path: Path) -> None:
    keys = ("data/a.b/1.jpg", "data/2.jpg", "data/3.jpg")
    wanted = snapshot(("cat", "dog"), ((1, 1), (0, 0), (-1, -1)), keys=keys)
    found = json.loads(written(tmp_path, "fiftyone", wanted))
    assert found == {"classes": ["cat", "dog"], "labels": {"a.b/1": [0, 1], "2": [], "3": None}}


def test_fiftyone_refuses_images_that_it_could_not_tell_apart(tmp_path: Path) -> None:
    wanted = snapshot(states=((1, 1), (0, 0)), keys=("a/1.jpg", "a/1.png"))
    with pytest.raises(BadInput, match=r"a/1\.jpg, a/1\.png differ by their extension alone"):
        written(tmp_path, "fiftyone", wanted)


@pytest.mark.parametrize("format", ["coco", "label-studio", "imagefolder", "fiftyone"])
def test_a_data_set_without_labels_is_json_all_the_same(tmp_path: Path, format: str) -> None:
    text = written(tmp_path, format, snapshot((), ((), ())))
    for line in text.splitlines() if format == "imagefolder" else [text]:
        json.loads(line)


def test_a_label_that_would_be_taken_for_the_column_of_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"A column named 'Tags' .* export as csv"):
        written(tmp_path, "csv-onehot", snapshot(("Tags",), ((1,),)))
    with pytest.raises(BadInput, match="no label to write a column for"):
        written(tmp_path, "csv-onehot", snapshot((), ((),)))


@pytest.mark.parametrize("format", ["csv", "csv-onehot", "csv-long"])
def test_no_cell_begins_like_a_formula_when_that_is_asked(tmp_path: Path, format: str) -> None:
    wanted = snapshot(("+a", "-b", "=c", "@d"), ((1, 0, -1, 1), (0, 0, 0, 0)), keys=("=1.jpg", "-2.jpg"))
    text = written(tmp_path, format, wanted, Options(neutralise=True))
    cells = [cell for row in csv.reader(text.splitlines()) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'=1.jpg" in cells


def test_label_files_hold_sorted_numbers_and_a_file_for_a_label_without_images(tmp_path: Path) -> None:
    wanted = snapshot(("car", "sea"), ((0, 1), (0, 0), (0, 1)))
    exporters.exporter("label-files").write(tmp_path / "out", wanted)
    folder = tmp_path / "out" / "annotations"
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"car.txt": "", "sea.txt": "0\n2\n"}


@pytest.mark.parametrize("label", ["🌊" * 100, "con", "AUX.x", "Thumbs.db/x" * 30])
def test_a_label_that_cannot_be_a_file_name_is_refused(tmp_path: Path, label: str) -> None:
    with pytest.raises(BadInput, match="export as csv"):
        exporters.exporter("label-files").write(tmp_path / "out", snapshot((label,), ((1,),)))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("a/me.jpg",), "no number"),
        (("a/im1.jpg", "b/im1.jpg"), "Number 1 belongs to a/im1.jpg, b/im1.jpg"),
    ],
)
def test_images_without_numbers_of_their_own_are_refused(
    tmp_path: Path, keys: tuple[str, ...], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        exporters.exporter("label-files").write(tmp_path, snapshot(("sea",), ((1,),) * len(keys), keys=keys))


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(BadInput, match="there are: label-files, csv, csv-onehot, csv-long, coco"):
        exporters.exporter("xls")


def test_the_command_line_names_every_format() -> None:
    from core.cli.exporting import FORMATS

    assert FORMATS.split(", ") == list(exporters.EXPORTERS)
