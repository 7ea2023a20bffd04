"""Pictures: thumbnails in packs, originals one by one, and where the model looked."""

import functools
import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from core.actor import NOBODY
from core.artifacts import DatasetFiles
from core.data.thumbnails import ThumbnailPack, made_at
from core.errors import BadInput
from core.services import analysis, datasets
from core.settings import Settings
from db.errors import Missing
from db.records import Dataset
from db.store import Store
from pages.http import addressed
from pages.http.answers import answered, fresh

MOST_ROWS = 200  # thumbnails in one pack
# The folder in the address makes it one of a kind: what is kept can never be shown for another data set.
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
# A picture is never taken for a page, whatever its bytes are.
_HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
_KINDS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
)


@functools.lru_cache(maxsize=16)
def _opened(folder: Path, images: int, _made_at: int) -> ThumbnailPack:
    """images: how many there are; an import that adds some makes a new index, and so does a repair."""
    return ThumbnailPack(folder)


def _dataset(request: Request, store: Store) -> Dataset:
    return addressed.dataset(store, NOBODY, request.path_params["dataset"], request.path_params["folder"])


def _pack(settings: Settings, dataset: Dataset) -> ThumbnailPack:
    try:
        folder = DatasetFiles(settings, dataset).folder
        return _opened(folder, dataset.images, made_at(folder))
    except BadInput as error:  # gone or damaged: nothing in the request is wrong
        raise Missing(str(error)) from error


def _read(pack: ThumbnailPack, rows: list[int], dataset: Dataset) -> list[bytes]:
    try:
        return pack.many(rows)
    except (BadInput, FileNotFoundError, IndexError) as error:  # since it was opened
        raise Missing(
            f"The thumbnails of data set {dataset.id} are gone or damaged: `python -m core doctor --repair` makes "
            "them again."
        ) from error


def packed(pictures: list[bytes]) -> bytes:
    """uint32 (little-endian) length of the header, JSON {"sizes": […]}, then the pictures in order."""
    header = json.dumps({"sizes": [len(picture) for picture in pictures]}).encode()
    return b"".join([len(header).to_bytes(4, "little"), header, *pictures])


def _rows(request: Request, images: int) -> list[int]:
    words = request.query_params.get("rows", "").split(",")
    if not all(word.isascii() and word.isdigit() and len(word) < 12 for word in words):
        raise BadInput("“rows” must be image numbers with commas between, such as 1,2,3.")
    if len(words) > MOST_ROWS:
        raise BadInput(f"{len(words)} thumbnails were asked for at once; at most {MOST_ROWS} are given.")
    rows = [int(word) for word in words]
    if max(rows) >= images:
        raise Missing(f"There is no image number {max(rows)} in this data set; it has {images}.")
    return rows


def _one(pack: ThumbnailPack, row: int, dataset: Dataset) -> bytes:
    if row >= dataset.images:  # an import that was killed may have left more in the pack
        raise Missing(f"There is no image number {row} in this data set; it has {dataset.images}.")
    return _read(pack, [row], dataset)[0]


def media_type(path: Path) -> str | None:
    """What browsers can show, told by the first bytes and never by the name; None for the rest."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _KINDS if head.startswith(magic)), None)


def routes(settings: Settings, store: Store) -> list[Route]:
    """GET thumbnails, image and where."""

    def thumbnails(request: Request) -> Response:
        dataset = _dataset(request, store)
        pack = _pack(settings, dataset)
        # An import that was killed, or is not stored yet, has more in the pack.
        rows = _rows(request, min(len(pack), dataset.images))
        body = packed(_read(pack, rows, dataset))
        return Response(body, media_type="application/octet-stream", headers=_FOR_EVER)

    def thumbnail(request: Request) -> Response:
        dataset = _dataset(request, store)
        picture = _one(_pack(settings, dataset), request.path_params["row"], dataset)
        return Response(picture, media_type="image/jpeg", headers={**_HARMLESS, **_FOR_EVER})

    def image(request: Request) -> Response:
        dataset, row = _dataset(request, store), request.path_params["row"]
        try:
            path = datasets.image_path(store, settings, NOBODY, dataset.id, row)
            kind = media_type(path) if path else None
        except OSError:  # gone or unreadable since: the thumbnail is ours
            path = kind = None
        if path and kind:
            return FileResponse(
                path, media_type=kind, headers={**_HARMLESS, "Cache-Control": "private, max-age=3600"}
            )
        picture = _one(_pack(settings, dataset), row, dataset)
        return Response(picture, media_type="image/jpeg", headers={**_HARMLESS, "Cache-Control": "no-cache"})

    def where(request: Request) -> Response:
        heat = analysis.where(store, settings, NOBODY, request.path_params["finding"])
        if heat is None:
            raise Missing("Where the model looked was not recorded for this picture.")
        height, width = heat.shape
        values = [round(float(value), 3) for value in heat.ravel()]
        return fresh({"height": height, "width": width, "values": values})

    return [
        Route("/errata/thumbnails/{dataset:int}/{folder}", answered(thumbnails), methods=["GET"]),
        Route("/errata/thumbnail/{dataset:int}/{folder}/{row:int}", answered(thumbnail), methods=["GET"]),
        Route("/errata/image/{dataset:int}/{folder}/{row:int}", answered(image), methods=["GET"]),
        Route("/errata/where/{finding:int}", answered(where), methods=["GET"]),
    ]
