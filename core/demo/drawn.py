"""Which demo set lies in a folder: the arguments it was drawn with, kept beside it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = "demo"  # under the home
FILE = "drawing.json"
IMAGES = 3_000
SIDE_PX = 128
SEED = 2020


@dataclass(frozen=True)
class Drawing:
    """What decides every pixel of a demo set."""

    images: int = IMAGES
    side_px: int = SIDE_PX
    seed: int = SEED

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Drawing":
        """The drawing that a job was asked for; what it does not say is the default."""
        return cls(**{key: int(params[key]) for key in asdict(cls()) if key in params})


def write(folder: Path, drawing: Drawing) -> None:
    """Leave the arguments beside the set."""
    (folder / FILE).write_text(json.dumps(asdict(drawing)) + "\n", encoding="utf-8")


def read(folder: Path) -> Drawing | None:
    """The arguments of the set in a folder; None where there is none, or where they cannot be read."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Drawing(**{key: int(value) for key, value in found.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
