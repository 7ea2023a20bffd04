"""Which kind of archive a file is, told by its first bytes: names lie."""

import enum
import tarfile
import zipfile
from pathlib import Path

_HEADER = 512  # bytes of the first header of a tar

# What people send and Errata does not read, so that it can be said by name.
_UNREADABLE = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x04\x22\x4d\x18": "LZ4",
    b"\x1f\x9d": "compress (.Z)",
    b"LZIP": "lzip",
    b"\x5d\x00\x00": "LZMA",
}


class Kind(enum.Enum):
    """The value is the name that people know it by."""

    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"


PACKINGS = frozenset((Kind.GZIP, Kind.BZIP2, Kind.XZ))  # of one stream, which should be a tar


def of(path: Path) -> Kind | None:
    """The kind of an archive, or None for a file that is none of those that are read. Raises OSError."""
    with open(path, "rb") as file:
        head = file.read(_HEADER)
        kind = of_bytes(head)
        if kind is None and zipfile.is_zipfile(file):  # one that unpacks itself: a program stands in front
            return Kind.ZIP
    return kind


def of_bytes(head: bytes) -> Kind | None:
    """The kind by the first 512 bytes."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return Kind.ZIP
    if head.startswith(b"\x1f\x8b"):
        return Kind.GZIP
    if head.startswith(b"BZh"):
        return Kind.BZIP2
    if head.startswith(b"\xfd7zXZ\x00"):
        return Kind.XZ
    return Kind.TAR if _is_tar(head) else None


def unreadable(path: Path) -> str | None:
    """The name of a way of packing that is not read, or None when it is not recognised. Raises OSError."""
    with open(path, "rb") as file:
        head = file.read(8)
    return next((name for start, name in _UNREADABLE.items() if head.startswith(start)), None)


def _is_tar(head: bytes) -> bool:
    """True when a header says what its own checksum says; zeros alone are the end of an empty tar."""
    if len(head) < _HEADER:
        return False
    if not head.strip(b"\0"):
        return True
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        # A damaged header of a tar is still one of a tar, and is told as such.
        return head[257:262] == b"ustar"
    return True
