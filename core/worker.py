"""The worker: gives each queued job a process of its own, watches it, and says so when one dies."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from core import processes
from core.settings import Settings
from core.work import endings
from core.work.child import log_name
from db import jobs
from db.errors import DatabaseError
from db.records import Job
from db.store import Store
from db.terms import JobState, Lane

TICK_S = 0.3
BEAT_S = 2.0
# Without a heartbeat for so long, a child hangs: its thread beats every 2 s whatever the work.
SILENT_S = 60.0
# Who looks again only after so long was held up, as by a machine that stood still or a database that was busy; then
# its children could not beat either, and their silence does not count.
HELD_UP_S = 5.0
UNASSIGNED_S = 15.0  # a job claimed by a worker that died before it noted the child's pid


@dataclass
class _Watched:
    """A live job as last seen; times are of our own clock, so that a sleeping machine harms nobody."""

    heartbeat_at: float | None
    since: float


def run(store: Store, settings: Settings) -> int:
    """Work until there is nothing to do for `settings.worker_idle_s`; returns how many jobs were started.

    Only one worker lives per database: when another does, this returns at once. Children outlive the worker:
    the next one takes over those that live, and says of the others how they ended.
    """
    number = _register(store)
    if number is None:
        return 0
    signal.signal(signal.SIGTERM, _leave)
    worker = Worker(store, settings, number)
    try:
        while worker.tick():
            time.sleep(TICK_S)
    finally:
        worker.sign_off()
    return worker.started


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _register(store: Store) -> int | None:
    """Our number on the list of workers, or None if another worker lives; dead ones are struck off.

    Registering comes first, looking around second, and the lowest number stays: of several that start at
    once, one is left.
    """
    pid, began_at = processes.this()
    number = jobs.add_worker(store, pid, began_at)
    for other, other_pid, other_began_at, _ in jobs.workers(store):
        if other == number:
            continue
        if not processes.lives(other_pid, other_began_at):
            jobs.remove_worker(store, other)
        elif other < number:
            jobs.remove_worker(store, number)
            return None
    return number


class Worker:
    """The state of one worker between two ticks."""

    def __init__(self, store: Store, settings: Settings, number: int) -> None:
        self.store, self.settings, self.number = store, settings, number
        self.started = 0
        self._children: dict[int, subprocess.Popen[bytes]] = {}  # by job; only those this worker started
        self._watched: dict[int, _Watched] = {}
        self._busy_at = self._beat_at = self._looked_at = time.monotonic()

    def tick(self) -> bool:
        """Start what waits, look after what runs; False when it is time to leave."""
        try:
            return self._tick()
        except DatabaseError as error:  # busy or full: both pass, and the children need somebody
            print(error, file=sys.stderr, flush=True)
            time.sleep(1.0)
            return True

    def sign_off(self) -> None:
        """Strike this worker off the list."""
        try:
            jobs.remove_worker(self.store, self.number)
        except DatabaseError as error:
            print(error, file=sys.stderr, flush=True)

    def _tick(self) -> bool:
        now = time.monotonic()
        if now - self._beat_at >= BEAT_S:
            if not jobs.beat_worker(self.store, self.number):
                return False
            self._beat_at = now
        live = jobs.live(self.store)
        self._forgive(now - self._looked_at)
        for job in live:
            self._look_after(job, now)
        self._looked_at = now
        self._let_go({job.id for job in live})
        queued = bool(jobs.listing(self.store, states=[JobState.QUEUED], limit=1))
        if queued:
            for lane in Lane:
                self._start_next(lane)
        if live or queued or self._children:
            self._busy_at = now
        return now - self._busy_at < self.settings.worker_idle_s or not jobs.remove_worker(
            self.store, self.number, unless_queued=True
        )

    def _start_next(self, lane: Lane) -> None:
        job = jobs.claim(self.store, lane)
        if job is None:
            return
        log = self.settings.logs_dir / log_name(job.id)
        threads = min(self.settings.threads, os.cpu_count() or 1)  # more would wait for each other
        more = {"OMP_NUM_THREADS": str(threads)} if threads else {}
        try:
            child = processes.start_apart(self.settings, ["job", str(job.id)], log, more=more)
        except OSError as error:
            next_step = endings.how_to_go_on(self.store, job)
            said = f"Its process could not be started ({error.strerror}). {next_step}"
            jobs.end(self.store, job.id, JobState.FAILED, message=said)
            return
        self._children[job.id] = child
        self.started += 1
        # The child waits for this note, so that a job never has two.
        jobs.started(self.store, job.id, child.pid, processes.began(child.pid) or 0.0)  # 0: gone already

    def _forgive(self, apart_s: float) -> None:
        """Count no silence that lasted as long as we were held up ourselves."""
        if apart_s > HELD_UP_S:
            for seen in self._watched.values():
                seen.since += apart_s

    def _look_after(self, job: Job, now: float) -> None:
        """Say so if the job's process is gone; end it if it hangs."""
        seen = self._watched.get(job.id)
        if seen is None or seen.heartbeat_at != job.heartbeat_at:
            seen = self._watched[job.id] = _Watched(job.heartbeat_at, now)
        child = self._children.get(job.id)
        if child is not None:
            code = child.poll()
            if code is not None:
                self._died(job, code)
            elif now - seen.since > SILENT_S:
                self._hung(job)
        elif job.pid is None or job.pid_started_at is None:
            if now - seen.since > UNASSIGNED_S:
                self._again(job)
        elif not processes.lives(job.pid, job.pid_started_at):
            self._died(job, None)
        elif now - seen.since > SILENT_S:
            self._hung(job)

    def _died(self, job: Job, code: int | None) -> None:
        self._children.pop(job.id, None)
        job = jobs.get(self.store, job.id)  # it may have closed its job just before it ended
        if job.state.live:
            words = processes.last_line(self.settings.logs_dir / log_name(job.id))
            said = endings.died(self.store, job, code, words)
            jobs.end(self.store, job.id, JobState.FAILED, message=said)

    def _hung(self, job: Job) -> None:
        assert job.pid is not None  # a process without a number is not looked after
        said = endings.hung(self.store, job, SILENT_S)
        jobs.end(self.store, job.id, JobState.FAILED, message=said)
        processes.kill(self.settings, job.pid, job.pid_started_at or 0.0)

    def _again(self, job: Job) -> None:
        """Nobody began it: queue it again."""
        jobs.end(self.store, job.id, JobState.FAILED, message="Its worker died before it began.")
        jobs.requeue(self.store, job.id)

    def _let_go(self, live: set[int]) -> None:
        """Forget the jobs that are over, and their processes once those have ended, too."""
        for job_id in [
            j for j, child in self._children.items() if j not in live and child.poll() is not None
        ]:
            del self._children[job_id]
        for job_id in self._watched.keys() - live:
            del self._watched[job_id]
