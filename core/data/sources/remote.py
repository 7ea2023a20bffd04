"""A place behind a URL: what lies there, told by its driver."""

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import fsspec
from fsspec.callbacks import Callback

from core.data.archives import members
from core.data.importers.names import short
from core.data.importers.records import Problem
from core.data.sources import addresses, failures
from core.data.sources.addresses import Allowed
from core.data.sources.records import FetchLimits, Found, stamp
from core.errors import BadInput

_STORES = ("s3", "s3a")  # listed page by page: their drivers hold a whole listing in memory
_CONNECT_S, _READ_S = 15, 60  # without an answer for so long, a server is taken for silent
_AT_ONCE = 16  # files under way, where the driver can


class Remote:
    """One URL, opened: a folder, or a file."""

    def __init__(self, url: str, allow: Allowed, options: Mapping[str, Any]) -> None:
        """Open the driver. Raises BadInput when there is none, or its options are wrong."""
        self.url = url
        self.protocol = addresses.protocol(url)
        self._fs = _opened(url, self.protocol, allow, options)
        self.root = str(self._fs._strip_protocol(url))
        # Drivers that wait within one event loop may be asked from many threads; of the others, some may not.
        self.at_once = _AT_ONCE if getattr(self._fs, "async_impl", False) else 1

    @property
    def is_web(self) -> bool:
        """True for http(s), which has files but no folders."""
        return self.protocol in addresses.WEB

    def file(self) -> Found | None:
        """The one file that the URL names, or None when it names a folder. Raises what `failures.told` turns."""
        info = self._fs.info(self.root)
        if info["type"] == "directory" or (self.url.endswith("/") and not self.is_web):
            return None
        return Found(self._name(), info.get("size"), stamp(info), self.root)

    def is_page(self) -> bool:
        """True when a web address answers with a page for people."""
        return self.is_web and self._fs.info(self.root).get("mimetype") == "text/html"

    def folder(self) -> "Remote":
        """The folder that a file lies in, opened in the same way."""
        other = object.__new__(Remote)
        other.__dict__.update(self.__dict__, root=str(self._fs._parent(self.root)))
        return other

    def listing(self, limits: FetchLimits) -> Iterator[Found | Problem]:
        """All files below, as they are told; names that cannot be kept here are problems."""
        entries = self._store() if self.protocol in _STORES else self._folders(limits)
        for entry in entries:
            if isinstance(entry, Problem):
                yield entry
                continue
            path, info = entry
            key = path[len(self.root) :].lstrip("/")
            if not key or key.endswith("/"):  # the folder itself, as some programs store it
                continue
            found = kept(key, limits)
            if found is None:
                continue
            if isinstance(found, Problem):
                yield found
            else:
                same = found == key and path == f"{self.root}/{key}"
                yield Found(found, info.get("size"), stamp(info), None if same else path)

    def copy(self, found: Found, draft: Path, counted: Callback) -> None:
        """Write one file's bytes to `draft`. Raises what `failures.told` turns, and what `counted` does."""
        self._fs.get_file(found.path or f"{self.root}/{found.key}", str(draft), callback=counted)

    def _name(self) -> str:
        last = unquote(urlsplit(self.url).path) if self.is_web else self.root
        name = last.rstrip("/").rsplit("/", 1)[-1]
        safe = kept(name, FetchLimits())
        return safe if isinstance(safe, str) else "fetched"

    def _store(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        bucket, prefix, _ = self._fs.split_path(self.root)
        if not bucket:
            raise BadInput(
                f"{addresses.shown(self.url)} names no bucket: give one, as in s3://bucket/folder."
            )
        asked = {"Bucket": bucket, "Prefix": prefix.rstrip("/") + "/" if prefix else "", **self._fs.req_kw}
        while True:
            page = self._fs.call_s3("list_objects_v2", **asked)
            for info in page.get("Contents", []):
                yield f"{bucket}/{info['Key']}", {**info, "size": info["Size"]}
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _folders(self, limits: FetchLimits) -> Iterator[tuple[str, Mapping[str, Any]] | Problem]:
        waiting = [self.root]
        while waiting:
            folder = waiting.pop()
            try:
                entries = self._fs.ls(folder, detail=True)
            except OSError as error:
                if folder == self.root:
                    raise
                reason = (
                    "It cannot be read; left out." if failures.is_closed(error) else "It is gone; left out."
                )
                yield Problem("unreadable folder", folder[len(self.root) :].lstrip("/"), reason)
                continue
            for info in sorted(entries, key=lambda info: str(info["name"])):
                path, key = str(info["name"]), str(info["name"])[len(self.root) :].lstrip("/")
                if info["type"] == "file":
                    yield path, info
                elif info["type"] != "directory":
                    yield Problem("not a file", key, "It is not a regular file; left out.")
                elif path.rstrip("/") != folder:
                    safe = kept(key.rstrip("/"), limits)
                    if isinstance(safe, Problem):
                        yield safe
                    elif safe is not None:
                        waiting.append(path.rstrip("/"))


def kept(key: str, limits: FetchLimits) -> str | Problem | None:
    """A key as a path in a folder of ours; None for hidden files; a problem for what would leave the folder."""
    try:
        path = members.safe_path(key)
        str(path).encode("utf-8")
    except (BadInput, UnicodeEncodeError):
        reason = "Its name leads out of the folder (..), or is none that a file can have; left out."
        return Problem("file name", short(key, 80), reason)
    if len(path.parts) > limits.depth:
        return Problem(
            "file name", short(key, 80), f"It lies more than {limits.depth} folders deep; left out."
        )
    # A backslash is a letter of a key like any other, once it has been seen to lead nowhere.
    literal = PurePosixPath(*[part for part in key.split("/") if part not in ("", ".")])
    return str(literal) if members.wanted(literal) else None


def _opened(url: str, protocol: str, allow: Allowed, options: Mapping[str, Any]) -> Any:
    try:
        driver = fsspec.get_filesystem_class(protocol)
    except ImportError:
        raise failures.missing_driver(protocol) from None
    except ValueError:
        raise BadInput(
            f"{addresses.shown(url)} cannot be read: there is no protocol {protocol}://."
        ) from None
    # Not fsspec.open: it would follow chains (::) to other protocols than the one that was allowed.
    with failures.told(url):
        given = {**_defaults(protocol, allow), **driver._get_kwargs_from_urls(url), **options}
        return driver(**given, skip_instance_cache=True, use_listings_cache=False)


def _defaults(protocol: str, allow: Allowed) -> dict[str, Any]:
    """The driver's options that are ours: time limits, and no way into our own network for a browser's URL."""
    if protocol in _STORES:
        waits = {"connect_timeout": _CONNECT_S, "read_timeout": _READ_S, "retries": {"max_attempts": 4}}
        return {"config_kwargs": waits}
    if protocol not in addresses.WEB:
        return {}
    web: Any = importlib.import_module("aiohttp")  # the driver's own, so installed where there is one
    factory = None if allow.own_network else addresses.fenced_socket
    timeout = web.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_READ_S)

    async def client(**given: Any) -> Any:
        return web.ClientSession(connector=web.TCPConnector(socket_factory=factory), **given)

    return {"get_client": client, "client_kwargs": {"timeout": timeout}}
