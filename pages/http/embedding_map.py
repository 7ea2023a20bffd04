"""The embedding map: every point with its place and its colour in one packed answer, and what one of them shows."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.actor import NOBODY
from core.errors import BadInput
from core.services import corrections, datasets, searching
from core.settings import Settings
from db.errors import Missing
from db.store import Store
from db.terms import LabelState
from pages.http import addressed, lists
from pages.http.answers import answered, fresh


def routes(settings: Settings, store: Store) -> list[Route]:
    """GET map, whole and one point of it."""

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

    def point(request: Request) -> Response:
        row = request.path_params["row"]
        found = addressed.dataset(
            store, NOBODY, request.path_params["dataset"], request.path_params["folder"]
        )
        image = lists.images_of(store, found.id, [row]).get(row)
        if image is None:
            raise Missing(f"There is no image {row} in this data set.")
        labels = datasets.labels(store, NOBODY, found.id)
        cells = corrections.values(store, NOBODY, found.id, [row], [label.id for label in labels])
        present = [
            label.name
            for label, cell in zip(labels, cells, strict=True)
            if cell.value.state is LabelState.PRESENT
        ]
        return fresh({"key": image.key, "labels": present})

    return [
        Route("/errata/map/{dataset:int}/{folder}", answered(points), methods=["GET"]),
        Route("/errata/map/{dataset:int}/{folder}/{row:int}", answered(point), methods=["GET"]),
    ]
