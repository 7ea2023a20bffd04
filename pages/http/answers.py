"""Answers of the routes: JSON, and every fault as one sentence with its status."""

import functools
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import BadInput, ErrataError, Refused
from db.errors import Conflict, DatabaseError, Missing, Stale

Work = Callable[[Request], Response]


def sentence(status: int, message: str) -> JSONResponse:
    """A fault as the client shows it."""
    return JSONResponse({"message": message}, status, headers={"Cache-Control": "no-store"})


def fresh(content: Any) -> JSONResponse:
    """JSON that no cache keeps."""
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


def health(_: Request) -> Response:
    """The server answers."""
    return fresh({"status": "ok"})


def nothing() -> Route:
    """404 for what no other route answers; Streamlit would show its page there."""

    def answer(request: Request) -> Response:
        return sentence(
            404, f"There is nothing at {request.url.path[:200]} that answers to {request.method}."
        )

    return Route("/errata/{rest:path}", answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])


def status_of(error: ErrataError | DatabaseError) -> int:
    """400 for bad input, 403 refused, 404 missing, 409 overtaken; anything else is our fault."""
    if isinstance(error, BadInput):
        return 400
    if isinstance(error, Refused):
        return 403
    if isinstance(error, Missing):
        return 404
    return 409 if isinstance(error, Stale | Conflict) else 503


def answered(work: Work) -> Callable[[Request], Awaitable[Response]]:
    """Run `work` in a thread, so that the loop never waits for the database; its errors become sentences."""

    @functools.wraps(work)
    async def route(request: Request) -> Response:
        return await in_thread(functools.partial(work, request))

    return route


async def in_thread(work: Callable[[], Response]) -> Response:
    """Do `work` in a thread; an error of the house becomes its sentence."""
    try:
        return await anyio.to_thread.run_sync(work)
    except (ErrataError, DatabaseError) as error:
        return sentence(status_of(error), str(error))
    except OSError as error:  # the disk's own faults; a later try may find it well
        return sentence(
            503, f"The server cannot read one of its files ({error.strerror or error}): try again."
        )


def whole(request: Request, name: str, *, at_least: int = 0) -> int | None:
    """A whole number from the query, None where it is not given. Raises BadInput."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16) or int(text) < at_least:
        raise BadInput(f"“{name}” is “{text[:40]}”; it must be a whole number of at least {at_least}.")
    return int(text)


def needed(request: Request, name: str) -> int:
    """A whole number that the query must give. Raises BadInput."""
    value = whole(request, name)
    if value is None:
        raise BadInput(f"The query needs “{name}”.")
    return value


def share(request: Request, name: str, default: float) -> float:
    """A number of 0..1 from the query. Raises BadInput."""
    text = request.query_params.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise BadInput(f"“{name}” is “{text[:40]}”; it must be between 0 and 1.")
    return value


def word(request: Request, name: str, words: Sequence[str]) -> str | None:
    """One of some words from the query, None where it is not given. Raises BadInput."""
    text = request.query_params.get(name, "")
    if text and text not in words:
        raise BadInput(f"“{name}” is “{text[:40]}”; it must be one of {', '.join(words)}.")
    return text or None


def number(value: float | None) -> float | None:
    """A float that JSON can carry: None where it is not a number."""
    return None if value is None or not math.isfinite(value) else float(value)
