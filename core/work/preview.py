"""Looking at a source before it is imported: everything is read, nothing is stored."""

from dataclasses import asdict, replace
from typing import Any

from core.services.datasets import ImportRequest
from core.settings import Settings
from core.work import Progress
from core.work.import_ import preview
from db.records import Job
from db.store import Store

MOST_PROBLEMS = 500  # kept in the job's row; a table of ten thousand helps nobody


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work; its result is an `import_.Preview` as JSON, with the first of its problems."""
    found = preview(settings, ImportRequest.from_params(job.params), progress)
    more = len(found.problems) - MOST_PROBLEMS
    notes = (*found.notes, f"… and {more:,} more problems than are listed here.") if more > 0 else found.notes
    return asdict(replace(found, problems=found.problems[:MOST_PROBLEMS], notes=notes))
