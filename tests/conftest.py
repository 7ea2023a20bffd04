"""What every test may ask for: a home of its own, and the photographs where there are any."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import processes
from core.settings import Settings
from db.store import Store, migrate, open_store

for _name, _value in processes.SHORT_SPINS.items():
    os.environ.setdefault(_name, _value)  # as in the processes that Errata starts


@dataclass(frozen=True)
class Home:
    """The settings and the migrated store that pages under test work on."""

    settings: Settings
    store: Store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an empty home that the environment says nothing of."""
    settings = Settings.load({"ERRATA_HOME": str(tmp_path / "home")})
    settings.home.mkdir()
    return settings


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """The database of that home, empty."""
    store = open_store(settings.database_url)
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home that pages, routes and services find by the environment; without the demo set, without a worker."""
    import streamlit as st

    from core.services import jobs
    from pages.ui import home as served

    for name in [name for name in os.environ if name.startswith("ERRATA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ERRATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ERRATA_DEMO", "0")
    monkeypatch.setattr(jobs, "ensure_worker", lambda store, settings: False)
    settings = Settings.load()
    settings.home.mkdir()
    store = served.store()
    migrate(store)
    st.cache_data.clear()  # it outlives a test
    yield Home(settings, store)
    store.close()


@pytest.fixture(scope="session")
def photographs() -> Path:
    """The folder of real photographs that ERRATA_TEST_PHOTOS names; without one, the test is skipped."""
    folder = os.environ.get("ERRATA_TEST_PHOTOS")
    if not folder:
        pytest.skip("ERRATA_TEST_PHOTOS names no folder of photographs")
    return Path(folder)
