"""Which image a task of Label Studio is about: its addresses are of that program's own kind."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from core.data.importers import listing
from core.data.importers.records import Place
from core.data.importers.source import Source
from db.terms import Part

_UPLOADED = re.compile(r"^[0-9a-f]{8}-(?=.)")  # what it puts before the name of an uploaded file
_LOCAL = re.compile(r"[?&]d=([^&#]+)")  # /data/local-files/?d=photos/a.jpg


def image_field(data: Mapping[str, Any]) -> str | None:
    """The field that names the image: `image`, else the first that looks like an image's name."""
    if isinstance(data.get("image"), str):
        return "image"
    for field, value in data.items():
        if isinstance(value, str) and listing.is_image_name(_plain(value)):
            return field
    return None


def image_of(
    source: Source, name: str, where: Place, part: Part | None, folder: str, meta: Mapping[str, str] | None
) -> int | None:
    """The index of the image, by its address, its local path, or the name that was uploaded; None is told."""
    names = [name]
    if local := _LOCAL.search(name):
        names.insert(0, unquote(local[1]))
    end = _plain(name).rsplit("/", 1)[-1]
    if _UPLOADED.match(end):
        names.append(_UPLOADED.sub("", end))
    fitting = next((one for one in names if source.images.find(one) is not None), name)
    return source.image(fitting, where, part, folder, meta)


def _plain(address: str) -> str:
    local = _LOCAL.search(address)
    return unquote((local[1] if local else address).split("?", 1)[0].split("#", 1)[0])
