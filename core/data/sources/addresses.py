"""Which URLs may be read, and how they are shown: without passwords, without queries."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.data.importers.names import short
from core.errors import BadInput, Refused

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_CHAIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*::")
# A password with a slash in it is none by the book, but it is a password.
_USER = re.compile(r"(?<=//)(?:[^/?#\s]*|[^/?#\s:]*:(?!\d+(?:/|$))[^@\s]*)@")
_QUERY = re.compile(r"[?#][^\s'\")]*")
_SECRET = re.compile(r"[A-Za-z0-9+/=_-]{32,}")  # as keys and signatures are; no word is that long
WEB = ("http", "https")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Not for everybody, though Python 3.11 counts them among the public ones: clouds answer there to their own machines.
_CLOSED = tuple(ipaddress.ip_network(text) for text in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24"))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Allowed:
    """What a caller lets people name; the default is for forms in the browser (docs/decisions/sources.md)."""

    protocols: tuple[str, ...] | None = ("s3", "gs", "az", "https", "http")
    """None: every one that fsspec knows."""
    own_network: bool = False
    """Whether http(s) may reach this machine, its network, and what a cloud tells only its own machines."""
    passwords: bool = False
    """Whether a URL may hold user:password@: it is stored with the import, and others may read it there."""


EVERYTHING = Allowed(protocols=None, own_network=True, passwords=True)
"""For the command line: who has it can read all of that anyway."""


def is_url(text: str) -> bool:
    """True for what is meant as a URL, of any protocol; a path is none."""
    return bool(_URL.match(text.strip()) or _CHAIN.match(text.strip()))


def protocol(url: str) -> str:
    """The protocol in lower case. Raises BadInput when it is no single URL."""
    found = _URL.match(url)
    if found is None:
        what = "chains several protocols (::)" if _CHAIN.match(url) else "is no URL"
        raise BadInput(f"{shown(url)} {what}: give one such as s3://bucket/folder.")
    return found[1].lower()


def shown(url: str) -> str:
    """A URL as it may be shown and stored: without user, password, query and fragment."""
    return re.split(r"[?#]", _USER.sub("", url.strip()), maxsplit=1)[0]


def scrubbed(text: str) -> str:
    """A driver's words, without what may be secret in them."""
    return short(_SECRET.sub("…", _QUERY.sub("", _USER.sub("", " ".join(text.split())))), 160)


def check_allowed(url: str, allow: Allowed | None = None) -> None:
    """Raise Refused for a URL that the caller does not allow, and BadInput for one that is none.

    The addresses of an http(s) host are looked up here, to say so at once; `fetch` checks again each address
    that it connects to, so neither a redirect nor a name that changes leads elsewhere.
    """
    allow = allow or Allowed()
    name = protocol(url)
    if allow.protocols is not None and name not in allow.protocols:
        known = ", ".join(f"{word}://" for word in allow.protocols)
        raise Refused(f"{shown(url)} cannot be read from here: {name} is not among {known}.")
    if not allow.passwords and "@" in re.split(r"[/?#]", url[len(name) + 3 :], maxsplit=1)[0]:
        raise Refused(
            f"{shown(url)} names a user or password (@), and a URL is stored: remove it, and give credentials "
            "where Errata is started."
        )
    if name in WEB and not allow.own_network:
        _check_host(url)


def is_public(address: str) -> bool:
    """True for an IP address on the open internet."""
    try:
        found = _inner(ipaddress.ip_address(address.split("%")[0]))
    except ValueError:
        return False
    closed = any(found in network for network in _CLOSED if network.version == found.version)
    return found.is_global and not (closed or found.is_multicast or found.is_reserved)


def fenced_socket(address: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
    """A socket for an address that is public; where aiohttp opens one. Raises OutsideError."""
    family, kind, proto, _, place = address
    if not is_public(str(place[0])):
        raise OutsideError
    return socket.socket(family, kind, proto)


class OutsideError(OSError):
    """A connection to an address that is not public."""


def refused(url: str) -> str:
    """The sentence for a web address within one's own network."""
    return (
        f"{shown(url)} leads to this machine or its own network, which is not read for a browser: "
        "put the data into a folder, or import from the command line."
    )


def _inner(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 one stands for, else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address


def _check_host(url: str) -> None:
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput(f"{shown(url)} is no web address ({error}).") from None
    if not host:
        raise BadInput(f"{shown(url)} names no host: give one such as https://example.org/photos.zip.")
    if not all(is_public(address) for address in _addresses(url, host, port)):
        raise Refused(refused(url))


def _addresses(url: str, host: str, port: int | None) -> Iterable[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise BadInput(f"{shown(url)}: there is no host {short(host, 80)}; check its name.") from None
