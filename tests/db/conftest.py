"""A new database for each test, and a small data set in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db import datasets
from db.records import Dataset, Image
from db.store import Store, migrate, open_store
from db.terms import LabelState, Part


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated database of its own."""
    opened = open_store(f"sqlite:///{tmp_path / 'errata.sqlite'}")
    migrate(opened)
    yield opened
    opened.close()


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
        cells=[(row, row % 3, LabelState.PRESENT) for row in range(10)],
        author="Ada",
        client_id="import",
    )
