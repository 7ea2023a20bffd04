"""Handing labels back: one file a format, one registry; what was exported can be imported again."""

from core.data.exporters.changes import ChangesExport
from core.data.exporters.csv_joined import CsvExport
from core.data.exporters.label_files import LabelFilesExport
from core.data.exporters.records import Exporter, Snapshot
from core.errors import BadInput

__all__ = ["EXPORTERS", "Exporter", "Snapshot", "exporter"]

EXPORTERS: dict[str, Exporter] = {one.name: one for one in (LabelFilesExport(), CsvExport(), ChangesExport())}


def exporter(format: str) -> Exporter:
    """The exporter of that name. Raises BadInput when there is none."""
    if format not in EXPORTERS:
        raise BadInput(f"There is no export format {format!r}; there are: {', '.join(EXPORTERS)}.")
    return EXPORTERS[format]
