"""Handing labels back: one file a format, one registry; what was exported can be imported again."""

from core.data.exporters.changes import ChangesExport
from core.data.exporters.coco import CocoExport
from core.data.exporters.csv_joined import CsvExport
from core.data.exporters.csv_long import CsvLongExport
from core.data.exporters.csv_onehot import CsvOneHotExport
from core.data.exporters.fiftyone import FiftyOneExport
from core.data.exporters.imagefolder import ImageFolderExport
from core.data.exporters.label_files import LabelFilesExport
from core.data.exporters.label_studio import LabelStudioExport
from core.data.exporters.records import Carries, Corrected, Exporter, Options, Pictures, Snapshot
from core.errors import BadInput

__all__ = [
    "EXPORTERS",
    "Carries",
    "Corrected",
    "Exporter",
    "Options",
    "Pictures",
    "Snapshot",
    "check",
    "exporter",
]

_ALL: tuple[Exporter, ...] = (
    LabelFilesExport(),
    CsvExport(),
    CsvOneHotExport(),
    CsvLongExport(),
    CocoExport(),
    LabelStudioExport(),
    ImageFolderExport(),
    FiftyOneExport(),
    ChangesExport(),
)
EXPORTERS: dict[str, Exporter] = {one.name: one for one in _ALL}


def exporter(format: str) -> Exporter:
    """The exporter of that name. Raises BadInput when there is none."""
    if format not in EXPORTERS:
        raise BadInput(f"There is no export format {format!r}; there are: {', '.join(EXPORTERS)}.")
    return EXPORTERS[format]


def check(wanted: Exporter, options: Options) -> None:
    """Raises BadInput for an option that the format has no use for."""
    if options.neutralise and not wanted.carries.tables:
        raise BadInput(
            f"The format {wanted.name} is no table that a spreadsheet opens: there is nothing to neutralise."
        )
    if options.pictures and not wanted.carries.pictures:
        able = ", ".join(one.name for one in EXPORTERS.values() if one.carries.pictures)
        raise BadInput(f"The format {wanted.name} holds annotations alone; with images: {able}.")
