"""A house entered by the command line, whose database and processes can be looked into."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from core import processes
from core.settings import Settings
from db import jobs, runs
from db.records import Job, Run
from db.store import Store, migrate, open_store

QUICK = ("epochs=2", "side_px=32", "width=8", "batch=8", "threads=1")


class House:
    """A home folder, the command line in it, and its database to look into."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ERRATA_")},
            "ERRATA_HOME": str(home),
            "ERRATA_WORKER_IDLE_S": "2",
            "OMP_NUM_THREADS": "1",
        }
        self.settings = Settings.load(self.environment)
        self.store: Store = open_store(self.settings.database_url)
        migrate(self.store)

    def cli(
        self, *words: str, code: int = 0, within: tuple[str, ...] = ()
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, perhaps as the last words of another; it must end with `code`."""
        done = subprocess.run(
            [*within, sys.executable, "-m", "core", *words],
            cwd=processes.ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}{self.logs()}"
        return done

    def logs(self) -> str:
        return "".join(
            f"\n--- {p.name}\n{p.read_text()[-1500:]}" for p in self.settings.logs_dir.glob("*.log")
        )

    def run_of(self, number: int) -> tuple[Run, Job]:
        run = runs.get(self.store, number)
        return run, jobs.get(self.store, run.job_id)

    def until(self, number: int, wanted: Callable[[Run, Job], bool]) -> tuple[Run, Job]:
        """The run and its job as soon as they are as wanted."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            run, job = self.run_of(number)
            if wanted(run, job):
                return run, job
            time.sleep(0.02)
        raise AssertionError(f"{self.run_of(number)}{self.logs()}")

    def worker_pid(self) -> int:
        """The process of the worker that lives."""
        return next(pid for _, pid, began_at, _ in jobs.workers(self.store) if processes.lives(pid, began_at))

    def leave(self) -> None:
        """End every process of this house."""
        for _, pid, began_at, _ in jobs.workers(self.store):
            processes.kill(self.settings, pid, began_at)
        for job in jobs.live(self.store):
            processes.kill(self.settings, job.pid or 0, job.pid_started_at or 0.0)
        for process in psutil.process_iter(["cmdline", "environ"]):
            if (process.info["environ"] or {}).get("ERRATA_HOME") == str(self.settings.home):
                process.kill()
        self.store.close()
