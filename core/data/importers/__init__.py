"""Reading other people's annotations: one file a format, one registry."""

from collections.abc import Sequence
from pathlib import Path

from core.data.importers import csv_onehot, listing
from core.data.importers.csv_joined import CsvJoined
from core.data.importers.csv_onehot import CsvOneHot
from core.data.importers.folders import Folders
from core.data.importers.label_files import LabelFiles
from core.data.importers.names import clean_label
from core.data.importers.records import Cells, Importer, Parsed, ParsedImage, Problem
from core.errors import BadInput

__all__ = [
    "IMPORTERS",
    "Cells",
    "Importer",
    "Parsed",
    "ParsedImage",
    "Problem",
    "clean_label",
    "detect",
    "parse",
]

# In the order of detection: what is told by its text before what is told by folders alone.
IMPORTERS: dict[str, Importer] = {
    importer.name: importer for importer in (LabelFiles(), CsvJoined(), CsvOneHot(), Folders())
}

# What to do about a source without labels; ends without a full stop.
READABLE_LABELS = (
    "add a text file a label with one image number a line (label-files), a CSV file at its top "
    "(csv, csv-onehot), or put the images into one folder a label (folders)"
)


def detect(root: Path) -> Importer:
    """The first format that the source looks like. Raises BadInput when there is none, or only images."""
    if not root.exists():
        raise BadInput(f"{root} does not exist: check the path.")
    for importer in IMPORTERS.values():
        if importer.looks_like(root):
            return importer
    problems: list[Problem] = []
    why = [f" {objection}." for objection in csv_onehot.objections(root)[:3]]
    images = root.is_dir() and any(listing.is_image_name(key) for key in listing.files(root, problems.append))
    if why and (images or root.is_file()):
        raise BadInput(
            f"{root} has no labels that could be read:{''.join(why)} Correct that, or {READABLE_LABELS}."
        )
    if images:
        raise BadInput(
            f"{root} holds images, but nothing that could be read as their labels: {READABLE_LABELS}."
        )
    raise BadInput(
        f"{root} holds no images that could be found: give the folder that holds them.{_first_of(problems)}"
    )


def parse(root: Path, format: str = "auto") -> Parsed:
    """Read the annotations under root. Raises BadInput for an unknown format or a source without images."""
    if format != "auto" and format not in IMPORTERS:
        raise BadInput(f"There is no format {format!r}; there are: auto, {', '.join(IMPORTERS)}.")
    importer = detect(root) if format == "auto" else IMPORTERS[format]
    parsed = importer.parse(root)
    if not parsed.images:
        what = f"{root} holds no images for the format {importer.name}: is it the right folder?"
        if any(listing.is_image_name(key) for key in listing.files(parsed.root)):
            what = f"No image of {root} can be taken in the format {importer.name}."
        raise BadInput(f"{what}{_first_of(parsed.problems)}")
    return parsed


def _first_of(problems: Sequence[Problem]) -> str:
    if not problems:
        return ""
    many = f"The first of {len(problems):,} problems: " if len(problems) > 1 else ""
    return f" {many}{problems[0].where}: {problems[0].reason}"
