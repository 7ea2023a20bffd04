"""Which of a source's tables is meant: the one that fits, or one for each part of the split."""

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core.codes import PART_WORDS
from core.data.importers import listing, tables
from core.data.importers.tables import Head, Table
from core.errors import BadInput
from db.terms import Part

# Says why a table is not of a format, without a full stop; None when it is.
Misfit = Callable[[Head], str | None]

_MOST_NEAR = 200
_WORDS = re.compile(r"[^a-z]+")


@dataclass(frozen=True)
class Chosen:
    """One table of a source, the part that its place names, and the folder that its names may be relative to."""

    path: Path
    part: Part | None = None
    folder: str = ""
    """Relative to root, ending in a slash; empty at the top."""


def part_named(name: str) -> Part | None:
    """The one part that a file's or folder's name speaks of (`val_labels.csv`), or None."""
    parts = {PART_WORDS[word] for word in _WORDS.split(name.lower()) if word in PART_WORDS}
    return parts.pop() if len(parts) == 1 else None


def find(root: Path, misfit: Misfit, endings: tuple[str, ...] = tables.ENDINGS) -> list[Chosen]:
    """The table at the top of root that fits, or root itself when it is such a file; empty when there is none.

    Several are taken when each names a part of its own (train.csv, val.csv), and so are those in folders
    named after parts (train/_classes.csv). Raises BadInput when several fit and none says which is meant.
    """
    fitting = [path for path in at_top(root, endings) if misfit(tables.read_head(path)) is None]
    if not fitting:
        return _in_parts(root, misfit, endings)
    chosen = [Chosen(path, part_named(path.stem)) for path in fitting]
    return one_a_part(root, chosen, "tables of labels")


def _in_parts(root: Path, misfit: Misfit, endings: tuple[str, ...]) -> list[Chosen]:
    chosen = []
    for folder in folders(root):
        if folder.name.lower() not in PART_WORDS:
            continue
        try:
            fitting = [p for p in at_top(folder, endings) if misfit(tables.read_head(p)) is None]
        except BadInput:  # A closed folder: the listing of the images tells it.
            continue
        if len(fitting) == 1:
            chosen.append(Chosen(fitting[0], PART_WORDS[folder.name.lower()], f"{folder.name}/"))
    return one_a_part(root, chosen, "tables of labels")


def has(root: Path, misfit: Misfit) -> bool:
    """True when root has such a table, or several: reading it says in its own words that they are too many."""
    try:
        return bool(find(root, misfit))
    except BadInput:
        return True


def objections(root: Path, misfit: Misfit) -> list[str]:
    """Why each table at the top of root is not taken, with its name and line; empty when there is none."""
    heads = [(path.name, tables.read_head(path)) for path in at_top(root)]
    return [f"{name}{reason}" for name, head in heads if (reason := misfit(head)) is not None]


def open_all(root: Path, misfit: Misfit, columns: str) -> list[tuple[Chosen, Table]]:
    """The tables that fit, opened. Raises BadInput, naming the columns that were looked for."""
    chosen = find(root, misfit)
    if not chosen:
        why = "".join(f" {objection}." for objection in objections(root, misfit)[:3])
        raise BadInput(f"{root} holds no CSV file with {columns} at its top.{why}")
    opened = [(one, tables.read(one.path, left_out={})) for one in chosen]
    if not any(next(iter(table.rows), None) for _, table in opened):
        raise BadInput(f"{chosen[0].path.name} lists no image: it has a header, but no row below it.")
    return opened


def near(root: Path, endings: tuple[str, ...]) -> list[Chosen]:
    """The files of these endings where annotations usually lie, with the part that a name speaks of.

    That is at the top, and in folders named after annotations or after parts. Raises BadInput for a closed root.
    Of one folder only the first hundreds are looked at: more are one for each image, which no format has.
    """
    found = [Chosen(path, part_named(path.stem)) for path in at_top(root, endings)[:_MOST_NEAR]]
    for folder in folders(root):
        if not _holds_annotations(folder.name):
            continue
        with contextlib.suppress(BadInput):  # A closed folder: the listing of the images tells it.
            found += [
                Chosen(path, part_named(folder.name) or part_named(path.stem), f"{folder.name}/")
                for path in at_top(folder, endings)[:_MOST_NEAR]
            ]
    return found


def lone(root: Path, endings: tuple[str, ...]) -> list[Chosen]:
    """The only file of these endings near the top, read to say what is wrong with it; else none."""
    found = near(root, endings)
    return found if len(found) == 1 else []


def one_a_part(root: Path, fitting: list[Chosen], what: str) -> list[Chosen]:
    """The files that fit, if there is one, or one for each part. Raises BadInput when none says which is meant."""
    if len(fitting) == 1:
        return [
            replace(fitting[0], part=None)
        ]  # A lone test.csv may be all there is: it says nothing of a split.
    parts = [one.part for one in fitting]
    if fitting and (None in parts or len(set(parts)) < len(parts)):
        names = listing.some([one.folder + one.path.name for one in fitting])
        raise BadInput(f"{root} holds several {what} ({names}): give the path of the one to import.")
    return fitting


def _holds_annotations(name: str) -> bool:
    return name.lower() in ("annotations", "annotation", "labels") or part_named(name) is not None


def folders(root: Path) -> list[Path]:
    """The visible folders in root, in order; none of a file, or of a folder that cannot be read."""
    try:
        with os.scandir(root) as found:
            names = sorted(entry.name for entry in found if listing.visible(entry.name) and entry.is_dir())
    except OSError:
        return []
    return [root / name for name in names]


def at_top(root: Path, endings: tuple[str, ...] = tables.ENDINGS) -> list[Path]:
    """The visible files of these endings at the top of root, or root itself. Raises BadInput for a closed root."""
    try:
        paths = [root] if root.is_file() else sorted(root.iterdir()) if root.is_dir() else []
        return [p for p in paths if p.suffix.lower() in endings and p.is_file() and listing.visible(p.name)]
    except OSError as error:
        raise BadInput(listing.unreadable(root, error)) from error
