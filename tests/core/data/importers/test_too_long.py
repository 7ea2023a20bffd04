"""A line or a value without end is left out with its file, line and reason; the rest imports, in bounded memory."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.data import importers
from core.data.importers import Parsed, json_stream, reading, tables
from core.errors import BadInput
from core.processes import ROOT
from tests.core.data.importers.trees import UNKNOWN, YES, told, tree

LONG = "x" * 5000
SEA_AND_SKY = {"im1.jpg": {"sea": YES}, "im2.jpg": {"sky": YES}}
LISTS = {"synsets.txt": "sea\nsky\n", "train.txt": f"im1.jpg 0\n{LONG}\nim2.jpg 1\n"}


@pytest.fixture(autouse=True)
def short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_LINE_CHARS", 1000)
    monkeypatch.setattr(reading, "MOST_LINE_CHARS", 1000)
    monkeypatch.setattr(json_stream, "MOST_ELEMENT_CHARS", 1000)
    monkeypatch.setattr(json_stream, "_PIECE", 100)


def read(root: Path, format: str = "auto") -> Parsed:
    """The source, of which one thing alone was left out, for its length."""
    parsed = importers.parse(root, format)
    assert ["more than 1,000 characters; left out." in one.reason for one in parsed.problems] == [True]
    return parsed


TABLES = {
    "csv": ("image,labels", "im1.jpg,sea", "im2.jpg,sky"),
    "csv-long": ("file_path,class_name", "im1.jpg,sea", "im2.jpg,sky"),
    "csv-onehot": ("image,sea,sky", "im1.jpg,1,0", "im2.jpg,0,1"),
    "open-images": ("ImageID,Source,LabelName,Confidence", "im1,crowdsource,sea,1", "im2,crowdsource,sky,1"),
    "label-studio": (
        "image,id,choice,annotator,annotation_id",
        "im1.jpg,1,sea,1,1",
        "im2.jpg,2,sky,1,2",
    ),
}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("format", TABLES)
def test_a_line_without_end_of_a_table_is_left_out(tmp_path: Path, format: str, end: str) -> None:
    header, first, second = TABLES[format]
    table = end.join((header, LONG, first, second, ""))
    parsed = read(tree(tmp_path, {"x.csv": table}, "im1.jpg", "im2.jpg"))
    assert parsed.format == format
    assert told(parsed) == {("bad entry" if format == "label-studio" else "bad line", "x.csv:2")}
    said = {key: {label for label in cells if cells[label] is YES} for key, cells in parsed.by_key().items()}
    assert said == {"im1.jpg": {"sea"}, "im2.jpg": {"sky"}}


@pytest.mark.parametrize(
    ("format", "files", "where"),
    [
        ("imagenet-txt", LISTS, "train.txt:2"),
        ("imagenet-txt", {"synsets.txt": "sea\nsky\n" + LONG, "train.txt": "im1.jpg 0\nim2.jpg 1\n"}, "synsets.txt:3"),
        ("label-files", {"sea.txt": f"1\n{LONG}\n", "sky.txt": "2\n"}, "sea.txt:2"),
        ("label-files", {"sea.txt": "1\n" + "2" * 5000, "sky.txt": "2\n"}, "sea.txt:2"),
        (
            "voc",
            {
                "ImageSets/Main/sea_train.txt": f"im1 1\n{LONG}\n",
                "ImageSets/Main/sky_train.txt": "im2 1\n",
            },
            "ImageSets/Main/sea_train.txt:2",
        ),
        (
            "imagefolder",
            {
                "metadata.jsonl": '{"file_name": "im1.jpg", "labels": ["sea"]}\n'
                + json.dumps({"file_name": "im1.jpg", "labels": [LONG]})
                + '\n{"file_name": "im2.jpg", "labels": ["sky"]}\n'
            },
            "metadata.jsonl:2",
        ),
        ("imagefolder", {"metadata.csv": f"file_name,labels\nim1.jpg,sea\n{LONG}\nim2.jpg,sky\n"}, "metadata.csv:3"),
    ],
)  # fmt: skip
def test_a_line_without_end_of_a_text_is_left_out(
    tmp_path: Path, format: str, files: dict[str, str | bytes], where: str
) -> None:
    parsed = read(tree(tmp_path, files, "im1.jpg", "im2.jpg"))
    assert (parsed.format, told(parsed)) == (format, {("bad line", where)})
    assert parsed.by_key() == SEA_AND_SKY


@pytest.mark.parametrize("name", ["sea", LONG])
def test_a_class_without_end_keeps_the_numbers_of_those_behind_it(tmp_path: Path, name: str) -> None:
    files: dict[str, str | bytes] = {"synsets.txt": f"{name}\nsky\n", "train.txt": "im1.jpg 0\nim2.jpg 1\n"}
    parsed = importers.parse(tree(tmp_path, files, "im1.jpg", "im2.jpg"))
    assert parsed.by_key()["im2.jpg"] == {"sky": YES}


def test_a_cell_in_quotes_that_goes_on_over_lines_is_left_out_up_to_its_end(tmp_path: Path) -> None:
    cell = '"' + 'so ""it"" goes, on\n' * 100 + '"'
    table = f"image,labels,story\nim1.jpg,sea,\nim2.jpg,sea,{cell}\nim2.jpg,sky,\n"
    parsed = read(tree(tmp_path, {"x.csv": table}, "im1.jpg", "im2.jpg"))
    assert told(parsed) == {("bad line", "x.csv:3")}
    assert parsed.problems[0].reason.startswith("It goes on to line 103, within quotes.")
    assert parsed.by_key() == SEA_AND_SKY


def test_a_quote_that_is_never_closed_is_refused_with_its_line(tmp_path: Path) -> None:
    table = 'image,labels\nim1.jpg,"sea\n' + "im1.jpg,sea\n" * 200
    with pytest.raises(BadInput, match=r"x\.csv:2 is not a row .*: correct the quotes\."):
        importers.parse(tree(tmp_path, {"x.csv": table}, "im1.jpg"))


def test_where_every_row_counts_one_without_end_is_an_error(tmp_path: Path) -> None:
    path = tree(tmp_path, {"x.csv": f"image,labels\nim1.jpg,sea\n{LONG}\n"}) / "x.csv"
    with pytest.raises(BadInput, match=r"x\.csv:3 has more than 1,000 characters"):
        list(tables.read(path).rows)


def test_a_header_without_end_is_an_error(tmp_path: Path) -> None:
    path = tree(tmp_path, {"x.csv": f"\n{LONG}\nim1.jpg,sea\n"}) / "x.csv"
    with pytest.raises(BadInput, match=r"x\.csv:2 has more than 1,000 characters"):
        tables.read(path, left_out={})


def test_a_line_of_the_longest_length_is_cut_nowhere_between_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    for length in range(995, 1005):
        path.write_bytes(b"a\r\n" + b"x" * length + b"\r\nb\r\n\r\nc")
        found: dict[int, str] = {}
        lines = dict(reading.lines(path, found.__setitem__))
        assert list(found) == ([2] if length > 997 else [])
        assert {line: lines[line] for line in (1, 3, 4, 5)} == {1: "a", 3: "b", 4: "", 5: "c"}


COCO = {
    "images": [{"id": 1, "file_name": "im1.jpg"}, {"id": 2, "file_name": "im2.jpg"}],
    "categories": [{"id": 1, "name": "sea"}, {"id": 2, "name": "sky"}],
    "annotations": [
        {"image_id": 1, "category_id": 1},
        {"image_id": 1, "category_id": 2, "of": [[{"a": '"]}\\', "b": LONG}], ["\\", LONG]]},
        {"image_id": 2, "category_id": 2},
    ],
    "info": {"of": LONG},
}


ANNOTATED = {name: COCO[name] for name in ("images", "categories", "annotations")}


def test_an_annotation_without_end_is_left_out_of_coco(tmp_path: Path) -> None:
    parsed = read(tree(tmp_path, {"x.json": json.dumps(COCO, indent=1)}, "im1.jpg", "im2.jpg"))
    assert [(one.kind, one.at) for one in parsed.problems] == [("bad entry", "annotations[1]")]
    assert parsed.by_key() == SEA_AND_SKY


def test_a_task_without_end_is_left_out_of_label_studio(tmp_path: Path) -> None:
    def task(image: str, label: str, **more: str) -> dict[str, object]:
        result = [{"value": {"choices": [label]}}]
        return {"data": {"image": image, **more}, "annotations": [{"result": result}]}

    tasks = [task("im1.jpg", "sea"), task("im2.jpg", "sea", text=LONG), task("im2.jpg", "sky")]
    parsed = read(tree(tmp_path, {"x.json": json.dumps(tasks)}, "im1.jpg", "im2.jpg"))
    assert [(one.kind, one.at) for one in parsed.problems] == [("bad entry", "task 2")]
    assert parsed.by_key()["im2.jpg"]["sky"] is YES


def test_labels_without_end_in_fiftyone_leave_the_image_unknown(tmp_path: Path) -> None:
    document = {"classes": ["sea", LONG, "sky"], "labels": {"im1": [0], "im2": [LONG], "im3": [2]}}
    images = [f"data/im{number}.jpg" for number in (1, 2, 3)]
    parsed = importers.parse(tree(tmp_path, {"labels.json": json.dumps(document)}, *images), "fiftyone")
    assert [one.kind for one in parsed.problems] == ["bad label", "bad entry"]
    assert parsed.by_key() == {
        images[0]: {"sea": YES},
        images[1]: {"sea": UNKNOWN, "sky": UNKNOWN},
        images[2]: {"sky": YES},
    }


def test_a_value_without_end_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tree(tmp_path, {"x.json": '[1, {"a": ["' + LONG}) / "x.json"
    with pytest.raises(BadInput, match="it is cut short"):
        list(json_stream.items(path))


MEASURED = """
import sys
from pathlib import Path
from core.data import importers

def peak_kib():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

before = peak_kib()
parsed = importers.parse(Path(sys.argv[1]))
print(len(parsed.images), *(one.where for one in parsed.problems), (peak_kib() - before) // 1024)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of a process is told by Linux alone"
)
@pytest.mark.parametrize(("name", "end"), [("x.csv", ""), ("x.json", '"}')])
def test_a_hundred_megabytes_in_a_line_take_no_such_memory(tmp_path: Path, name: str, end: str) -> None:
    head, tail = {
        "x.csv": ("image,labels\nim1.jpg,sea\n", "\nim2.jpg,sky\n"),
        "x.json": (json.dumps(ANNOTATED)[:-2] + ', {"id": "', ", {}]}"),
    }[name]  # fmt: skip
    root = tree(tmp_path, {}, "im1.jpg", "im2.jpg")
    with open(root / name, "w") as file:
        file.write(head)
        for _ in range(100):
            file.write("x" * 10**6)
        file.write(end + tail)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(root)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    images, *where, grown_mib = done.stdout.split()
    assert (images, where[0]) == ("2", {"x.csv": "x.csv:3", "x.json": "x.json:1,"}[name])
    assert int(grown_mib) < 90


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("length", [7, 8, 9])
def test_empty_lines_behind_a_long_one_are_lines(end: str, length: int) -> None:
    text = io.StringIO(f"{'x' * length}{end}{end}{end}a{end}", newline="")
    assert list(reading.bounded(text, 8)) == [None, end, end, f"a{end}"]
