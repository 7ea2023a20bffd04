"""`file_path,class_name,split`: a row for each label of an image; one without a name for an image that has none."""

from collections.abc import Iterator
from pathlib import Path

from core.data.exporters import carries, text
from core.data.exporters.carries import Carries
from core.data.exporters.records import PLAIN, Options, Snapshot


class CsvLongExport:
    """What is present, a row each. A confidence is not written: only open-images takes 0 for absent."""

    name = "csv-long"
    title = "CSV: one row for each label of an image"
    suffix = ".csv"
    carries = Carries(parts=True, tables=True)

    def losses(self, snapshot: Snapshot) -> list[str]:
        """Sentences for what will not be in the file."""
        return carries.losses(self.carries, snapshot)

    def write(self, out: Path, snapshot: Snapshot, options: Options = PLAIN) -> None:
        """Write one CSV file, UTF-8. Raises BadInput when out exists and is not to be replaced."""
        header = ("file_path", "class_name", "split")
        text.table(out, header, _rows(snapshot), text.need_bytes(snapshot, 16, 80), options)


def _rows(snapshot: Snapshot) -> Iterator[tuple[str, str, str]]:
    for (key, part), columns in zip(snapshot.images, snapshot.listed(), strict=True):
        for at in columns:
            yield key, snapshot.labels[at], part.value
        if not columns:
            yield key, "", part.value
