"""The heavy part of an import: in order, complete, and stopped with a sentence."""

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from core.data import build, disk, images, importers, pool, statistics
from core.data.pixels import PixelWriter, open_pixels
from core.data.thumbnails import ThumbnailPack
from core.errors import BadInput


def folder_of(root: Path, count: int, side: int = 16) -> Path:
    """Pictures of noise; the first has a label."""
    (root / "annotations").mkdir(parents=True)
    (root / "annotations" / "noise.txt").write_text("0")
    rng = np.random.default_rng(0)
    for at in range(count):
        values = rng.integers(0, 256, (side, side * 2, 3), dtype=np.uint8)
        Image.fromarray(values).save(root / f"im{at:03}.png")
    return root


def keys_of(parsed: importers.Parsed, built: build.Built) -> list[str]:
    return [parsed.images[at].key for at in built.facts.at.tolist()]


def plain(built: build.Built) -> tuple[object, ...]:
    """What was built as lists, for comparing."""
    facts = built.facts
    arrays = (facts.at, facts.sha256, facts.width, facts.height, facts.bytes)
    return *(array.tolist() for array in arrays), built.problems


def test_row_i_is_image_i_everywhere(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "in", 5)
    (root / "im002.png").write_bytes(b"")
    (root / "im004.png").write_bytes(b"notes, not a picture")
    told: list[tuple[int, int]] = []
    parsed = importers.parse(root)
    built = build.build(parsed, tmp_path / "out", lambda done, total: told.append((done, total)), workers=1)
    keys = keys_of(parsed, built)
    assert keys == ["im000.png", "im001.png", "im003.png"]
    assert [(problem.kind, problem.where) for problem in built.problems] == [
        ("unreadable image", "im002.png"),
        ("unreadable image", "im004.png"),
    ]
    assert told[-1] == (5, 5)
    pixels, pack = open_pixels(tmp_path / "out"), ThumbnailPack(tmp_path / "out")
    measured = statistics.open_statistics(tmp_path / "out")
    assert len(pixels) == len(pack) == len(measured) == 3
    facts = built.facts
    for row, key in enumerate(keys):
        alone, thumbnail, square = images.inspect(root / key)
        assert (alone.width, alone.height, alone.bytes) == (
            facts.width[row],
            facts.height[row],
            facts.bytes[row],
        )
        assert facts.sha256[row].tobytes() == hashlib.sha256((root / key).read_bytes()).digest()
        assert pack.get(row) == thumbnail
        assert (pixels[row] == square).all()
        assert measured[row, images.STATISTICS.index("aspect")] == 1  # twice as wide as high


def test_what_was_built_is_on_the_disk_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: set[int] = set()

    def note(handle: int) -> None:
        kept.add(os.fstat(handle).st_ino)

    monkeypatch.setattr(os, "fsync", note)
    build.build(importers.parse(folder_of(tmp_path / "in", 2)), tmp_path / "new" / "out", workers=1)
    out = tmp_path / "new" / "out"
    names = {path.name for path in out.iterdir()}
    assert names == {"pixels.npy", "thumbnails.bin", "thumbnails.idx.npy", "stats.npy"}
    assert {path.stat().st_ino for path in (out.parent, out, *out.iterdir())} <= kept


def test_processes_give_the_same_as_none(tmp_path: Path) -> None:
    parsed = importers.parse(folder_of(tmp_path / "in", pool.CHUNK * 2 + 3))
    alone = build.build(parsed, tmp_path / "one", workers=1)
    assert plain(build.build(parsed, tmp_path / "two", workers=2)) == plain(alone)
    for path in (tmp_path / "one").iterdir():
        assert (tmp_path / "two" / path.name).read_bytes() == path.read_bytes(), path.name


def test_what_progress_raises_stops_the_work(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    parsed = importers.parse(folder_of(tmp_path / "in", pool.CHUNK + 1))
    with pytest.raises(KeyboardInterrupt):
        build.build(parsed, tmp_path / "out", stop, workers=1)


def test_a_preview_finds_the_same_and_writes_nothing(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "in", 3)
    (root / "im001.png").write_bytes(b"")
    parsed = importers.parse(root)
    before = sorted(tmp_path.rglob("*"))
    previewed = build.examine(parsed.root, [image.key for image in parsed.images], workers=1)
    assert sorted(tmp_path.rglob("*")) == before
    assert plain(previewed) == plain(build.build(parsed, tmp_path / "out", workers=1))


def test_a_data_set_without_one_readable_image_is_refused(tmp_path: Path) -> None:
    folder_of(tmp_path / "in", 0)
    (tmp_path / "in" / "a.jpg").write_bytes(b"")
    with pytest.raises(
        BadInput, match=r"None of the 1 images can be read\. The first, a\.jpg: The file is empty"
    ):
        build.build(importers.parse(tmp_path / "in"), tmp_path / "out", workers=1)


def test_a_disk_without_room_is_told_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = importers.parse(folder_of(tmp_path / "in", 2))
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 0})())
    with pytest.raises(BadInput, match=r"The disk is full: needs about 119 KiB more\."):
        build.build(parsed, tmp_path / "out", workers=1)


def test_a_disk_that_fills_up_during_the_work_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(writer: PixelWriter, block: np.ndarray) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    parsed = importers.parse(folder_of(tmp_path / "in", 2))
    monkeypatch.setattr(PixelWriter, "append", full)
    with pytest.raises(BadInput, match=r"The disk is full: needs about 119 KiB more\."):
        build.build(parsed, tmp_path / "out", workers=1)


def test_a_picture_that_kills_its_decoder_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system ends a process for memory, or a decoder crashes: here the file's name does it."""
    root = folder_of(tmp_path / "in", 4)
    Image.new("RGB", (9, 9)).save(root / "im001-kills.png")
    (tmp_path / "deadly.py").write_text(DEADLY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(pool, "examine_some", __import__("deadly").examine_some)
    monkeypatch.setattr(pool, "CHUNK", 3)
    parsed = importers.parse(root)
    built = build.build(parsed, tmp_path / "out", workers=2)
    assert keys_of(parsed, built) == ["im000.png", "im001.png", "im002.png", "im003.png"]
    assert [problem.where for problem in built.problems] == ["im001-kills.png"]
    assert "ended by the system" in built.problems[0].reason


DEADLY = """
import os
from core.data import pool

real = pool.examine_some

def examine_some(root, keys, limits):
    if any("kills" in key for key in keys):
        os._exit(9)
    return real(root, keys, limits)
"""


def extended(root: Path, out: Path, rows: int, keys: list[str], **named: object) -> build.Built:
    return build.extend(root, keys, out, rows, workers=1, **named)  # type: ignore[arg-type]


def test_appended_in_parts_is_the_same_as_built_at_once(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "in", 7)
    parsed = importers.parse(root)
    keys = [image.key for image in parsed.images]
    build.build(parsed, tmp_path / "once", workers=1)
    first = importers.parse(folder_of(tmp_path / "first", 3))
    build.build(first, tmp_path / "parts", workers=1)
    found = extended(root, tmp_path / "parts", 3, keys[3:5])
    assert found.facts.at.tolist() == [0, 1]
    extended(root, tmp_path / "parts", 5, keys[5:])
    for path in (tmp_path / "once").iterdir():
        assert (tmp_path / "parts" / path.name).read_bytes() == path.read_bytes(), path.name


def test_what_lies_behind_the_rows_is_cut_off_first(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "in", 6)
    parsed = importers.parse(root)
    build.build(parsed, tmp_path / "out", workers=1)
    build.build(importers.parse(folder_of(tmp_path / "four", 4)), tmp_path / "less", workers=1)
    build.cut(tmp_path / "out", 4)
    for path in (tmp_path / "less").iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_disk_that_fills_up_while_appending_leaves_the_files_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder_of(tmp_path / "in", pool.CHUNK + 3)
    parsed = importers.parse(root)
    keys = [image.key for image in parsed.images]
    build.build(importers.parse(folder_of(tmp_path / "two", 2)), tmp_path / "out", workers=1)
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    real, blocks = PixelWriter.append, []

    def full(writer: PixelWriter, block: np.ndarray) -> None:
        blocks.append(len(block))
        if len(blocks) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(writer, block)

    monkeypatch.setattr(PixelWriter, "append", full)
    with pytest.raises(BadInput, match="The disk is full: needs about"):
        extended(root, tmp_path / "out", 2, keys[2:])
    assert len(blocks) == 2
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize("name", ["pixels.npy", "thumbnails.bin", "stats.npy"])
def test_a_file_that_lacks_rows_is_not_appended_to(tmp_path: Path, name: str) -> None:
    root = folder_of(tmp_path / "in", 3)
    build.build(importers.parse(root), tmp_path / "out", workers=1)
    build.build(importers.parse(folder_of(tmp_path / "two", 2)), tmp_path / "less", workers=1)
    for path in (tmp_path / "less").glob(f"{name.partition('.')[0]}*"):
        path.replace(tmp_path / "out" / path.name)
    with pytest.raises(BadInput, match=r"2 rows where 3 are expected.*doctor --repair"):
        extended(root, tmp_path / "out", 3, ["im000.png"])


def test_a_data_set_without_statistics_gets_none(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "in", 3)
    build.build(importers.parse(root), tmp_path / "out", workers=1)
    (tmp_path / "out" / "stats.npy").unlink()
    extended(root, tmp_path / "out", 3, ["im000.png"])
    assert len(open_pixels(tmp_path / "out")) == 4
    assert not (tmp_path / "out" / "stats.npy").exists()


def test_nothing_here_loads_torch_or_a_database() -> None:
    code = (
        "import sys, core.data.build, core.data.archive, core.data.splits, core.data.exporters; "
        "print([name for name in ('torch', 'sqlalchemy', 'streamlit', 'pandas') if name in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


def test_a_block_of_the_wrong_shape_is_a_mistake_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="128, 128, 3"), PixelWriter(tmp_path) as writer:
        writer.append(np.zeros((1, 64, 64, 3), np.uint8))


def test_a_killed_import_leaves_no_process_behind(tmp_path: Path) -> None:
    """The pool's processes wait for work on a pipe that they hold open themselves."""
    root = folder_of(tmp_path / "in", pool.CHUNK * 3)
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(root), str(tmp_path / "out")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        children = [psutil.Process(int(word)) for word in process.stdout.readline().split()]
        process.kill()
    assert len(children) >= 2
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []


KILLED = """
import sys, time
from pathlib import Path
import psutil
from core.data import build, importers

def stand_still(done, total):
    print(*[child.pid for child in psutil.Process().children(recursive=True)], flush=True)
    time.sleep(60)

if __name__ == "__main__":
    build.build(importers.parse(Path(sys.argv[1])), Path(sys.argv[2]), stand_still, workers=2)
"""
