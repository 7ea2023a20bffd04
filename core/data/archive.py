"""An archive from a stranger becomes a folder, or nothing at all and one sentence."""

import itertools
import shutil
from pathlib import Path

from core.data.archives import kinds, tars, zips
from core.data.archives.kinds import Kind
from core.data.archives.members import ArchiveLimits, Damaged, Packed
from core.errors import BadInput

__all__ = ["ENDINGS", "KINDS", "ArchiveLimits", "extract", "root_of"]

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz")
"""How names of archives end, for choosing a file; what one is, its content says."""
KINDS = "a zip, tar, tar.gz, tar.bz2 or tar.xz"
_MOST_INNER = 20  # files beside which another archive is no longer the whole content


def extract(
    archive: Path, into: Path, limits: ArchiveLimits | None = None, *, called: str | None = None
) -> Path:
    """Unpack a zip or tar into a new or empty folder and return the folder that holds its content.

    That is `into`, or the only folder at its top. The kind is told by the content (zip; tar, plain or packed
    with gzip, bzip2 or xz). Files are streamed; what operating systems add (__MACOSX, hidden files) is left out.
    called: how people know the archive, in sentences; its name, unless given. Raises BadInput, naming the
    member, for a path that leaves the folder, a link, a bomb, a password, damage, or a full disk; `into` is
    then removed again.
    """
    packed = Packed(archive, called or archive.name, limits or ArchiveLimits())
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise BadInput(f"{into} is not empty: an archive is unpacked into a folder of its own.")
    try:
        kind = _known(packed)
        try:
            _extract(packed, kind, into)
        except Damaged as error:
            raise BadInput(
                f"{packed.called} is not a whole {kind.value} file ({error}): choose another one, or send it again."
            ) from error
        _check_content(packed, into)
    except OSError as error:
        shutil.rmtree(into, ignore_errors=True)
        raise BadInput(f"{packed.called} cannot be unpacked ({error.strerror or error}).") from error
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise
    return root_of(into)


def root_of(folder: Path) -> Path:
    """The folder that holds an unpacked archive's content: itself, or the only folder at its top."""
    top = list(folder.iterdir())
    return top[0] if len(top) == 1 and top[0].is_dir() else folder


def _known(packed: Packed) -> Kind:
    kind = kinds.of(packed.path)
    if kind is not None:
        return kind
    if packed.path.stat().st_size == 0:
        raise BadInput(f"{packed.called} is empty: send it again.")
    name = kinds.unreadable(packed.path)
    what = f"is packed with {name}" if name else "is no archive, or damaged"
    raise BadInput(f"{packed.called} {what}: pack the folder as {KINDS}.")


def _extract(packed: Packed, kind: Kind, into: Path) -> None:
    if kind is Kind.ZIP:
        zips.extract(packed, into)
    else:
        tars.extract(packed, kind, into)


def _check_content(packed: Packed, into: Path) -> None:
    """Raise BadInput when there is nothing in the archive but further archives."""
    found = list(itertools.islice((path for path in into.rglob("*") if path.is_file()), _MOST_INNER + 1))
    if len(found) > _MOST_INNER or not all(kinds.of(path) for path in found):
        return
    inner = ", ".join(path.name for path in found[:3])
    raise BadInput(
        f"{packed.called} holds nothing but another archive ({inner}): unpack it once, and send what is in it."
    )
