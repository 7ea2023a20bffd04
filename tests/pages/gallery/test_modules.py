"""The JavaScript of the gallery: its own tests under Node, and the one module made of its files."""

import re
import shutil
import subprocess
from pathlib import Path

import playwright
import pytest

from pages.ui.gallery import gallery

HERE = Path(__file__).parent
FILES = Path(gallery.__code__.co_filename).parent
# The module, not the function of the same name in the package.
MODULE = __import__("importlib").import_module("pages.ui.gallery.gallery")


@pytest.fixture(scope="module")
def node() -> str:
    """The Node that Playwright brings along, so that a bare machine needs none; else the system's."""
    brought = Path(playwright.__file__).parent / "driver" / "node"
    found = str(brought) if brought.exists() else shutil.which("node")
    if found is None:
        pytest.fail("The gallery's own tests need Node 18 or newer and there is none: install `nodejs`.")
    return found


def test_the_gallerys_own_tests_pass_under_node(node: str) -> None:
    scripts = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *scripts], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_modules_make_one_valid_module(node: str, tmp_path: Path) -> None:
    whole = tmp_path / "gallery.mjs"
    whole.write_text(MODULE.bundle(), "utf-8")
    done = subprocess.run([node, "--check", str(whole)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^(import|export) .*", MODULE.bundle(), re.MULTILINE) == ["export"]


def test_every_module_is_bundled_after_those_it_needs() -> None:
    others = {"cards"}  # a component of its own
    assert {path.stem for path in FILES.glob("*.mjs")} - others == set(MODULE.MODULES)
    for position, name in enumerate(MODULE.MODULES):
        text = (FILES / f"{name}.mjs").read_text("utf-8")
        needs = re.findall(r'from "\./(\w+)\.mjs"', text)
        assert set(needs) <= set(MODULE.MODULES[:position]), f"{name} needs {needs}"


def test_text_of_people_never_becomes_markup() -> None:
    for path in FILES.glob("*.mjs"):
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write", path.read_text("utf-8")), (
            path.name
        )
