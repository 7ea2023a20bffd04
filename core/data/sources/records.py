"""What is known of a file that lies elsewhere, before it is copied."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

# Of what drivers tell, the first is taken that changes whenever the content does.
_STAMPS = (
    *("ETag", "etag", "md5Hash", "content_md5"),
    *("mtime", "LastModified", "last_modified", "Last-Modified", "updated", "created"),
)


@dataclass(frozen=True)
class FetchLimits:
    """What one URL may bring."""

    files: int = 1_000_000
    total_bytes: int = 200 * 1024**3
    depth: int = 100
    """Folders within folders."""


class Found(NamedTuple):
    """One file behind a URL. A tuple, for there may be a million."""

    key: str
    """Its path relative to the folder that it is copied to; safe."""
    bytes: int | None
    """None where the server does not say."""
    stamp: str
    """Changes with the content; empty where the server tells nothing that does."""
    path: str | None = None
    """Its path for the driver; None: the root's, a slash, and the key."""


def stamp(info: Mapping[str, Any]) -> str:
    """The stamp of what a driver tells of a file."""
    told = next((info[name] for name in _STAMPS if info.get(name)), None)
    if told is None:
        return ""
    return hashlib.blake2b(f"{info.get('size')}|{told}".encode(), digest_size=8).hexdigest()
