"""A data set that is stored is handed back without another look, which could fail and cost it its files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db import datasets
from db.errors import DatabaseError
from db.store import Store, migrate, open_store
from tests.small import small_dataset


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'errata.sqlite'}")
    migrate(store)
    yield store
    store.close()


def test_a_disk_that_is_full_once_it_is_stored_is_no_failed_import(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_store: Store) -> None:
        raise DatabaseError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "read", full)
        made = small_dataset(store)
    assert datasets.get(store, made.id) == made
