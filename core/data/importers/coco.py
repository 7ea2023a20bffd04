"""COCO: images, categories, and the annotations that join them; boxes and masks are passed over."""

from array import array
from pathlib import Path
from typing import Any

import numpy as np

from core.data.importers import choosing, json_stream
from core.data.importers.choosing import Chosen
from core.data.importers.json_stream import Item, Kind
from core.data.importers.names import short
from core.data.importers.records import Array, Parsed, Place
from core.data.importers.source import Source
from core.errors import BadInput

_SECTIONS = ("images", "categories", "annotations")
_FOUND = {"images": "file_name", "annotations": "category_id", "categories": "name"}
# What core.data.exporters.coco writes with an image, by what it says of the categories.
_FIELDS = {
    "absent": "neg_category_ids",
    "unknown": "unknown_category_ids",
    "verified": "verified_category_ids",
}
_MISSING, _NEVER = -1, -2  # an image or label that has been told, one that no list names


class Coco:
    """A category of an annotation is a label of its image, once; further lists as the exporter writes them."""

    name = "coco"
    title = "COCO: one JSON file of images, categories and annotations"
    signs = "a JSON file with lists of images, categories and annotations"

    def looks_like(self, root: Path) -> bool:
        """True when a JSON file near the top begins like one."""
        return bool(_documents(root))

    def parse(self, root: Path) -> Parsed:
        """Read the file, or one for each part. Raises BadInput when there is none, or it has another shape."""
        chosen = choosing.one_a_part(root, _documents(root), "COCO files")
        chosen = chosen or choosing.lone(root, (".json",))
        if not chosen:
            raise BadInput(f"{root} holds no JSON file with the lists {', '.join(_SECTIONS)}.")
        source = Source.open(self.name, root)
        for one in chosen:
            _Document(source, one).read()
        source.draft.keep_rest(source.found.keys)
        return source.draft.finish()


def _documents(root: Path) -> list[Chosen]:
    found = [one for one in choosing.near(root, (".json",)) if _fits(json_stream.head(one.path))]
    # COCO's own folder has captions and key points of the same images beside the instances.
    instances = [one for one in found if one.path.name.startswith("instances")]
    return instances or found


def _fits(head: dict[str, Item]) -> bool:
    return any(isinstance(head[s].value, dict) and _FOUND[s] in head[s].value for s in _SECTIONS if s in head)


class _Document:
    """One file while it is read: its lists may stand in any order, so numbers are joined at the end."""

    def __init__(self, source: Source, chosen: Chosen) -> None:
        self._source, self._chosen = source, chosen
        self._draft = source.draft
        self._file = chosen.folder + chosen.path.name
        self._image_refs: dict[Any, int] = {}  # by the id in the file, numbered as they come
        self._images = array("i")  # by that number: the image in the draft
        self._label_refs: dict[Any, int] = {}
        self._labels = array("i")
        self._pairs = {name: (array("i"), array("i"), array("i")) for name in ("present", *_FIELDS)}

    def read(self) -> None:
        take = {"images": self._image, "categories": self._category, "annotations": self._annotation}
        seen: set[str] = set()
        for item in json_stream.items(self._chosen.path):
            if item.section in take and item.kind is Kind.LIST:
                seen.add(item.section)
            elif item.section in take and item.kind is Kind.VALUE:
                raise BadInput(
                    f"{Place(self._file, item.line)}: {item.section} is not a list, as COCO has it."
                )
            elif item.section in take:
                where = Place(self._file, item.line, f"{item.section}[{item.at}]")
                if isinstance(item.value, dict):
                    take[item.section](item.value, where)
                else:
                    self._draft.problem("bad entry", where, json_stream.why_not(item.value, "is no object"))
        if missing := [name for name in _SECTIONS if name not in seen]:
            raise BadInput(
                f"{self._file} has no list {missing[0]}, as COCO has it: choose another format, or correct the file."
            )
        self._join()

    def _image(self, entry: dict[str, Any], where: Place) -> None:
        name, ref = entry.get("file_name"), self._ref(entry.get("id"), self._image_refs, self._images)
        if not isinstance(name, str) or ref is None:
            self._draft.problem("bad entry", where, "It has no id and file_name as text; left out.")
            return
        part, word = self._chosen.part, entry.get("split")
        if isinstance(word, str):
            part = self._source.part(word, where) or part
        image = self._source.image(name, where, part, self._chosen.folder)
        if self._images[ref] >= 0:
            self._draft.problem(
                "duplicate id", where, f"The id {short(str(entry['id']))} is an earlier image's; left out."
            )
            return
        self._images[ref] = _MISSING if image is None else image
        for word, field in _FIELDS.items():
            listed = entry.get(field)
            for category in listed if isinstance(listed, list) else ():
                self._pair(word, ref, category, where)

    def _category(self, entry: dict[str, Any], where: Place) -> None:
        name, ref = entry.get("name"), self._ref(entry.get("id"), self._label_refs, self._labels)
        if not isinstance(name, str | int) or isinstance(name, bool) or ref is None:
            self._draft.problem("bad entry", where, "It has no id and name; left out.")
            return
        label = self._draft.label(str(name), where)
        self._labels[ref] = _MISSING if label is None else label

    def _annotation(self, entry: dict[str, Any], where: Place) -> None:
        ref = self._ref(entry.get("image_id"), self._image_refs, self._images)
        if ref is None or "category_id" not in entry:
            self._draft.problem("bad entry", where, "It has no image_id and category_id; left out.")
            return
        self._pair("present", ref, entry["category_id"], where)

    def _pair(self, word: str, image: int, category: Any, where: Place) -> None:
        label = self._ref(category, self._label_refs, self._labels)
        if label is None:
            self._draft.problem("bad entry", where, f"{short(str(category))} is no category's id; left out.")
            return
        for column, value in zip(self._pairs[word], (image, label, where.line or 0), strict=True):
            column.append(value)

    def _ref(self, id: Any, refs: dict[Any, int], values: "array[int]") -> int | None:
        """The number of an id, new or known; None when it is none."""
        if not isinstance(id, str | int) or isinstance(id, bool):
            return None
        ref = refs.setdefault(id, len(refs))
        if ref == len(values):
            values.append(_NEVER)
        return ref

    def _join(self) -> None:
        """Note all pairs of image and label, the verified ones as such."""
        width = max(self._draft.labels, 1)
        joined = {word: self._resolved(word) for word in self._pairs}
        keys = {word: images.astype(np.int64) * width + labels for word, (images, labels) in joined.items()}
        sure = keys.pop("verified")
        for word, code in (("present", 1), ("absent", 0), ("unknown", -1)):
            self._say(keys[word], width, code, np.isin(keys[word], sure))
        if lost := len(np.setdiff1d(sure, np.concatenate(list(keys.values())))):
            self._draft.note(f"Categories called verified, but without a state, left out: {lost:,}.")

    def _say(self, keys: Array, width: int, code: int, verified: Array) -> None:
        codes = np.full(len(keys), code, np.int8)
        self._draft.say_many(keys // width, keys % width, codes, verified)

    def _resolved(self, word: str) -> tuple[Array, Array]:
        """Draft images and labels of the pairs of one word; those that no list names are told, and left out."""
        images, labels, lines = (np.frombuffer(column, np.int32) for column in self._pairs[word])
        images = np.frombuffer(self._images, np.int32)[images] if len(images) else images
        labels = np.frombuffer(self._labels, np.int32)[labels] if len(labels) else labels
        for at in np.flatnonzero((images == _NEVER) | (labels == _NEVER)).tolist():
            what = "images" if images[at] == _NEVER else "categories"
            reason = f"It has an id that the list of {what} does not have; left out."
            self._draft.problem(f"unknown {what}", Place(self._file, int(lines[at])), reason)
        kept = (images >= 0) & (labels >= 0)
        return images[kept], labels[kept]
