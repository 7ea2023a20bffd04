"""Tables of several kinds: csv-long and open-images, one for each part, and further columns."""

from pathlib import Path

import pytest

from core.data import importers
from db.terms import Part
from tests.core.data.importers.trees import NO, UNKNOWN, YES, parts, told, tree


def test_a_row_a_label_with_and_without_confidence_and_source(tmp_path: Path) -> None:
    rows = "a.jpg,sea,,,Ada\na.jpg,sky,0.9,model,Ada\nb.jpg,sea,0,human,\nb.jpg,sky,0.3,model,\n"
    rows += "c.jpg,,,,\nd.jpg,sea,1,human,Bo\n"
    table = "file_path,class_name,confidence,source,photographer\n" + rows
    parsed = importers.parse(tree(tmp_path, {"x.csv": table}, "a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"))
    assert parsed.format == "csv-long"
    assert parsed.by_key() == {
        "a.jpg": {"sea": YES, "sky": YES},
        "b.jpg": {"sea": NO, "sky": UNKNOWN},
        "d.jpg": {"sea": YES},
    }
    assert parsed.verified_by_key() == {"b.jpg": {"sea"}, "d.jpg": {"sea"}}
    assert [image.key for image in parsed.images] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"]
    assert parsed.images[0].meta == {"photographer": "Ada"}
    assert parsed.images[1].meta is None
    assert "Images that nothing names, kept with nothing listed: e.jpg." in parsed.notes
    assert any("between 0 and 1: 2;" in note for note in parsed.notes)


def test_a_confidence_that_is_none_is_unknown_and_told_with_its_line(tmp_path: Path) -> None:
    table = "image,label,score\na.jpg,sea,high\na.jpg,sky,1\n"
    parsed = importers.parse(tree(tmp_path, {"x.csv": table}, "a.jpg"))
    assert parsed.by_key() == {"a.jpg": {"sea": UNKNOWN, "sky": YES}}
    assert told(parsed) == {("bad cell", "x.csv:2")}
    assert (parsed.problems[0].file, parsed.problems[0].line) == ("x.csv", 2)


def test_further_columns_of_a_table_are_kept_with_the_image(tmp_path: Path) -> None:
    table = "image,labels,Site,split\na.jpg,sea,north,train\nb.jpg,,,val\n"
    parsed = importers.parse(tree(tmp_path, {"x.csv": table}, "a.jpg", "b.jpg"))
    assert [image.meta for image in parsed.images] == [{"Site": "north"}, None]


def test_a_cell_kept_from_being_a_formula_comes_back_as_it_was(tmp_path: Path) -> None:
    table = "image,label\n'=a.jpg,'-sea\n'=a.jpg,''=x\n"
    parsed = importers.parse(tree(tmp_path, {"x.csv": table}, "=a.jpg"))
    assert parsed.by_key() == {"=a.jpg": {"-sea": YES, "'=x": YES}}


def test_a_table_for_each_part_gives_the_split(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "train.csv": "image,labels\na.jpg,sea\n",
        "val_labels.csv": "image,labels\nb.jpg,sky\n",
    }
    parsed = importers.parse(tree(tmp_path, files, "a.jpg", "b.jpg"))
    assert parts(parsed) == {"a.jpg": Part.TRAIN, "b.jpg": Part.VALIDATION}
    assert parsed.labels == ("sea", "sky")


def test_roboflows_folders_each_with_a_table_are_one_data_set(tmp_path: Path) -> None:
    table = "filename, sea, sky\nim.jpg,1,0\n"
    files: dict[str, str | bytes] = {
        "train/_classes.csv": table,
        "valid/_classes.csv": table.replace("1,0", "0,1"),
    }
    parsed = importers.parse(tree(tmp_path, files, "train/im.jpg", "valid/im.jpg"))
    assert parsed.format == "csv-onehot"
    assert parts(parsed) == {"train/im.jpg": Part.TRAIN, "valid/im.jpg": Part.VALIDATION}
    assert parsed.by_key() == {
        "train/im.jpg": {"sea": YES, "sky": NO},
        "valid/im.jpg": {"sea": NO, "sky": YES},
    }


def test_a_lone_file_named_after_a_part_says_nothing_of_a_split(tmp_path: Path) -> None:
    parsed = importers.parse(tree(tmp_path, {"test.csv": "image,labels\na.jpg,sea\n"}, "a.jpg"))
    assert parts(parsed) == {"a.jpg": None}


def test_folders_of_the_images_give_the_parts_where_nothing_else_does(tmp_path: Path) -> None:
    table = "image,labels\nimages/train/a.jpg,sea\nimages/val/b.jpg,sea\n"
    parsed = importers.parse(tree(tmp_path, {"x.csv": table}, "images/train/a.jpg", "images/val/b.jpg"))
    assert parts(parsed) == {"images/train/a.jpg": Part.TRAIN, "images/val/b.jpg": Part.VALIDATION}
    assert any("folders' names give the part of the split of 2 images" in note for note in parsed.notes)


def test_open_images_tells_verified_from_machine_made(tmp_path: Path) -> None:
    rows = "aa,verification,/m/1,1\naa,verification,/m/2,0\nbb,machine,/m/1,0.8\nbb,machine,/m/2,0.2\n"
    rows += "zz,verification,/m/1,1\n"
    files: dict[str, str | bytes] = {
        "human.csv": "ImageID,Source,LabelName,Confidence\n" + rows,
        "machine.csv": "ImageID,Source,LabelName,Confidence\naa,machine,/m/2,0.7\n",
        "class-descriptions.csv": "/m/1,Sea\n/m/2,Sky\n",
    }
    parsed = importers.parse(tree(tmp_path, files, "pics/aa.jpg", "pics/bb.jpg", "pics/cc.jpg"))
    assert (parsed.format, parsed.unlisted) == ("open-images", UNKNOWN)
    assert parsed.by_key() == {
        "pics/aa.jpg": {"Sea": YES, "Sky": NO},
        "pics/bb.jpg": {"Sea": YES, "Sky": UNKNOWN},
    }
    assert parsed.verified_by_key() == {"pics/aa.jpg": {"Sea", "Sky"}}
    assert told(parsed) == {("missing image", "human.csv:6")}
    assert "Cells where a verified state stands against one that is not: 1." in parsed.notes
    assert any("proposed: 3;" in note for note in parsed.notes)


def test_two_codes_of_one_name_stay_two_labels(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "x.csv": "ImageID,LabelName,Confidence\na,/m/1,1\na,/m/2,0\n",
        "class-descriptions.csv": "/m/1,Bat\n/m/2,Bat\n",
    }
    assert importers.parse(tree(tmp_path, files, "a.jpg")).labels == ("Bat (/m/1)", "Bat (/m/2)")


def test_a_row_of_millions_of_characters_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importers.tables, "MOST_LINE_CHARS", 100)
    table = "image,labels\na.jpg,sea\n" + "x" * 200 + "\nb.jpg,sea\n"
    parsed = importers.parse(tree(tmp_path, {"x.csv": table}, "a.jpg", "b.jpg"))
    assert [(one.where, one.reason) for one in parsed.problems] == [
        ("x.csv:3", "It has more than 100 characters; left out.")
    ]
    assert len(parsed.by_key()) == 2
