"""Jobs are claimed in the order in which somebody waits for them."""

from db import jobs
from db.store import Store
from db.terms import JobKind, JobState, Lane


def test_a_scan_lets_pass_what_somebody_asked_for(store: Store) -> None:
    scan = jobs.add(store, JobKind.SCAN, actor="Ada", params={})
    first = jobs.add(store, JobKind.PREVIEW, actor="Ada", params={})
    second = jobs.add(store, JobKind.IMPORT, actor="Ada", params={})
    claimed = []
    while (job := jobs.claim(store, Lane.SHORT)) is not None:
        claimed.append(job.id)
        assert jobs.claim(store, Lane.SHORT) is None  # one at a time
        jobs.end(store, job.id, JobState.FINISHED)
    assert claimed == [first.id, second.id, scan.id]
