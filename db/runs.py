"""Runs: a model trained on one revision of a data set's labels, epoch by epoch."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from db import models
from db.errors import Conflict, Missing
from db.jobs import insert_job
from db.records import Epoch, Run
from db.store import Store, insert_row
from db.terms import JobKind, JobState


def _wanted() -> Select[Any]:
    run, epoch, look = models.runs, models.epochs, models.test_looks
    done = select(func.count()).where(epoch.c.run_id == run.c.id).scalar_subquery()
    looks = select(func.count()).where(look.c.run_id == run.c.id).scalar_subquery()
    return select(run, models.jobs.c.state, done.label("epochs_done"), looks.label("test_scored")).join(
        models.jobs, models.jobs.c.id == run.c.job_id
    )


def _run(row: Any) -> Run:
    fields = dict(row._mapping)
    fields["state"] = JobState(fields["state"])
    fields["threshold"] = tuple(fields["threshold"])
    fields["notes"] = tuple(fields["notes"])
    return Run(**fields)


class NewRun(TypedDict):
    """What is known of a run before it is stored."""

    dataset_id: int
    name: str
    preset: str
    config: Mapping[str, Any]
    folder: str
    threshold: Sequence[float]
    author: str


def create(store: Store, *, parent_id: int | None = None, **new: Unpack[NewRun]) -> Run:
    """Store a run of the newest revision together with the queued job that will train it. Raises Missing."""
    dataset = models.datasets
    with store.write() as connection:
        revision = connection.execute(
            select(dataset.c.revision).where(dataset.c.id == new["dataset_id"])
        ).scalar_one_or_none()
        if revision is None:
            raise Missing(f"There is no data set number {new['dataset_id']}.")
        run_id, _ = _insert(connection, new, revision, parent_id)
    return get(store, run_id)


def create_finished(
    store: Store,
    *,
    revision: int,
    train: Mapping[str, Any],
    validation: Mapping[str, Any],
    **new: Unpack[NewRun],
) -> Run:
    """Store a run whose scores came from outside: its job has finished, with one epoch."""
    now = time.time()
    with store.write() as connection:
        run_id, job_id = _insert(connection, new, revision, None)
        ended = {"state": JobState.FINISHED.value, "started_at": now, "ended_at": now, "progress": 1.0}
        ended["message"] = "The scores came from outside."
        connection.execute(update(models.jobs).where(models.jobs.c.id == job_id).values(ended))
        epoch = {"run_id": run_id, "epoch": 1, "seconds": 0.0, "most_wrong": []}
        connection.execute(
            insert(models.epochs).values(**epoch, train=dict(train), validation=dict(validation))
        )
    return get(store, run_id)


def _insert(connection: Connection, new: NewRun, revision: int, parent_id: int | None) -> tuple[int, int]:
    """Store a run and its queued job, each with the number of the other; returns both numbers."""
    dataset_id, author = new["dataset_id"], new["author"]
    job_id = insert_job(
        connection, JobKind.TRAIN, actor=author, dataset_id=dataset_id, run_id=None, params={}
    )
    values = {
        "dataset_id": dataset_id,
        "name": new["name"],
        "preset": new["preset"],
        "config": dict(new["config"]),
        "revision": revision,
        "parent_id": parent_id,
        "folder": new["folder"],
        "job_id": job_id,
        "created_at": time.time(),
        "created_by": author,
        "threshold": list(new["threshold"]),
        "notes": [],
    }
    run_id = insert_row(connection, models.runs, values)
    connection.execute(update(models.jobs).where(models.jobs.c.id == job_id).values(run_id=run_id))
    return run_id, job_id


def get(store: Store, run_id: int) -> Run:
    """One run. Raises Missing."""
    with store.read() as connection:
        row = connection.execute(_wanted().where(models.runs.c.id == run_id)).one_or_none()
    if row is None:
        raise Missing(f"There is no run number {run_id}.")
    return _run(row)


def listing(store: Store, dataset_id: int | None = None) -> list[Run]:
    """Runs, the newest first."""
    wanted = _wanted().order_by(models.runs.c.id.desc())
    if dataset_id is not None:
        wanted = wanted.where(models.runs.c.dataset_id == dataset_id)
    with store.read() as connection:
        return [_run(row) for row in connection.execute(wanted)]


def add_epoch(store: Store, record: Epoch) -> None:
    """Store an epoch's news; one that a resumed run goes through again replaces the first."""
    table = models.epochs
    with store.write() as connection:
        connection.execute(
            delete(table).where(table.c.run_id == record.run_id, table.c.epoch >= record.epoch)
        )
        connection.execute(
            insert(table).values(
                run_id=record.run_id,
                epoch=record.epoch,
                seconds=record.seconds,
                train=dict(record.train),
                validation=dict(record.validation),
                most_wrong=[list(item) for item in record.most_wrong],
            )
        )


def epochs(store: Store, run_id: int, after: int = 0) -> list[Epoch]:
    """The epochs of a run in order, those after number `after`."""
    table = models.epochs
    wanted = select(table).where(table.c.run_id == run_id, table.c.epoch > after).order_by(table.c.epoch)
    with store.read() as connection:
        return [
            Epoch(
                r.run_id,
                r.epoch,
                r.seconds,
                r.train,
                r.validation,
                tuple((a, b, c, d) for a, b, c, d in r.most_wrong),
            )
            for r in connection.execute(wanted)
        ]


def note_test_look(store: Store, run_id: int, author: str) -> None:
    """Count a look at the scores of the test part: every look spends some of its worth. Raises Missing."""
    run = models.runs
    with store.write() as connection:
        of = connection.execute(select(run.c.dataset_id).where(run.c.id == run_id)).scalar_one_or_none()
        if of is None:
            raise Missing(f"There is no run number {run_id}.")
        look = {"dataset_id": of, "run_id": run_id, "author": author, "created_at": time.time()}
        connection.execute(insert(models.test_looks).values(look))


def count_test_looks(store: Store, dataset_id: int) -> int:
    """How often the test part of a data set was scored, over all its runs, also those deleted since."""
    look = models.test_looks
    wanted = select(func.count()).select_from(look).where(look.c.dataset_id == dataset_id)
    with store.read() as connection:
        return int(connection.execute(wanted).scalar_one())


def rename(store: Store, run_id: int, name: str) -> Run:
    """Give a run another name. Raises Missing."""
    with store.write() as connection:
        done = connection.execute(update(models.runs).where(models.runs.c.id == run_id).values(name=name))
        if done.rowcount == 0:
            raise Missing(f"There is no run number {run_id}.")
    return get(store, run_id)


def remove(store: Store, run_id: int) -> None:
    """Delete a run with its epochs and findings. Raises Missing, Conflict while it is live."""
    with store.write() as connection:
        row = connection.execute(_wanted().where(models.runs.c.id == run_id)).one_or_none()
        if row is None:
            raise Missing(f"There is no run number {run_id}.")
        run = _run(row)
        if run.state.live:
            raise Conflict(f"Run {run_id} is still training: stop it first.")
        connection.execute(delete(models.runs).where(models.runs.c.id == run_id))
        connection.execute(delete(models.jobs).where(models.jobs.c.run_id == run_id))


def folders(store: Store) -> set[str]:
    """The folder names that runs own."""
    with store.read() as connection:
        return set(connection.execute(select(models.runs.c.folder)).scalars())
