"""Whatever is wrong with an array in a file, it is said in our words: which file, what, and what to do."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core import arrays
from core.arrays import Damaged, Gone

FOREIGN = ("pickle", "zip", "mmap", "magic", "header", "numpy", "buffer")  # words of libraries


def head_of(path: Path, old: bytes, new: bytes) -> None:
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def refused(path: Path) -> str:
    with pytest.raises(Damaged) as caught:
        arrays.mapped(path, "do this", "float32", (None, 4))
    said = str(caught.value)
    assert said.startswith(f"The file {path.name} in {path.parent.name} is damaged (")
    assert said.endswith("): do this.")
    assert not any(word in said.lower() for word in FOREIGN)
    return said


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(b""), "it is empty, 0 bytes"),
        (lambda path: path.write_bytes(b"a letter" * 40), "it is no array"),
        (lambda path: path.write_bytes(bytes(path.stat().st_size)), "it is no array"),
        (lambda path: path.write_bytes(path.read_bytes()[:40]), "its head cannot be read"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "it ends too early: 207 of 208 bytes are there"),
        (lambda path: head_of(path, b"<f4", b"<i4"), "it holds int32, not float32"),
        (lambda path: head_of(path, b"<f4", b"|O "), "its head cannot be read"),
        (lambda path: np.save(path, np.array([[None]]), allow_pickle=True), "it holds object, not float32"),
        (lambda path: head_of(path, b"(5, 4)", b"(9, 4)"), "it ends too early: 208 of 272 bytes are there"),
        (lambda path: head_of(path, b"(5, 4)", b"(4, 5)"), "it has the shape (4, 5), not (N, 4)"),
        (lambda path: head_of(path, b"(5, 4)", b"(-5,4)"), "its head has a length below 0"),
        (lambda path: np.save(path, np.zeros(3, np.float32)), "it has the shape (3,), not (N, 4)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, damage: Callable[[Path], object], words: str) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((5, 4), np.float32))
    damage(path)
    assert words in refused(path)


def test_a_flipped_bit_in_the_head_is_said_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.ones((5, 4), np.float32))
    whole = path.read_bytes()
    for at in range(128):
        for bit in range(8):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            with contextlib.suppress(Damaged):  # of its own words, as above; any other error is none
                assert len(arrays.mapped(path, "do this", "float32", (None, 4))) <= 5


def test_a_file_that_is_not_there_and_one_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(Gone, match=r"^The file a\.npy is missing from .*: do this\.$"):
        arrays.mapped(tmp_path / "a.npy", "do this")
    (tmp_path / "a.npy").mkdir()
    with pytest.raises(Damaged, match="it cannot be read, Is a directory"):
        arrays.mapped(tmp_path / "a.npy", "do this")


def test_an_array_is_mapped_as_it_is_an_empty_one_too(tmp_path: Path) -> None:
    for array in (np.arange(20.0).reshape(5, 4), np.empty((0, 4)), np.asfortranarray(np.ones((2, 3)))):
        np.save(tmp_path / "a.npy", array)
        found = arrays.mapped(tmp_path / "a.npy", "do this")
        assert found.dtype == array.dtype
        assert np.array_equal(found, array)


def test_texts_are_no_numbers(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array(["sea"]))
    with pytest.raises(Damaged, match="it holds <U3, not numbers"):
        arrays.mapped(tmp_path / "a.npy", "do this")


def test_the_whole_rows_of_a_file_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.arange(20, dtype=np.float32).reshape(5, 4))
    path.write_bytes(path.read_bytes()[:-17])  # the last row, and one byte of the fourth
    found = arrays.remains(path, "float32", (None, 4))
    assert found is not None
    assert found.tolist() == np.arange(12.0).reshape(3, 4).tolist()
    assert arrays.remains(path, "int64", (None, 4)) is None
    assert arrays.remains(tmp_path / "b.npy", "float32", (None, 4)) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty, 0 bytes"),
        (b"PK\x03\x04", "it ends too early, or holds no arrays"),
        (b"a letter" * 40, "it ends too early, or holds no arrays"),
        (b"\x93NUMPY\x01\x00", "it ends too early, or holds no arrays"),
        (None, "the array “b” is not in it"),
    ],
)
def test_what_is_wrong_with_packed_arrays_is_said(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.ones(3))
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Damaged) as caught:
        arrays.packed(path, ["a", "b"], "do this")
    assert words in str(caught.value)
    assert not any(word in str(caught.value).lower() for word in FOREIGN)


def test_numbers_and_their_verbs_agree() -> None:
    assert arrays.too_few(1, 12_000) == "it has 1 row where 12,000 are expected"
    assert arrays.too_few(0, 1) == "it has 0 rows where 1 is expected"
