"""What was exported can be imported again, and nothing else is ever overwritten."""

import contextlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.data import exporters, importers
from core.data.exporters import Snapshot, target
from core.errors import BadInput
from db.terms import LabelState, Part


def snapshot(
    labels: tuple[str, ...] = ("clouds", "sea"),
    states: tuple[tuple[int, ...], ...] = ((1, 1), (0, 1), (0, 0)),
    default: LabelState = LabelState.ABSENT,
) -> Snapshot:
    parts = [Part.TRAIN, Part.VALIDATION, Part.TEST]
    images = tuple((f"images/im{row}.jpg", parts[row % 3]) for row in range(len(states)))
    cells = np.array(states, dtype=np.int8).reshape(len(states), len(labels))
    return Snapshot(labels, images, cells, default)


def photographs(root: Path, wanted: Snapshot) -> None:
    for key, _ in wanted.images:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).touch()


def cells(wanted: Snapshot) -> dict[str, set[str]]:
    return {key: set(wanted.present(row)) for row, (key, _) in enumerate(wanted.images)}


def read_back(parsed: importers.Parsed) -> dict[str, set[str]]:
    assert parsed.problems == ()
    cells = parsed.by_key()
    return {image.key: set(cells.get(image.key, ())) for image in parsed.images}


# Names as clean_label lets them through, leaning to the characters that formats use for themselves.
characters = st.one_of(
    st.sampled_from(list("abZ |;,\"'%/\\.:*?_<>&=-r1🌊é海")), st.characters(exclude_categories=["C"])
)


def is_clean(text: str) -> bool:
    try:
        return importers.clean_label(text) == text
    except BadInput:
        return False


# Names of devices on Windows; generated names are too short for others.
RESERVED = ("con", "prn", "aux", "nul")
names = st.text(characters, min_size=1, max_size=12).filter(is_clean)
folded = st.lists(names, max_size=5, unique_by=str.casefold)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    labels = tuple(sorted(draw(folded)))
    rows = draw(st.lists(st.tuples(*[st.integers(0, 1)] * len(labels)), min_size=1, max_size=5))
    return snapshot(labels, tuple(rows))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(snapshots())
@example(snapshot(("traffic light",), ((1,),)))
@example(snapshot(("a|b", "c;d", "e,f", '"', "g h"), ((1, 1, 1, 1, 1), (0, 0, 0, 0, 1))))
@example(snapshot(('"',), ((1,),)))
def test_csv_comes_back_as_it_went(wanted: Snapshot) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        photographs(root, wanted)
        exporters.exporter("csv").write(root / "labels.csv", wanted)
        parsed = importers.parse(root, "csv")
        assert read_back(parsed) == cells(wanted)
        assert [(image.key, image.part) for image in parsed.images] == sorted(wanted.images)
        used = {label for labels in cells(wanted).values() for label in labels}
        assert set(parsed.labels) == used


@settings(max_examples=60, deadline=None, derandomize=True)
@given(snapshots())
@example(snapshot(("sky", "sky_r1"), ((1, 0),)))
@example(snapshot(("100%", "%2F", "a/b", "..", ".hidden", "x."), ((1, 0, 1, 1, 0, 1),)))
def test_label_files_come_back_as_they_went(wanted: Snapshot) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        photographs(root / "back", wanted)
        reserved = any(label.casefold() in RESERVED for label in wanted.labels)
        with pytest.raises(BadInput, match="export as csv") if reserved else contextlib.nullcontext():
            exporters.exporter("label-files").write(root / "out", wanted)
        if reserved:
            return
        (root / "out" / "annotations").rename(root / "back" / "annotations")
        parsed = importers.parse(root / "back", "label-files")
        assert read_back(parsed) == cells(wanted)
        assert parsed.labels == tuple(sorted(wanted.labels))


def test_ordinary_names_make_an_ordinary_table(tmp_path: Path) -> None:
    exporters.exporter("csv").write(tmp_path / "a.csv", snapshot())
    assert (tmp_path / "a.csv").read_text().split("\n")[1] == "images/im0.jpg,clouds sea,train"


def test_label_files_hold_sorted_numbers_and_a_file_for_a_label_without_images(tmp_path: Path) -> None:
    wanted = snapshot(("car", "sea"), ((0, 1), (0, 0), (0, 1)))
    exporters.exporter("label-files").write(tmp_path / "out", wanted)
    folder = tmp_path / "out" / "annotations"
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"car.txt": "", "sea.txt": "0\n2\n"}


@pytest.mark.parametrize("label", ["🌊" * 100, "con", "AUX.x", "Thumbs.db/x" * 30])
def test_a_label_that_cannot_be_a_file_name_is_refused(tmp_path: Path, label: str) -> None:
    with pytest.raises(BadInput, match="export as csv"):
        exporters.exporter("label-files").write(tmp_path / "out", snapshot((label,), ((1,),)))
    assert not (tmp_path / "out" / "annotations").exists()


def test_images_without_numbers_of_their_own_are_refused(tmp_path: Path) -> None:
    one, same = ("a/me.jpg", Part.TRAIN), (("a/im1.jpg", Part.TRAIN), ("b/im1.jpg", Part.TRAIN))
    for images, word in (((one,), "no number"), (same, "Number 1 belongs to a/im1.jpg, b/im1.jpg")):
        states = np.ones((len(images), 1), np.int8)
        wanted = Snapshot(("sea",), images, states, LabelState.ABSENT)
        with pytest.raises(BadInput, match=word):
            exporters.exporter("label-files").write(tmp_path / "out", wanted)


def test_what_a_format_cannot_carry_is_said(tmp_path: Path) -> None:
    wanted = snapshot(("car", "sea"), ((0, 1), (-1, -1)))
    assert exporters.exporter("csv").losses(wanted) == [
        "Labels that no image has are not written: car.",
        "2 unknown cells are not written: this format lists what is present, "
        "and the rest is read back as absent.",
        "What people have verified is not marked: the format changes keeps that.",
    ]
    assert "Which part of the split" in exporters.exporter("label-files").losses(wanted)[0]


def test_with_unknown_as_the_default_it_is_the_absent_cells_that_are_lost() -> None:
    wanted = snapshot(states=((1, 1), (0, -1)), default=LabelState.UNKNOWN)
    assert any(
        sentence.startswith("1 absent cells are not written")
        for sentence in exporters.exporter("csv").losses(wanted)
    )


@pytest.mark.parametrize("format", ["csv", "label-files"])
def test_nothing_is_overwritten_unasked(tmp_path: Path, format: str) -> None:
    out = tmp_path / "out"
    exporters.exporter(format).write(out, snapshot())
    with pytest.raises(BadInput, match=r"exists already|not empty"):
        exporters.exporter(format).write(out, snapshot(states=((0, 0),)))
    exporters.exporter(format).write(out, snapshot(states=((0, 0),)), force=True)
    text = out.read_text() if format == "csv" else (out / "annotations" / "sea.txt").read_text()
    assert "sea" not in text
    assert text.count("\n") == (2 if format == "csv" else 0)


def test_forcing_label_files_leaves_the_photographs_beside_them_alone(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "im0.jpg").write_text("a photograph")
    exporters.exporter("label-files").write(tmp_path, snapshot(), force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["annotations", "images"]
    assert (tmp_path / "images" / "im0.jpg").read_text() == "a photograph"


@pytest.mark.parametrize("force", [False, True])
def test_an_export_that_breaks_leaves_what_was_there(tmp_path: Path, force: bool) -> None:
    (tmp_path / "old.csv").write_text("old")
    out = tmp_path / ("old.csv" if force else "new.csv")

    def broken() -> None:
        with target.new_file(out, 1, force=force) as draft:
            draft.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert (tmp_path / "old.csv").read_text() == "old"


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match=r"The disk is full: needs about 3 KiB more"),
        target.new_file(tmp_path / "a.csv", 3072, force=False),
    ):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(BadInput, match="there are: label-files, csv, changes"):
        exporters.exporter("xls")
