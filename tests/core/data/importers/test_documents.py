"""Annotations in JSON: COCO, Label Studio, imagefolder and FiftyOne, of the right shape and of wrong ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.data import importers
from core.data.importers import json_stream
from core.errors import BadInput
from db.terms import Part
from tests.core.data.importers.trees import NO, UNKNOWN, YES, parts, told, tree

Document = dict[str, Any]


def coco(**more: Any) -> Document:
    return {
        "info": {"year": 2020},
        "images": [
            {"id": 7, "file_name": "a.jpg"},
            {"id": "b", "file_name": "https://x.org/set/pics/b.jpg?w=1"},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 2, "bbox": [1, 2, 3, 4], "iscrowd": 0},
            {"id": 2, "image_id": 7, "category_id": 2, "iscrowd": 1},
            {"id": 3, "image_id": "b", "category_id": 1},
        ],
        "categories": [
            {"id": 1, "name": "sea", "supercategory": "water"},
            {"id": 2, "name": "sky"},
            {"id": 3, "name": "tree"},
        ],
    } | more


def text(document: Any) -> str:
    return json.dumps(document, indent=1)


def test_a_coco_category_is_a_label_of_its_image_once(tmp_path: Path) -> None:
    root = tree(tmp_path, {"x.json": text(coco())}, "a.jpg", "pics/b.jpg", "c.jpg")
    parsed = importers.parse(root)
    assert (parsed.format, parsed.labels, parsed.unlisted) == ("coco", ("sea", "sky", "tree"), None)
    assert parsed.by_key() == {"a.jpg": {"sky": YES}, "pics/b.jpg": {"sea": YES}}
    assert parsed.problems == ()
    assert "Images that nothing names, kept with nothing listed: c.jpg." in parsed.notes


def test_coco_ids_that_lead_nowhere_are_told_with_their_lines(tmp_path: Path) -> None:
    annotations = [
        {"image_id": 99, "category_id": 1},
        {"image_id": 7, "category_id": 99},
        {"image_id": None, "category_id": 1},
        "no object",
    ]
    images = [
        {"id": 7, "file_name": "a.jpg"},
        {"id": 8, "file_name": "ghost.jpg"},
        {"id": 9},
        {"id": 7, "file_name": "b.jpg"},
    ]
    document = json.dumps(coco(images=images, annotations=annotations)).replace(
        '{"image_id"', '\n{"image_id"'
    )
    parsed = importers.parse(tree(tmp_path, {"x.json": document}, "a.jpg", "b.jpg"))
    assert told(parsed) == {
        ("missing image", "x.json:1, images[1]"),
        ("bad entry", "x.json:1, images[2]"),
        ("duplicate id", "x.json:1, images[3]"),
        ("unknown images", "x.json:2"),
        ("unknown categories", "x.json:3"),
        ("bad entry", "x.json:4, annotations[2]"),
        ("bad entry", "x.json:4, annotations[3]"),
    }


def test_coco_files_of_parts_in_the_folder_annotations_are_joined(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "annotations/instances_train2017.json": text(
            coco(images=[{"id": 7, "file_name": "1.jpg"}], annotations=[])
        ),
        "annotations/instances_val2017.json": text(
            coco(images=[{"id": 7, "file_name": "2.jpg"}], annotations=[])
        ),
        "annotations/captions_val2017.json": text(
            {"images": [{"id": 1, "file_name": "2.jpg"}], "annotations": []}
        ),
    }
    parsed = importers.parse(tree(tmp_path, files, "train2017/1.jpg", "val2017/2.jpg"))
    assert parts(parsed) == {"train2017/1.jpg": Part.TRAIN, "val2017/2.jpg": Part.VALIDATION}


def test_coco_files_that_do_not_say_which_is_meant_are_named(tmp_path: Path) -> None:
    root = tree(tmp_path, {"x.json": text(coco()), "y.json": text(coco())}, "a.jpg")
    with pytest.raises(BadInput, match=r"several COCO files \(x.json, y.json\)"):
        importers.parse(root)
    assert importers.parse(root / "y.json").images[0].key == "a.jpg"


def task(name: str, *choices: object, data: Document | None = None, **more: Any) -> Document:
    result = [{"from_name": "c", "to_name": "i", "type": "choices", "value": {"choices": c}} for c in choices]
    return {
        "id": 1,
        "data": {"image": name, **(data or {})},
        "annotations": [{"result": result}],
        "predictions": [],
    } | more


def test_a_submitted_task_verifies_every_label_and_an_open_one_says_nothing(tmp_path: Path) -> None:
    guess = [{"model_version": "v1", "result": task("", ["sky"])["annotations"][0]["result"]}]
    tasks = [
        task("/data/upload/3/0a1b2c3d-a.jpg", ["sea", "sky"], data={"site": "north"}),
        task("/data/local-files/?d=pics%2Fb.jpg", "sea"),
        task("s3://bucket/pics/c.jpg"),
        task("d.jpg", annotations=[], predictions=guess),
        task("e.jpg", annotations=[{"was_cancelled": True, "result": []}]),
        task("ghost.jpg", ["sea"]),
    ]
    names = ["a.jpg", "pics/b.jpg", "pics/c.jpg", "d.jpg", "e.jpg"]
    parsed = importers.parse(tree(tmp_path, {"x.json": text(tasks)}, *names))
    assert (parsed.format, parsed.unlisted) == ("label-studio", UNKNOWN)
    assert parsed.by_key() == {
        "a.jpg": {"sea": YES, "sky": YES},
        "pics/b.jpg": {"sea": YES, "sky": NO},
        "pics/c.jpg": {"sea": NO, "sky": NO},
    }
    assert parsed.cells.verified.all()
    assert {kind for kind, _ in told(parsed)} == {"missing image"}
    assert parsed.images[0].meta == {"site": "north"}
    assert "Predictions of models, which are not annotations, passed over: 1." in parsed.notes
    assert "Annotations that were skipped, passed over: 1." in parsed.notes


def test_two_people_who_disagree_leave_a_cell_unknown(tmp_path: Path) -> None:
    both = task(
        "a.jpg", annotations=[task("", ["sea"])["annotations"][0], task("", ["sky", "sea"])["annotations"][0]]
    )
    parsed = importers.parse(tree(tmp_path, {"x.json": text([both])}, "a.jpg"))
    assert parsed.by_key() == {"a.jpg": {"sea": YES, "sky": UNKNOWN}}
    assert parsed.verified_by_key() == {"a.jpg": {"sea"}}
    assert {kind for kind, _ in told(parsed)} == {"two states"}


@pytest.mark.parametrize("name", ["x.json", "x.csv"])
def test_the_short_forms_of_label_studio_collapse_one_choice(tmp_path: Path, name: str) -> None:
    entry = {"annotator": 1, "annotation_id": 2, "lead_time": 1.5}
    entries = [
        {"image": "/data/upload/1/0a1b2c3d-a.jpg", "id": 1, "scene": {"choices": ["sea", "sky"]}, **entry},
        {"image": "/data/upload/1/0a1b2c3d-b.jpg", "id": 2, "scene": "sea", **entry},
        {"image": "/data/upload/1/0a1b2c3d-c.jpg", "id": 3, **entry},
    ]
    content = text(entries)
    if name == "x.csv":
        quoted = '"{""choices"": [""sea"", ""sky""]}"'
        rows = f"a.jpg,1,{quoted},1,2,3\nb.jpg,2,sea,1,3,3\nc.jpg,3,,1,4,3\n"
        content = f"image,id,scene,annotator,annotation_id,lead_time\n{rows}"
    parsed = importers.parse(tree(tmp_path, {name: content}, "a.jpg", "b.jpg", "c.jpg"))
    assert parsed.format == "label-studio"
    assert parsed.by_key() == {
        "a.jpg": {"sea": YES, "sky": YES},
        "b.jpg": {"sea": YES, "sky": NO},
        "c.jpg": {"sea": NO, "sky": NO},
    }
    assert "Fields of choices: scene." in parsed.notes


def test_metadata_lines_list_labels_beside_the_images(tmp_path: Path) -> None:
    lines = [
        {"file_name": "a.jpg", "labels": ["sea", "sky"], "photographer": "Ada"},
        {"file_name": "b.jpg", "labels": [], "absent_labels": ["sea"], "verified_labels": ["sea"]},
        {"file_name": "ghost.jpg", "labels": ["sea"]},
        {"file_name": "a.jpg", "labels": ["sea", {"x": 1}]},
    ]
    content = "\n".join(json.dumps(line) for line in lines) + "\nno json\n[1]\n"
    parsed = importers.parse(tree(tmp_path, {"train/metadata.jsonl": content}, "train/a.jpg", "train/b.jpg"))
    assert parsed.format == "imagefolder"
    assert parsed.by_key() == {"train/a.jpg": {"sea": YES, "sky": YES}, "train/b.jpg": {"sea": NO}}
    assert parsed.verified_by_key() == {"train/b.jpg": {"sea"}}
    assert parsed.images[0].meta == {"photographer": "Ada"}
    where = "train/metadata.jsonl"
    assert told(parsed) == {
        ("missing image", f"{where}:3"),
        ("bad label", f"{where}:4"),
        ("bad line", f"{where}:5"),
        ("bad line", f"{where}:6"),
    }


def test_metadata_in_a_table_is_read_with_its_parts(tmp_path: Path) -> None:
    table = "file_name,labels\ntrain/a.jpg,sea|sky\ntest/b.jpg,\n"
    parsed = importers.parse(tree(tmp_path, {"metadata.csv": table}, "train/a.jpg", "test/b.jpg"))
    assert parsed.format == "imagefolder"
    assert parsed.by_key() == {"train/a.jpg": {"sea": YES, "sky": YES}}
    assert parts(parsed) == {"train/a.jpg": Part.TRAIN, "test/b.jpg": Part.TEST}


def test_fiftyone_counts_classes_and_null_is_nothing_known(tmp_path: Path) -> None:
    document = {
        "labels": {"x/a": [1, 0], "y/a": None, "b": ["wood"], "c": [], "d": 7, "ghost": [0]},
        "classes": ["sea", "sky", "tree"],
    }
    names = ["data/x/a.jpg", "data/y/a.png", "data/b.jpg", "data/c.jpg", "data/d.jpg"]
    parsed = importers.parse(tree(tmp_path, {"labels.json": text(document)}, *names))
    assert parsed.format == "fiftyone"
    assert parsed.labels == ("sea", "sky", "tree", "wood")
    assert parsed.by_key() == {
        "data/b.jpg": {"wood": YES},
        "data/x/a.jpg": {"sea": YES, "sky": YES},
        "data/y/a.png": dict.fromkeys(parsed.labels, UNKNOWN),
    }
    assert {kind for kind, _ in told(parsed)} == {"missing image", "unknown label"}


@pytest.mark.parametrize(
    ("format", "content", "said"),
    [
        ("coco", "", r"x\.json:1 is not JSON that can be read: it begins neither"),
        ("coco", '{"images": [{"id": 1', r"x\.json:1 is not JSON that can be read"),
        ("coco", '{"images": {},\n"annotations": 3}', r"x\.json:1: images is not a list, as COCO has it"),
        ("coco", '{"images": [], "categories": []}', r"x\.json has no list annotations"),
        ("coco", '{"images": [], "annotations": [], "categories": []} {}', "there is more behind its end"),
        ("label-studio", '{"data": 1}', r"x\.json:1: it is not a list of tasks"),
        ("label-studio", "[" * 100_000, "nested too deep"),
        ("label-studio", "[" + "9" * 5000 + "]", "a number that is too long"),
        ("fiftyone", '{"labels": []}', r"x\.json:1: labels is no object of images"),
        ("fiftyone", '{"classes": []}', r"x\.json has no object labels"),
        ("fiftyone", '{"labels": {1: 2}}', "a name in quotes is missing"),
    ],
)
def test_json_of_another_shape_is_a_sentence_with_its_line(
    tmp_path: Path, format: str, content: str, said: str
) -> None:
    root = tree(tmp_path, {"x.json": content}, "a.jpg")
    with pytest.raises(BadInput, match=said) as caught:
        importers.parse(root / "x.json", format)
    assert str(caught.value).endswith(".")


def test_a_value_longer_than_any_entry_is_passed_over_and_a_name_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "MOST_ELEMENT_CHARS", 100_000)
    long = '"' + "x" * 300_000 + '"'
    root = tree(tmp_path, {"x.json": f"[{long}, 1]", "y.json": f"{{{long}: 1}}"})
    passed_over, rest = list(json_stream.items(root / "x.json"))[1:]
    assert isinstance(passed_over.value, json_stream.TooLong)
    assert (rest.value, rest.at) == (1, 1)
    with pytest.raises(BadInput, match="one value has more than 100,000 characters"):
        list(json_stream.items(root / "y.json"))


def test_elements_come_one_by_one_however_the_pieces_fall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {
        "a": [1.5, 12345, {"x": ["é", None, True]}, "long" * 50, []],
        "b": {"k": 1, "l": [2]},
        "c": -3e5,
    }
    path = tree(tmp_path, {"x.json": text(document)}) / "x.json"
    whole = list(json_stream.items(path, walked=("b",)))
    assert [item.value for item in whole if item.kind is json_stream.Kind.ELEMENT] == [*document["a"], 1, [2]]
    assert [item.line for item in whole if item.section == "c"] == [text(document).count("\n")]
    monkeypatch.setattr(json_stream, "_PIECE", 1)
    assert list(json_stream.items(path, walked=("b",))) == whole
