"""The house stands as planned: its rooms, its walls, its doors."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from core.settings import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {
    "app.py",
    "pages",
    "core",
    "db",
    "tests",
    "docs",
    "bench",
    "deploy",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
}
ROOMS |= {"Makefile", "pyproject.toml"}
DISTRIBUTIONS = {"PIL": "pillow", "faiss": "faiss-cpu", "sklearn": "scikit-learn", "httpx": "httpx2"}
LONGEST = 350
# Put together here, so that this file does not hold what it forbids.
MACHINE = re.compile(
    r"(?<![\w.])("
    + "|".join(
        ["/wo" + "rk/", "/ro" + "ot/", "/opt/" + "wheels", "/home/" + r"(?!you/)\w+/", "/Use" + r"rs/\w+/"]
    )
    + ")"
)
REGISTRIES = re.compile("|".join(["pypi" + r"\.org", "registry" + r"\.npmjs", "deb" + r"\.debian"]))
BESIDE = "../sha" + "red"


def files(*endings: str) -> list[Path]:
    """The files of the repository, those not committed yet too, with one of these endings."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [ROOT / line for line in sorted(set(listed.stdout.splitlines()))]
    return [path for path in paths if path.is_file() and (not endings or path.name.endswith(endings))]


def imports(path: Path) -> set[str]:
    """The top-level names of the modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def requirements(name: str) -> dict[str, str]:
    """The pins of a requirements file: name to version."""
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    pins = [line for line in lines if line and not line.startswith("-r")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.\-\[\]]+==[\w.]+", pin) for pin in pins), pins
    return {pin.split("==")[0].lower(): pin.split("==")[1] for pin in pins}


def test_the_top_level_has_only_the_rooms_of_the_plan() -> None:
    tops = {path.relative_to(ROOT).parts[0] for path in files()}
    strangers = {
        top
        for top in tops - ROOMS
        if not top.startswith(".") and not re.fullmatch(r"requirements(-\w+)?\.txt", top)
    }
    assert not strangers


def test_nothing_imports_the_entry() -> None:
    # import-linter sees packages only, and app.py is a file; tests may start it.
    inside = [path for path in files(".py") if path.relative_to(ROOT).parts[0] in ("pages", "core", "db")]
    assert inside
    assert [str(path) for path in inside if "app" in imports(path)] == []


def test_no_file_is_longer_than_one_sitting() -> None:
    code = [
        path for path in files(".py", ".mjs", ".js", ".css") if "tests" not in path.relative_to(ROOT).parts
    ]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in code}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:  # a picture
            continue
        lines = text.splitlines()
        found += [
            f"{path.name}: {line[:120]}" for line in lines if MACHINE.search(line) or REGISTRIES.search(line)
        ]
        if path.relative_to(ROOT) != Path(".ci/run"):
            found += [f"{path.name}: {line[:120]}" for line in lines if BESIDE in line]
    assert found == []


def test_every_module_opens_with_the_sentence_it_keeps() -> None:
    code = [path for path in files(".py") if path.read_text("utf-8").strip() and "versions" not in path.parts]
    silent = [
        str(path.relative_to(ROOT))
        for path in code
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_what_the_code_imports_is_pinned() -> None:
    own = {"app", "pages", "core", "db", "tests", "bench"}
    used = {
        name
        for path in files(".py")
        if path.relative_to(ROOT).parts[0] in ("app.py", "pages", "core", "db")
        for name in imports(path)
    }
    wanted = {DISTRIBUTIONS.get(name, name).lower() for name in used - own - set(sys.stdlib_module_names)}
    assert wanted <= set(requirements("requirements.txt")), wanted - set(requirements("requirements.txt"))


def test_every_pinned_package_has_its_reason() -> None:
    page = (ROOT / "docs" / "decisions" / "dependencies.md").read_text("utf-8")
    pins = {name for path in ROOT.glob("requirements*.txt") for name in requirements(path.name)}
    assert [name for name in pins if f"`{name}`" not in page.lower()] == []


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_the_readme_lists_every_setting_with_its_default(name: str) -> None:
    setting = SETTINGS[name]
    rows = [
        line
        for line in (ROOT / "README.md").read_text("utf-8").splitlines()
        if f"`{setting.variable}`" in line
    ]
    assert rows, f"README.md has no row for {setting.variable}"
    assert any(f"`{setting.default}`" in row or (not setting.default and "empty" in row) for row in rows), (
        rows
    )


def test_the_readme_lists_no_setting_that_there_is_not() -> None:
    named = set(re.findall(r"`(ERRATA_[A-Z_]+)`", (ROOT / "README.md").read_text("utf-8")))
    assert named - {setting.variable for setting in SETTINGS.values()} <= {
        "ERRATA_TEST_PHOTOS",
        "ERRATA_TEST_CHROMIUM",
    }


def test_streamlit_fetches_nothing_from_elsewhere_and_tells_nobody() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["browser"]["gatherUsageStats"] is False
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["fileWatcherType"] == "none"
    assert "http" not in str(config["theme"])


LOADED = """
import sys
import app  # the server
from streamlit.testing.v1 import AppTest
seen = AppTest.from_file("app.py", default_timeout=60).run()
for pages in app.SECTIONS.values():
    for name in pages:
        seen.switch_page(f"pages/{name}.py").run()
        assert not seen.exception, (name, seen.exception)
print(sorted({name.split(".")[0] for name in sys.modules} & {"torch", "torchvision", "sklearn"}))
"""


def test_the_web_process_loads_no_torch(tmp_path: Path) -> None:
    environment = {**os.environ, "ERRATA_HOME": str(tmp_path), "ERRATA_DEMO": "0"}
    migrate = "from core.settings import Settings; from db.store import migrate, open_store; "
    migrate += "migrate(open_store(Settings.load().database_url))"
    done = subprocess.run(
        [sys.executable, "-c", migrate + LOADED], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("[]")
