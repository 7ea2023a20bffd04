"""The file of an export is fetched by its job's number and folder, and by nothing else."""

from starlette.testclient import TestClient

from core.actor import NOBODY
from core.services import export_jobs
from core.services.export_jobs import ExportAsked
from core.settings import Settings
from core.work import export
from db import jobs
from db.store import Store
from db.terms import JobState
from pages.http import exports


def test_an_export_is_fetched_as_a_file_with_its_name(
    client: TestClient, store: Store, settings: Settings
) -> None:
    job = export_jobs.start(store, settings, NOBODY, 1, ExportAsked("csv"))
    where = exports.address(job.id, export_jobs.folder_name(job))
    assert client.get(where).status_code == 404  # not made yet
    result = export.run(store, settings, job, lambda share, doing: None)
    jobs.end(store, job.id, JobState.FINISHED, result=result)
    answer = client.get(where)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename")
    assert answer.text.startswith("image,labels")
    assert client.get(f"/errata/export/{job.id}/somewhere").status_code == 404
    (settings.exports_dir / export_jobs.folder_name(job) / result["file"]).unlink()
    gone = client.get(where)
    assert (gone.status_code, gone.json()["message"]) == (
        404,
        "This export is no longer there: export again.",
    )
