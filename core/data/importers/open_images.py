"""Open Images: image-level labels as people verified them and as machines proposed them."""

from collections import Counter
from pathlib import Path

from core.data.importers import choosing, confidence, tables
from core.data.importers.choosing import Chosen
from core.data.importers.names import short
from core.data.importers.records import Parsed, Place
from core.data.importers.source import Source
from core.data.importers.table_rows import Reading
from core.errors import BadInput
from db.terms import LabelState

_COLUMNS = ("imageid", "labelname", "confidence")


class OpenImages:
    """`ImageID,Source,LabelName,Confidence`: 1 verified present, 0 verified absent, fractions machine-made."""

    name = "open-images"
    title = "Open Images: ImageID, Source, LabelName, Confidence"
    signs = "a table with the columns ImageID, LabelName and Confidence"

    def looks_like(self, root: Path) -> bool:
        """True when a table near the top has these columns."""
        return bool(_tables(root))

    def parse(self, root: Path) -> Parsed:
        """Read all such tables; class-descriptions*.csv gives the names. Raises BadInput when there is none."""
        chosen = _tables(root)
        if not chosen:
            raise BadInput(f"{root} holds no CSV file with the columns ImageID, LabelName and Confidence.")
        source = Source.open(self.name, root)
        names = _descriptions(root, source)
        parts = {one.part for one in chosen if one.part}
        fractions = 0
        for one in chosen:
            part = one.part if len(parts) > 1 else None
            fractions += _read(source, Chosen(one.path, part, one.folder), names)
        if fractions:
            source.draft.note(
                f"Labels that a machine proposed: {fractions:,}; with a confidence from 0.5 on present, "
                "below unknown, none verified."
            )
        source.draft.keep_rest(source.found.keys)
        return source.draft.finish(
            LabelState.UNKNOWN, "Open Images lists what was looked at; the rest is unknown."
        )


def _tables(root: Path) -> list[Chosen]:
    return [one for one in choosing.near(root, tables.ENDINGS) if _fits(tables.read_head(one.path))]


def _fits(head: tables.Head) -> bool:
    return set(_COLUMNS) <= set(head.header)


def _read(source: Source, chosen: Chosen, names: dict[str, str]) -> int:
    """Take the rows of one table; returns how many of them a machine has made."""
    table, draft, made = tables.read(chosen.path, left_out={}), source.draft, 0
    label_at, sure_at = table.header.index("labelname"), table.header.index("confidence")
    source_at = table.column(("source",))
    rows = Reading(source, table, chosen, repeats_are_usual=True, image_columns=("imageid",)).rows()
    for where, image, cells in rows:
        cells += [""] * (len(table.header) - len(cells))
        said = confidence.state_of(cells[sure_at])
        if said is None:
            draft.problem(
                "bad cell", where, f"{short(cells[sure_at])} is not a confidence from 0 to 1; left out."
            )
            continue
        state, fraction = said
        machine = fraction or (
            source_at is not None and cells[source_at].strip().lower() in confidence.MACHINES
        )
        made += machine
        name = cells[label_at].strip()
        draft.say(image, draft.label(names.get(name, name), where), state, verified=not machine, where=where)
    return made


def _descriptions(root: Path, source: Source) -> dict[str, str]:
    """The name of each label's code; two codes of one name keep the code beside it."""
    found: dict[str, str] = {}
    for one in choosing.near(root, tables.ENDINGS) if root.is_dir() else ():
        if "class-descriptions" not in one.path.name.lower():
            continue
        try:
            table = tables.read(one.path, left_out={})
            rows = [(table.line, list(table.names)), *table.rows]
            table.tell_left_out(source.bad_line(one.folder + one.path.name))
        except BadInput as error:
            source.draft.problem("unreadable file", Place(one.folder + one.path.name), str(error))
            continue
        for _, row in rows:
            if len(row) > 1 and row[0].strip().startswith("/"):
                found[row[0].strip()] = row[1].strip()
    named = Counter(found.values())
    return {code: f"{name} ({code})" if named[name] > 1 else name for code, name in found.items() if name}
