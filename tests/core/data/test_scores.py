"""Probabilities and embeddings of other people's models: any table, checked before memory is asked for."""

import os
from pathlib import Path

import numpy as np
import pytest

from core.data import scores
from core.errors import BadInput

ROWS = {"a.jpg": 0, "b.jpg": 1, "c.jpg": 2}
LABELS = ("sea", "Sky")


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        scores.read_scores(path, ROWS, LABELS)
    assert str(caught.value).endswith(".")
    return str(caught.value)


def table(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "scores.csv"
    path.write_bytes(text.encode(encoding))
    return path


def headed(path: Path, shape: tuple[int, ...]) -> Path:
    """An .npy file that says it has this shape, and holds nothing."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_table_of_a_spreadsheet_is_read(tmp_path: Path, encoding: str) -> None:
    text = "IMAGE;Sky;sea;Über\r\nc.jpg;0,25;1;x\r\na.jpg;0;0.5;x\r\n"
    found = scores.read_scores(table(tmp_path, text, encoding), ROWS, LABELS)
    assert found.dtype == np.float32
    assert np.array_equal(found, [[0.5, 0], [np.nan, np.nan], [1, 0.25]], equal_nan=True)


def test_a_label_may_be_named_like_the_column_of_images(tmp_path: Path) -> None:
    found = scores.read_scores(table(tmp_path, "image,Image\na.jpg,1\n"), {"a.jpg": 0}, ["Image"])
    assert found.tolist() == [[1.0]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,sea\na.jpg,1\n", "line 1: there is no column Sky"),
        ("image,sea,Sky,sea\na.jpg,1,1,1\n", "line 1: the column sea is there 2 times"),
        ("image,sea,Sky\na.jpg,1\n", "line 2 has 2 cells where the header has 3"),
        ("image,sea,Sky\na.jpg,1,0,7\n", "line 2 has 4 cells where the header has 3"),
        ("image,sea,Sky\na.jpg,1,high\n", "line 2: “Sky” is 'high', not a number"),
        ("image,sea,Sky\nz.jpg,1,0\n", "line 2: there is no image “z.jpg”"),
        ("image,sea,Sky\na.jpg,1,0\n\na.jpg,1,0\n", "line 4: the image “a.jpg” is given twice"),
        ("image,sea,Sky\na.jpg,1,7\n", "no probabilities"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(table(tmp_path, text))


@pytest.mark.parametrize("shape", [(10**9, 10**9), (3, 10**12), (3,), (2, 2), (3, 0)])
def test_another_shape_is_refused_before_anything_is_read(tmp_path: Path, shape: tuple[int, ...]) -> None:
    assert "3 images and 2 labels need (3, 2)." in refused(headed(tmp_path / "x.npy", shape))


def test_an_array_that_is_cut_short_is_told_with_the_sizes(tmp_path: Path) -> None:
    said = refused(headed(tmp_path / "x.npy", (3, 2)))
    assert "x.npy is cut short: the shape (3, 2) takes 48 bytes, it has 0 bytes." in said


def test_embeddings_wider_than_any_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"1,000,000,000 numbers an image; at most 16,384"):
        scores.read_embeddings(headed(tmp_path / "x.npy", (3, 10**9)), 3)


def test_what_is_no_array_of_numbers_is_said_in_our_own_words(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    path.write_text("image,sea,Sky\n")
    assert "is not an .npy file, whatever its name says" in refused(path)
    np.save(path, np.array([["a", "b"]] * 3))
    assert "not numbers" in refused(path)
    np.save(path, np.array([[None, {}]] * 3), allow_pickle=True)
    assert "not numbers" in refused(path)
    path.write_bytes(b"\x93NUMPY\x01\x00\xff\xff")
    assert "The head of x.npy is damaged" in refused(path)
    path.unlink()
    assert "There is no file" in refused(path)
    os.mkfifo(path)
    assert "not a regular file" in refused(path)


def test_arrays_of_any_numbers_are_read(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[0, 1], [1, 0], [1, 1]]))
    assert scores.read_scores(tmp_path / "x.npy", ROWS, LABELS).tolist() == [[0, 1], [1, 0], [1, 1]]
    np.save(tmp_path / "e.npy", np.full((3, 4), 1e9))
    assert scores.read_embeddings(tmp_path / "e.npy", 3).max() == np.finfo(np.float16).max
