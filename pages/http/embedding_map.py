"""The embedding map: every point with its place and what it is coloured by, in one packed answer."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.actor import NOBODY
from core.errors import BadInput
from core.services import searching
from core.settings import Settings
from db.errors import Missing
from db.store import Store
from pages.http import addressed
from pages.http.answers import answered


def routes(settings: Settings, store: Store) -> list[Route]:
    """GET map."""

    def points(request: Request) -> Response:
        found = addressed.dataset(
            store, NOBODY, request.path_params["dataset"], request.path_params["folder"]
        )
        drawn = searching.scanned_map(store, settings, NOBODY, found.id)
        if drawn is None:
            raise Missing("There is no map of this data set yet: scan it on the Data page.")
        colour = request.query_params.get("colour", "")[: searching.LONGEST_NAME]
        if not colour:
            raise BadInput("The query needs “colour”: a label, part, or a measure such as brightness.")
        colours = searching.colours(store, settings, NOBODY, found.id, colour, drawn.rows)
        header = json.dumps(
            {
                "n": len(drawn.rows),
                "images": drawn.images,
                "kind": colours.kind,
                "low": colours.low,
                "high": colours.high,
            }
        ).encode()
        body = b"".join(
            [
                len(header).to_bytes(4, "little"),
                header,
                drawn.rows.astype("<u4").tobytes(),
                drawn.points.astype("<f4").tobytes(),
                colours.values.astype("<f4").tobytes(),
            ]
        )
        return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})

    return [Route("/errata/map/{dataset:int}/{folder}", answered(points), methods=["GET"])]
