"""Pictures in place of those whose originals are gone: made of what is left of them, and marked as such."""

import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from core import files
from core.data import images
from core.data.images import PIXELS_PX, THUMBNAIL_PX

Array = np.ndarray[Any, Any]
FILE = "stand_ins.json"
THUMBNAIL, PIXELS, BLANK = "thumbnail", "pixels", "blank"  # what they are made of
DOUBTED = "damaged file"  # as a file holds them that was overwritten, maybe here
_GREY, _LINE = (128, 128, 128), (160, 160, 160)


@dataclass(frozen=True)
class StandIn:
    """An image whose pixels, thumbnail or both are not those that were imported."""

    row: int
    key: str
    why: str  # a sentence: why its original could not be read
    pixels: str = ""  # THUMBNAIL, BLANK, DOUBTED, or "": as imported
    thumbnail: str = ""  # PIXELS, BLANK, or "": as imported

    @property
    def told(self) -> str:
        """What it is, in a few words."""
        if BLANK in (self.pixels, self.thumbnail):
            return "blank: nothing was left of it"
        made = [f"pixels made of its {self.pixels}"] if self.pixels else []
        return ", ".join([*made, *([f"thumbnail made of its {self.thumbnail}"] if self.thumbnail else [])])


def read(folder: Path) -> dict[int, StandIn]:
    """Those of a data set's folder, by row; none where the list is missing or cannot be read."""
    try:
        held = [StandIn(**one) for one in json.loads((folder / FILE).read_text())]
    except (OSError, ValueError, TypeError):
        return {}
    return {one.row: one for one in held}


def write(folder: Path, marked: Iterable[StandIn]) -> None:
    """Replace the list, whole or not at all; without any there is no file."""
    some = sorted(marked, key=lambda one: one.row)
    if some:
        files.save_json(folder / FILE, [asdict(one) for one in some])
    else:
        (folder / FILE).unlink(missing_ok=True)


def pixels_of(thumbnail: bytes) -> Array:
    """uint8 (128, 128, 3) of a thumbnail. Raises BadImage."""
    return images.decode(thumbnail, PIXELS_PX)


def thumbnail_of(pixels: Array, width: int, height: int) -> bytes:
    """A JPEG of the shape of the original, of its squashed pixels: half as sharp as a real one."""
    return _encoded(Image.fromarray(pixels).resize(_shape(width, height), Image.Resampling.BILINEAR))


def blank(width: int, height: int) -> tuple[Array, bytes]:
    """Pixels and thumbnail that show, crossed out, that there is no picture."""
    image = Image.new("RGB", _shape(width, height), _GREY)
    draw, (right, bottom) = ImageDraw.Draw(image), image.size
    draw.line((0, 0, right, bottom), _LINE, 3)
    draw.line((0, bottom, right, 0), _LINE, 3)
    return np.asarray(image.resize((PIXELS_PX, PIXELS_PX), Image.Resampling.BILINEAR)), _encoded(image)


def _shape(width: int, height: int) -> tuple[int, int]:
    """The size of a thumbnail of such an original."""
    longest = max(width, height, 1)
    scale = min(THUMBNAIL_PX, longest) / longest
    return max(1, round(width * scale)), max(1, round(height * scale))


def _encoded(image: Image.Image) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=85)
    return encoded.getvalue()
