"""An empty home with its database, for what a child process does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from db.store import Store, migrate, open_store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"ERRATA_HOME": str(tmp_path / "home")})


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings.database_url)
    migrate(store)
    yield store
    store.close()
