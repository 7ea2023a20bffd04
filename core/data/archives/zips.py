"""A zip becomes a folder: everything is checked by its list of members before a byte is written."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from core.data import disk
from core.data.archives import members
from core.data.archives.members import Damaged, Packed, Tally
from core.data.importers.names import short
from core.errors import BadInput

_LOCAL_HEADER = 30  # bytes before a member's name and data, at least
# What zipfile raises on damaged or crafted archives, when opening or when reading a member.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)


def extract(packed: Packed, into: Path) -> None:
    """Unpack into a new or empty folder. Raises BadInput, Damaged, OSError; then `into` may hold a part."""
    try:
        with zipfile.ZipFile(packed.path) as opened:
            found = list(_checked(opened, packed))
            into.mkdir(parents=True, exist_ok=True)
            disk.require(into, sum(info.file_size for info, _ in found))
            _write(opened, found, into)
    except _DAMAGED as error:
        raise Damaged(str(error)) from error


def _checked(opened: zipfile.ZipFile, packed: Packed) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The files to write, each with its safe relative path; what is refused, is before a byte is written."""
    infos = opened.infolist()
    tally = Tally(packed)
    tally.check_count(len(infos))
    _check_overlap(infos, opened.start_dir)
    for info in infos:
        path = tally.member(info.orig_filename)
        _check_kind(info)
        if info.is_dir() or not members.wanted(path):
            continue
        tally.file(info.filename, info.file_size)
        _check_ratio(info, packed)
        yield info, path
    tally.check_ratio(tally.bytes)
    tally.check_any()


def _check_overlap(infos: list[zipfile.ZipInfo], end: int) -> None:
    """Each member has bytes of its own: one stretch of data that counts for many is how a bomb hides its ratio."""
    # Python 3.11's zipfile does not look.
    following: zipfile.ZipInfo | None = None
    for info in sorted(infos, key=lambda info: info.header_offset, reverse=True):
        if info.header_offset + _LOCAL_HEADER + info.compress_size > end:
            what = (
                "the archive's own list" if following is None else f"those of {short(following.filename, 80)}"
            )
            raise BadInput(
                f"The bytes of the archive's member {short(info.filename, 80)} overlap {what}: "
                "it is damaged or a zip bomb; pack it anew."
            )
        following, end = info, info.header_offset


def _check_kind(info: zipfile.ZipInfo) -> None:
    name = short(info.filename, 80)
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadInput(f"The archive's member {name} is a link or a device, not a file: refused.")
    if info.flag_bits & 0x1:
        raise BadInput(f"The archive's member {name} is encrypted: pack it without a password.")
    # LZMA and bzip2 may claim gigabytes of memory for their dictionaries before the first byte comes out.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadInput(f"The archive's member {name} is not packed as ordinary zip (deflate): pack it anew.")


def _check_ratio(info: zipfile.ZipInfo, packed: Packed) -> None:
    size, limits = info.file_size, packed.limits
    if size > limits.ratio_from_bytes and size > limits.ratio * max(info.compress_size, 1):
        raise BadInput(
            f"The archive's member {short(info.filename, 80)} unfolds {size // max(info.compress_size, 1)} : 1: "
            "a zip bomb."
        )


def _write(opened: zipfile.ZipFile, found: list[tuple[zipfile.ZipInfo, PurePosixPath]], into: Path) -> None:
    left = sum(info.file_size for info, _ in found)
    for info, path in found:
        target = into / path
        try:
            with disk.watched(lambda: left), members.written_once(info.filename):  # noqa: B023  called within this turn
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(info) as source, open(target, "xb") as file:
                    _copy(source, file, info)
        except _DAMAGED as error:
            name = short(info.filename, 80)
            raise BadInput(f"The archive's member {name} is damaged ({error}): upload it again.") from error
        left -= info.file_size


def _copy(source: IO[bytes], file: IO[bytes], info: zipfile.ZipInfo) -> None:
    """Copy in blocks; the size in the directory of the zip is a claim, so it is counted."""
    written = 0
    while block := source.read(members.BLOCK):
        written += len(block)
        if written > info.file_size:
            raise zipfile.BadZipFile("it is longer than it says")
        file.write(block)
    if written != info.file_size:
        raise zipfile.BadZipFile("it is shorter than it says")
