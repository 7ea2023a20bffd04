"""The command line: what it answers, where, and with which exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import processes
from core.cli import commands, data, learning

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Run a command in a home of its own."""
    environment = {**os.environ, "ERRATA_HOME": str(tmp_path / "home"), "ERRATA_WORKER_IDLE_S": "1"}
    environment.pop("ERRATA_DATABASE_URL", None)

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "core", *words],
            cwd=processes.ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_a_home_that_cannot_be_made_is_one_sentence(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file is in the way")
    done = cli("runs")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Errata keeps its files in {tmp_path / 'home'}, which cannot be made (")
    assert done.stderr.count("\n") == 1


def test_a_home_that_is_read_only_is_one_sentence(
    here: None, empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    assert commands.main(["serve"]) == 1
    assert f"Errata keeps its files in {empty}, which cannot be written to" in capsys.readouterr().err


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def here(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that run in this very process find an empty home."""
    monkeypatch.setenv("ERRATA_HOME", str(empty))
    monkeypatch.delenv("ERRATA_DATABASE_URL", raising=False)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twenty pictures of two labels."""
    folder = tmp_path / "photos"
    folder.mkdir()
    chance = np.random.default_rng(0)
    lines = ["image,labels"]
    for i in range(20):
        Image.fromarray(chance.integers(0, 255, (24, 24, 3), dtype=np.uint8)).save(folder / f"{i}.png")
        lines.append(f"{i}.png,{'sea|clouds' if i % 2 else 'sea'}")
    (folder / "labels.csv").write_text("\n".join(lines))
    return folder


def one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith(".\n") and "Traceback" not in text


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nonsense"], 2, "No such command 'nonsense'"),
        (["train"], 2, "Missing option '--dataset'"),
        (["train", "--dataset", "x", "--preset", "best"], 2, "There is no preset 'best'"),
        (["train", "--dataset", "x", "--set", "epochs=0"], 2, "epochs"),
        (["train", "--dataset", "x", "--set", "epochs"], 2, "key=value"),
        (["import", "/nowhere", "--name", "x", "--split", "train=.9"], 2, "both train and val"),
        (["import", "/nowhere", "--name", "x", "--split", "train=.9,val=.3"], 2, "add up to 1.2"),
        (
            ["import", "/nowhere", "--name", "x", "--unlisted", "maybe"],
            2,
            "'--unlisted': 'maybe' is not one of",
        ),
        (["import", "/nowhere", "--name", "x"], 1, "There is no folder or file /nowhere"),
        (["train", "--dataset", "x"], 1, "There is no data set named “x”"),
        (["analyse", "7"], 1, "There is no run number 7"),
        (["stop", "7"], 1, "There is no run number 7"),
        (["stop", "9" * 20], 2, "Invalid value for 'RUN': it must be at most 2147483647; see"),
        (["stop", "0"], 2, "it must be at least 1; see"),
        (["stop", "first"], 2, "it must be a whole number; see"),
        (["runs", "--dataset", "caf\udce9"], 2, "“caf\ufffd” is not UTF-8"),
        (["runs", "--dataset", "9" * 20], 1, "There is no data set named"),
        (["compare", "7", "8"], 1, "There is no run number 7"),
        (["predict", "7", "a.jpg"], 1, "There is no run number 7"),
        (["delete", "x"], 1, "There is no data set named “x”"),
        (["correct", "a.csv", "--dataset", "x", "--author", "Ada"], 1, "There is no data set named “x”"),
    ],
)
def test_an_error_is_one_sentence_on_stderr(
    here: None, capfd: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert commands.main(words) == code
    out, told = capfd.readouterr()
    assert out == ""
    assert said in told
    assert one_sentence(told), told


def test_the_exit_code_reaches_the_shell(cli: Cli) -> None:
    assert cli("nonsense").returncode == 2
    done = cli("stop", "7")
    assert (done.returncode, done.stderr) == (1, "There is no run number 7.\n")


def test_ctrl_c_before_the_command_is_loaded_is_a_word_and_exit_code_1() -> None:
    code = """
import runpy, sys
class Impatient:
    def find_spec(self, name, *_):
        if name == "core.cli.data":
            exec("raise KeyboardInterrupt")  # Python remembers one that came while it ran text
sys.meta_path.insert(0, Impatient())
sys.argv = ["core", "runs"]
runpy.run_module("core", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=processes.ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Stopped.\n")


def test_ctrl_c_on_predict_is_a_word(
    here: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.cli.predicting.predict", interrupted)
    assert commands.main(["predict", "1", "a.png"]) == 1
    assert capfd.readouterr() == ("", "Stopped.\n")


def test_help_names_every_command_and_no_inner_one(cli: Cli) -> None:
    done = cli("--help")
    assert done.returncode == 0
    listed = (
        "demo import train runs stop resume analyse compare import-run predict correct export rename delete"
    )
    assert all(f" {name} " in done.stdout for name in [*listed.split(), "worker", "serve", "doctor"])
    assert "predictor" not in done.stdout


def test_help_loads_neither_torch_nor_the_database() -> None:
    heavy = "('torch', 'sqlalchemy', 'numpy')"
    code = f"import core.cli.commands, sys; print(*[m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=processes.ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_a_wrong_setting_in_the_environment_is_named(
    here: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "eighty")
    assert commands.main(["runs"]) == 1
    told = capfd.readouterr().err
    assert "PORT is “eighty”" in told
    assert one_sentence(told)


def test_set_takes_several_settings() -> None:
    words = ["train", "--set", "epochs=3", "batch=8", "--dataset", "a=b", "--set", "side_px=32"]
    assert commands.spread(words) == [
        *("train", "--set", "epochs=3", "--set", "batch=8", "--dataset", "a=b", "--set", "side_px=32")
    ]


def test_settings_change_the_preset() -> None:
    config = learning.parse_config("scratch", ["epochs=3", "ema=none"])
    assert (config.preset, config.epochs, config.ema) == ("scratch", 3, None)


def test_shares_are_read_as_people_write_them() -> None:
    assert {p.value: s for p, s in data.parse_split("train=.7, val=.2,test=.1").items()} == {
        "train": 0.7,
        "val": 0.2,
        "test": 0.1,
    }


def test_a_dry_run_stores_nothing(cli: Cli, photos: Path) -> None:
    done = cli("import", str(photos), "--name", "tiny", "--dry-run", "--json")
    found = json.loads(done.stdout)
    assert (found["images"], found["labels"]) == (20, [["clouds", 10], ["sea", 20]])
    assert cli("runs", "--dataset", "tiny").returncode == 1


def test_a_data_set_is_imported_renamed_corrected_exported_and_deleted(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    done = cli("import", str(photos), "--name", "tiny", "--split", "train=.5,val=.5", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["labels"] == {"clouds": 10, "sea": 20}
    assert found["parts"] == {"train": 10, "val": 10, "test": 0}
    assert cli("rename", "tiny", "small").returncode == 0
    fixes = tmp_path / "fixes.csv"
    fixes.write_text("image,label,state\n0.png,clouds,present\n1.png,clouds,present\n")
    done = cli("correct", str(fixes), "--dataset", "small", "--author", "Ada", "--json")
    assert json.loads(done.stdout) == {"changed": 2, "unchanged": 0, "revision": 2}
    fixes.write_text("image,label,state\n0.png,clouds,present\n1.png,clouds,absent\n")
    done = cli("correct", str(fixes), "--dataset", "small", "--author", "Ada")
    assert done.stdout == "1 label corrected (1 was so already); “small” is at revision 3.\n"
    out = tmp_path / "out.csv"
    assert cli("export", "--dataset", "small", "--format", "csv", "--out", str(out)).returncode == 0
    written = out.read_text()
    assert len(written.splitlines()) == 21
    refused = cli("export", "--dataset", "small", "--format", "csv", "--out", str(out))
    assert (refused.returncode, "exists already" in refused.stderr) == (1, True)
    words = ("--format", "csv", "--out", str(out), "--revision", "1", "--force")
    assert cli("export", "--dataset", "small", *words).returncode == 0
    assert out.read_text() != written
    beyond = cli("export", "--dataset", "small", *words[:-2], "1000", "--force")
    assert (beyond.returncode, beyond.stderr) == (
        1,
        "There is no revision 1000 of “small”: the newest is 3.\n",
    )
    freed = cli("delete", "small")
    assert freed.returncode == 0
    assert "MB freed" in freed.stderr
    assert "There is no data set named “small”" in cli("runs", "--dataset", "small").stderr
