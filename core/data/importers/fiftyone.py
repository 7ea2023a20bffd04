"""FiftyOne's classification data sets: labels.json beside the folder `data`."""

from array import array
from pathlib import Path
from typing import Any

import numpy as np

from core.data.importers import choosing, json_stream
from core.data.importers.choosing import Chosen
from core.data.importers.json_stream import Item, Kind, TooLong
from core.data.importers.names import short
from core.data.importers.records import Parsed, Place
from core.data.importers.source import Source
from core.errors import BadInput

FILE, FOLDER = "labels.json", "data"


class FiftyOne:
    """`{"classes": […], "labels": {"<path without extension>": […]}}`; numbers count classes, null is not labelled."""

    name = "fiftyone"
    title = "FiftyOne: labels.json beside a folder data with the images"
    signs = "a file labels.json with the object labels"

    def looks_like(self, root: Path) -> bool:
        """True when such a file lies at the top or in a part's folder."""
        return any(_fits(one.path) for one in _files(root))

    def parse(self, root: Path) -> Parsed:
        """Read the file, or one for each part. An image with null is unknown throughout. Raises BadInput."""
        chosen = choosing.one_a_part(root, _files(root), "files labels.json")
        if not chosen:
            raise BadInput(f"{root} holds no file {FILE}.")
        source = Source.open(self.name, root)
        unseen = array("i")
        for one in chosen:
            _Document(source, one, unseen).read()
        images = np.frombuffer(unseen, np.int32)
        labels = np.arange(source.draft.labels)
        cells = len(images) * len(labels)
        if cells:
            source.draft.say_many(
                np.repeat(images, len(labels)),
                np.tile(labels, len(images)),
                np.full(cells, -1, np.int8),
                np.zeros(cells, np.bool_),
            )
        if len(images):
            source.draft.note(f"Images with null for their labels, taken as unknown: {len(images):,}.")
        source.draft.keep_rest(source.found.keys)
        return source.draft.finish()


def _files(root: Path) -> list[Chosen]:
    near = choosing.near(root, (".json",))
    return [one for one in near if one.path.name == FILE or root.is_file()]


def _fits(path: Path) -> bool:
    labels = json_stream.head(path, walked=("labels",)).get("labels")
    return labels is not None and (labels.kind is Kind.OBJECT or bool(labels.key))


class _Document:
    """One file while it is read: the classes may stand behind the labels."""

    def __init__(self, source: Source, chosen: Chosen, unseen: "array[int]") -> None:
        self._source, self._chosen, self._unseen = source, chosen, unseen
        self._file = chosen.folder + chosen.path.name
        self._classes: list[int | None] = []
        self._images, self._targets, self._lines = array("i"), array("i"), array("i")

    def read(self) -> None:
        draft, seen = self._source.draft, False
        for item in json_stream.items(self._chosen.path, walked=("labels",)):
            if item.section == "labels":
                if item.kind in (Kind.LIST, Kind.VALUE):
                    raise BadInput(
                        f"{Place(self._file, item.line)}: labels is no object of images, as FiftyOne has it."
                    )
                seen = True
                if item.kind is Kind.ELEMENT:
                    self._image(item)
            elif item.section == "classes" and item.kind is Kind.ELEMENT:
                where = Place(self._file, item.line, f"classes[{item.at}]")
                if isinstance(item.value, str | int):
                    self._classes.append(draft.label(str(item.value), where))
                else:
                    self._classes.append(None)
                    draft.problem(
                        "bad label", where, json_stream.why_not(item.value, "is no name of a label")
                    )
        if not seen:
            raise BadInput(
                f"{self._file} has no object labels, as FiftyOne has it: choose another format, or correct the file."
            )
        for image, target, line in zip(self._images, self._targets, self._lines, strict=True):
            where = Place(self._file, line)
            if target < len(self._classes):
                draft.say(image, self._classes[target], where=where)
            else:
                reason = f"There is no class {target}: the file has {len(self._classes):,}, counted from 0; left out."
                draft.problem("unknown label", where, reason)

    def _image(self, item: Item) -> None:
        where = Place(self._file, item.line)
        folder = f"{self._chosen.folder}{FOLDER}/"
        image = self._source.image(folder + item.key, where, self._chosen.part)
        if image is None:
            return
        if isinstance(item.value, TooLong):
            reason = f"{json_stream.why_not(item.value, '')} The image's labels are unknown."
            self._source.draft.problem("bad entry", where, reason)
        if item.value is None or isinstance(item.value, TooLong):
            self._unseen.append(image)
            return
        for target in item.value if isinstance(item.value, list) else [item.value]:
            self._target(image, _name_of(target), where)

    def _target(self, image: int, target: Any, where: Place) -> None:
        draft = self._source.draft
        if isinstance(target, str):
            draft.say(image, draft.label(target, where), where=where)
        elif isinstance(target, int) and not isinstance(target, bool) and 0 <= target < 1 << 31:
            for column, value in (
                (self._images, image),
                (self._targets, target),
                (self._lines, where.line or 0),
            ):
                column.append(value)
        else:
            draft.problem(
                "bad label", where, f"{short(str(target))} is neither a class nor its number; left out."
            )


def _name_of(target: Any) -> Any:
    """A label may come with its confidence or attributes, as an object."""
    return target.get("label", target) if isinstance(target, dict) else target
