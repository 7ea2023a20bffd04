"""How a job ended, as a sentence: what happened, and how to go on."""

import signal

from core.work import leftovers
from db import additions, datasets, runs
from db.errors import Missing
from db.records import Job
from db.store import Store
from db.terms import JobKind


def died(store: Store, job: Job, exit_code: int | None, last_words: str) -> str:
    """A child ended without closing its job; `exit_code` is None if another process waited for it."""
    if exit_code is None:
        what = "Its process disappeared"
        why = ", ended from outside or with the machine"
    elif exit_code < 0:
        what = f"Its process was killed by signal {-exit_code} ({_signal(-exit_code)})"
        why = ", perhaps because memory ran out" if exit_code == -signal.SIGKILL else ""
    else:
        what = f"Its process ended with exit code {exit_code}"
        why = f" (“{last_words}”)" if last_words else ""
    return f"{what}{_where(store, job)}{why}. {how_to_go_on(store, job)}"


def hung(store: Store, job: Job, silent_s: float) -> str:
    """A child that gave no sign of life was ended."""
    said = f"Its process gave no sign of life for {silent_s:.0f} s{_where(store, job)} and was ended."
    return f"{said} {how_to_go_on(store, job)}"


def memory(store: Store, job: Job) -> str:
    """The system refused more memory."""
    advice = (
        "A smaller batch or image side needs less; "
        if job.kind is JobKind.TRAIN
        else "Close other programs; "
    )
    return f"Memory ran out{_where(store, job)}. {advice}{_lower(how_to_go_on(store, job))}"


def disk(store: Store, job: Job, home: str) -> str:
    """The disk took no more."""
    return f"The disk is full{_where(store, job)}: free some space in {home}. {how_to_go_on(store, job)}"


def unforeseen(store: Store, job: Job, error: BaseException, log: str) -> str:
    """Something that no sentence was written for."""
    text = " ".join(str(error).split())[:300]
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{said}{_where(store, job)}; the traceback is in {log}. {how_to_go_on(store, job)}"


def is_out_of_memory(error: BaseException) -> bool:
    """True for Python's own error and for those of the tensor library, which are told by their text."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def how_to_go_on(store: Store, job: Job) -> str:
    """What to do next: a run goes on from its checkpoint, everything else starts again."""
    if job.kind is JobKind.IMPORT and (name := _stored(store, job)):
        if job.params.get("into") is not None:
            return f"All the same it was added to “{name}”, whole: nothing has to be done."
        return f"All the same the data set “{name}” was stored, whole: nothing has to be done."
    if job.kind is JobKind.DEMO:
        return "Start it again: what was finished of it is kept."
    if job.kind is not JobKind.TRAIN:
        return "Nothing of it was stored: start it again."
    done = _epochs(store, job)
    if done == 0:
        return "Resume starts it again from the first epoch."
    return f"Resume continues from the checkpoint after epoch {done}."


def _stored(store: Store, job: Job) -> str | None:
    """The name of the data set that an import stored before it was killed: told by its folder, whatever the clock."""
    if job.params.get("into") is not None:
        return _added(store, job)
    folder = leftovers.folder_name(job)
    return next((found.name for found in datasets.listing(store) if found.folder == folder), None)


def _added(store: Store, job: Job) -> str | None:
    """The name of the data set that an import was added to, if it was."""
    try:
        dataset = datasets.get(store, int(job.params["into"]))
    except Missing:
        return None
    return dataset.name if additions.is_stored(store, dataset.id, leftovers.folder_name(job)) else None


def _where(store: Store, job: Job) -> str:
    if job.kind is JobKind.TRAIN and job.run_id is not None:
        return f" in epoch {_epochs(store, job) + 1}"
    return f" while {_lower(job.doing)}" if job.doing else ""


def _epochs(store: Store, job: Job) -> int:
    if job.run_id is None:
        return 0
    try:
        return runs.get(store, job.run_id).epochs_done
    except Missing:
        return 0


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
