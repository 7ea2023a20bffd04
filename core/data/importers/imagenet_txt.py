"""ImageNet's text lists: an image and the numbers of its classes a line, the classes' names in synsets.txt."""

import re
from pathlib import Path, PurePosixPath

from core.data.importers import choosing, reading
from core.data.importers.names import short
from core.data.importers.records import Parsed, Place
from core.data.importers.source import Source
from core.errors import BadInput
from db.terms import Part

NAMES = "synsets.txt"
_LINE = re.compile(r'(?:"(?P<quoted>[^"]*)"|(?P<name>\S.*?))(?P<numbers>(?:\s+[0-9]{1,9})*)\s*')


class ImagenetTxt:
    """`<part>.txt` with lines of `img.jpg 0 3 5`, beside `synsets.txt`; the numbers are its lines, from 0."""

    name = "imagenet-txt"
    title = "ImageNet text lists: synsets.txt and lines of an image and its class numbers"
    signs = "a file synsets.txt"

    def looks_like(self, root: Path) -> bool:
        """True when synsets.txt lies at the top, with another text file beside it."""
        names = [path.name for path in choosing.at_top(root, (".txt",))] if root.is_dir() else []
        return NAMES in names and len(names) > 1

    def parse(self, root: Path) -> Parsed:
        """Read every list beside synsets.txt. Raises BadInput when there is none."""
        texts = {path.name: path for path in choosing.at_top(root, (".txt",))} if root.is_dir() else {}
        names = texts.pop(NAMES, None)
        if names is None or not texts:
            raise BadInput(f"{root} holds no {NAMES} with a list such as train.txt beside it.")
        source = Source.open(self.name, root)
        labels = _labels(source, names)
        parts = {choosing.part_named(PurePosixPath(name).stem) for name in texts}
        for name, path in texts.items():
            part = choosing.part_named(path.stem) if len(parts) > 1 else None
            try:
                for line, text in reading.lines(path, source.bad_line(name)):
                    if text := text.strip():
                        _take(source, Place(name, line), text, labels, part)
            except reading.BadFile as error:
                source.draft.problem("unreadable file", Place(name), f"{error.reason} The file is left out.")
        source.draft.note(f"Names of labels in {NAMES}: {source.draft.labels}.")
        source.draft.keep_rest(source.found.keys)
        return source.draft.finish()


def _labels(source: Source, path: Path) -> list[int | None]:
    """The label of every line; None for one that is refused, so that the numbers stay right."""
    found: list[int | None] = []
    for line, text in reading.lines(path, source.bad_line(NAMES)):
        found += [None] * (line - 1 - len(found))
        found.append(source.draft.label(text, Place(NAMES, line)))
    return found


def _take(source: Source, where: Place, text: str, labels: list[int | None], part: Part | None) -> None:
    match = _LINE.fullmatch(text)
    if match is None:
        source.draft.problem("bad line", where, f"{short(text)} is not an image and class numbers; left out.")
        return
    numbers = [int(word) for word in match["numbers"].split()]
    name = match["quoted"] if match["name"] is None else match["name"]
    image = source.image(name, where, part)
    if image is None:
        return
    for number in numbers:
        if number < len(labels):
            source.draft.say(image, labels[number], where=where)
        else:
            reason = (
                f"There is no class {number}: {NAMES} has {len(labels):,} lines, counted from 0; left out."
            )
            source.draft.problem("unknown label", where, reason)
