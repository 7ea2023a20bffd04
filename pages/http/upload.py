"""POST /errata/upload: an archive streamed to disk; a half of one never stays."""

import shutil
import uuid
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from core.data import archive, disk
from core.data.importers import tables
from core.settings import Settings
from db.store import Store
from pages.http.answers import fresh, sentence

_BLOCK = 4 * 2**20  # bytes that are gathered before a thread writes them
_ROOM = 64 * 2**20  # bytes that stay free on the disk


def _full() -> Response:
    return sentence(507, "The disk is full: nothing of the upload was kept. Free some space and try again.")


def _ending(name: str) -> str | None:
    """The ending of an archive's name, or None for what is not taken."""
    return next((ending for ending in archive.ENDINGS if name.lower().endswith(ending)), None)


def _not_taken(name: str) -> Response:
    if name.lower().endswith(tables.ENDINGS):
        return sentence(
            400,
            f"“{name[:80]}” is a table alone, and its images are needed: pack both into one zip, or give the path of "
            "a table on the server.",
        )
    return sentence(400, f"“{name[:80]}” cannot be uploaded: pack the folder as {archive.KINDS}.")


class _TooLarge(Exception):
    pass


async def _stream(request: Request, file: BinaryIO, most: int) -> int:
    """Write the body as it comes; returns its bytes. Raises _TooLarge, OSError, ClientDisconnect."""
    size = 0
    waiting = bytearray()
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise _TooLarge
        waiting += chunk
        if len(waiting) >= _BLOCK:
            await anyio.to_thread.run_sync(file.write, bytes(waiting))
            waiting.clear()
    await anyio.to_thread.run_sync(file.write, bytes(waiting))
    await anyio.to_thread.run_sync(file.flush)
    return size


def routes(settings: Settings, store: Store) -> list[Route]:
    """POST upload."""
    most = settings.max_upload_mb * 10**6

    async def upload(request: Request) -> Response:
        name = request.query_params.get("name", "")
        ending = _ending(name)
        if ending is None:
            return _not_taken(name)
        told = request.headers.get("content-length", "")
        announced = int(told) if told.isascii() and told.isdigit() else 0
        too_large = sentence(
            413, f"The upload is larger than {settings.max_upload_mb:,} MB (ERRATA_MAX_UPLOAD_MB)."
        )
        if announced > most:
            return too_large
        settings.uploads_dir.mkdir(parents=True, exist_ok=True)
        if announced + _ROOM > shutil.disk_usage(settings.uploads_dir).free:
            return _full()
        # Our own name: nothing of the client's reaches the disk.
        upload_id = uuid.uuid4().hex + ending
        draft = settings.uploads_dir / f"{upload_id}.part"
        try:
            with draft.open("wb") as file:
                size = await _stream(request, file, most)
            if size == 0:
                return sentence(400, "The upload is empty.")
            draft.rename(settings.uploads_dir / upload_id)
        except _TooLarge:
            return too_large
        except ClientDisconnect:
            return sentence(400, "The upload broke off: nothing of it was kept.")
        except OSError as error:
            if disk.is_full(error):
                return _full()
            raise
        finally:
            draft.unlink(missing_ok=True)
        return fresh({"upload": upload_id, "bytes": size})

    return [Route("/errata/upload", upload, methods=["POST"])]


def path_of(settings: Settings, upload_id: str) -> Path | None:
    """The file of an upload, or None when there is none of that id."""
    known = {path.name: path for path in settings.uploads_dir.glob("*") if not path.name.endswith(".part")}
    return known.get(upload_id)
