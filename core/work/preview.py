"""Looking at a source before it is imported: everything is read, nothing is stored."""

from dataclasses import asdict
from typing import Any

from core.services.datasets import ImportRequest
from core.settings import Settings
from core.work import Progress
from core.work.import_ import preview
from db.records import Job
from db.store import Store


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work; its result is an `import_.Preview` as JSON."""
    return asdict(preview(settings, ImportRequest.from_params(job.params), progress))
