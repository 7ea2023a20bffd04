"""Nothing is overwritten unasked, and what is written is whole or not there."""

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.data import disk, exporters
from core.data.exporters import EXPORTERS, Options, target
from core.errors import BadInput
from tests.core.data.exporters.made import snapshot

OTHER = snapshot(states=((0, 0),))
FORMATS = [format for format in EXPORTERS if format != "changes"]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_overwritten_unasked(tmp_path: Path, format: str) -> None:
    out = tmp_path / f"out{exporters.exporter(format).suffix}"
    exporters.exporter(format).write(out, snapshot())
    before = contents(tmp_path)
    with pytest.raises(BadInput, match=r"exists already|not empty"):
        exporters.exporter(format).write(out, OTHER)
    assert contents(tmp_path) == before
    exporters.exporter(format).write(out, OTHER, Options(force=True))
    assert contents(tmp_path).keys() == before.keys()
    assert contents(tmp_path) != before


@pytest.mark.parametrize("format", ["label-files", "imagefolder", "fiftyone"])
def test_what_lies_beside_the_annotations_is_left_alone(tmp_path: Path, format: str) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "im0.jpg").write_text("a photograph")
    exporters.exporter(format).write(tmp_path, snapshot(), Options(force=True))
    assert (tmp_path / "images" / "im0.jpg").read_text() == "a photograph"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("force", [False, True])
def test_an_export_that_breaks_leaves_what_was_there(tmp_path: Path, force: bool) -> None:
    (tmp_path / "old.csv").write_text("old")
    out = tmp_path / ("old.csv" if force else "new.csv")

    def broken() -> None:
        with target.new_file(out, 1, force=force) as draft:
            draft.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert (tmp_path / "old.csv").read_text() == "old"


def test_a_file_that_somebody_made_meanwhile_is_kept(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match="exists already: choose another name, or let --force replace it"),
        target.new_file(tmp_path / "a.csv", 1, force=False) as draft,
    ):
        draft.write_text("ours")
        (tmp_path / "a.csv").write_text("theirs")
    assert (tmp_path / "a.csv").read_text() == "theirs"


@pytest.mark.parametrize("format", FORMATS)
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    out = tmp_path / f"out{exporters.exporter(format).suffix}"
    monkeypatch.setattr(disk, "require", _full)
    with pytest.raises(BadInput, match="The disk is full"):
        exporters.exporter(format).write(out, snapshot())
    assert list(tmp_path.iterdir()) == []


def _full(folder: Path, need_bytes: int) -> None:
    assert need_bytes > 0
    raise BadInput("The disk is full: needs about 3 KiB more.")


def test_a_disk_that_fills_up_while_writing_is_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match=r"The disk is full: needs about 3 KiB more"),
        target.new_file(tmp_path / "a.csv", 3072, force=False),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_that_is_not_there_is_named_and_not_made(tmp_path: Path, format: str) -> None:
    out = tmp_path / "typo" / f"out{exporters.exporter(format).suffix}"
    with pytest.raises(BadInput, match=r"There is no folder .*typo: make it first"):
        exporters.exporter(format).write(out, snapshot())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_closed_to_us_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(**_: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(target.tempfile, "mkdtemp", closed)
    with pytest.raises(BadInput, match=r"cannot be written to \(Permission denied\): choose another place"):
        exporters.exporter("csv").write(tmp_path / "a.csv", snapshot())


def test_a_table_can_be_written_into_a_pipe(tmp_path: Path) -> None:
    out = tmp_path / "pipe"
    os.mkfifo(out)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(out.read_bytes()))
    reader.start()
    exporters.exporter("csv").write(out, snapshot())
    reader.join(10)
    assert read[0].startswith(b"image,labels,split")
    assert out.is_fifo()


def test_an_export_that_is_killed_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from core.data.exporters import target\n"
        "with target.new_file(Path(sys.argv[1]), 1, force=True) as draft:\n"
        "    draft.write_text('half'); print('half', flush=True); time.sleep(60)\n"
    )
    (tmp_path / "a.csv").write_text("old")
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "a.csv")], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"half\n"
        child.send_signal(signal.SIGKILL)
    assert (tmp_path / "a.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["a.csv"]
