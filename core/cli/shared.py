"""What commands share: the opened house, words for people and for scripts, and following a job to its end."""

import getpass
import json
import os
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from core.actor import LONGEST_NAME, NOBODY, Actor
from core.errors import BadInput
from core.settings import Settings
from db.terms import LARGEST

if TYPE_CHECKING:
    from db.records import Dataset, Job
    from db.store import Store

PLAIN_S = 5.0  # where nobody sees a bar move, a line is printed this often


@dataclass(frozen=True)
class House:
    """The settings in force, the database they name, and who calls."""

    settings: Settings
    store: "Store"
    actor: Actor


def enter() -> House:
    """Read the settings, make the home folder, open the database and bring it up to date."""
    from db import store as stores

    settings = Settings.load()
    _check_home(settings.home)
    store = stores.open_store(settings.database_url)
    stores.migrate(store)
    return House(settings, store, _caller())


def _check_home(home: Path) -> None:
    """Make the home folder. Raises BadInput where that, or writing into it, is not possible."""
    way = "mend its rights, or name another folder in ERRATA_HOME"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"Errata keeps its files in {home}, which cannot be made ({error.strerror}): {way}."
        ) from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise BadInput(f"Errata keeps its files in {home}, which cannot be written to: {way}.")


def _caller() -> Actor:
    try:
        return Actor.named(getpass.getuser()[:LONGEST_NAME])
    except (OSError, KeyError):  # a container's user without a name
        return NOBODY


def dataset_named(house: House, name: str) -> "Dataset":
    """The data set of that name, or of that number if no name is so. Raises Missing."""
    from core.services import datasets
    from db.errors import Missing

    try:
        return datasets.by_name(house.store, house.actor, name)
    except Missing:
        if numbered(name):
            return datasets.get(house.store, house.actor, int(name))
        raise


def numbered(text: str) -> bool:
    """True if a row of the database can have that number."""
    return text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= LARGEST


def path(text: str) -> Path:
    """A path as it was typed. Raises BadParameter for an empty one, which would mean the current folder."""
    if not text.strip():
        raise typer.BadParameter("the path is empty; write . for the current folder")
    return Path(text)


def escaped(text: str) -> str:
    """Text of one line: what would move the cursor or change the terminal, as a name of a file may, is escaped."""
    return "".join(char.encode("unicode_escape").decode() if _moves(char) else char for char in text)


def _moves(char: str) -> bool:
    category = unicodedata.category(char)
    return category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and char not in "\u200c\u200d")


def _lines(text: str) -> str:
    return "\n".join(map(escaped, text.split("\n")))


def say(text: str) -> None:
    """A sentence for people, on stderr."""
    print(_lines(text), file=sys.stderr, flush=True)


def show(text: str) -> None:
    """The answer, on stdout."""
    print(_lines(text), flush=True)


def show_json(value: Any) -> None:
    """The answer as JSON, for scripts."""
    print(json.dumps(value, ensure_ascii=False, indent=1, default=_plain), flush=True)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "tolist"):  # arrays and their scalars
        return value.tolist()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Columns set below each other; numbers to the right."""
    rows = [[escaped(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]
    numeric = [
        bool(rows) and all(row[i][:1].isdigit() or row[i] in ("", "–") for row in rows)
        for i in range(len(head))
    ]

    def line(words: list[str]) -> str:
        cells = zip(words, widths, numeric, strict=True)
        return "  ".join(w.rjust(n) if right else w.ljust(n) for w, n, right in cells).rstrip()

    return "\n".join([line(head), *map(line, rows)])


class Bar:
    """A progress bar on stderr; plain lines now and then where stderr is no terminal."""

    def __init__(self, bar: Any, task: Any) -> None:
        self._bar, self._task = bar, task
        self._printed_at, self._printed = time.monotonic(), ""

    def __call__(self, share: float, doing: str) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=share, description=doing or "waiting")
        elif doing != self._printed and time.monotonic() - self._printed_at >= PLAIN_S:
            self._printed_at, self._printed = time.monotonic(), doing
            say(f"{share:4.0%}  {doing}")


@contextmanager
def progress_bar() -> Iterator[Bar]:
    """A bar that is called with (share 0..1, what is being done)."""
    if not sys.stderr.isatty():
        yield Bar(None, None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Bar(bar, bar.add_task("waiting", total=1.0))


def follow(house: House, job_id: int, *, interrupted: Callable[[], str]) -> "Job":
    """Wait for a job to finish, with a bar; else exits with 1, and says why.

    It failed, somebody stopped it, or Ctrl-C left it: `interrupted` does what that means and says it.
    """
    from db.terms import JobState

    job = watch(house, job_id, interrupted=interrupted)
    if job.state is not JobState.FINISHED:
        say(escaped(job.message) or f"It {job.state.value} without saying why.")
        raise typer.Exit(1)
    return job


def watch(house: House, job_id: int, *, interrupted: Callable[[], str]) -> "Job":
    """The job once it has ended, however; Ctrl-C exits with 1 and says what `interrupted` does."""
    from core.services import jobs

    jobs.ensure_worker(house.store, house.settings)
    try:
        with progress_bar() as bar:
            job = jobs.get(house.store, house.actor, job_id)
            checked_at = time.monotonic()
            while not job.state.ended:
                bar(job.progress, job.doing or _waits(house, job))
                job = jobs.wait(house.store, house.actor, job_id, timeout_s=0.3)
                if time.monotonic() - checked_at > 2.0:  # a worker may be killed while we wait
                    jobs.ensure_worker(house.store, house.settings)
                    checked_at = time.monotonic()
    except KeyboardInterrupt:
        say(f"\n{interrupted()}")
        raise typer.Exit(1) from None
    return job


def _waits(house: House, job: "Job") -> str:
    """Why a queued job has not begun, if another of its lane is worked on."""
    from core.services import jobs
    from db.terms import LANES, JobState

    if job.state is not JobState.QUEUED:
        return "starting"
    others = [
        o for o in jobs.active(house.store, house.actor) if o.state.live and LANES[o.kind] is LANES[job.kind]
    ]
    return f"waits for job {others[0].id} ({others[0].kind.value})" if others else "waiting"


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / 1e6:,.1f} MB"
