"""Reading other people's annotations: one file a format, one registry."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from core.data.importers import choosing, csv_onehot, json_stream, listing, tables
from core.data.importers.coco import Coco
from core.data.importers.csv_joined import CsvJoined
from core.data.importers.csv_long import CsvLong
from core.data.importers.csv_onehot import CsvOneHot
from core.data.importers.cvat import Cvat
from core.data.importers.fiftyone import FiftyOne
from core.data.importers.folders import Folders
from core.data.importers.imagefolder import ImageFolder
from core.data.importers.imagenet_txt import ImagenetTxt
from core.data.importers.images import Images
from core.data.importers.label_files import LabelFiles
from core.data.importers.label_studio import LabelStudio
from core.data.importers.names import clean_label
from core.data.importers.open_images import OpenImages
from core.data.importers.records import Cells, Importer, Parsed, ParsedImage, Problem
from core.data.importers.voc import Voc
from core.errors import BadInput

__all__ = [
    "FILE_ENDINGS",
    "IMPORTERS",
    "Cells",
    "Importer",
    "Parsed",
    "ParsedImage",
    "Problem",
    "candidates",
    "clean_label",
    "detect",
    "parse",
]

_ALL: tuple[Importer, ...] = (
    *(
        LabelFiles(),
        Folders(),
        CsvJoined(),
        CsvOneHot(),
        CsvLong(),
        OpenImages(),
        Voc(),
        Coco(),
        LabelStudio(),
    ),
    *(ImageFolder(), FiftyOne(), Cvat(), ImagenetTxt(), Images()),
)
IMPORTERS: dict[str, Importer] = {importer.name: importer for importer in _ALL}

# What is told by its content comes before what is told by names and folders alone.
_DETECTED = (
    *("voc", "cvat", "label-studio", "fiftyone", "coco", "open-images", "imagenet-txt", "imagefolder"),
    *("label-files", "csv-long", "csv", "csv-onehot", "folders"),
)

# Single files that can be imported as they are; any other is an archive.
FILE_ENDINGS = (*tables.ENDINGS, ".json", ".jsonl", ".xml")

# What to do about a source without labels; ends without a full stop.
READABLE_LABELS = (
    "add a text file a label with one image number a line (label-files), a CSV file at its top "
    "(csv, csv-onehot, csv-long), put the images into one folder a label (folders), or add what another "
    "program exports (open-images, voc, coco, label-studio, imagefolder, fiftyone, cvat, imagenet-txt)"
)


def detect(root: Path) -> Importer:
    """The first format that the source looks like; `images` when there are no annotations at all.

    Raises BadInput when there are some of no known format, or no images.
    """
    if not root.exists():
        raise BadInput(f"{root} does not exist: check the path.")
    for name in _DETECTED:
        if IMPORTERS[name].looks_like(root):
            return IMPORTERS[name]
    problems: list[Problem] = []
    images = root.is_dir() and any(listing.is_image_name(key) for key in listing.files(root, problems.append))
    why = [f" {objection}." for objection in islice(_objections(root), 3)]
    if why and (images or root.is_file()):
        raise BadInput(
            f"{root} has no labels that could be read:{''.join(why)} Correct that, or {READABLE_LABELS}; "
            "the format images takes the images alone."
        )
    if images:
        return IMPORTERS["images"]
    raise BadInput(
        f"{root} holds no images that could be found: give the folder that holds them.{_first_of(problems)}"
    )


def candidates(root: Path) -> list[tuple[str, str, str]]:
    """Every format as (name, title, why), those that the source looks like first, in the order of detection.

    why: a sentence that says what it is recognised by, and whether that is there.
    """
    like = [name for name in (*_DETECTED, "images") if IMPORTERS[name].looks_like(root)]
    rest = [name for name in IMPORTERS if name not in like]
    found = [(name, f"Found: {IMPORTERS[name].signs}.") for name in like]
    needed = [(name, f"Not found: {IMPORTERS[name].signs}.") for name in rest]
    return [(name, IMPORTERS[name].title, why) for name, why in (*found, *needed)]


def _objections(root: Path) -> Iterator[str]:
    """Why no format takes the files that may hold annotations; without full stops."""
    yield from csv_onehot.objections(root)
    for one in choosing.near(root, (".json", ".jsonl", ".xml", ".txt")):
        if one.folder or one.path.suffix.lower() != ".txt":  # A text at the top may be about the pictures.
            yield _objection(one)


def _objection(one: choosing.Chosen) -> str:
    if one.path.suffix.lower() == ".json":
        try:
            for _ in json_stream.items(one.path):
                pass
        except BadInput as error:
            return f"{one.folder}{error}".rstrip(".")
    return f"{one.folder}{one.path.name} is of no format that is known"


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
