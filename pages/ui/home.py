"""The settings and the one store that this web process serves, the same for its pages and its routes."""

import threading

from core.settings import Settings
from db.store import Store, migrate, open_store

_stores: dict[str, Store] = {}
_lock = threading.Lock()


def settings() -> Settings:
    """The settings, from the environment."""
    return Settings.load()


def store() -> Store:
    """The store of the settings' database; opened once, shared by every session and route."""
    url = settings().database_url
    with _lock:
        if url not in _stores:
            opened = open_store(url)
            # `serve` has done it already; `streamlit run app.py` on a new home has not.
            migrate(opened)
            _stores[url] = opened
        return _stores[url]
