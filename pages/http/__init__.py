"""The routes beside Streamlit's: pictures, lists, label operations, uploads; ids not paths, one guard."""

from starlette.middleware import Middleware
from starlette.routing import Route

from core.settings import Settings
from db.store import Store
from pages.http import embedding_map, exports, labels, lists, pictures, troubles, upload
from pages.http.answers import health, nothing
from pages.http.guard import Guard, token

__all__ = ["Guard", "middleware", "routes", "token"]


def routes(settings: Settings, store: Store) -> list[Route]:
    """Every route of Errata, to be served behind `middleware`; the last answers all that is left below /errata/."""
    return [
        Route("/errata/health", health, methods=["GET"]),
        *pictures.routes(settings, store),
        *lists.routes(settings, store),
        *embedding_map.routes(settings, store),
        *labels.routes(settings, store),
        *upload.routes(settings, store),
        *exports.routes(settings, store),
        *troubles.routes(settings, store),
        nothing(),
    ]


def middleware(settings: Settings) -> list[Middleware]:
    """What every request passes first."""
    return [Middleware(Guard, hosts=settings.allowed_hosts, secret=token(settings))]
