"""GET /errata/trouble: one kind of trouble in the data, page by page, as the gallery shows it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.actor import NOBODY
from core.errors import BadInput
from core.services import trouble
from core.services.trouble import Item, Kind
from core.settings import Settings
from db.records import Image
from db.store import Store
from pages.http import lists
from pages.http.answers import answered, fresh, needed, whole, word
from pages.http.labels import PLACE


def _item(found: Item, image: Image, cells: str, looked: set[int]) -> dict[str, Any]:
    return {
        "row": found.row,
        "part": image.part.value,
        "left_out": image.left_out,
        "looked": found.row in looked,
        "key": image.key,
        "label": PLACE if found.label_id is None else found.label_id,
        "suggested": found.suggested,
        "title": found.title,
        "measure": found.measure,
        "evidence": found.evidence,
        "group": found.group,
        "neighbours": {"same": list(found.same)},
        "cells": cells,
    }


def routes(settings: Settings, store: Store) -> list[Route]:
    """GET trouble."""

    def listed(request: Request) -> Response:
        dataset_id, limit = needed(request, "dataset"), lists.limit_of(request)
        kind = word(request, "kind", [kind.value for kind in Kind])
        if kind is None:
            raise BadInput("The query needs “kind”.")
        found = trouble.page(
            store,
            settings,
            NOBODY,
            dataset_id,
            Kind(kind),
            only_open=word(request, "open", ["0", "1"]) != "0",
            after=whole(request, "after"),
            limit=limit,
        )
        rows = [item.row for item in found]
        images, cells = lists.images_of(store, dataset_id, rows), lists.cells_of(store, dataset_id, rows)
        looked = trouble.decided(store, NOBODY, dataset_id, Kind(kind))
        items = [_item(item, images[item.row], cells[item.row], looked) for item in found]
        return fresh({"items": items, "next": found[-1].order if len(found) == limit else None})

    return [Route("/errata/trouble", answered(listed), methods=["GET"])]
