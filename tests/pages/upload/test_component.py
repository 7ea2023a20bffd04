"""The JavaScript of the upload component, under Node; and what the chooser of files offers."""

import importlib
import re
import shutil
import subprocess
from pathlib import Path

import playwright
import pytest

from core.data import archive

HERE = Path(__file__).parent
COMPONENT = importlib.import_module("pages.ui.upload.component")


@pytest.fixture(scope="module")
def node() -> str:
    """The Node that Playwright brings along, so that a bare machine needs none; else the system's."""
    brought = Path(playwright.__file__).parent / "driver" / "node"
    found = str(brought) if brought.exists() else shutil.which("node")
    if found is None:
        pytest.fail("The component's own tests need Node 18 or newer and there is none: install `nodejs`.")
    return found


def test_the_components_own_tests_pass_under_node(node: str) -> None:
    done = subprocess.run(
        [node, "--test", str(HERE / "upload.test.mjs")], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_chooser_offers_the_endings_of_all_archives() -> None:
    offered = COMPONENT._ACCEPT.split(",")
    assert all(any(ending.endswith(one) for one in offered) for ending in archive.ENDINGS)
    assert all(re.fullmatch(r"\.\w+", one) for one in offered)


def test_text_of_people_never_becomes_markup() -> None:
    text = (Path(COMPONENT.__file__).parent / "upload.mjs").read_text("utf-8")
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write", text)
