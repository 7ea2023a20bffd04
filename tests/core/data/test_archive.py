"""What a hostile or broken zip can do: nothing."""

import contextlib
import errno
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import pytest

from core.data import archive, disk
from core.data.archive import ArchiveLimits
from core.data.archives import zips
from core.errors import BadInput


def packed(path: Path, members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def refused(path: Path, tmp_path: Path, limits: ArchiveLimits | None = None) -> str:
    """The sentence; nothing may be left of the attempt."""
    into = tmp_path / "into"
    with pytest.raises(BadInput) as caught:
        archive.extract(path, into, limits)
    assert not into.exists()
    return str(caught.value)


def test_a_zip_is_unpacked(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"images/im1.jpg": b"one", "annotations/sea.txt": b"1\n"})
    root = archive.extract(path, tmp_path / "into")
    assert root == tmp_path / "into"
    assert (root / "images" / "im1.jpg").read_bytes() == b"one"


def test_the_only_folder_at_the_top_is_the_root(tmp_path: Path) -> None:
    members = {"set/a.jpg": b"1", "__MACOSX/set/._a.jpg": b"x", ".DS_Store": b"x", "set/.DS_Store": b"x"}
    root = archive.extract(packed(tmp_path / "a.zip", members), tmp_path / "into")
    assert root == tmp_path / "into" / "set"
    assert [path.name for path in root.iterdir()] == ["a.jpg"]


@pytest.mark.parametrize(
    "name", ["../evil.jpg", "a/../../evil.jpg", "..\\evil.jpg", "a\\..\\..\\evil.jpg", "a/.."]
)
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    sentence = refused(packed(tmp_path / "a.zip", {"ok.jpg": b"1", name: b"2"}), tmp_path)
    assert "leads out of its folder" in sentence
    assert not (tmp_path / "evil.jpg").exists()


@pytest.mark.parametrize("name", ["/etc/evil", "//evil", "C:/evil", "c:\\evil", "\\evil"])
def test_an_absolute_path_is_refused(tmp_path: Path, name: str) -> None:
    assert "absolute path" in refused(packed(tmp_path / "a.zip", {name: b"2"}), tmp_path)


def test_folders_without_end_are_refused_with_their_number(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"ok.jpg": b"1", "d/" * 1500 + "a.jpg": b"2"})
    assert "lies 1,500 folders deep; 100 are allowed" in refused(path, tmp_path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    info = zipfile.ZipInfo("link.jpg")
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(info, "/etc/passwd")
    assert "'link.jpg' is a link or a device" in refused(tmp_path / "a.zip", tmp_path)


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"ok.jpg": b"1", "bomb.jpg": b"\x00" * (11 * 1024**2)})
    assert "'bomb.jpg' unfolds" in refused(path, tmp_path)


def test_a_bomb_of_many_small_members_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {f"{at}.jpg": b"\x00" * 1024**2 for at in range(12)})
    assert "far more than its own 13 KiB: an archive bomb" in refused(path, tmp_path)


def overlapping(path: Path, count: int, data: bytes) -> Path:
    """One stretch of packed bytes that `count` members claim, as in Fifield's bomb: each with its own header."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = squeezed.compress(data) + squeezed.flush()
    about = (20, 0, zipfile.ZIP_DEFLATED, 0, 0, zlib.crc32(data), len(kernel), len(data), 2, 0)
    headers = b"".join(struct.pack("<4s5H3L2H2s", b"PK\3\4", *about, b"%02d" % at) for at in range(count))
    listed = b"".join(
        struct.pack("<4s6H3L5H2L2s", b"PK\1\2", 20, *about, 0, 0, 0, 0, 32 * at, b"%02d" % at)
        for at in range(count)
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(listed), len(headers + kernel), 0)
    path.write_bytes(headers + kernel + listed + end)
    return path


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(100_000)
    sentence = refused(overlapping(tmp_path / "a.zip", 20, noise), tmp_path)
    assert "The bytes of the archive's member '18' overlap those of '19'" in sentence
    assert archive.extract(overlapping(tmp_path / "b.zip", 1, noise), tmp_path / "into").is_dir()


def test_a_member_that_reaches_into_the_list_of_members_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.jpg": b"x" * 5000}, zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data.replace((5000).to_bytes(4, "little"), (6000).to_bytes(4, "little")))
    assert "'a.jpg' overlap the archive's own list" in refused(path, tmp_path)


def test_a_small_file_that_packs_well_is_no_bomb(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"night.txt": b"1\n" * 500_000, "im1.jpg": b"1"})
    assert (archive.extract(path, tmp_path / "into") / "night.txt").stat().st_size == 1_000_000


def test_limits_on_count_member_and_total(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a": b"12345", "b": b"12345"})
    assert "2 members; 1 are allowed" in refused(path, tmp_path, ArchiveLimits(members=1))
    assert "more than is allowed" in refused(path, tmp_path, ArchiveLimits(member_bytes=4))
    assert "unfolds to more than 9 bytes" in refused(path, tmp_path, ArchiveLimits(total_bytes=9))


def test_a_member_longer_than_it_says_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.jpg": b"x" * 5000}, zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data.replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert "a.jpg" in refused(path, tmp_path)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.jpg": b"secret"}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[6] |= 1  # The flag stands in the local header and again in the central directory.
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "'a.jpg' is encrypted" in refused(path, tmp_path)


def test_a_damaged_member_is_named_and_the_others_are_removed_again(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.jpg": b"fine", "b.jpg": b"DAMAGE ME"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"DAMAGE ME", b"damaged!!"))
    assert "'b.jpg' is damaged" in refused(path, tmp_path)


def test_a_cut_zip_and_a_file_that_is_none(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.jpg": b"1" * 1000})
    path.write_bytes(path.read_bytes()[:60])
    assert "not a whole zip file" in refused(path, tmp_path)
    path.write_bytes(b"not packed at all")
    assert "a.zip is no archive, or damaged: pack the folder as a zip, tar" in refused(path, tmp_path)
    path.write_bytes(b"Rar!\x1a\x07\x01\x00")
    assert "a.zip is packed with RAR" in refused(path, tmp_path)
    path.write_bytes(b"")
    assert "a.zip is empty" in refused(path, tmp_path)


def test_an_upload_is_called_by_the_name_that_people_know(tmp_path: Path) -> None:
    path = packed(tmp_path / "0f3c", {})
    with pytest.raises(BadInput, match=r"“Sea and sky\.zip” holds no files"):
        archive.extract(path, tmp_path / "into", called="“Sea and sky.zip”")


def test_an_archive_of_nothing_but_archives_is_told_as_such(tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", {"a.jpg": b"1"}).read_bytes()
    sentence = refused(packed(tmp_path / "a.zip", {"set/inner.zip": inner}), tmp_path)
    assert "a.zip holds nothing but another archive (inner.zip): unpack it once" in sentence
    beside = packed(tmp_path / "b.zip", {"set/inner.zip": inner, "set/a.jpg": b"1"})
    assert archive.extract(beside, tmp_path / "into").name == "set"


def test_an_archive_without_files_is_refused(tmp_path: Path) -> None:
    assert "holds no files" in refused(packed(tmp_path / "a.zip", {}), tmp_path)
    assert "holds no files" in refused(packed(tmp_path / "b.zip", {".DS_Store": b"1"}), tmp_path)


def test_other_ways_of_packing_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.jpg": b"1"}, zipfile.ZIP_LZMA)
    assert "not packed as ordinary zip" in refused(path, tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("a.jpg", b"1")
        file.writestr("a.jpg", b"2")
    assert "'a.jpg' twice" in refused(tmp_path / "a.zip", tmp_path)
    path = packed(tmp_path / "b.zip", {"a": b"1", "a/b.jpg": b"2"})
    assert "twice" in refused(path, tmp_path)


def test_a_name_too_long_for_a_file_is_refused(tmp_path: Path) -> None:
    assert "no file can have" in refused(packed(tmp_path / "a.zip", {"x" * 300: b"1"}), tmp_path)


def test_a_full_disk_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 10})()
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder: usage)
    path = packed(tmp_path / "a.zip", {"a.jpg": b"1" * 1034})
    assert "The disk is full: needs about 1 KiB more" in refused(path, tmp_path)


def test_a_disk_that_fills_up_while_unpacking_is_told_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, file: IO[bytes], info: zipfile.ZipInfo) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zips, "_copy", full)
    path = packed(tmp_path / "a.zip", {"a.jpg": b"1" * 1034})
    assert "The disk is full: needs about 1 KiB more" in refused(path, tmp_path)


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    (into / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match="not empty"):
        archive.extract(packed(tmp_path / "a.zip", {"a.jpg": b"1"}), into)
    assert (into / "mine.txt").read_text() == "mine"


def test_damage_anywhere_is_a_sentence_or_harmless(tmp_path: Path) -> None:
    rng = random.Random(5)
    whole = packed(
        tmp_path / "a.zip", {"images/a.jpg": b"1" * 300, "images/b.txt": bytes(range(256))}
    ).read_bytes()
    for at in range(150):
        data = bytearray(whole[: rng.choice((len(whole), rng.randrange(1, len(whole))))])
        for _ in range(3):
            data[rng.randrange(len(data))] = rng.randrange(256)
        (tmp_path / "a.zip").write_bytes(data)
        into = tmp_path / f"into{at}"
        with contextlib.suppress(BadInput):
            archive.extract(tmp_path / "a.zip", into)
            continue
        assert not into.exists()
    assert {path.name.rstrip("0123456789") for path in tmp_path.iterdir()} <= {"a.zip", "into"}
