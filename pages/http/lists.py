"""Lists for the gallery, page by page: errors, suspects, any images, training images that the model contradicts alike.

Every item carries its row, what is thought of it, and `cells`: one letter a label by position, p present, a absent,
u unknown, a capital where a person has verified it.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.actor import NOBODY
from core.errors import BadInput
from core.services import analysis, corrections, datasets, runs, searching
from core.services.analysis import FindingQuery, Moved
from core.services.searching import Only
from core.settings import Settings
from db.records import CellValue, Finding, Image
from db.store import Store
from db.terms import Cause, ErrorKind, LabelState, Part
from pages.http.answers import answered, fresh, needed, number, share, whole, word

MOST_ITEMS = 500
PAGE = 120
_NEIGHBOURS = ("with_label", "without_label", "held_out")


def _letter(value: CellValue) -> str:
    letter = value.state.value[0]
    return letter.upper() if value.verified else letter


def cells_of(store: Store, dataset_id: int, rows: Sequence[int]) -> dict[int, str]:
    """One letter a label, by row."""
    ids = [label.id for label in datasets.labels(store, NOBODY, dataset_id)]
    unique = list(dict.fromkeys(rows))
    letters = [_letter(cell.value) for cell in corrections.values(store, NOBODY, dataset_id, unique, ids)]
    return {row: "".join(letters[i * len(ids) : (i + 1) * len(ids)]) for i, row in enumerate(unique)}


def limit_of(request: Request) -> int:
    return min(MOST_ITEMS, whole(request, "limit", at_least=1) or PAGE)


def images_of(store: Store, dataset_id: int, rows: Sequence[int]) -> dict[int, Image]:
    return {image.row: image for image in datasets.images(store, NOBODY, dataset_id, sorted(set(rows)))}


def _item(image: Image, cells: str) -> dict[str, Any]:
    """What every item of a list says of its image."""
    return {
        "row": image.row,
        "part": image.part.value,
        "left_out": image.left_out,
        "key": image.key,
        "cells": cells,
    }


def _finding(found: Finding, image: Image, cells: str, moved: Moved | None) -> dict[str, Any]:
    return {
        **_item(image, cells),
        "id": found.id,
        "part": found.part.value,  # where the run had it
        "label": found.label_id,
        "kind": found.kind.value,
        "probability": number(found.probability),
        "aum": number(found.data.get("aum")),
        "cause": found.cause.value,
        "machine_cause": found.machine_cause.value,
        "confidence": number(found.confidence),
        "second": found.second_cause.value if found.second_cause else None,
        "shares": {
            Cause.MISLABEL.value: number(found.p_mislabel),
            Cause.SPARSITY.value: number(found.p_sparsity),
            Cause.WRONG_PATTERN.value: number(found.p_wrong_pattern),
        },
        "bar": number(found.data.get("bar")),
        "moved": None
        if moved is None
        else {"run": moved.run_id, "cause": moved.cause.value, "author": moved.author},
        "threshold": number(found.threshold),
        "suggested": found.suggestion.value if found.suggestion else None,
        "evidence": found.evidence,
        "neighbours": {name: [int(row) for row in found.data.get(name) or ()] for name in _NEIGHBOURS},
        "doubts": len(found.data.get("same_doubt") or ()),
    }


def _query(request: Request) -> FindingQuery:
    cause = word(request, "cause", [cause.value for cause in Cause])
    kind = word(request, "kind", [kind.value for kind in ErrorKind])
    reviewed = word(request, "reviewed", ["0", "1"])
    return FindingQuery(
        run_id=needed(request, "run"),
        part=Part(word(request, "part", [part.value for part in Part]) or "val"),
        cause=Cause(cause) if cause else None,
        label_id=whole(request, "label"),
        kind=ErrorKind(kind) if kind else None,
        min_confidence=share(request, "min", 0.0),
        max_confidence=share(request, "max", 1.0),
        reviewed=None if reviewed is None else reviewed == "1",
        search=request.query_params.get("search", "")[:200],
    )


def _items(store: Store, request: Request) -> Response:
    query, limit = _query(request), limit_of(request)
    dataset_id = runs.get(store, NOBODY, query.run_id).dataset_id
    found = analysis.page(store, NOBODY, query, after=whole(request, "after"), limit=limit)
    rows = [one.row for one in found]
    images, cells = images_of(store, dataset_id, rows), cells_of(store, dataset_id, rows)
    moved = analysis.moved_elsewhere(store, NOBODY, query.run_id, found)
    listed = [
        _finding(one, images[one.row], cells[one.row], moved.get((one.row, one.label_id))) for one in found
    ]
    return fresh({"items": listed, "next": found[-1].rank if len(found) == limit else None})


def _doubt(settings: Settings, store: Store, request: Request) -> Response:
    finding_id = request.path_params["finding"]
    found = analysis.finding(store, NOBODY, finding_id)
    dataset_id = runs.get(store, NOBODY, found.run_id).dataset_id
    near = analysis.same_doubt(store, settings, NOBODY, finding_id)
    rows = [one.row for one in near]
    images, cells = images_of(store, dataset_id, rows), cells_of(store, dataset_id, rows)
    listed = [
        {
            **_item(images[one.row], cells[one.row]),
            "label": one.label_id,
            "finding": finding_id,
            "probability": number(one.probability),
            "suggested": one.suggestion.value if one.suggestion else None,
        }
        for one in near
    ]
    return fresh({"items": listed, "next": None})


def _browse(settings: Settings, store: Store, request: Request) -> Response:
    dataset_id, limit, label_id = needed(request, "dataset"), limit_of(request), whole(request, "label")
    state = word(request, "state", [state.value for state in LabelState])
    part = word(request, "part", [part.value for part in Part])
    if state and label_id is None:
        raise BadInput("A state is a label's: the query needs “label” beside “state”.")
    only = Only(label_id, LabelState(state) if state else None, Part(part) if part else None)
    images = searching.page(
        store,
        settings,
        NOBODY,
        dataset_id,
        request.query_params.get("search", ""),
        only=only,
        run_id=whole(request, "run"),
        after_row=whole(request, "after"),
        limit=limit,
    )
    cells = cells_of(store, dataset_id, [image.row for image in images])
    listed = [{**_item(image, cells[image.row]), "label": label_id} for image in images]
    return fresh({"items": listed, "next": images[-1].row if len(images) == limit else None})


def routes(settings: Settings, store: Store) -> list[Route]:
    """GET items, doubt and browse."""
    items, doubt = partial(_items, store), partial(_doubt, settings, store)
    browse = partial(_browse, settings, store)
    return [
        Route("/errata/items", answered(items), methods=["GET"]),
        Route("/errata/doubt/{finding:int}", answered(doubt), methods=["GET"]),
        Route("/errata/browse", answered(browse), methods=["GET"]),
    ]
