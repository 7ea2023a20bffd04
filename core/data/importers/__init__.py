"""Reading other people's annotations: one file a format, one registry."""

from pathlib import Path

from core.data.importers.csv_joined import CsvJoined
from core.data.importers.csv_onehot import CsvOneHot
from core.data.importers.folders import Folders
from core.data.importers.images_only import ImagesOnly
from core.data.importers.label_files import LabelFiles
from core.data.importers.names import clean_label
from core.data.importers.records import Importer, Parsed, ParsedImage, Problem
from core.errors import BadInput

__all__ = [
    "IMPORTERS",
    "Importer",
    "Parsed",
    "ParsedImage",
    "Problem",
    "clean_label",
    "detect",
    "parse",
]

# In the order of detection: what is told by its text before what is told by images alone.
IMPORTERS: dict[str, Importer] = {
    importer.name: importer for importer in (LabelFiles(), CsvJoined(), CsvOneHot(), Folders(), ImagesOnly())
}


def detect(root: Path) -> Importer:
    """The first format that the source looks like. Raises BadInput when there is none."""
    if not root.exists():
        raise BadInput(f"{root} does not exist: check the path.")
    for importer in IMPORTERS.values():
        if importer.looks_like(root):
            return importer
    raise BadInput(f"{root} holds no images that could be found: give the folder that holds them.")


def parse(root: Path, format: str = "auto") -> Parsed:
    """Read the annotations under root. Raises BadInput for an unknown format or a source without images."""
    if format != "auto" and format not in IMPORTERS:
        raise BadInput(f"There is no format {format!r}; there are: auto, {', '.join(IMPORTERS)}.")
    importer = detect(root) if format == "auto" else IMPORTERS[format]
    parsed = importer.parse(root)
    if not parsed.images:
        raise BadInput(f"{root} holds no images for the format {importer.name}: is it the right folder?")
    return parsed
