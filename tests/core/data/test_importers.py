"""Annotations as people send them: read, and what cannot be read said by place and reason."""

import os
from pathlib import Path

import numpy as np
import pytest

from core.data import importers
from core.data.importers import Parsed
from core.errors import BadInput
from db.terms import LabelState, Part


def tree(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files; images need only exist, for parsing opens none of them."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def photos(*numbers: int) -> dict[str, str | bytes]:
    return {f"images/im{number}.jpg": b"" for number in numbers}


def present(parsed: Parsed) -> dict[str, list[str]]:
    assert set(parsed.cells.codes.tolist()) <= {1}
    return {key: sorted(cells) for key, cells in parsed.by_key().items()}


def told(parsed: Parsed) -> set[tuple[str, str]]:
    assert all(problem.reason.endswith(".") for problem in parsed.problems)
    return {(problem.kind, problem.where) for problem in parsed.problems}


def test_label_files_are_read(tmp_path: Path) -> None:
    notes = {"annotations/sea.txt": "2\n10\n", "annotations/night_r1.txt": "2", "annotations/car.txt": ""}
    parsed = importers.parse(tree(tmp_path, photos(2, 10, 33) | notes))
    assert parsed.format == "label-files"
    assert parsed.labels == ("car", "night", "sea")
    assert [image.key for image in parsed.images] == ["images/im10.jpg", "images/im2.jpg", "images/im33.jpg"]
    assert present(parsed) == {"images/im2.jpg": ["night", "sea"], "images/im10.jpg": ["sea"]}
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("image", "text"),
    [("a/photo-007.PNG", "labels/x.txt"), ("7.webp", "x.txt"), ("p/2019_7.tif", "q/x_r1.txt")],
)
def test_other_layouts_of_the_same_idea(tmp_path: Path, image: str, text: str) -> None:
    parsed = importers.parse(
        tree(tmp_path, {image: b"", text: "7\r\n", "README.txt": "About these pictures"})
    )
    assert parsed.format == "label-files"
    assert present(parsed) == {image: ["x"]}


def test_bad_lines_are_named_by_file_and_line(tmp_path: Path) -> None:
    text = "\ufeff1\n\nseven\n 2 \n1\n99\n-3\n2.0\n" + "9" * 5000 + "\n<b>\n"
    parsed = importers.parse(tree(tmp_path, photos(1, 2) | {"annotations/sea.txt": text}))
    where = "annotations/sea.txt"
    assert told(parsed) == {
        ("bad line", f"{where}:3"),
        ("duplicate line", f"{where}:5"),
        ("missing image", f"{where}:6"),
        ("bad line", f"{where}:7"),
        ("bad line", f"{where}:8"),
        ("bad line", f"{where}:9"),
        ("bad line", f"{where}:10"),
    }
    assert present(parsed) == {"images/im1.jpg": ["sea"], "images/im2.jpg": ["sea"]}
    assert max(len(problem.reason) for problem in parsed.problems) < 200


def test_a_text_without_any_number_is_no_label(tmp_path: Path) -> None:
    files = photos(1) | {"annotations/sea.txt": "1", "annotations/README.txt": "one\ntwo\n"}
    parsed = importers.parse(tree(tmp_path, files))
    assert parsed.labels == ("sea",)
    assert told(parsed) == {("not a label's file", "annotations/README.txt")}


def test_binary_annotation_files_do_not_crash(tmp_path: Path) -> None:
    files = photos(1) | {"annotations/sea.txt": "1", "annotations/x.txt": bytes(range(256)) * 10}
    assert importers.parse(tree(tmp_path, files)).labels == ("sea",)


def test_two_images_of_one_number_get_no_label_by_guess(tmp_path: Path) -> None:
    files = {"a/im1.jpg": b"", "b/im1.jpg": b"", "a/im2.jpg": b"", "annotations/sea.txt": "1\n2\n"}
    parsed = importers.parse(tree(tmp_path, files))
    assert present(parsed) == {"a/im2.jpg": ["sea"]}
    assert told(parsed) == {("ambiguous number", "a/im1.jpg"), ("ambiguous number", "annotations/sea.txt:1")}


def test_wide_and_narrow_annotations_of_one_label_are_both_kept(tmp_path: Path) -> None:
    files = photos(1, 2) | {"annotations/sea.txt": "1\n2", "annotations/sea_r1.txt": "1"}
    parsed = importers.parse(tree(tmp_path, files))
    assert present(parsed) == {"images/im1.jpg": ["sea", "sea_r1"], "images/im2.jpg": ["sea"]}


def test_images_without_a_number_are_noted(tmp_path: Path) -> None:
    parsed = importers.parse(tree(tmp_path, photos(1) | {"images/me.jpg": b"", "annotations/sea.txt": "1"}))
    assert any("images/me.jpg" in note for note in parsed.notes)
    assert len(parsed.images) == 2


@pytest.mark.parametrize(
    ("cell", "separator"),
    [
        ("sea clouds", "space"),
        ("sea|clouds", "vertical bar |"),
        ("sea; clouds", "semicolon ;"),
        ('"sea, clouds"', "comma ,"),
    ],
)
def test_the_separator_is_found_and_shown(tmp_path: Path, cell: str, separator: str) -> None:
    table = f"image,labels\na.jpg,{cell}\nb.jpg,\n"
    parsed = importers.parse(tree(tmp_path, {"labels.csv": table, "a.jpg": b"", "b.jpg": b""}))
    assert parsed.format == "csv"
    assert present(parsed) == {"a.jpg": ["clouds", "sea"]}
    assert f"Separator: {separator}" in parsed.notes
    assert [image.key for image in parsed.images] == ["a.jpg", "b.jpg"]


def test_a_space_within_a_name_is_kept_where_another_separator_is_used(tmp_path: Path) -> None:
    table = "image,labels\na.jpg,traffic light|sea\nb.jpg,traffic light\n"
    parsed = importers.parse(tree(tmp_path, {"labels.csv": table, "a.jpg": b"", "b.jpg": b""}))
    assert present(parsed) == {"a.jpg": ["sea", "traffic light"], "b.jpg": ["traffic light"]}


def test_a_column_named_label_holds_one_a_row(tmp_path: Path) -> None:
    table = "file,label\na.jpg,traffic light\na.jpg,sea\n"
    parsed = importers.parse(tree(tmp_path, {"x.csv": table, "a.jpg": b""}))
    assert present(parsed) == {"a.jpg": ["sea", "traffic light"]}
    assert parsed.problems == ()


def test_the_split_column_is_honoured(tmp_path: Path) -> None:
    table = "image,labels,Split\na.jpg,sea,Train\nb.jpg,sea,valid\nc.jpg,sea,test\nd.jpg,sea,\ne.jpg,,later\n"
    parsed = importers.parse(tree(tmp_path, {"x.csv": table} | {f"{name}.jpg": b"" for name in "abcde"}))
    assert [image.part for image in parsed.images] == [Part.TRAIN, Part.VALIDATION, Part.TEST, None, None]
    assert told(parsed) == {("unknown split", "x.csv:6")}


def test_bad_rows_are_named_by_line(tmp_path: Path) -> None:
    table = (
        'image,labels\na.jpg,sea\nghost.jpg,sea\na.jpg,clouds\na.jpg,x,y,z\n"b\n.jpg",sea\nc.jpg,"""open"\n'
    )
    parsed = importers.parse(tree(tmp_path, {"x.csv": table, "a.jpg": b"", "c.jpg": b""}))
    assert told(parsed) == {
        ("missing image", "x.csv:3"),
        ("duplicate line", "x.csv:4"),
        ("bad line", "x.csv:5"),
        ("missing image", "x.csv:6"),
        ("bad line", "x.csv:8"),
    }
    assert present(parsed) == {"a.jpg": ["clouds", "sea"]}


def test_a_table_may_name_images_by_file_name_or_stem(tmp_path: Path) -> None:
    table = (
        "image,labels\none.jpg,sea\ntwo,sea\nC:\\photos\\three.jpg,sea\n./deep/four.jpg,sea\nsame.jpg,sea\n"
    )
    names = ["deep/one.jpg", "deep/two.png", "three.jpg", "deep/four.jpg", "x/same.jpg", "y/same.jpg"]
    parsed = importers.parse(tree(tmp_path, {"x.csv": table} | dict.fromkeys(names, b"")))
    assert sorted(present(parsed)) == ["deep/four.jpg", "deep/one.jpg", "deep/two.png", "three.jpg"]
    assert told(parsed) == {("missing image", "x.csv:6")}


def test_a_table_cannot_reach_outside_its_folder(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {"secret.jpg": b"", "set/a.jpg": b"", "set/x.csv": "image,labels\n../secret.jpg,s\na.jpg,s\n"},
    )
    parsed = importers.parse(tmp_path / "set")
    assert [image.key for image in parsed.images] == ["a.jpg"]


def test_images_that_a_table_does_not_name_are_left_out_with_a_note(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"x.csv": "image,labels\na.jpg,sea\n", "a.jpg": b"", "b.jpg": b""}
    parsed = importers.parse(tree(tmp_path, files))
    assert [image.key for image in parsed.images] == ["a.jpg"]
    assert "Images that the table does not name, left out: b.jpg." in parsed.notes


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_tables_of_office_programs_are_read(tmp_path: Path, encoding: str) -> None:
    table = "Image;Labels\r\na.jpg;Bäume|Meer\r\n".encode(encoding)
    parsed = importers.parse(tree(tmp_path, {"x.csv": table, "a.jpg": b""}))
    assert present(parsed) == {"a.jpg": ["Bäume", "Meer"]}


def test_the_table_itself_may_be_given(tmp_path: Path) -> None:
    table = "image,labels\na.jpg,sea\n"
    root = tree(tmp_path, {"one.csv": table, "two.csv": table, "a.jpg": b""})
    with pytest.raises(BadInput, match="several tables"):
        importers.parse(root)
    parsed = importers.parse(root / "two.csv")
    assert parsed.root == root
    assert present(parsed) == {"a.jpg": ["sea"]}


@pytest.mark.parametrize("table", ['image,labels\na.jpg,"never closed\n', ""])
def test_a_broken_table_is_one_sentence(tmp_path: Path, table: str) -> None:
    with pytest.raises(BadInput, match=r"x\.csv|no CSV file"):
        importers.parse(tree(tmp_path, {"x.csv": table, "a.jpg": b""}), "csv")


ODD_NAMES = [
    "<b>bold</b>",
    "<script>alert(1)</script>",
    'it\'s "quoted"',
    "🌊🏖️",
    "👩‍🚒",
    "می‌شود",
    "Großstadt",
    "海",
    "'; DROP TABLE x",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_label_names_are_kept_as_they_are(tmp_path: Path, name: str) -> None:
    quoted = name.replace('"', '""')
    table = f'image,label\na.jpg,"{quoted}"\n'
    assert importers.parse(tree(tmp_path, {"x.csv": table, "a.jpg": b""})).labels == (name,)


def test_names_are_stripped_and_normalised_so_that_one_label_is_one(tmp_path: Path) -> None:
    table = "image,labels\na.jpg,Me\u0301er| Méer |méer\n"
    assert importers.parse(tree(tmp_path, {"x.csv": table, "a.jpg": b""})).labels == ("Méer", "méer")


def test_a_name_of_300_characters_is_refused_once_and_the_images_kept(tmp_path: Path) -> None:
    table = f"image,labels\na.jpg,sea|{'x' * 300}\nb.jpg,{'x' * 300}\nc.jpg,{'y' * 200}\n"
    parsed = importers.parse(tree(tmp_path, {"x.csv": table} | {f"{name}.jpg": b"" for name in "abc"}))
    assert parsed.labels == ("sea", "y" * 200)
    assert told(parsed) == {("label name", "x.csv:2")}
    assert "300 characters; a label may have 200: shorten it." in parsed.problems[0].reason
    assert len(parsed.images) == 3


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00b", "\udc80", "a\u2028b"])
def test_names_that_cannot_be_stored_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        importers.clean_label(name)


@pytest.mark.parametrize("name", ["\u200b", "\u200d", "\ufe0f", "\u202e"])
def test_names_that_nobody_sees_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="give it at least one visible character"):
        importers.clean_label(name)


@pytest.mark.parametrize("name", ["se\u200ba", "\u202eaes", "sea\u200d", "se\u00ada", "\ufeffsea"])
def test_names_that_look_like_another_are_refused_with_the_character(name: str) -> None:
    hidden = next(char for char in name if not char.isprintable())
    with pytest.raises(BadInput, match=rf"invisible character \(U\+{ord(hidden):04X}\): remove it"):
        importers.clean_label(name)


def test_a_single_label_and_two_hundred(tmp_path: Path) -> None:
    one = importers.parse(tree(tmp_path / "one", photos(1) | {"annotations/sea.txt": "1"}))
    assert one.labels == ("sea",)
    many = {f"annotations/label {at}.txt": "1\n2\n" for at in range(200)}
    parsed = importers.parse(tree(tmp_path / "many", photos(1, 2) | many))
    assert len(parsed.labels) == 200
    assert len(parsed.cells) == 400


def test_a_column_a_label_lists_present_absent_and_unknown(tmp_path: Path) -> None:
    table = "filename, Sea, traffic light,split\na.jpg,1,0,train\nb.jpg, 0,-1,valid\nc.jpg,,1,test\n"
    parsed = importers.parse(tree(tmp_path, {"_classes.csv": table} | {f"{name}.jpg": b"" for name in "abc"}))
    yes, no, unknown = LabelState.PRESENT, LabelState.ABSENT, LabelState.UNKNOWN
    assert parsed.format == "csv-onehot"
    assert parsed.labels == ("Sea", "traffic light")
    assert parsed.by_key() == {
        "a.jpg": {"Sea": yes, "traffic light": no},
        "b.jpg": {"Sea": no, "traffic light": unknown},
        "c.jpg": {"Sea": unknown, "traffic light": yes},
    }
    assert [image.part for image in parsed.images] == [Part.TRAIN, Part.VALIDATION, Part.TEST]


def test_a_flag_that_is_none_and_rows_that_disagree_become_unknown_and_are_told(tmp_path: Path) -> None:
    rows = "".join(f"{name}.jpg,1\n" for name in "abcdefghij")
    table = "image,sea\n" + rows + "k.jpg,maybe\na.jpg,0\n"
    files: dict[str, str | bytes] = {f"{name}.jpg": b"" for name in "abcdefghijk"}
    parsed = importers.parse(tree(tmp_path, files | {"x.csv": table}))
    assert told(parsed) == {
        ("bad cell", "x.csv:12"),
        ("duplicate line", "x.csv:13"),
        ("two states", "x.csv:13"),
    }
    cells = parsed.by_key()
    assert cells["k.jpg"]["sea"] == cells["a.jpg"]["sea"] == LabelState.UNKNOWN
    assert cells["b.jpg"]["sea"] == LabelState.PRESENT


def test_folders_name_the_labels_and_one_picture_in_two_has_both(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"sea/a.jpg": b"same", "sky/b.jpg": b"same", "sky/deep/c.jpg": b"c--e"}
    parsed = importers.parse(tree(tmp_path, files))
    assert parsed.format == "folders"
    assert present(parsed) == {"sea/a.jpg": ["sea", "sky"], "sky/deep/c.jpg": ["sky"]}
    assert [image.key for image in parsed.images] == ["sea/a.jpg", "sky/deep/c.jpg"]
    assert "Copies of a file in another place, taken as one image: 1." in parsed.notes


def test_folders_may_stand_below_the_parts_of_a_split(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "train/sea/a.jpg": b"1",
        "valid/sky/b.jpg": b"22",
        "valid/sea/a.jpg": b"1",
    }
    parsed = importers.parse(tree(tmp_path, files))
    assert parsed.labels == ("sea", "sky")
    assert [(image.key, image.part) for image in parsed.images] == [
        ("train/sea/a.jpg", Part.TRAIN),
        ("valid/sky/b.jpg", Part.VALIDATION),
    ]
    assert told(parsed) == {("two splits", "valid/sea/a.jpg")}


def test_empty_files_in_folders_are_each_kept_to_be_reported(tmp_path: Path) -> None:
    assert len(importers.parse(tree(tmp_path, {"sea/a.jpg": b"", "sky/b.jpg": b""})).images) == 2


@pytest.mark.parametrize("name", ["a.JPG", "images/a.png", "deep/er/a.webp"])
def test_images_without_labels_are_taken_as_unlabelled(tmp_path: Path, name: str) -> None:
    parsed = importers.parse(tree(tmp_path, {name: b"", "notes.md": "by the sea"}))
    assert (parsed.format, parsed.labels, parsed.unlisted) == ("images", (), LabelState.UNKNOWN)
    assert [image.key for image in parsed.images] == [name]
    assert parsed.notes == ("Files that are not images, left out: notes.md.",)


@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "annotations/x.xml"])
def test_annotations_that_are_not_understood_are_not_passed_over(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=f"{name} is of no format that is known.") as caught:
        importers.parse(tree(tmp_path, {"a.jpg": b"", name: "{}"}))
    assert all(form in str(caught.value) for form in importers.IMPORTERS)


def test_hidden_files_and_those_of_systems_are_no_images(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "1.JPG": b"",
        "b/2.png": b"",
        "notes.md": "",
        ".3.jpg": b"",
        "x.txt": "1",
    }
    parsed = importers.parse(tree(tmp_path, files | {"__MACOSX/._4.jpg": b"", ".git/5.png": b""}))
    assert [image.key for image in parsed.images] == ["1.JPG", "b/2.png"]


def test_files_of_formats_that_cannot_be_read_are_not_overlooked(tmp_path: Path) -> None:
    parsed = importers.parse(tree(tmp_path, {"1.jpg": b"", "2.heic": b"", "3.svg": b"", "x.txt": "1"}))
    assert len(parsed.images) == 3


def test_an_empty_folder_a_missing_one_and_an_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no images"):
        importers.parse(tmp_path)
    with pytest.raises(BadInput, match="holds no images"):
        importers.parse(tree(tmp_path, {"annotations/sea.txt": "1"}))
    with pytest.raises(BadInput, match="does not exist"):
        importers.parse(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="no format 'coco2'; there are: auto, label-files, folders, csv"):
        importers.parse(tmp_path, "coco2")
    with pytest.raises(BadInput, match="not a folder"):
        importers.parse(tree(tmp_path, {"a.jpg": b""}) / "a.jpg", "folders")
    with pytest.raises(BadInput, match="no CSV file with an image column and columns of 1 and 0"):
        importers.parse(tmp_path, "csv-onehot")


def test_links_in_circles_end(tmp_path: Path) -> None:
    tree(tmp_path, {"1.jpg": b"", "x.txt": "1"})
    (tmp_path / "again").symlink_to(tmp_path)
    assert len(importers.parse(tmp_path).images) == 1


def test_a_file_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    tree(tmp_path, {"1.jpg": b"", "x.txt": "1"})
    with open(os.fsencode(tmp_path) + b"/b\xff.jpg", "wb"):
        pass
    parsed = importers.parse(tmp_path)
    assert told(parsed) == {("file name", "b\\xff.jpg")}
    assert len(parsed.images) == 1


def test_counts_of_the_photographs_equal_the_text_files() -> None:
    folder = os.environ.get("ERRATA_TEST_PHOTOS")
    if not folder:
        pytest.skip("ERRATA_TEST_PHOTOS is not set: the folder of the 12,000 photographs")
    root = Path(folder)
    parsed = importers.parse(root)
    assert parsed.format == "label-files"
    assert parsed.problems == ()
    assert len(parsed.images) == len(list((root / "images").iterdir()))
    texts = {path.stem: len(path.read_text().split()) for path in (root / "annotations").glob("*.txt")}
    counts = dict(zip(parsed.labels, np.bincount(parsed.cells.labels).tolist(), strict=True))
    assert counts == texts
