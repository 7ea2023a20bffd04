"""A zip from a stranger becomes a folder, or nothing at all and one sentence."""

import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from core.data import disk
from core.data.importers import listing
from core.data.importers.names import short
from core.errors import BadInput

_BLOCK = 1 << 20
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


@dataclass(frozen=True)
class ArchiveLimits:
    """What one archive may unfold to."""

    members: int = 2_000_000
    total_bytes: int = 200 * 1024**3
    member_bytes: int = 4 * 1024**3
    depth: int = 100
    """Folders within folders: beyond a thousand the system's own functions fail."""
    ratio: float = 200.0
    """Unpacked ÷ packed, of a member and of the file on disk; small ones are let through, see below."""
    ratio_from_bytes: int = 10 * 1024**2
    """A text file of one repeated line packs 1000 : 1 and harms nobody below this size."""


def extract(archive: Path, into: Path, limits: ArchiveLimits | None = None) -> Path:
    """Unpack a zip into a new or empty folder and return the folder that holds its content.

    That is `into`, or the only folder at its top. Files are streamed; what operating systems add (__MACOSX,
    hidden files) is left out. Raises BadInput, naming the member, for a path that leaves the folder, a link,
    a bomb, a password, damage, or a full disk; `into` is then removed again.
    """
    limits = limits or ArchiveLimits()
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise BadInput(f"{into} is not empty: an archive is unpacked into a folder of its own.")
    try:
        with zipfile.ZipFile(archive) as opened:
            members = list(_checked(opened, archive, limits))
            into.mkdir(parents=True, exist_ok=True)
            disk.require(into, sum(info.file_size for info, _ in members))
            _write(opened, members, into)
    except _DAMAGED as error:
        shutil.rmtree(into, ignore_errors=True)
        raise BadInput(
            f"The archive is not a whole zip file ({error}): choose another one, or send it again."
        ) from error
    except OSError as error:
        shutil.rmtree(into, ignore_errors=True)
        raise BadInput(f"{archive.name} cannot be unpacked ({error.strerror or error}).") from error
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise
    top = list(into.iterdir())
    return top[0] if len(top) == 1 and top[0].is_dir() else into


def _checked(
    opened: zipfile.ZipFile, archive: Path, limits: ArchiveLimits
) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The files to write, each with its safe relative path; what is refused, is before a byte is written."""
    infos = opened.infolist()
    if len(infos) > limits.members:
        raise BadInput(f"{archive.name} has {len(infos):,} members; {limits.members:,} are allowed.")
    _check_overlap(infos, opened.start_dir)
    total, files = 0, 0
    for info in infos:
        path = _safe_path(info)
        if len(path.parts) > limits.depth:
            raise BadInput(
                f"The archive's member {short(info.filename, 80)} lies {len(path.parts) - 1:,} folders deep; "
                f"{limits.depth} are allowed: pack it anew from a folder further in."
            )
        _check_kind(info)
        if info.is_dir() or not all(listing.visible(part) for part in path.parts):
            continue
        _check_size(info, limits)
        files += 1
        total += info.file_size
        if total > limits.total_bytes:
            raise BadInput(f"{archive.name} unfolds to more than {disk.size(limits.total_bytes)}: refused.")
        yield info, path
    if total > limits.ratio_from_bytes and total > limits.ratio * archive.stat().st_size:
        raise BadInput(
            f"{archive.name} unfolds to {disk.size(total)}, far more than its own size: a zip bomb."
        )
    if not files:
        raise BadInput(f"{archive.name} holds no files.")


def _safe_path(info: zipfile.ZipInfo) -> PurePosixPath:
    # Some writers use backslashes; on this side of the check they are separators like any other.
    name = info.orig_filename.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        raise BadInput(f"The archive's member {short(name, 80)} has an absolute path: refused.")
    if ".." in parts:
        raise BadInput(f"The archive's member {short(name, 80)} leads out of its folder (..): refused.")
    if "\x00" in name or any(len(os.fsencode(part)) > 255 for part in parts):
        raise BadInput(f"The archive's member {short(name, 80)} has a name that no file can have: rename it.")
    return PurePosixPath(*[part for part in parts if part not in ("", ".")])


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


def _check_size(info: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    name, size = short(info.filename, 80), info.file_size
    if size > limits.member_bytes:
        raise BadInput(f"The archive's member {name} has {disk.size(size)}: more than is allowed.")
    if size > limits.ratio_from_bytes and size > limits.ratio * max(info.compress_size, 1):
        raise BadInput(
            f"The archive's member {name} unfolds {size // max(info.compress_size, 1)} : 1: a zip bomb."
        )


def _write(
    opened: zipfile.ZipFile,
    members: list[tuple[zipfile.ZipInfo, PurePosixPath]],
    into: Path,
) -> None:
    left = sum(info.file_size for info, _ in members)
    for info, path in members:
        target = into / path
        try:
            with disk.watched(lambda: left):  # noqa: B023  called within this turn
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(info) as source, open(target, "xb") as file:
                    _copy(source, file, info)
        except (FileExistsError, NotADirectoryError) as error:
            raise BadInput(f"The archive holds {short(info.filename, 80)} twice: pack it anew.") from error
        except _DAMAGED as error:
            name = short(info.filename, 80)
            raise BadInput(f"The archive's member {name} is damaged ({error}): upload it again.") from error
        left -= info.file_size


def _copy(source: IO[bytes], file: IO[bytes], info: zipfile.ZipInfo) -> None:
    """Copy in blocks; the size in the directory of the zip is a claim, so it is counted."""
    written = 0
    while block := source.read(_BLOCK):
        written += len(block)
        if written > info.file_size:
            raise zipfile.BadZipFile("it is longer than it says")
        file.write(block)
    if written != info.file_size:
        raise zipfile.BadZipFile("it is shorter than it says")
