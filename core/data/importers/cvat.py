"""CVAT for images 1.1: XML with the tags of each image."""

from collections import Counter
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from core.data.importers import choosing, reading
from core.data.importers.choosing import Chosen
from core.data.importers.names import short
from core.data.importers.records import Parsed, Place
from core.data.importers.source import Source
from core.errors import BadInput

_PIECE = 1 << 16
_MOST_OPEN = 1 << 24  # bytes of one tag with its attributes
_DEPTH = 100
_WHY = (
    "CVAT does not tell an image that has no tag from one that nobody has looked at: choose absent when all "
    "images were looked at, unknown when not."
)


class Cvat:
    """`<image name subset><tag label source/></image>`; a tag made by hand is verified. Shapes are passed over."""

    name = "cvat"
    title = "CVAT for images 1.1: XML with tags"
    signs = "an XML file with images and tags as CVAT exports them"

    def looks_like(self, root: Path) -> bool:
        """True when an XML file near the top begins like one."""
        return bool(_documents(root))

    def parse(self, root: Path) -> Parsed:
        """Read the file, or one for each part. Raises BadInput when there is none, it is broken, or has a DTD."""
        chosen = choosing.one_a_part(root, _documents(root), "CVAT files")
        chosen = chosen or choosing.lone(root, (".xml",))
        if not chosen:
            raise BadInput(f"{root} holds no XML file with annotations as CVAT for images 1.1 exports them.")
        source = Source.open(self.name, root)
        for one in chosen:
            _Document(source, one).read()
        source.draft.keep_rest(source.found.keys)
        return source.draft.finish(None, _WHY)


def _documents(root: Path) -> list[Chosen]:
    return [one for one in choosing.near(root, (".xml",)) if _fits(one.path)]


def _fits(path: Path) -> bool:
    """True when the file has a root element annotations; one with a DTD is taken, to be refused by name."""
    try:
        with open(path, "rb") as file:
            head = file.read(_PIECE)
    except OSError:
        return False
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    return "<annotations" in text


class _Refused(Exception):
    """Raised within expat's handlers, which may not say more."""


class _Document:
    """One file while it is read."""

    def __init__(self, source: Source, chosen: Chosen) -> None:
        self._source, self._chosen = source, chosen
        self._file = chosen.folder + chosen.path.name
        self._path: list[str] = []
        self._image: int | None = None
        self._text = ""
        self._shapes: Counter[str] = Counter()
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        # Entities are never expanded: without a DTD there are none but the five of XML itself.
        parser.StartDoctypeDeclHandler = self._refuse_dtd
        parser.EntityDeclHandler = self._refuse_dtd
        parser.ExternalEntityRefHandler = self._refuse_dtd
        parser.buffer_text = True
        self._parser = parser

    def read(self) -> None:
        try:
            with reading.opened(self._chosen.path, reading.MOST_STREAMED_BYTES) as file:
                self._feed(file)
        except _Refused as error:
            raise BadInput(f"{self._here()}: {error}") from None
        except (
            expat.ExpatError,
            ValueError,
            LookupError,
        ) as error:  # the latter of encodings that nobody knows
            raise BadInput(
                f"{self._here()} is not XML that can be read ({error}): export it again."
            ) from error
        for name, count in self._shapes.items():
            self._source.draft.note(
                f"Elements {name}, which are no tags of a whole image, passed over: {count:,}."
            )

    def _feed(self, file: BinaryIO) -> None:
        fed = 0
        while piece := file.read(_PIECE):
            self._parser.Parse(piece, False)
            fed += len(piece)
            if fed - self._parser.CurrentByteIndex > _MOST_OPEN:
                raise _Refused(f"One element has more than {_MOST_OPEN:,} bytes: that is no tag.")
        self._parser.Parse(b"", True)

    def _here(self) -> Place:
        return Place(self._file, self._parser.CurrentLineNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._path and name != "annotations":
            raise _Refused(f"It begins with {short(name)}, not with annotations, as CVAT's files do.")
        self._path.append(name)
        self._text = ""
        if len(self._path) > _DEPTH:
            raise _Refused(f"Its elements are nested more than {_DEPTH} deep.")
        if self._path[1:] == ["image"]:
            self._take_image(attributes)
        elif self._path[1:-1] == ["image"]:
            if name == "tag":
                self._take_tag(attributes)
            else:
                self._shapes[short(name)] += 1
        elif self._path[1:] == ["track"]:
            self._shapes[short(name)] += 1

    def _take_image(self, attributes: dict[str, str]) -> None:
        where, name = self._here(), attributes.get("name", "")
        part = self._chosen.part
        if word := attributes.get("subset", ""):
            part = (None if word.lower() == "default" else self._source.part(word, where)) or part
        self._image = self._source.image(name, where, part, self._chosen.folder)

    def _take_tag(self, attributes: dict[str, str]) -> None:
        where, draft = self._here(), self._source.draft
        if "label" not in attributes:
            draft.problem("bad entry", where, "The tag has no label; left out.")
        elif self._image is not None:
            by_hand = attributes.get("source", "").lower() == "manual"
            draft.say(self._image, draft.label(attributes["label"], where), verified=by_hand, where=where)

    def _characters(self, text: str) -> None:
        if self._path[-1] == "name":
            self._text += text[: 1000 - len(self._text)]

    def _end(self, name: str) -> None:
        # The labels of the task stand in its head, also those that no image has.
        if self._path[-3:] == ["labels", "label", "name"] and self._path[1] == "meta" and self._text.strip():
            self._source.draft.label(self._text, self._here())
        self._path.pop()
        self._text = ""

    def _refuse_dtd(self, *_: object) -> int:
        raise _Refused(
            "It declares a document type, which may hide entities: export it from CVAT without one."
        )
