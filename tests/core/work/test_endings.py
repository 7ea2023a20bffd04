"""What a killed job's sentence promises is true."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.work import endings
from db import datasets, jobs
from db.records import Image
from db.store import Store, migrate, open_store
from db.terms import JobKind, LabelState, Lane, Part


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
    datasets.create(
        store,
        name="tiny",
        folder="f",
        source="s",
        root="r",
        format="csv",
        default_state=LabelState.ABSENT,
        labels=[("sea", "s")],
        images=[Image(0, 0, "0.jpg", Part.TRAIN, "0" * 64, 8, 8, 100)],
        cells=[],
        author="ada",
        client_id="first",
    )
    assert "“tiny” was stored" in endings.how_to_go_on(store, job)
