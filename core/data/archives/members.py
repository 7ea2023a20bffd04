"""Which members an archive may have: nothing that leaves the folder, links, or unfolds without end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.data import disk
from core.data.importers import listing
from core.data.importers.names import short
from core.errors import BadInput

BLOCK = 1 << 20  # bytes that are copied at once
_NAME_BYTES = 255  # of a file or folder, on every file system that matters


@dataclass(frozen=True)
class ArchiveLimits:
    """What one archive may unfold to."""

    members: int = 2_000_000
    total_bytes: int = 200 * 1024**3
    member_bytes: int = 4 * 1024**3
    depth: int = 100
    """Folders within folders: beyond a thousand the system's own functions fail."""
    ratio: float = 200.0
    """Unpacked ÷ packed, of a zip's member and of the whole file; small ones are let through, see below."""
    ratio_from_bytes: int = 10 * 1024**2
    """A text file of one repeated line packs 1000 : 1 and harms nobody below this size."""


@dataclass(frozen=True)
class Packed:
    """An archive on disk: how people know it, and what it may unfold to."""

    path: Path
    called: str
    limits: ArchiveLimits


class Damaged(ValueError):
    """The archive is not as its format wants it; the text says how, to follow “it is damaged”."""


class Tally:
    """Counts what an archive unfolds to, and raises BadInput at the first member beyond its limits."""

    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        self._packed_bytes = packed.path.stat().st_size
        self.members = self.files = self.bytes = 0

    def member(self, name: str) -> PurePosixPath:
        """Count a member of any kind; returns its safe relative path. Raises BadInput."""
        self.members += 1
        self.check_count(self.members)
        path = safe_path(name)
        if len(path.parts) > self._packed.limits.depth:
            raise BadInput(
                f"The archive's member {short(name, 80)} lies {len(path.parts) - 1:,} folders deep; "
                f"{self._packed.limits.depth} are allowed: pack it anew from a folder further in."
            )
        return path

    def check_count(self, members: int) -> None:
        """Raise BadInput for more members than are allowed."""
        limit = self._packed.limits.members
        if members > limit:
            raise BadInput(
                f"{self._packed.called} has {members:,} members; {limit:,} are allowed: pack it in parts."
            )

    def file(self, name: str, size: int) -> None:
        """Count a file of so many bytes that will be written. Raises BadInput where it is too much."""
        limits = self._packed.limits
        if size > limits.member_bytes:
            raise BadInput(
                f"The archive's member {short(name, 80)} has {disk.size(size)}: more than is allowed "
                f"({disk.size(limits.member_bytes)})."
            )
        self.files += 1
        self.bytes += size
        if self.bytes > limits.total_bytes:
            raise BadInput(
                f"{self._packed.called} unfolds to more than {disk.size(limits.total_bytes)}: refused."
            )

    def check_ratio(self, unpacked_bytes: int) -> None:
        """Raise BadInput once the archive has unfolded to far more than it is."""
        limits = self._packed.limits
        if unpacked_bytes > limits.ratio_from_bytes and unpacked_bytes > limits.ratio * self._packed_bytes:
            raise BadInput(
                f"{self._packed.called} unfolds to {disk.size(unpacked_bytes)} or more, far more than its own "
                f"{disk.size(self._packed_bytes)}: an archive bomb, refused."
            )

    def check_any(self) -> None:
        """Raise BadInput where no file was counted."""
        if not self.files:
            raise BadInput(f"{self._packed.called} holds no files: pack the folder that has the images.")


def safe_path(name: str) -> PurePosixPath:
    """The relative path of a member within the folder. Raises BadInput for one that leaves it."""
    # Some writers use backslashes; on this side of the check they are separators like any other.
    posix = name.replace("\\", "/")
    parts = posix.split("/")
    if posix.startswith("/") or (len(posix) > 1 and posix[1] == ":"):
        raise BadInput(f"The archive's member {short(posix, 80)} has an absolute path: refused.")
    if ".." in parts:
        raise BadInput(f"The archive's member {short(posix, 80)} leads out of its folder (..): refused.")
    if "\x00" in posix or any(len(os.fsencode(part)) > _NAME_BYTES for part in parts):
        raise BadInput(
            f"The archive's member {short(posix, 80)} has a name that no file can have: rename it."
        )
    return PurePosixPath(*[part for part in parts if part not in ("", ".")])


def wanted(path: PurePosixPath) -> bool:
    """False for a folder's own name, hidden files, and what operating systems leave behind."""
    return bool(path.parts) and all(listing.visible(part) for part in path.parts)


@contextmanager
def written_once(name: str) -> Iterator[None]:
    """Around the writing of a member. Raises BadInput for a second one of its name, or one beneath a file."""
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise BadInput(f"The archive holds {short(name, 80)} twice: pack it anew.") from error
