"""A table with one row for each label of an image."""

from pathlib import Path

from core.data.importers import choosing, confidence, tables
from core.data.importers.choosing import Chosen
from core.data.importers.names import short
from core.data.importers.records import Parsed
from core.data.importers.source import Source
from core.data.importers.table_rows import Reading
from db.terms import LabelState

CLASS_COLUMNS = ("class_name", "class", "label_name", "category_name", "category")
CONFIDENCE_COLUMNS = ("confidence", "score", "probability")
SOURCE_COLUMNS = ("source",)


class CsvLong:
    """`file_path,class_name[,confidence,source,split]`; a row without a class is an image without a label."""

    name = "csv-long"
    title = "CSV: one row for each label of an image"
    signs = "a table with the columns file_path and class_name"

    def looks_like(self, root: Path) -> bool:
        """True when a table of root has an image column and a class column."""
        return choosing.has(root, _misfit)

    def parse(self, root: Path) -> Parsed:
        """Read the table. Images that it does not name have no label and are kept. Raises BadInput."""
        opened = choosing.open_all(root, _misfit, "an image column and one of class_name")
        source = Source.open(self.name, root)
        for chosen, table in opened:
            _read(source, table, chosen)
        source.draft.keep_rest(source.found.keys)
        return source.draft.finish()


def is_long(header: tuple[str, ...]) -> bool:
    """True for a header with a class column, or a label with its confidence."""
    columns = set(header)
    return bool(columns & set(CLASS_COLUMNS)) or (
        "label" in columns and bool(columns & set(CONFIDENCE_COLUMNS))
    )


def _read(source: Source, table: tables.Table, chosen: Chosen) -> None:
    draft = source.draft
    class_at = table.column((*CLASS_COLUMNS, "label"))
    sure_at, source_at = table.column(CONFIDENCE_COLUMNS), table.column(SOURCE_COLUMNS)
    assert class_at is not None  # _misfit saw it
    more = tables.further_columns(table, class_at, sure_at, source_at)
    fractions = 0
    for where, image, cells in Reading(
        source, table, chosen, repeats_are_usual=True, meta_columns=more
    ).rows():
        if class_at >= len(cells) or not cells[class_at].strip():
            continue
        state, fraction = LabelState.PRESENT, False
        if sure_at is not None and sure_at < len(cells) and cells[sure_at].strip():
            said = confidence.state_of(cells[sure_at])
            if said is None:
                reason = f"{short(cells[sure_at])} is not a confidence from 0 to 1; taken as unknown."
                draft.problem("bad cell", where, reason)
            state, fraction = said or (LabelState.UNKNOWN, False)
            fractions += fraction
        who = cells[source_at].strip().lower() if source_at is not None and source_at < len(cells) else ""
        draft.say(
            image,
            draft.label(cells[class_at], where),
            state,
            verified=who in confidence.PEOPLE and not fraction and state is not LabelState.UNKNOWN,
            where=where,
        )
    if fractions:
        draft.note(
            f"Rows with a confidence between 0 and 1: {fractions:,}; from 0.5 on present, below unknown, "
            "none verified."
        )


def _misfit(head: tables.Head) -> str | None:
    if missing := tables.lacks_images(head):
        return missing
    if not is_long(head.header):
        return f", line {head.line} has no column of one class a row ({', '.join(CLASS_COLUMNS)})"
    return None
