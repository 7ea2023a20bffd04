"""A newcomer's first minutes: `make run` in an empty home, until the errors of the demo set stand by cause.

    python -m bench.first_minutes

Starts `python -m core serve` as `make run` does once the environment is there, and prints when each thing a
newcomer waits for was in the database: seconds after the printed address, beside the limit where there is one.
The peer of the drawing, plain JPEG encoding, is in bench.demo; that of the first paint in bench.first_paint.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.actor import NOBODY
from core.services import analysis, datasets, runs
from core.settings import Settings
from db.store import Store, open_store
from db.terms import Part
from tests.browser.conftest import free_port

GIVE_UP_S = 900
LIVE_S, ERRORS_S = 60, 180


def _drawn(store: Store) -> bool:
    return bool(datasets.listing(store, NOBODY))


def _runs(store: Store, dataset: int = 1) -> list[int]:
    return [run.id for run in runs.listing(store, NOBODY, dataset)]


def _first_point(store: Store) -> bool:
    return any(runs.get(store, NOBODY, number).epochs_done for number in _runs(store))


def _trained(store: Store) -> bool:
    return any(runs.get(store, NOBODY, number).state.ended for number in _runs(store))


def _errors(store: Store) -> bool:
    return any(runs.get(store, NOBODY, number).analysed_at is not None for number in _runs(store))


MILESTONES: tuple[tuple[str, Callable[[Store], bool], int | None], ...] = (
    ("demo set drawn and imported", _drawn, None),
    ("first point of the curves", _first_point, LIVE_S),
    ("run finished", _trained, None),
    ("errors by cause", _errors, ERRORS_S),
)


def watch(store: Store, began: float) -> None:
    """Print a line for each milestone as it is reached."""
    for title, reached, limit in MILESTONES:
        while not reached(store):
            if time.monotonic() - began > GIVE_UP_S:
                raise SystemExit(f"{title}: not within {GIVE_UP_S} s.")
            time.sleep(0.1)
        beside = "" if limit is None else f"   limit {limit} s"
        print(f"{title:<30} {time.monotonic() - began:7.1f} s{beside}", flush=True)


def main() -> None:
    """Serve an empty home and watch it fill."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "ERRATA_HOME": str(Path(folder) / "home"), "ERRATA_DEMO": "1"}
        settings = Settings.load(environment)
        print(f"load of the machine before     {os.getloadavg()[0]:7.2f}")
        asked = time.monotonic()
        serving = subprocess.Popen(
            [sys.executable, "-m", "core", "serve", "--port", str(free_port())],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert serving.stdout is not None
            print(serving.stdout.readline().strip())
            began = time.monotonic()
            print(f"{'address printed':<30} {began - asked:7.1f} s   after the command", flush=True)
            store = open_store(settings.database_url)
            watch(store, began)
            counts = analysis.counts(store, NOBODY, _runs(store)[0], Part.VALIDATION)
            print(f"{'errors':<30} {sum(count.findings for count in counts):7,}")
            store.close()
        finally:
            serving.terminate()
            serving.wait(30)


if __name__ == "__main__":
    main()
