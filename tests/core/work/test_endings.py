"""What a killed job's sentence promises is true."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.work import endings
from db import jobs
from db.store import Store, migrate, open_store
from db.terms import JobKind, Lane
from tests.small import small_dataset


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'errata.sqlite'}")
    migrate(store)
    yield store
    store.close()


def test_an_import_killed_after_it_stored_everything_says_so(store: Store) -> None:
    job = jobs.add(store, JobKind.IMPORT, actor="ada", params={"name": "tiny"})
    job = jobs.claim(store, Lane.SHORT) or job
    assert endings.how_to_go_on(store, job) == "Nothing of it was stored: start it again."
    small_dataset(store)
    assert "“tiny” was stored" in endings.how_to_go_on(store, job)
