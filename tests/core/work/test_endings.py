"""What a killed job's sentence promises is true."""

import time

import pytest

from core.work import endings, leftovers
from db import additions, jobs
from db.additions import Addition
from db.store import Store
from db.terms import JobKind, LabelState, Lane
from tests.small import small_dataset


def test_an_import_killed_after_it_stored_everything_says_so(store: Store) -> None:
    job = jobs.add(store, JobKind.IMPORT, actor="ada", params={"name": "tiny"})
    job = jobs.claim(store, Lane.SHORT) or job
    small_dataset(store, name="another", folder="another")
    assert endings.how_to_go_on(store, job) == "Nothing of it was stored: start it again."
    small_dataset(store, folder=leftovers.folder_name(job))
    assert "“tiny” was stored" in endings.how_to_go_on(store, job)


def test_a_clock_that_was_set_back_meanwhile_changes_nothing_of_that(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.add(store, JobKind.IMPORT, actor="ada", params={"name": "tiny"})
    job = jobs.claim(store, Lane.SHORT) or job
    monkeypatch.setattr(time, "time", lambda: job.created_at - 3600.0)
    small_dataset(store, folder=leftovers.folder_name(job))
    assert "“tiny” was stored" in endings.how_to_go_on(store, job)


def test_an_import_into_a_data_set_that_was_killed_after_storing_says_so(store: Store) -> None:
    dataset = small_dataset(store)
    job = jobs.add(store, JobKind.IMPORT, actor="ada", params={"name": "tiny", "into": dataset.id})
    assert endings.how_to_go_on(store, job) == "Nothing of it was stored: start it again."
    one = Addition(1, 1, [], [("sky", "k")], LabelState.UNKNOWN, [], [])
    token = leftovers.folder_name(job)
    additions.apply(store, dataset.id, one, author="ada", client_id=token, reason="")
    assert "it was added to “tiny”, whole" in endings.how_to_go_on(store, job)
