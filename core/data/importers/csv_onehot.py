"""A table with one row an image and one column a label, 1 or 0 (Roboflow's `_classes.csv`)."""

from pathlib import Path

from core.data.importers import listing, tables
from core.data.importers.csv_joined import LABEL_COLUMNS
from core.data.importers.names import short
from core.data.importers.records import Parsed
from core.data.importers.table_rows import Reading
from db.terms import LabelState

_STATES = {
    **dict.fromkeys(("1", "1.0", "true"), LabelState.PRESENT),
    **dict.fromkeys(("0", "0.0", "false"), LabelState.ABSENT),
    **dict.fromkeys(("-1", "-1.0", "", "nan"), LabelState.UNKNOWN),
}


class CsvOneHot:
    """`filename,a,b[,split]` with 1 present, 0 absent, -1 or nothing unknown: every cell is listed."""

    name = "csv-onehot"
    title = "CSV: one row an image, one column a label with 1 or 0"

    def looks_like(self, root: Path) -> bool:
        """True when a table at the top of root has an image column and nothing but flags in the others."""
        return tables.has(root, _misfit)

    def parse(self, root: Path) -> Parsed:
        """Read the table. Raises BadInput when there is none, or more than one, or it is broken."""
        table, base = tables.open_one(root, _misfit, "an image column and columns of 1 and 0")
        reading = Reading(table, listing.images(base))
        places = _label_places(table.header)
        columns = [
            (at, table.names[at]) for at in places if reading.label(table.names[at], f"{table.path.name}:1")
        ]
        for where, key, cells in reading.rows():
            missing = [name for at, name in columns if at >= len(cells)]
            if missing:
                reason = (
                    f"It has {len(cells)} cells where the header has {len(table.header)}: "
                    f"{listing.some([short(name) for name in missing])} missing, taken as not listed."
                )
                reading.tell("short line", where, reason)
            for at, name in columns[: len(columns) - len(missing)]:
                state = _STATES.get(cells[at].strip().lower())
                if state is None:
                    reason = (
                        f"{short(cells[at])} in column {short(name)} is not 1, 0 or -1; taken as unknown."
                    )
                    reading.tell("bad cell", where, reason)
                reading.set(key, name, state or LabelState.UNKNOWN, where)
        return reading.parsed(self.name, base, [f"One column a label: {len(columns)} labels."])


def objections(root: Path) -> list[str]:
    """Why each table at the top of root is of neither form of CSV, with its name and line."""
    return tables.objections(root, _misfit)


def _label_places(header: tuple[str, ...]) -> list[int]:
    image = next((at for at, name in enumerate(header) if name in tables.IMAGE_COLUMNS), None)
    split = next((at for at, name in enumerate(header) if name in tables.SPLIT_COLUMNS), None)
    return [at for at in range(len(header)) if at not in (image, split)]


def _misfit(head: tables.Head) -> str | None:
    if missing := tables.lacks_images(head):
        return missing
    joined = set(head.header) & set(LABEL_COLUMNS)
    if joined:
        return f", line {head.line} has a column “{joined.pop()}”, as the format csv has"
    places = _label_places(head.header)
    if not places:
        return (
            f", line {head.line} names images, but no label: it needs a column a label, or one named labels"
        )
    if not head.rows:
        return " lists no image: it has a header, but no row below it"
    cells = [(line, at, row[at]) for line, row in head.rows for at in places if at < len(row)]
    strange = [cell for cell in cells if cell[2].strip().lower() not in _STATES]
    if len(strange) < 0.1 * len(cells):
        return None
    if not strange:
        return f", line {head.rows[0][0]} has no cell for any label"
    line, at, cell = strange[0]
    return (
        f", line {line} has {short(cell)} in column {short(head.header[at])}, where a column a label has 1, 0 "
        "or -1 (unknown), and there is no column of labels by name (labels)"
    )
