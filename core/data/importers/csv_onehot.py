"""A table with one row an image and one column a label, 1 or 0 (Roboflow's `_classes.csv`)."""

from pathlib import Path

from core.data.importers import choosing, listing, tables
from core.data.importers.csv_joined import LABEL_COLUMNS
from core.data.importers.names import short
from core.data.importers.records import Parsed, Place
from core.data.importers.source import Source
from core.data.importers.table_rows import Reading
from core.words import counted
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
    signs = "a table with an image column and columns of 1 and 0"

    def looks_like(self, root: Path) -> bool:
        """True when a table of root has an image column and nothing but flags in the others."""
        return choosing.has(root, misfit)

    def parse(self, root: Path) -> Parsed:
        """Read the table. Raises BadInput when there is none, or more than one of the same part, or it is broken."""
        opened = choosing.open_all(root, misfit, "an image column and columns of 1 and 0")
        source = Source.open(self.name, root)
        for chosen, table in opened:
            read_rows(Reading(source, table, chosen))
        source.draft.leave_rest(source.found.keys, "the table")
        source.draft.note(f"One column a label: {counted(source.draft.labels, 'label')}.")
        return source.draft.finish()


def read_rows(reading: Reading) -> None:
    """Take every row of a table that fits."""
    table, draft = reading.table, reading.source.draft
    head = Place(reading.file, table.line)
    labels = [(at, table.names[at], draft.label(table.names[at], head)) for at in _label_places(table.header)]
    columns = [column for column in labels if column[2] is not None]
    for where, image, cells in reading.rows():
        missing = [name for at, name, _ in columns if at >= len(cells)]
        if missing:
            reason = (
                f"It has {len(cells)} cells where the header has {len(table.header)}: "
                f"{listing.some([short(name) for name in missing])} missing, taken as not listed."
            )
            draft.problem("short line", where, reason)
        for at, name, label in columns[: len(columns) - len(missing)]:
            state = _STATES.get(cells[at]) or _STATES.get(cells[at].strip().lower())
            if state is None:
                reason = f"{short(cells[at])} in column {short(name)} is not 1, 0 or -1; taken as unknown."
                draft.problem("bad cell", where, reason)
            draft.say(image, label, state or LabelState.UNKNOWN, where=where)


def objections(root: Path) -> list[str]:
    """Why each table at the top of root is of neither form of CSV, with its name and line."""
    return choosing.objections(root, misfit)


def _label_places(header: tuple[str, ...]) -> list[int]:
    image = next((at for at, name in enumerate(header) if name in tables.IMAGE_COLUMNS), None)
    split = next((at for at, name in enumerate(header) if name in tables.SPLIT_COLUMNS), None)
    return [at for at in range(len(header)) if at not in (image, split)]


def misfit(head: tables.Head) -> str | None:
    """Why a table is not of this format, or None."""
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
