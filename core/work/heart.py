"""The heartbeat of a child: a thread that says it lives, tells how far it is, and hears the wish to stop."""

import os
import sys
import threading
from types import TracebackType

from core.errors import Interrupted
from db import jobs
from db.errors import DatabaseError, Missing
from db.records import Job
from db.store import Store
from db.terms import JobState

BEAT_S = 2.0
TELL_S = 0.5  # progress is written at most this often
NOT_MINE = 3  # exit code of a child whose job belongs to another now


class StopAsked(Interrupted):
    """Somebody asked the job to stop, and it did; the text says what is kept."""


class Heart:
    """Beats while its `with` block lasts; the work calls it with its progress."""

    def __init__(self, store: Store, job: Job) -> None:
        self._store, self._job_id, self._pid = store, job.id, os.getpid()
        self._told: tuple[float, str] | None = None
        self._wake, self._done = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)
        self.state = job.state

    def __enter__(self) -> "Heart":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._wake.set()
        self._thread.join()

    def tell(self, share: float, doing: str) -> None:
        """Note how far the work is (0..1) and what it does; the thread writes it, so it costs nothing."""
        self._told = (min(max(share, 0.0), 1.0), doing)
        self._wake.set()

    def tell_or_stop(self, share: float, doing: str) -> None:
        """The same, for work without a place of its own to stop at. Raises StopAsked."""
        if self.state in (JobState.STOPPING, JobState.STOPPING_NOW):
            raise StopAsked("Stopped, as asked: nothing of it was stored.")
        self.tell(share, doing)

    def _beat(self) -> None:
        while not self._done.is_set():
            self._once()
            self._wake.wait(BEAT_S)
            self._wake.clear()
            self._done.wait(TELL_S)

    def _once(self) -> None:
        told, self._told = self._told, None
        share, doing = told if told is not None else (None, None)
        try:
            self.state = jobs.beat(self._store, self._job_id, progress=share, doing=doing)
            lost = self.state.ended or jobs.get(self._store, self._job_id).pid != self._pid
        except Missing:
            lost = True
        except DatabaseError as error:  # busy or full: the next beat tries again
            print(f"No heartbeat: {error}", file=sys.stderr, flush=True)
            return
        if lost and not self._done.is_set():
            # Its files may be another's by now; not one more byte of ours must reach them.
            print(
                "The job was closed or given to another process; this one leaves.",
                file=sys.stderr,
                flush=True,
            )
            os._exit(NOT_MINE)
