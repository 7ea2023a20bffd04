"""What a hostile or broken tar can do: nothing. The same rules as for a zip, and those of its packings."""

import bz2
import contextlib
import errno
import gzip
import io
import lzma
import os
import random
import struct
import subprocess
import sys
import tarfile
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.data import archive, disk
from core.data.archive import ArchiveLimits
from core.data.archives import streams
from core.errors import BadInput

PACKINGS = {"tar": "w:", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}
SMALL = {"set/images/im1.jpg": b"one" * 400, "set/annotations/sea.txt": b"1\n"}


def packed(
    path: Path, members: Mapping[str, bytes], ending: str = "tar", format: int = tarfile.PAX_FORMAT
) -> Path:
    with tarfile.open(path, PACKINGS[ending], format=format) as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


def of_one(path: Path, info: tarfile.TarInfo, data: bytes = b"") -> Path:
    with tarfile.open(path, "w") as file:
        file.addfile(info, io.BytesIO(data))
    return path


def refused(path: Path, tmp_path: Path, limits: ArchiveLimits | None = None) -> str:
    """The sentence; nothing may be left of the attempt."""
    into = tmp_path / "into"
    with pytest.raises(BadInput) as caught:
        archive.extract(path, into, limits)
    assert not into.exists()
    return str(caught.value)


@pytest.mark.parametrize("ending", PACKINGS)
@pytest.mark.parametrize("name", ["a.zip", "upload"])
def test_a_tar_is_unpacked_whatever_it_is_called(tmp_path: Path, ending: str, name: str) -> None:
    root = archive.extract(packed(tmp_path / name, SMALL, ending), tmp_path / "into")
    assert root == tmp_path / "into" / "set"
    assert {path.name: path.read_bytes() for path in root.rglob("*.*")} == {
        "im1.jpg": b"one" * 400,
        "sea.txt": b"1\n",
    }


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_are_kept_in_every_dialect(tmp_path: Path, format: int) -> None:
    deep = "größe/" * 12 + "夜の海 1.jpg"
    root = archive.extract(
        packed(tmp_path / "a.tar", {"a.jpg": b"1", deep: b"2"}, format=format), tmp_path / "into"
    )
    assert (root / deep).read_bytes() == b"2"


def test_hidden_files_and_those_of_operating_systems_are_left_out(tmp_path: Path) -> None:
    members = {"set/a.jpg": b"1", "set/._a.jpg": b"x", ".DS_Store": b"x", "__MACOSX/set/a.jpg": b"x"}
    root = archive.extract(packed(tmp_path / "a.tar", members), tmp_path / "into")
    assert [path.name for path in root.iterdir()] == ["a.jpg"]
    assert [path.name for path in root.parent.iterdir()] == ["set"]


@pytest.mark.parametrize("name", ["../evil.jpg", "a/../../evil.jpg", "..\\evil.jpg", "a/.."])
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    assert "leads out of its folder" in refused(
        packed(tmp_path / "a.tar", {"ok.jpg": b"1", name: b"2"}), tmp_path
    )
    assert not (tmp_path / "evil.jpg").exists()


@pytest.mark.parametrize("name", ["/etc/evil", "//evil", "C:/evil"])
def test_an_absolute_path_is_refused(tmp_path: Path, name: str) -> None:
    assert "absolute path" in refused(packed(tmp_path / "a.tar", {name: b"2"}), tmp_path)


def test_folders_without_end_and_names_too_long_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar", {"ok.jpg": b"1", "d/" * 1500 + "a.jpg": b"2"})
    assert "lies 1,500 folders deep; 100 are allowed" in refused(path, tmp_path)
    assert "no file can have" in refused(packed(tmp_path / "b.tar", {"x" * 300: b"1"}), tmp_path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, b"V"])
def test_links_devices_and_unknown_kinds_are_refused(tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("link.jpg")
    info.type, info.linkname = kind, "/etc/passwd"
    assert "'link.jpg' is a link or a device" in refused(of_one(tmp_path / "a.tar", info), tmp_path)


def test_a_file_through_a_link_made_before_it_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    link, through = tarfile.TarInfo("set"), tarfile.TarInfo("set/evil.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, str(outside)
    with tarfile.open(tmp_path / "a.tar", "w") as file:
        file.addfile(link)
        file.addfile(through)
    refused(tmp_path / "a.tar", tmp_path)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("ending", ["tar.gz", "tar.bz2", "tar.xz"])
def test_a_bomb_is_refused_while_it_unfolds(tmp_path: Path, ending: str) -> None:
    path = packed(tmp_path / "a", {"ok.jpg": b"1", "bomb.jpg": b"\0" * (12 * 1024**2)}, ending)
    assert "an archive bomb" in refused(path, tmp_path)


def test_a_bomb_in_what_would_be_left_out_is_one_too(tmp_path: Path) -> None:
    path = packed(tmp_path / "a", {".hidden": b"\0" * (12 * 1024**2), "ok.jpg": b"1"}, "tar.gz")
    assert "an archive bomb" in refused(path, tmp_path)


def test_zeros_without_end_behind_the_end_are_a_bomb(tmp_path: Path) -> None:
    path = packed(tmp_path / "a", SMALL)
    path.write_bytes(gzip.compress(path.read_bytes() + bytes(12 * 1024**2)))
    assert "an archive bomb" in refused(path, tmp_path)


def test_a_header_that_asks_for_memory_is_refused_without_taking_it(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 512 * 1024**2
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.USTAR_FORMAT) + b"1 " * 2 * 1024**2)
    tracemalloc.start()
    try:
        assert "a header is larger than any name needs" in refused(tmp_path / "a.tar", tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 16 * 1024**2
    finally:
        tracemalloc.stop()


def test_a_header_of_one_endless_number_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 200_000
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.USTAR_FORMAT) + b"1" * 200_192 + bytes(1024))
    assert "a number without end" in refused(tmp_path / "a.tar", tmp_path)


def test_a_crafted_xz_cannot_ask_for_gigabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path / "a.tar", SMALL)
    greedy = [{"id": lzma.FILTER_LZMA2, "dict_size": 1024**2}]
    path.write_bytes(lzma.compress(path.read_bytes(), filters=greedy))
    assert archive.extract(path, tmp_path / "fine").is_dir()
    monkeypatch.setattr(streams, "XZ_MEMORY_BYTES", 512 * 1024)  # as 4 GiB of dictionary against 256 MiB
    assert "not a whole xz file (Memory usage limit exceeded)" in refused(path, tmp_path)


@pytest.mark.parametrize(("ending", "again"), [("tar.gz", gzip), ("tar.bz2", bz2), ("tar.xz", lzma)])
def test_streams_written_one_after_another_are_one_archive(tmp_path: Path, ending: str, again) -> None:
    whole = packed(tmp_path / "a.tar", SMALL).read_bytes()
    parts = [whole[:700], whole[700:3000], whole[3000:]]
    padding = bytes(8) if ending == "tar.xz" else b""
    (tmp_path / "a").write_bytes(padding.join(again.compress(part) for part in parts) + padding)
    assert (archive.extract(tmp_path / "a", tmp_path / "into") / "images" / "im1.jpg").is_file()


def test_limits_on_count_member_and_total(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar", {"a": b"12345", "b": b"12345"})
    assert "2 members; 1 are allowed" in refused(path, tmp_path, ArchiveLimits(members=1))
    assert "more than is allowed" in refused(path, tmp_path, ArchiveLimits(member_bytes=4))
    assert "unfolds to more than 9 bytes" in refused(path, tmp_path, ArchiveLimits(total_bytes=9))


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as file:
        file.addfile(tarfile.TarInfo("a.jpg"))
        file.addfile(tarfile.TarInfo("./a.jpg"))
    assert "'./a.jpg' twice" in refused(tmp_path / "a.tar", tmp_path)
    assert "twice" in refused(packed(tmp_path / "b.tar", {"a": b"1", "a/b.jpg": b"2"}), tmp_path)


@pytest.mark.parametrize("ending", PACKINGS)
def test_a_tar_cut_anywhere_is_refused(tmp_path: Path, ending: str) -> None:
    noise = random.Random(3).randbytes(3000)
    whole = packed(tmp_path / "a", {"a.jpg": noise, "b.jpg": noise}, ending).read_bytes()
    most = 7680 if ending == "tar" else len(whole)  # in front of the second zero block that ends a plain tar
    for at in sorted({1, 5, 300, 512, 3584, 4096, 7000, most - 1} & set(range(1, most))):
        (tmp_path / "a").write_bytes(whole[:at])
        assert refused(tmp_path / "a", tmp_path).count(". ") <= 1, at


def test_a_damaged_header_in_the_middle_is_not_taken_for_the_end(tmp_path: Path) -> None:
    data = bytearray(packed(tmp_path / "a.tar", {"a.jpg": b"1", "b.jpg": b"2"}).read_bytes())
    data[1024 + 150] ^= 1  # in the checksum of the second header
    (tmp_path / "a.tar").write_bytes(data)
    assert "before its end marker" in refused(tmp_path / "a.tar", tmp_path)


def test_a_wrong_checksum_of_the_packing_is_told(tmp_path: Path) -> None:
    data = bytearray(packed(tmp_path / "a.tgz", SMALL, "tar.gz").read_bytes())
    data[-6] ^= 1
    (tmp_path / "a.tgz").write_bytes(data)
    assert "not a whole gzip file (CRC check failed" in refused(tmp_path / "a.tgz", tmp_path)


def test_two_tars_glued_together_are_told_rather_than_halved(tmp_path: Path) -> None:
    whole = packed(tmp_path / "a.tar", SMALL).read_bytes()
    (tmp_path / "a.tar").write_bytes(whole + whole)
    assert "a.tar holds more behind its end" in refused(tmp_path / "a.tar", tmp_path)


def test_a_member_that_reaches_back_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("back.jpg")
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[124:136] = b"\xff" * 4 + struct.pack(">q", -4096)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    (tmp_path / "a.tar").write_bytes(head + bytes(10240))
    assert "negative size" in refused(tmp_path / "a.tar", tmp_path)


def test_a_sparse_member_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("holes.jpg")
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "holes.jpg",
        "GNU.sparse.realsize": "999999999",
    }
    data = b"1\n0\n4\n".ljust(512, b"\0") + b"data"
    info.size = len(data)
    assert "'holes.jpg' is packed with holes" in refused(of_one(tmp_path / "a.tar", info, data), tmp_path)


@pytest.mark.parametrize(("again", "kind"), [(gzip, "gzip"), (bz2, "bzip2"), (lzma, "xz")])
def test_one_packed_file_is_no_archive_and_a_tar_packed_twice_is_told(tmp_path: Path, again, kind) -> None:
    path = tmp_path / "a"
    path.write_bytes(again.compress(b"image,labels\n" * 100))
    assert f"a is one file packed with {kind}, no archive of many" in refused(path, tmp_path)
    packed(path, SMALL, "tar.gz")
    path.write_bytes(again.compress(path.read_bytes()))
    assert f"a is packed twice (gzip within {kind})" in refused(path, tmp_path)


def test_an_archive_without_files_or_of_another_archive_is_refused(tmp_path: Path) -> None:
    for ending in PACKINGS:
        assert "holds no files" in refused(packed(tmp_path / "a", {}, ending), tmp_path)
    assert "holds no files" in refused(packed(tmp_path / "b", {".DS_Store": b"1"}), tmp_path)
    inner = packed(tmp_path / "inner", SMALL, "tar.gz").read_bytes()
    assert "nothing but another archive (x.tgz)" in refused(
        packed(tmp_path / "c", {"x.tgz": inner}), tmp_path
    )


def test_a_disk_that_fills_up_while_unpacking_is_told_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(tmp_path / "a.tar", {"a.jpg": b"1" * 1034})
    usage = type("Usage", (), {"free": 10})()
    with monkeypatch.context() as patched:
        patched.setattr(disk.shutil, "disk_usage", lambda folder: usage)
        assert "The disk is full" in refused(path, tmp_path)

    def full(self: object, _: Path) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.data.archives.tars.open", lambda *_: _opened(*_), raising=False)

    def _opened(name: Path, mode: str):
        if mode == "xb":
            raise OSError(errno.ENOSPC, "No space left on device")
        return open(name, mode)

    assert "The disk is full: needs about 1 KiB more" in refused(path, tmp_path)


_PEAK = """
import sys, tracemalloc
from pathlib import Path
from core.data import archive

def peak(count):
    tracemalloc.start()
    archive.extract(Path(f"{count}.tar"), Path(f"into{count}"))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most

peak(10)
print(peak(300), peak(3000))
"""


def test_memory_does_not_grow_with_the_members(tmp_path: Path) -> None:
    for count in (10, 300, 3000):
        packed(tmp_path / f"{count}.tar", {f"{at:05}.txt": b"" for at in range(count)})
    # In a process of its own: what other tests left running here allocates, too.
    path = {"PYTHONPATH": str(Path(__file__).parents[3])}
    ended = subprocess.run(
        [sys.executable, "-c", _PEAK],
        cwd=tmp_path,
        env=os.environ | path,
        capture_output=True,
        text=True,
        check=True,
    )
    few, many = map(int, ended.stdout.split())
    assert many < few + 512 * 1024


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    ending=st.sampled_from(sorted(PACKINGS)),
    format=st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    inside=st.booleans(),
    keep=st.floats(0, 1) | st.just(1.0),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=12)), max_size=4),
)
def test_damage_anywhere_is_a_sentence_or_harmless(
    tmp_path: Path, ending: str, format: int, inside: bool, keep: float, changes: list[tuple[float, bytes]]
) -> None:
    """inside: the damage is done to the tar, and then it is packed; else to the packed bytes."""
    place = tmp_path / "place"
    place.mkdir(exist_ok=True)
    long = {"größe/" * 25 + "a.jpg": b"2", **SMALL}
    path = packed(place / "a", long, "tar" if inside else ending, format)
    data = bytearray(path.read_bytes())
    for at, new in changes:
        first = min(int(at * len(data)), len(data) - 1)
        data[first : first + len(new)] = new
    del data[max(int(keep * len(data)), 1) :]
    repack = {"tar.gz": gzip.compress, "tar.bz2": bz2.compress, "tar.xz": lzma.compress}
    path.write_bytes(repack[ending](data) if inside and ending != "tar" else data)
    into = place / "into"
    try:
        archive.extract(path, into)
    except BadInput:
        assert not into.exists()
    else:
        assert all(found.resolve().is_relative_to(into) for found in into.rglob("*"))
    with contextlib.suppress(FileNotFoundError):
        archive.shutil.rmtree(into)
    assert [found.name for found in place.iterdir()] == ["a"]
    assert [found.name for found in tmp_path.iterdir()] == ["place"]
