"""Annotations in plain text and XML: VOC's image sets, ImageNet's lists, CVAT; and which format is recognised."""

from pathlib import Path

import pytest

from core.data import importers
from core.errors import BadInput
from db.terms import Part
from tests.core.data.importers.trees import NO, UNKNOWN, YES, parts, told, tree

MAIN = "VOC2012/ImageSets/Main"


def test_voc_knows_present_absent_and_difficult(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"{MAIN}/sea_train.txt": "000001  1\n000002 -1\n000009  1\n",
        f"{MAIN}/sea_val.txt": "000003  0\nwhat\n",
        f"{MAIN}/traffic_light_trainval.txt": "000001 -1\n000003  1\n",
        f"{MAIN}/train.txt": "000001\n000002\n",
    }
    names = [f"VOC2012/JPEGImages/00000{number}.jpg" for number in (1, 2, 3)]
    parsed = importers.parse(tree(tmp_path, files, *names, "VOC2007/JPEGImages/000001.jpg"))
    assert (parsed.format, parsed.labels, parsed.unlisted) == ("voc", ("sea", "traffic_light"), UNKNOWN)
    assert parsed.by_key() == {
        names[0]: {"sea": YES, "traffic_light": NO},
        names[1]: {"sea": NO},
        names[2]: {"sea": UNKNOWN, "traffic_light": YES},
    }
    expected = dict(zip(names, (Part.TRAIN, Part.TRAIN, Part.VALIDATION), strict=True))
    assert parts(parsed) == expected | {"VOC2007/JPEGImages/000001.jpg": None}
    assert told(parsed) == {
        ("missing image", f"{MAIN}/sea_train.txt:3"),
        ("bad line", f"{MAIN}/sea_val.txt:2"),
    }


def test_imagenet_lists_count_the_lines_of_synsets(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "synsets.txt": "sea\nsky\ntraffic light\n",
        "train.txt": "a.jpg 0 2\nmy photo 7.jpg 1\n\n",
        "val.txt": '"b c.jpg" 1\nd.jpg\ne.jpg 3\nghost.jpg 0\n',
    }
    names = ["a.jpg", "my photo 7.jpg", "b c.jpg", "d.jpg", "e.jpg"]
    parsed = importers.parse(tree(tmp_path, files, *names))
    assert parsed.format == "imagenet-txt"
    assert parsed.by_key() == {
        "a.jpg": {"sea": YES, "traffic light": YES},
        "b c.jpg": {"sky": YES},
        "my photo 7.jpg": {"sky": YES},
    }
    assert [parts(parsed)[name] for name in names] == [Part.TRAIN] * 2 + [Part.VALIDATION] * 3
    assert told(parsed) == {("unknown label", "val.txt:3"), ("missing image", "val.txt:4")}


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version>
<meta><task><labels><label><name>sea</name></label><label><name>sky &amp; more</name></label></labels></task></meta>
<image id="0" name="a.jpg" subset="Train"><tag label="sea" source="manual"></tag><box label="x"/></image>
<image id="1" name="deep/b.jpg" subset="Validation"><tag label="sea" source="auto"><attribute/></tag></image>
<image id="2" name="ghost.jpg"><tag label="sea"/></image>
<image id="3" name="c.jpg" subset="default"><tag/></image>
</annotations>
"""


def test_cvat_tags_made_by_hand_are_verified(tmp_path: Path) -> None:
    parsed = importers.parse(tree(tmp_path, {"annotations.xml": CVAT}, "a.jpg", "deep/b.jpg", "c.jpg"))
    assert (parsed.format, parsed.labels, parsed.unlisted) == ("cvat", ("sea", "sky & more"), None)
    assert "choose absent when all images were looked at" in parsed.unlisted_why
    assert parsed.by_key() == {"a.jpg": {"sea": YES}, "deep/b.jpg": {"sea": YES}}
    assert parsed.verified_by_key() == {"a.jpg": {"sea"}}
    assert parts(parsed) == {"a.jpg": Part.TRAIN, "c.jpg": None, "deep/b.jpg": Part.VALIDATION}
    assert told(parsed) == {("missing image", "annotations.xml:6"), ("bad entry", "annotations.xml:7")}


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "{}"><!ENTITY b "&a;&a;&a;">]>\n<annotations><image name="&b;"/></annotations>'
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BOMB, "declares a document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd">\n<annotations/>', "declares a document type"),
        ("<annotations>&unknown;</annotations>", "is not XML that can be read"),
        ("<annotations><image name='a.jpg'>", "is not XML that can be read"),
        ("<annotations>" + "<a>" * 200, "nested more than 100 deep"),
        ("<other/>", "It begins with 'other'"),
        ('<?xml version="1.0" encoding="klingon"?><annotations/>', "is not XML that can be read"),
        ("", "is not XML that can be read"),
    ],
)
def test_xml_that_is_no_plain_export_is_refused_by_name_and_line(
    tmp_path: Path, content: str, said: str
) -> None:
    root = tree(tmp_path, {"x.xml": content}, "a.jpg")
    with pytest.raises(BadInput, match=said) as caught:
        importers.parse(root / "x.xml", "cvat")
    assert str(caught.value).startswith("x.xml:")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("C:\\set\\pics\\one.jpg", "pics/one.jpg"),
        ("/home/you/set/pics/one.jpg", "pics/one.jpg"),
        ("file:///home/you/pics/one.jpg", "pics/one.jpg"),
        ("https://x.org/pics/one.jpg?size=2#top", "pics/one.jpg"),
        ("pics/ONE.JPG", "pics/one.jpg"),
        ("cafe\u0301.jpg", "caf\u00e9.jpg"),
        ("two words.jpg", "two words.jpg"),
        ("two%20words.jpg", "two words.jpg"),
        ("y/same.jpg", "y/same.jpg"),
        ("/else/y/same", "y/same.jpg"),
        ("Clash.jpg", None),
        ("clash.JPG", "clash.JPG"),
        ("same.jpg", None),
        ("", None),
        ("../one.jpg", "pics/one.jpg"),
    ],
)
def test_images_are_found_by_what_is_unique_of_their_name(
    tmp_path: Path, name: str, found: str | None
) -> None:
    keys = [
        "pics/one.jpg",
        "caf\u00e9.jpg",
        "two words.jpg",
        "x/same.jpg",
        "y/same.jpg",
        "clash.JPG",
        "CLASH.jpg",
    ]
    root = tree(tmp_path, {"x.csv": f'image,label\n"{name}",sea\na.jpg,sea\n'}, *keys, "a.jpg")
    parsed = importers.parse(root)
    assert [key for key in parsed.by_key() if key != "a.jpg"] == ([found] if found else [])
    if not found and name:
        assert " fits " in parsed.problems[0].reason


def test_every_format_is_offered_the_plausible_ones_first(tmp_path: Path) -> None:
    root = tree(tmp_path, {"labels.csv": "image,labels\nsea/a.jpg,sea\n"}, "sea/a.jpg", "sky/b.jpg")
    found = importers.candidates(root)
    assert [name for name, _, _ in found[:3]] == ["csv", "folders", "images"]
    assert {name for name, _, _ in found} == set(importers.IMPORTERS)
    assert found[0][2] == "Found: a table with the columns image and labels."
    assert all(why.startswith("Not found: ") for _, _, why in found[3:])


def test_label_files_that_are_all_empty_are_recognised(tmp_path: Path) -> None:
    empty: dict[str, str | bytes] = {
        "annotations/sea.txt": "",
        "annotations/sky.txt": "\n",
        "README.txt": "Photographs of the coast.",
    }
    parsed = importers.parse(tree(tmp_path / "a", empty, "im1.jpg", "im2.jpg"))
    assert (parsed.format, parsed.labels, len(parsed.cells)) == ("label-files", ("sea", "sky"), 0)
    looks_like = importers.IMPORTERS["label-files"].looks_like
    assert not looks_like(
        tree(tmp_path / "b", {"annotations/sea.txt": "", "annotations/who.txt": "Ada"}, "im1.jpg")
    )
    assert not looks_like(tree(tmp_path / "c", {"sea.txt": "", "notes/sky.txt": ""}, "im1.jpg"))


def test_what_was_not_looked_at_is_not_taken_for_empty(tmp_path: Path) -> None:
    many: dict[str, str | bytes] = {f"notes/{at:02}.txt": "some words" for at in range(20)}
    few: dict[str, str | bytes] = {"annotations/sea.txt": "", "notes/00.txt": "some words"}
    from core.data.importers.label_files import LabelFiles

    assert LabelFiles().looks_like(tree(tmp_path / "few", few, "im1.jpg"))
    assert not LabelFiles().looks_like(tree(tmp_path / "many", {"annotations/sea.txt": ""} | many, "im1.jpg"))
