"""The demo set on disk: the layout, the same bytes from any number of workers, whole or not there at all."""

import csv
from pathlib import Path

import pytest
from PIL import Image

from core.demo import draw
from core.demo.plans import LABELS
from core.errors import BadInput


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    draw(folder, images=70, side_px=24, workers=1)
    return folder


def test_the_set_has_the_layout_of_label_files(drawn: Path) -> None:
    assert sorted(p.name for p in (drawn / "set").iterdir()) == ["annotations", "images"]
    assert {p.name for p in (drawn / "set/images").iterdir()} == {f"im{n}.jpg" for n in range(1, 71)}
    assert {p.stem for p in (drawn / "set/annotations").iterdir()} == set(LABELS)
    for notes in (drawn / "set/annotations").iterdir():
        assert all(1 <= int(line) <= 70 for line in notes.read_text().splitlines())
    with Image.open(drawn / "set/images/im1.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (24, 24))


def test_split_and_truth_name_images_by_their_key_beside_the_set(drawn: Path) -> None:
    with (drawn / "split.csv").open(newline="") as rows:
        split = {row["image"]: row["split"] for row in csv.DictReader(rows)}
    assert len(split) == 70
    assert sorted(split.values()) == ["train"] * 56 + ["val"] * 14
    with (drawn / "truth.csv").open(newline="") as rows:
        truth = list(csv.DictReader(rows))
    assert truth
    for row in truth:
        assert (drawn / "set" / row["image"]).is_file()
        assert row["image"] in split
        assert row["label"] in LABELS
        assert row["plant"] in ("missing", "spurious", "sparse", "shortcut")
        assert row["true_state"] in ("present", "absent")
    assert "planted" in (drawn / "README.txt").read_text()


def test_the_bytes_do_not_depend_on_the_number_of_workers(drawn: Path, tmp_path: Path) -> None:
    draw(tmp_path / "again", images=70, side_px=24, workers=2)
    assert _files(tmp_path / "again") == _files(drawn)


def test_progress_ends_at_the_number_of_images(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    draw(
        tmp_path / "demo",
        images=60,
        side_px=16,
        workers=1,
        progress=lambda done, of: heard.append((done, of)),
    )
    assert heard == [(25, 60), (50, 60), (60, 60)]


def test_an_interrupted_drawing_leaves_nothing(tmp_path: Path) -> None:
    def stop(done: int, images: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw(tmp_path / "demo", images=30, side_px=16, workers=1, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(BadInput, match="not empty"):
        draw(tmp_path, images=10, side_px=16)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"images": 0}, "at least 10 images, not 0"),
        ({"side_px": 8}, "not 8"),
        ({"seed": -1}, "not -1"),
        ({"workers": 0}, "not 0"),
    ],
)
def test_a_bad_argument_is_answered_with_a_sentence(tmp_path: Path, wrong: dict[str, int], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        draw(tmp_path / "demo", **wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
