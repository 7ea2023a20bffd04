"""POST /errata/labels: a batch of operations, each saved whole or answered with the reason why not."""

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from core.actor import Actor
from core.data.importers.names import storable
from core.errors import BadInput
from core.services import corrections
from core.services.corrections import Answer, Operation
from core.settings import Settings
from db.records import OUT, CellChange, CellValue, Place, Placement
from db.store import Store
from db.terms import LARGEST, Cause, LabelState, Part
from pages.http import addressed
from pages.http.answers import fresh, in_thread, sentence

MOST_BYTES = 8 * 2**20
MOST_OPERATIONS = 500
Word = TypeVar("Word", LabelState, Cause, Part)
_ACTIONS = ("set", "place", "verdict", "undo")
PLACE = 0  # in place of a label's number: where the image is


async def limited_body(request: Request, most: int) -> bytes | None:
    """The body, or None once it is longer than `most` bytes."""
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            return None
        parts.append(chunk)
    return b"".join(parts)


def _field(holder: Mapping[str, Any], name: str, kind: type, what: str) -> Any:
    value = holder.get(name)
    # True is an int to Python, and no number to anybody else.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadInput(f"{what}: “{name}” must be {_NAMES[kind]}.")
    if kind is int and abs(value) > LARGEST:
        raise BadInput(f"{what}: “{name}” is too large to be the number of anything here.")
    if kind is str and not storable(value):
        raise BadInput(f"{what}: “{name}” holds characters that no text may hold (half a pair, or none).")
    return value


_NAMES = {int: "a whole number", str: "a text", bool: "true or false", list: "a list", dict: "an object"}


def _optional(holder: Mapping[str, Any], name: str, kind: type, what: str) -> Any:
    return None if holder.get(name) is None else _field(holder, name, kind, what)


def _word(words: type[Word], value: str, what: str) -> Word:
    try:
        return words(value)
    except ValueError:
        raise BadInput(f"{what}: “{value[:40]}” is none of {', '.join(w.value for w in words)}.") from None


def _value(holder: Any, what: str) -> CellValue:
    if not isinstance(holder, Mapping):
        raise BadInput(f"{what}: a value must be an object with “state” and “verified”.")
    state = _word(LabelState, _field(holder, "state", str, what), what)
    return CellValue(state, _field(holder, "verified", bool, what))


def _change(cell: Any, what: str) -> CellChange:
    if not isinstance(cell, Mapping):
        raise BadInput(f"{what}: every cell must be an object.")
    return CellChange(
        row=_field(cell, "row", int, what),
        label_id=_field(cell, "label", int, what),
        seen=_value(cell.get("seen"), what),
        wanted=_value(cell, what),
        finding_id=_optional(cell, "finding", int, what),
    )


def _place(word: str, what: str) -> Place:
    return Place(_word(Part, word.removesuffix(OUT), what), word.endswith(OUT))


def _move(holder: Any, what: str) -> Placement:
    if not isinstance(holder, Mapping):
        raise BadInput(f"{what}: every place must be an object.")
    before, after = (_place(_field(holder, name, str, what), what) for name in ("seen", "wanted"))
    return Placement(_field(holder, "row", int, what), before, after)


def operation_of(sent: Any, index: int) -> Operation:
    """One operation from its JSON. Raises BadInput that names the operation and the field."""
    what = f"Operation {index + 1}"
    if not isinstance(sent, Mapping):
        raise BadInput(f"{what} must be an object.")
    client_id = _field(sent, "client_id", str, what)
    if not 8 <= len(client_id) <= 64:
        raise BadInput(f"{what}: “client_id” must have 8 to 64 characters.")
    action = _field(sent, "action", str, what)
    if action == "set":
        return Operation(
            client_id,
            "set",
            changes=tuple(_change(cell, what) for cell in _field(sent, "cells", list, what)),
            reason=(_optional(sent, "reason", str, what) or "")[:500],
            run_id=_optional(sent, "run", int, what),
        )
    if action == "place":
        return Operation(
            client_id,
            "place",
            moves=tuple(_move(one, what) for one in _field(sent, "places", list, what)),
            reason=(_optional(sent, "reason", str, what) or "")[:500],
        )
    if action == "verdict":
        seen, cause = (_word(Cause, _field(sent, name, str, what), what) for name in ("seen", "cause"))
        finding_id = _field(sent, "finding", int, what)
        return Operation(client_id, "verdict", finding_id=finding_id, seen_cause=seen, cause=cause)
    if action == "undo":
        return Operation(client_id, "undo", batch_id=_field(sent, "batch", int, what))
    raise BadInput(f"{what}: “action” must be one of {', '.join(_ACTIONS)}.")


def _parsed(body: bytes) -> tuple[Actor, int, str, Sequence[Operation]]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("The request is not JSON.") from None
    if not isinstance(sent, Mapping):
        raise BadInput("The request must be an object with “dataset”, “folder”, “author” and “operations”.")
    actor = Actor.named(_field(sent, "author", str, "The request"))
    operations = _field(sent, "operations", list, "The request")
    if len(operations) > MOST_OPERATIONS:
        raise BadInput(f"{len(operations)} operations came at once; at most {MOST_OPERATIONS} are taken.")
    dataset_id = _field(sent, "dataset", int, "The request")
    folder = _field(sent, "folder", str, "The request")
    return actor, dataset_id, folder, [operation_of(one, index) for index, one in enumerate(operations)]


def _answer(answer: Answer) -> dict[str, Any]:
    # An undo takes back that it was looked at, too.
    looked = answer.batch is not None and answer.batch.undoes is None
    return {
        "client_id": answer.client_id,
        "status": answer.status,
        "batch": answer.batch.id if answer.batch else None,
        "revision": answer.revision,
        "message": answer.message,
        "cells": [
            {
                "row": cell.row,
                "label": cell.label_id,
                "state": cell.value.state.value,
                "verified": cell.value.verified,
            }
            for cell in answer.cells
        ]
        + [
            {"row": row, "label": PLACE, "state": place.word, "verified": looked}
            for row, place in answer.places.items()
        ],
    }


def routes(settings: Settings, store: Store) -> list[Route]:
    """POST labels."""

    def save(body: bytes) -> Response:
        actor, dataset_id, folder, operations = _parsed(body)
        addressed.dataset(store, actor, dataset_id, folder)
        answers = corrections.operate(store, actor, dataset_id, operations)
        return fresh({"answers": [_answer(answer) for answer in answers]})

    async def change(request: Request) -> Response:
        try:
            body = await limited_body(request, MOST_BYTES)
        except ClientDisconnect:
            return sentence(400, "The request broke off: nothing was changed.")
        if body is None:
            return sentence(413, f"The request is larger than {MOST_BYTES // 2**20} MB: send it in parts.")
        return await in_thread(functools.partial(save, body))

    return [Route("/errata/labels", change, methods=["POST"])]
