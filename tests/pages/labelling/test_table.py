"""The JavaScript of the table of labels: its own tests under Node."""

import re
import subprocess
from pathlib import Path

import playwright

from pages.ui.labelling import component

HERE = Path(__file__).parent
NODE = Path(playwright.__file__).parent / "driver" / "node"


def test_the_tables_own_tests_pass_under_node() -> None:
    scripts = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    done = subprocess.run([NODE, "--test", *scripts], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_text_of_people_never_becomes_markup() -> None:
    text = (Path(component.__file__).parent / "table.mjs").read_text("utf-8")
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write", text)
