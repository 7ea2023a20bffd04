"""A new database for each test, and a small data set in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from db import datasets
from db.records import Dataset, Image
from db.store import Store, migrate, open_store
from db.terms import LabelState, Part

_SCHEMA = "errata_tests"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated database of its own: SQLite, or PostgreSQL where ERRATA_TEST_POSTGRESQL is the URL of one."""
    url = os.environ.get("ERRATA_TEST_POSTGRESQL", "")
    opened = _emptied(url) if url else open_store(f"sqlite:///{tmp_path / 'errata.sqlite'}")
    migrate(opened)
    yield opened
    opened.close()


def _emptied(url: str) -> Store:
    # A schema of the tests' own: whatever else is in that database stays.
    own = make_url(url).update_query_dict({"options": f"-csearch_path={_SCHEMA}"})
    store = open_store(own.render_as_string(hide_password=False))
    with store.engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {_SCHEMA}"))
    return store


@pytest.fixture
def sqlite(store: Store) -> Store:
    """The same database, for what only SQLite does."""
    if not store.sqlite:
        pytest.skip("this is about SQLite")
    return store


@pytest.fixture
def small(store: Store) -> Dataset:
    """Ten images (six to train, three to validate, one to test) and three labels; image i carries label i % 3."""
    parts = [Part.TRAIN] * 6 + [Part.VALIDATION] * 3 + [Part.TEST]
    return datasets.create(
        store,
        name="small",
        folder="folder-of-small",
        source="/somewhere/small",
        root="/somewhere/small",
        format="csv",
        default_state=LabelState.ABSENT,
        labels=[("sea", "s"), ("sky", "k"), ("tree", "t")],
        images=[
            Image(0, row, f"im{row}.jpg", part, f"{row:064x}", 8, 8, 100) for row, part in enumerate(parts)
        ],
        cells=[(row, row % 3, LabelState.PRESENT, False) for row in range(10)],
        author="Ada",
        client_id="import",
    )
