"""Pascal VOC's image sets: a file for each label and part, with 1, -1 and 0 for difficult."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from core.codes import PART_WORDS
from core.data.importers import choosing, reading
from core.data.importers.names import short
from core.data.importers.records import Parsed, Place
from core.data.importers.source import Source
from core.errors import BadInput
from core.words import counted
from db.terms import LabelState, Part

_STATES = {"1": LabelState.PRESENT, "-1": LabelState.ABSENT, "0": LabelState.UNKNOWN}
_SET = re.compile(r"(?:(?P<label>.+)_)?(?P<part>trainval|train|val|test)")
_MAIN = ("imagesets", "main")


class Voc:
    """`ImageSets/Main/<label>_<part>.txt`, lines of `000012 -1`; the images lie in JPEGImages beside ImageSets."""

    name = "voc"
    title = "Pascal VOC: ImageSets/Main with one file a label and part"
    signs = "a folder ImageSets/Main with text files"

    def looks_like(self, root: Path) -> bool:
        """True when there is such a folder at the top, or one or two folders below."""
        return root.is_dir() and next(_mains(root), None) is not None

    def parse(self, root: Path) -> Parsed:
        """Read every set. A label's file speaks of the images that it lists alone. Raises BadInput."""
        source = Source.open(self.name, root)
        sets = [key for key in source.found.others if _is_set(key)]
        if not sets:
            raise BadInput(f"{root} holds no folder ImageSets/Main with files such as sea_train.txt.")
        for key in sets:
            _read(source, key)
        source.draft.note(f"One file a label and part: {counted(source.draft.labels, 'label')}.")
        source.draft.keep_rest(source.found.keys)
        return source.draft.finish(
            LabelState.UNKNOWN, "A label's file lists what was looked at for it; the rest is unknown."
        )


def _mains(root: Path) -> Iterator[Path]:
    waiting = [(root, 0)]
    while waiting:
        place, depth = waiting.pop(0)
        for folder in choosing.folders(place):
            if folder.name.lower() == "main" and place.name.lower() == "imagesets":
                if choosing.at_top(folder, (".txt",)):
                    yield folder
            elif depth < 3:
                waiting.append((folder, depth + 1))


def _is_set(key: str) -> bool:
    path = PurePosixPath(key)
    above = tuple(part.lower() for part in path.parts[-3:-1])
    return above == _MAIN and path.suffix.lower() == ".txt" and _SET.fullmatch(path.stem) is not None


def _read(source: Source, key: str) -> None:
    match = _SET.fullmatch(PurePosixPath(key).stem)
    assert match is not None  # _is_set saw it
    part = PART_WORDS.get(match["part"])  # None for trainval: its images are in another set, too
    label = source.draft.label(match["label"], Place(key)) if match["label"] else None
    above = PurePosixPath(key).parts[:-3]
    folder = "/".join((*above, "JPEGImages", ""))
    try:
        for line, content in reading.lines(source.root / key, source.bad_line(key)):
            words = content.split()
            if words:
                _take(source, Place(key, line), words, part, folder, label, named=bool(match["label"]))
    except reading.BadFile as error:
        source.draft.problem("unreadable file", Place(key), f"{error.reason} The file is left out.")


def _take(
    source: Source,
    where: Place,
    words: list[str],
    part: Part | None,
    folder: str,
    label: int | None,
    *,
    named: bool,
) -> None:
    state = _STATES.get(words[1]) if len(words) == 2 else None
    if named != (len(words) == 2) or (named and state is None):
        wanted = "an image and 1, -1 or 0" if named else "one image"
        source.draft.problem("bad line", where, f"{short(' '.join(words))} is not {wanted}; left out.")
        return
    name = words[0]
    # The name has no extension; beside ImageSets it is this one, another's image of the same name is not meant.
    exact = next((k for k in (f"{folder}{name}.jpg", folder + name) if source.images.exactly(k)), name)
    image = source.image(exact, where, part)
    if image is not None and state is not None:
        source.draft.say(image, label, state, where=where)
