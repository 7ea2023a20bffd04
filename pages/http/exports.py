"""GET /errata/export: the file of a finished export, streamed from the disk."""

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from core.actor import NOBODY
from core.services import export_jobs, jobs
from core.settings import Settings
from db.errors import Missing
from db.store import Store
from pages.http.answers import answered


def address(job_id: int, folder: str) -> str:
    """Where the file of an export is fetched."""
    return f"/errata/export/{job_id}/{folder}"


def routes(settings: Settings, store: Store) -> list[Route]:
    """GET export."""

    def fetch(request: Request) -> Response:
        job_id = request.path_params["job"]
        found = export_jobs.ready(store, settings, NOBODY, job_id)
        named = export_jobs.folder_name(jobs.get(store, NOBODY, job_id))
        if found is None or request.path_params["folder"] != named:
            raise Missing("This export is no longer there: export again.")
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return FileResponse(
            found.file, filename=found.file.name, content_disposition_type="attachment", headers=headers
        )

    return [Route("/errata/export/{job:int}/{folder}", answered(fetch), methods=["GET"])]
