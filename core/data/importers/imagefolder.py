"""Hugging Face's imagefolder: metadata.jsonl or metadata.csv beside the images."""

import json
from pathlib import Path
from typing import Any

from core.data.importers import choosing, csv_joined, csv_onehot, entries, reading, tables
from core.data.importers.choosing import Chosen
from core.data.importers.names import short
from core.data.importers.records import Parsed, Place
from core.data.importers.source import Source
from core.data.importers.table_rows import Reading
from core.errors import BadInput

FILES = ("metadata.jsonl", "metadata.csv")
# What core.data.exporters.imagefolder writes beside the present labels.
_LISTS = ("unknown_labels", "absent_labels", "verified_labels")
_USED = ("file_name", *tables.SPLIT_COLUMNS, *_LISTS, *csv_joined.LABEL_COLUMNS, "objects")


class ImageFolder:
    """`file_name` and a list of labels; in jsonl also of absent, unknown and verified ones."""

    name = "imagefolder"
    title = "Hugging Face imagefolder: metadata.jsonl or metadata.csv beside the images"
    signs = "a file metadata.jsonl or metadata.csv with file_name"

    def looks_like(self, root: Path) -> bool:
        """True when such a file lies at the top or in a part's folder."""
        return any(_fits(one.path) for one in _files(root))

    def parse(self, root: Path) -> Parsed:
        """Read the file, or one for each part. Raises BadInput when there is none or it names no labels."""
        chosen = choosing.one_a_part(root, _files(root), "files of metadata")
        if not chosen:
            raise BadInput(f"{root} holds no file named exactly {' or '.join(FILES)}.")
        source = Source.open(self.name, root)
        for one in chosen:
            if one.path.suffix.lower() == ".csv":
                _read_table(source, one)
            else:
                _read_lines(source, one)
        source.draft.keep_rest(source.found.keys)
        return source.draft.finish()


def _files(root: Path) -> list[Chosen]:
    near = choosing.near(root, (".jsonl", ".csv"))
    return [one for one in near if one.path.name in FILES or (root.is_file() and one.path.suffix == ".jsonl")]


def _fits(path: Path) -> bool:
    if path.suffix.lower() == ".csv":
        return "file_name" in tables.read_head(path).header
    try:
        with open(path, "rb") as file:
            return b'"file_name"' in file.read(1 << 16)
    except OSError:
        return False


def _read_table(source: Source, chosen: Chosen) -> None:
    head = tables.read_head(chosen.path)
    table = tables.read(chosen.path, left_out={})
    if csv_joined.misfit(head) is None:
        csv_joined.read_rows(source, table, chosen)
    elif (why := csv_onehot.misfit(head)) is None:
        csv_onehot.read_rows(Reading(source, table, chosen))
    else:
        raise BadInput(f"{chosen.path.name}{why}.")


def _read_lines(source: Source, chosen: Chosen) -> None:
    file = chosen.folder + chosen.path.name
    labelled = False
    for line, text in reading.lines(chosen.path, source.bad_line(file), reading.MOST_STREAMED_BYTES):
        if not text.strip():
            continue
        where = Place(file, line)
        entry = _entry(text)
        if entry is None or not isinstance(entry.get("file_name"), str):
            reason = f"{short(text)} is no JSON object with a file_name; left out."
            source.draft.problem("bad line", where, reason)
            continue
        labelled = _take(source, chosen, entry, where) or labelled
    if not labelled:
        fields = ", ".join(csv_joined.LABEL_COLUMNS)
        source.draft.note(f"No line of {file} has a field of labels ({fields}).")


def _take(source: Source, chosen: Chosen, entry: dict[str, Any], where: Place) -> bool:
    """Note what one line says; False when it has no field of labels."""
    draft = source.draft
    part = chosen.part
    word = next((entry[name] for name in tables.SPLIT_COLUMNS if isinstance(entry.get(name), str)), "")
    if word:
        part = source.part(word, where) or part
    meta = entries.meta_of(entry, _USED)
    image = source.image(entry["file_name"], where, part, chosen.folder, meta)
    field = next((name for name in csv_joined.LABEL_COLUMNS if name in entry), None)
    value = entry[field] if field else None
    if field is None and isinstance(objects := entry.get("objects"), dict):
        field, value = "objects", next((objects[n] for n in csv_joined.LABEL_COLUMNS if n in objects), None)
    if image is not None:
        unknown, absent, verified = (entries.names_in(entry.get(name), draft, where) for name in _LISTS)
        present = list(dict.fromkeys(entries.names_in(value, draft, where)))
        entries.say_lists(draft, image, where, present, unknown=unknown, absent=absent, verified=verified)
    return field is not None


def _entry(text: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None
