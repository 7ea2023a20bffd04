"""Label Studio's short forms: JSON_MIN and CSV, an entry for each submitted annotation."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.data.importers import entries, json_stream, tables
from core.data.importers.choosing import Chosen
from core.data.importers.csv_joined import LABEL_COLUMNS
from core.data.importers.json_stream import Kind, TooLong
from core.data.importers.label_studio_tasks import Tasks
from core.data.importers.records import Place
from core.data.importers.studio_names import image_field, image_of
from core.errors import BadInput

_SIGNS = frozenset(("annotation_id", "annotator", "lead_time"))
_ITS_OWN = _SIGNS | {"id", "created_at", "updated_at", "agreement", "split"}
_USUAL = ("choice", "choices", *LABEL_COLUMNS, "class", "category")


def fits(path: Path) -> bool:
    """True when a file begins like one of the short forms."""
    if path.suffix.lower() in tables.ENDINGS:
        fields = set(tables.read_head(path).header)
    else:
        first = json_stream.head(path).get("")
        fields = set(first.value) if first is not None and isinstance(first.value, dict) else set()
    return "data" not in fields and len(fields & _SIGNS) > 1


def read(tasks: Tasks, chosen: Chosen) -> None:
    """Take every entry; the file is read twice, for only the whole tells which fields hold choices.

    Raises BadInput when no field does.
    """
    file, source = chosen.folder + chosen.path.name, tasks.source
    fields = _choice_fields(chosen)
    if not fields:
        raise BadInput(f"{file} has no field of choices: name it {', '.join(_USUAL[:3])}, or export as JSON.")
    for where, entry in _entries(chosen):
        field = image_field(entry) if isinstance(entry, dict) else None
        if field is None:
            reason = json_stream.why_not(entry, "has no field with an image's name")
            source.draft.problem("bad entry", where, reason)
            continue
        part = chosen.part
        if isinstance(entry.get("split"), str):
            part = source.part(entry["split"], where) or part
        meta = entries.meta_of(entry, (field, *_ITS_OWN, *fields))
        image = image_of(source, entry[field], where, part, chosen.folder, meta)
        if image is not None:
            names = [name for one in fields for name in _names(tasks, entry.get(one), where)]
            tasks.submitted(image, dict.fromkeys(names), where)
    source.draft.note(f"Fields of choices: {', '.join(sorted(fields))}.")


def _entries(chosen: Chosen) -> Iterator[tuple[Place, Any]]:
    file = chosen.folder + chosen.path.name
    if chosen.path.suffix.lower() in tables.ENDINGS:
        table = tables.read(chosen.path, left_out={})
        for line, row in table.rows:
            yield Place(file, line), dict(zip(table.header, row, strict=False))
        for line in table.left_out:
            yield Place(file, line), TooLong()
        return
    for item in json_stream.items(chosen.path):
        if item.section or item.kind is Kind.OBJECT:
            raise BadInput(
                f"{Place(file, item.line)}: it is not a list of tasks, as Label Studio exports it."
            )
        if item.kind is Kind.ELEMENT:
            yield Place(file, item.line, f"task {item.at + 1}"), item.value


def _choice_fields(chosen: Chosen) -> list[str]:
    """The fields with {"choices": …} anywhere; else one of a usual name; else the only one that is left."""
    several: set[str] = set()
    others: dict[str, None] = {}
    for _, entry in _entries(chosen):
        if not isinstance(entry, dict):
            continue
        image = image_field(entry)
        for name, value in entry.items():
            if name in _ITS_OWN or name == image or name in several:
                continue
            if _choices(value) is not None:
                several.add(name)
            elif isinstance(value, str):
                others[name] = None
    usual = [name for name in others if name.lower() in _USUAL and name not in several]
    left = [name for name in others if name not in several]
    return sorted(several) + usual or (left if len(left) == 1 else [])


def _choices(value: Any) -> Any:
    """What {"choices": …} holds, also where a table has it as text; None where it is not such."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value.get("choices") if isinstance(value, dict) else None


def _names(tasks: Tasks, value: Any, where: Place) -> list[str]:
    choices = _choices(value)
    return entries.names_in(value if choices is None else choices, tasks.source.draft, where)
