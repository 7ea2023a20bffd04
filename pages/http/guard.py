"""Who may ask: this machine's own names, and for writing only our own pages with the secret of this home."""

import os
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import Settings
from pages.http.answers import sentence

PREFIX = "/errata/"
HEADER = "X-Errata-Token"
_READING = ("GET", "HEAD")


def token(settings: Settings) -> str:
    """The secret that our own pages send along; made once a home, readable by its owner only."""
    path = settings.home / "token"
    try:
        return _read(path)
    except FileNotFoundError:
        settings.home.mkdir(parents=True, exist_ok=True)
    draft = settings.home / f".token-{os.getpid()}-{secrets.token_hex(4)}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32))
    try:
        os.link(draft, path)  # fails if another process was first: then its secret counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(path)


def _read(path: "os.PathLike[str]") -> str:
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def host_name(host: str) -> str:
    """The name in a Host header, without the port: `[::1]:8501` → `::1`."""
    return (urlsplit(f"//{host}").hostname or "").lower()


class Guard:
    """ASGI middleware for every path under /errata/; everything else passes untouched."""

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str], secret: str) -> None:
        self.app = app
        self.hosts = {host.strip("[]").lower() for host in hosts}
        self.secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        refusal = self.refusal(scope["method"], Headers(scope=scope))
        if refusal is None:
            await self.app(scope, receive, send)
        else:
            await sentence(403, refusal)(scope, receive, send)

    def refusal(self, method: str, headers: Headers) -> str | None:
        """Why this request is not answered, or None."""
        host = headers.get("host", "")
        try:
            name = host_name(host)
        except ValueError:
            name = ""
        if name not in self.hosts:
            return f"This server does not answer to “{host[:80]}”; ERRATA_ALLOWED_HOSTS lists its names."
        if method in _READING:
            return None
        origin = headers.get("origin", "")
        if origin not in (f"http://{host}", f"https://{host}"):
            return "Only Errata's own pages may change something: the request came from another origin."
        if not secrets.compare_digest(headers.get(HEADER, "").encode(), self.secret.encode()):
            return "The page is out of date: reload it, then try again. Nothing was changed."
        return None
