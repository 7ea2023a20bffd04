"""The settings and the one store that this web process serves, the same for its pages and its routes."""

import threading

from core.settings import Settings
from db.store import Store, open_store

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
            _stores[url] = open_store(url)
        return _stores[url]
