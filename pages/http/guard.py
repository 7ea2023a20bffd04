"""Who may ask: this machine's own names, and for more than reading only our own pages; ours with a secret."""

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
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1


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
    """ASGI middleware for every path, Streamlit's too: over its socket people import, delete and train.

    Streamlit's own check takes pages of any other port of this machine for ours, and who names no origin; of any
    further origin it asks a server elsewhere whether that is this machine. Here none of that reaches it.
    """

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str], secret: str) -> None:
        self.app = app
        self.hosts = {host.strip("[]").lower() for host in hosts}
        self.secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = scope["type"] == "websocket"
        if not socket and scope["type"] != "http":  # the lifespan
            await self.app(scope, receive, send)
            return
        reads = not socket and scope["method"] in _READING
        ours = not socket and scope["path"].startswith(PREFIX)
        refusal = self.refusal(Headers(scope=scope), reads=reads, needs_token=ours and not reads)
        if refusal is None:
            await self.app(scope, receive, send)
        elif socket:  # closed before it is accepted, the server answers 403
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": refusal})
        else:
            await sentence(403, refusal)(scope, receive, send)

    def refusal(self, headers: Headers, *, reads: bool, needs_token: bool) -> str | None:
        """Why this request is not answered, or None."""
        host = headers.get("host", "")
        try:
            name = host_name(host)
        except ValueError:
            name = ""
        if name not in self.hosts:
            return f"This server does not answer to “{host[:80]}”; ERRATA_ALLOWED_HOSTS lists its names."
        if reads:
            return None
        origin = headers.get("origin", "")
        if origin not in (f"http://{host}", f"https://{host}"):
            return "Only Errata's own pages may change something: the request came from another origin."
        if needs_token and not secrets.compare_digest(headers.get(HEADER, "").encode(), self.secret.encode()):
            return "The page is out of date: reload it, then try again. Nothing was changed."
        return None
