"""Where the original of an image lies: in its folder, or where a link leads, if that is the file that was imported."""

import hashlib
from pathlib import Path


def find(root: Path, key: str, count: int, sha256: str) -> Path | None:
    """The file itself, links followed; None when it is gone, or a link leads out of the root to another file.

    An import follows links wherever they lead, for whoever may import a folder may import any folder of this machine
    (docs/decisions/sources.md). One that was put there later could lead to what is nobody's to see: what lies outside
    is given out only with the bytes that were imported. root: resolved. count: of bytes. sha256: their digest, in hex.
    """
    try:
        path = (root / key).resolve()
        if not path.is_file():
            return None
        if path.is_relative_to(root) or _is(path, count, sha256):
            return path
    except (OSError, RuntimeError):  # closed to us, gone meanwhile; links in a circle
        return None
    return None


def _is(path: Path, count: int, sha256: str) -> bool:
    if path.stat().st_size != count:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
