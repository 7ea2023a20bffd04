"""`filename,split,a,b`: one row an image, one column a label with 1 present, 0 absent, nothing unknown."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.data.exporters import losses, text
from core.data.exporters.records import PLAIN, Carries, Options, Snapshot
from core.data.importers.csv_joined import LABEL_COLUMNS
from core.data.importers.names import short
from core.errors import BadInput

_BLOCK = 4096
# Empty, not -1: a cell that begins with a minus is what spreadsheets must be kept from.
_WRITTEN = np.array(["", "0", "1"], object)  # by code + 1


class CsvOneHotExport(losses.ToldByWhatItCarries):
    """Every cell is written, so all three states come back, and labels that no image has."""

    name = "csv-onehot"
    title = "CSV: one row an image, one column a label with 1, 0 or nothing (unknown)"
    suffix = ".csv"
    carries = Carries(absent=True, unknown=True, parts=True, empty_labels=True, tables=True)

    def write(self, out: Path, snapshot: Snapshot, options: Options = PLAIN) -> None:
        """Write one CSV file, UTF-8.

        Raises BadInput when out exists and is not to be replaced, without labels, and for a label that is
        named as a column of the format csv.
        """
        if not snapshot.labels:
            raise BadInput("There is no label to write a column for: export as csv.")
        taken = next((label for label in snapshot.labels if label.lower() in LABEL_COLUMNS), None)
        if taken is not None:
            raise BadInput(
                f"A column named {short(taken)} would be read as the one that holds all labels: rename the "
                "label, or export as csv."
            )
        # The split stands before the labels: a label may be named split, too, and the first one counts.
        header = ("filename", "split", *snapshot.labels)
        need = text.need_bytes(snapshot, 10 + 2 * len(snapshot.labels), 0)
        text.table(out, header, _rows(snapshot), need, options)


def _rows(snapshot: Snapshot) -> Iterator[list[str]]:
    for start in range(0, len(snapshot.images), _BLOCK):
        cells = _WRITTEN[snapshot.states[start : start + _BLOCK].astype(np.intp) + 1].tolist()
        for (key, part), row in zip(snapshot.images[start : start + _BLOCK], cells, strict=True):
            yield [key, part.value, *row]
