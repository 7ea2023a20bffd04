"""`annotations/<label>.txt` with one image number a line, as the importer of the same name reads it."""

import os
import re
from collections import Counter
from pathlib import Path

import numpy as np

from core.data.exporters import losses, target
from core.data.exporters.records import PLAIN, Carries, Options, Snapshot
from core.data.importers import listing
from core.data.importers.label_files import ESCAPED_CHARS, image_number
from core.data.importers.names import short
from core.errors import BadInput

_NAME_BYTES = 255
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_INSIDE = ESCAPED_CHARS.replace(".", "").replace("_", "")


class LabelFilesExport(losses.ToldByWhatItCarries):
    """Writes the annotations alone; the photographs stay where they are."""

    name = "label-files"
    title = "One text file a label, one image number a line"
    suffix = ""
    carries = Carries(empty_labels=True, selection=False)

    def write(self, out: Path, snapshot: Snapshot, options: Options = PLAIN) -> None:
        """Write the folder out/annotations; with `force` that folder alone is replaced, nothing beside it.

        Raises BadInput when image names have no number of their own, when a label cannot be a file name, or
        when that folder is not empty and not to be replaced.
        """
        numbers = _numbers([key for key, _ in snapshot.images])
        files = {label: _file_name(label) for label in snapshot.labels}
        need = 8 * int((snapshot.states == 1).sum())
        with (
            target.folder(out),
            target.new_folder(out / "annotations", need, force=options.force) as folder,
        ):
            for at, label in enumerate(snapshot.labels):
                rows = np.flatnonzero(snapshot.states[:, at] == 1).tolist()
                _write_label(folder / files[label], label, sorted(numbers[row] for row in rows))


def escape(label: str) -> str:
    """A file stem for the label that the importer turns back; only what file names cannot hold is changed."""
    stem = "".join(_code(char) if char in _INSIDE else char for char in label)
    if stem.startswith("."):
        stem = _code(".") + stem[1:]
    if stem.endswith("."):
        stem = stem[:-1] + _code(".")
    if stem.endswith("_r1"):  # The importer would take it for MIRFLICKR's mark.
        stem = stem[:-3] + _code("_") + "r1"
    return stem


def _code(char: str) -> str:
    return f"%{ord(char):02X}"


def _file_name(label: str) -> str:
    name = escape(label) + ".txt"
    advice = "rename the label, or export as csv"
    if len(os.fsencode(name)) > _NAME_BYTES:
        raise BadInput(f"Label {short(label)} is too long for a file name: {advice}.")
    if _RESERVED.fullmatch(name) or not listing.visible(name):
        raise BadInput(f"Label {short(label)} is no file name on every system: {advice}.")
    return name


def _numbers(keys: list[str]) -> list[int]:
    """The number of every image. Raises BadInput unless each has one that no other has."""
    numbers: list[int] = []
    for key in keys:
        number = image_number(key)
        if number is None:
            raise BadInput(f"Image {key} has no number in its name, which this format needs: export as csv.")
        numbers.append(number)
    twice = next((number for number, count in Counter(numbers).items() if count > 1), None)
    if twice is not None:
        same = [key for key, number in zip(keys, numbers, strict=True) if number == twice]
        raise BadInput(
            f"Number {twice} belongs to {listing.some(same)}: this format needs one each. Use csv."
        )
    return numbers


def _write_label(path: Path, label: str, numbers: list[int]) -> None:
    try:
        with open(path, "x", encoding="ascii", newline="\n") as file:
            file.writelines(f"{number}\n" for number in numbers)
    except FileExistsError as error:
        # On systems that take Sea and sea for one name.
        raise BadInput(f"Label {short(label)} differs from another by case alone: export as csv.") from error
