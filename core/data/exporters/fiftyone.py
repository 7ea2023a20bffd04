"""FiftyOne's `labels.json` beside the folder `data`, as the importer `fiftyone` reads it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from posixpath import splitext
from typing import TextIO

import numpy as np

from core import output
from core.data.exporters import losses, pictures, target, text
from core.data.exporters.records import PLAIN, Carries, Options, Snapshot
from core.errors import BadInput

FILE, FOLDER = "labels.json", "data"  # the names that the format asks for


class FiftyOneExport(losses.ToldByWhatItCarries):
    """Writes the annotations alone, to lie beside the folder of images, or a new folder with the images in it.

    An image of which nothing is known has null for its labels, one without a label an empty list.
    """

    name = "fiftyone"
    title = "FiftyOne: labels.json beside a folder data with the images"
    suffix = ""
    carries = Carries(unseen=True, empty_labels=True, pictures=True)

    def write(self, out: Path, snapshot: Snapshot, options: Options = PLAIN) -> None:
        """Write out/labels.json, or with pictures the whole new folder out.

        Raises BadInput when two images differ by their extension alone, or when that file, or with pictures
        anything in out, is in the way.
        """
        names = _names([key for key, _ in snapshot.images])
        need = text.need_bytes(snapshot, 10, 0)
        if options.pictures is None:
            with target.folder(out), text.json_file(out / FILE, need, options) as file:
                _write(file, snapshot, names)
            return
        output.check_empty(out)
        need += pictures.need_bytes(snapshot, options.pictures)
        with target.new_folder(out, need, force=False) as folder:
            pictures.place(snapshot, names, folder / FOLDER, options.pictures)
            with open(folder / FILE, "x", encoding="utf-8", newline="\n") as file:
                _write(file, snapshot, names)


def _names(keys: list[str]) -> list[str]:
    """The images' paths under the folder `data`. Raises BadInput when two have the same without extension."""
    if keys and all(key.startswith(f"{FOLDER}/") for key in keys):
        keys = [key.removeprefix(f"{FOLDER}/") for key in keys]
    stems = Counter(_stem(key) for key in keys)
    twice = next((stem for stem, count in stems.items() if count > 1), None)
    if twice is not None:
        same = ", ".join(key for key in keys if _stem(key) == twice)
        raise BadInput(f"{same} differ by their extension alone, which this format leaves out: use coco.")
    return keys


def _stem(key: str) -> str:
    return splitext(key)[0]


def _write(file: TextIO, snapshot: Snapshot, names: list[str]) -> None:
    file.write(f'{{"classes":{text.encode(list(snapshot.labels))},\n"labels":{{')
    for row, line in enumerate(_lines(snapshot, names)):
        file.write(",\n" if row else "\n")
        file.write(line)
    file.write("\n}}\n")


def _lines(snapshot: Snapshot, names: list[str]) -> Iterator[str]:
    unseen = np.all(snapshot.states == -1, axis=1) & bool(snapshot.labels)
    for name, columns, nothing in zip(names, snapshot.listed(), unseen.tolist(), strict=True):
        yield f"{text.encode(_stem(name))}:{'null' if nothing else text.encode(columns)}"
