"""Registering: what is known of a source without decoding it."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import images, importers, registering
from core.data.facts import contents


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Four pictures, two of them the same; one lies on its side, one file is empty."""
    for name, colour in (("a", 1), ("b", 2), ("c", 1)):
        Image.new("RGB", (20, 10), (colour, 0, 0)).save(tmp_path / f"{name}.png")
    sideways = Image.Exif()
    sideways[0x0112] = 6
    Image.new("RGB", (20, 10)).save(tmp_path / "d.jpg", exif=sideways)
    (tmp_path / "e.png").write_bytes(b"")
    (tmp_path / "labels.csv").write_text("image,labels\na.png,sea\nd.jpg,sea sky\ne.png,sea\n")
    return tmp_path


def test_files_are_told_apart_and_labels_read(source: Path) -> None:
    told: list[tuple[int, int]] = []
    parsed = importers.parse(source, "auto")
    listed = [image.key for image in parsed.images]
    facts, problems = registering.look(source, listed, lambda done, total: told.append((done, total)))
    keys = [listed[at] for at in facts.at.tolist()]
    assert (parsed.format, parsed.labels) == ("csv", ("sea", "sky"))
    assert "e.png" not in keys
    assert [problem.file for problem in problems] == ["e.png"]
    for at, key in enumerate(keys):
        whole, _, _ = images.inspect(source / key)
        assert (facts.width[at], facts.height[at]) == (whole.width, whole.height)
        assert facts.sha256[at].tobytes() == hashlib.sha256((source / key).read_bytes()).digest()
    assert told[-1] == (len(parsed.images),) * 2


def test_copies_have_the_same_number(source: Path) -> None:
    facts, _ = registering.look(source, ["a.png", "b.png", "c.png", "d.jpg"])
    a, b, c, d = facts.copies.tolist()
    assert a == c
    assert len({a, b, d}) == 3
    assert len(facts.take(np.array([0, 2]))) == 2


def test_no_digest_is_no_content() -> None:
    assert contents(np.empty((0, 32), np.uint8)).tolist() == []


def test_a_format_can_be_named(source: Path) -> None:
    assert importers.parse(source, "images").labels == ()
    assert importers.parse(source).labels == ("sea", "sky")
