"""Once round the loop in a real browser, on 600 of the photographs."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served
from tests.browser.story import once_round

IMAGES = 600


@pytest.fixture
def some_photographs(photographs: Path, tmp_path: Path) -> Path:
    """The first of the photographs, linked into a folder of their own, with their lines of the label files."""
    folder = tmp_path / "some"
    for name in ("images", "annotations"):
        (folder / name).mkdir(parents=True)
    numbered = {number(path): path for path in (photographs / "images").iterdir() if path.is_file()}
    chosen = dict(sorted(numbered.items())[:IMAGES])
    for path in chosen.values():
        (folder / "images" / path.name).symlink_to(path)
    for path in (photographs / "annotations").glob("*.txt"):
        lines = [line for line in path.read_text().split() if int(line) in chosen]
        (folder / "annotations" / path.name).write_text("\n".join(lines) + "\n")
    return folder


def number(path: Path) -> int:
    """The number in the name of an image: 7 for `im7.jpg`."""
    found = re.search(r"\d+", path.stem)
    assert found is not None, f"{path.name} has no number"
    return int(found.group())


@pytest.mark.long
def test_once_round_the_loop_on_photographs(errata: Served, page: Page, some_photographs: Path) -> None:
    once_round(page, errata, some_photographs, IMAGES)
