"""Background jobs: one table, two lanes, one column of state; and the workers that claim them."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, case, delete, select, update

from db import models
from db.errors import Missing, Stale
from db.records import Job
from db.store import Store, insert_row
from db.terms import LANES, JobKind, JobState, Lane

OPEN = tuple(state for state in JobState if not state.ended)  # waiting, or worked on
_LIVE = [state.value for state in JobState if state.live]


def _job(row: Any) -> Job:
    fields = {k: v for k, v in row._mapping.items() if k != "lane"}
    fields["kind"] = JobKind(fields["kind"])
    fields["state"] = JobState(fields["state"])
    return Job(**fields)


def insert_job(
    connection: Connection,
    kind: JobKind,
    *,
    actor: str,
    dataset_id: int | None,
    run_id: int | None,
    params: Mapping[str, Any],
) -> int:
    """Queue a job inside a transaction that stores more; returns its number."""
    values = {
        "kind": kind.value,
        "lane": LANES[kind].value,
        "state": JobState.QUEUED.value,
        "dataset_id": dataset_id,
        "run_id": run_id,
        "actor": actor,
        "params": dict(params),
        "result": {},
        "created_at": time.time(),
    }
    return insert_row(connection, models.jobs, values)


def add(
    store: Store,
    kind: JobKind,
    *,
    actor: str,
    dataset_id: int | None = None,
    run_id: int | None = None,
    params: Mapping[str, Any] | None = None,
) -> Job:
    """Queue a job."""
    with store.write() as connection:
        job_id = insert_job(
            connection, kind, actor=actor, dataset_id=dataset_id, run_id=run_id, params=params or {}
        )
    return get(store, job_id)


def get(store: Store, job_id: int) -> Job:
    """One job. Raises Missing."""
    with store.read() as connection:
        row = connection.execute(select(models.jobs).where(models.jobs.c.id == job_id)).one_or_none()
    if row is None:
        raise Missing(f"There is no job number {job_id}.")
    return _job(row)


def listing(
    store: Store,
    *,
    states: Sequence[JobState] | None = None,
    kinds: Sequence[JobKind] | None = None,
    dataset_id: int | None = None,
    run_id: int | None = None,
    limit: int = 200,
) -> list[Job]:
    """Jobs, the newest first."""
    table = models.jobs
    wanted = select(table).order_by(table.c.id.desc()).limit(limit)
    if states is not None:
        wanted = wanted.where(table.c.state.in_([state.value for state in states]))
    if kinds is not None:
        wanted = wanted.where(table.c.kind.in_([kind.value for kind in kinds]))
    if dataset_id is not None:
        wanted = wanted.where(table.c.dataset_id == dataset_id)
    if run_id is not None:
        wanted = wanted.where(table.c.run_id == run_id)
    with store.read() as connection:
        return [_job(row) for row in connection.execute(wanted)]


def live(store: Store) -> list[Job]:
    """The jobs that a child works on."""
    return listing(store, states=[state for state in JobState if state.live])


def claim(store: Store, lane: Lane) -> Job | None:
    """Take the oldest queued job of a lane, a scan after all others, if no job of that lane is live."""
    table = models.jobs
    with store.write() as connection:
        busy = connection.execute(
            select(table.c.id).where(table.c.lane == lane.value, table.c.state.in_(_LIVE)).limit(1)
        )
        if busy.first() is not None:
            return None
        queued = select(table).where(table.c.lane == lane.value, table.c.state == JobState.QUEUED.value)
        # Nobody waits for a scan: it begins by itself, and lets pass what somebody asked for.
        later = case((table.c.kind == JobKind.SCAN.value, 1), else_=0)
        queued = queued.order_by(later, table.c.id).limit(1).with_for_update(skip_locked=True)
        row = connection.execute(queued).one_or_none()
        if row is None:
            return None
        now = time.time()
        connection.execute(
            update(table)
            .where(table.c.id == row.id)
            .values(
                state=JobState.RUNNING.value,
                started_at=now,
                heartbeat_at=now,
                message="",
                pid=None,
                pid_started_at=None,
            )
        )
    return get(store, row.id)


def started(store: Store, job_id: int, pid: int, pid_started_at: float) -> None:
    """Note which process works on a job."""
    _set(store, job_id, pid=pid, pid_started_at=pid_started_at, heartbeat_at=time.time())


def beat(store: Store, job_id: int, *, progress: float | None = None, doing: str | None = None) -> JobState:
    """The child is alive and this far; returns the state, which may carry a wish to stop. Raises Missing."""
    values: dict[str, Any] = {"heartbeat_at": time.time()}
    if progress is not None:
        values["progress"] = progress
    if doing is not None:
        values["doing"] = doing
    with store.write() as connection:
        connection.execute(update(models.jobs).where(models.jobs.c.id == job_id).values(values))
        state = connection.execute(
            select(models.jobs.c.state).where(models.jobs.c.id == job_id)
        ).scalar_one_or_none()
    if state is None:
        raise Missing(f"Job number {job_id} was deleted while it ran.")
    return JobState(state)


def _set(store: Store, job_id: int, **values: Any) -> None:
    with store.write() as connection:
        connection.execute(update(models.jobs).where(models.jobs.c.id == job_id).values(values))


def link(store: Store, job_id: int, *, dataset_id: int | None = None, run_id: int | None = None) -> None:
    """Note which data set or run came out of a job."""
    values = {k: v for k, v in {"dataset_id": dataset_id, "run_id": run_id}.items() if v is not None}
    _set(store, job_id, **values)


def note_revision(store: Store, job_id: int, revision: int) -> None:
    """Note among a job's parameters which revision of the labels it looks at, or a newer one."""
    params = {**get(store, job_id).params, "revision": revision}
    _set(store, job_id, params=params)


def end(
    store: Store, job_id: int, state: JobState, *, message: str = "", result: Mapping[str, Any] | None = None
) -> None:
    """Close a live or queued job; one that has ended stays as it ended."""
    values: dict[str, Any] = {"state": state.value, "message": message, "ended_at": time.time(), "doing": ""}
    if result is not None:
        values["result"] = dict(result)
    if state is JobState.FINISHED:
        values["progress"] = 1.0
    table = models.jobs
    open_states = [state.value for state in OPEN]
    with store.write() as connection:
        connection.execute(
            update(table).where(table.c.id == job_id, table.c.state.in_(open_states)).values(values)
        )


def ask_stop(store: Store, job_id: int, *, now: bool) -> Job:
    """Ask a job to stop after this epoch or at once; a queued one stops here. Raises Missing, Stale."""
    job = get(store, job_id)
    if job.state.ended:
        raise Stale(f"Job number {job_id} has ended already: {job.state.value}.")
    table = models.jobs
    with store.write() as connection:
        queued = update(table).where(table.c.id == job_id, table.c.state == JobState.QUEUED.value)
        connection.execute(
            queued.values(
                state=JobState.STOPPED.value, ended_at=time.time(), message="Stopped before it began."
            )
        )
        wish = JobState.STOPPING_NOW if now else JobState.STOPPING
        connection.execute(
            update(table).where(table.c.id == job_id, table.c.state.in_(_LIVE)).values(state=wish.value)
        )
    return get(store, job_id)


def requeue(store: Store, job_id: int) -> Job:
    """Queue an ended job again. Raises Missing, Stale (it is still open)."""
    table = models.jobs
    ended = [state.value for state in JobState if state.ended]
    values = {"state": JobState.QUEUED.value, "ended_at": None, "message": "", "progress": 0.0, "doing": ""}
    with store.write() as connection:
        # Asked in the same statement: of two who resume at once, the second must not queue what runs already.
        again = update(table).where(table.c.id == job_id, table.c.state.in_(ended)).values(values)
        done = connection.execute(again).rowcount == 1
    job = get(store, job_id)
    if not done:
        raise Stale(f"Job number {job_id} is {job.state.value}: it cannot be started twice.")
    return job


def add_worker(store: Store, pid: int, pid_started_at: float) -> int:
    """Register a worker process; returns its number."""
    now = time.time()
    values = {"pid": pid, "pid_started_at": pid_started_at, "started_at": now, "heartbeat_at": now}
    with store.write() as connection:
        return insert_row(connection, models.workers, values)


def workers(store: Store) -> list[tuple[int, int, float, float]]:
    """Registered workers: (number, pid, when the process began, last heartbeat)."""
    table = models.workers
    with store.read() as connection:
        rows = connection.execute(select(table).order_by(table.c.id))
        return [(r.id, r.pid, r.pid_started_at, r.heartbeat_at) for r in rows]


def beat_worker(store: Store, worker_id: int) -> bool:
    """A worker is alive; False if it was struck off the list meanwhile."""
    table = models.workers
    with store.write() as connection:
        done = connection.execute(
            update(table).where(table.c.id == worker_id).values(heartbeat_at=time.time())
        )
        return done.rowcount == 1


def remove_worker(store: Store, worker_id: int, *, unless_queued: bool = False) -> bool:
    """Strike a worker off the list; with `unless_queued` only if no job waits, decided in one transaction."""
    jobs = models.jobs
    with store.write() as connection:
        if unless_queued:
            waits = connection.execute(
                select(jobs.c.id).where(jobs.c.state == JobState.QUEUED.value).limit(1)
            ).first()
            if waits is not None:
                return False
        connection.execute(delete(models.workers).where(models.workers.c.id == worker_id))
    return True
