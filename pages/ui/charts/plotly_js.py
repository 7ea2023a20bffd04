"""Plotly's JavaScript, as it lies in the plotly package: fetched once by a browser, then kept by it for a year."""

from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

PATH = "/errata/plotly.js"


@cache
def address() -> str:
    """Where a page loads it from; another version has another address, so browsers may keep it for good."""
    return f"{PATH}?v={version('plotly')}"


@cache
def _file() -> Path:
    # find_spec imports nothing: plotly's Python is not wanted here.
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package plotly is not installed: run `make run`, which installs it.")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


async def _answer(_: Request) -> Response:
    return FileResponse(
        _file(),
        media_type="text/javascript",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


def route() -> Route:
    """The route that serves it."""
    return Route(PATH, _answer, methods=["GET"])
