"""`file_path,class_name,split[,confidence,source]`: a row for each label of an image, as `csv-long` is read.

With a confidence, 1 is present and 0 absent; with the source `human` a person has verified it. Both columns are
written only where something is verified or where absent cells have to be told from unknown ones. An image of which
nothing is said has one row without a label.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.data.exporters import losses, text
from core.data.exporters.records import PLAIN, Array, Carries, Options, Snapshot
from db.terms import LabelState

_HUMAN = "human"


class CsvLongExport(losses.ToldByWhatItCarries):
    """What is present, a row each; what is absent only where a person said so or the rest is unknown."""

    name = "csv-long"
    title = "CSV: one row for each label of an image"
    suffix = ".csv"
    carries = Carries(absent=True, verified=True, parts=True, meta=True, tables=True)

    def write(self, out: Path, snapshot: Snapshot, options: Options = PLAIN) -> None:
        """Write one CSV file, UTF-8. Raises BadInput when out exists and is not to be replaced."""
        header = ["file_path", "class_name", "split"]
        sure = bool(np.any(snapshot.verified)) or snapshot.default is LabelState.UNKNOWN
        if sure:
            header += ["confidence", "source"]
        further = snapshot.further()
        need = text.need_bytes(snapshot, 16, 80)
        text.table(out, [*header, *further], _rows(snapshot, further, sure=sure), need, options)


def _rows(snapshot: Snapshot, further: tuple[str, ...], *, sure: bool) -> Iterator[list[str]]:
    all_absent = snapshot.default is LabelState.UNKNOWN

    def said(states: Array, verified: Array) -> Array:
        absent = (states == 0) & (verified | all_absent)
        found: Array = np.logical_or(states == 1, absent)
        return found

    for row, columns in enumerate(snapshot.columns(said)):
        key, part = snapshot.images[row]
        meta = snapshot.meta_of(row) if further else {}
        more = [meta.get(name, "") for name in further]
        for at in columns:
            yield [key, snapshot.labels[at], part.value, *(_sure(snapshot, row, at) if sure else ()), *more]
        if not columns:
            yield [key, "", part.value, *(("", "") if sure else ()), *more]


def _sure(snapshot: Snapshot, row: int, column: int) -> tuple[str, str]:
    present, verified = snapshot.states[row, column] == 1, snapshot.verified[row, column]
    return "1" if present else "0", _HUMAN if verified else ""
