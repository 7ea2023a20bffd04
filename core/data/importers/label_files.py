"""One text file a label, one image number a line (MIRFLICKR; the course of 2020)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from core.data.importers import listing, reading, records
from core.data.importers.draft import Draft
from core.data.importers.names import clean_label, short
from core.data.importers.records import Parsed, Place, Problem
from core.errors import BadInput
from core.words import counted

_NUMBER = re.compile(r"[0-9]{1,18}")
_MOST_FILLED, _MOST_LOOKED_AT = 20, 2000  # text files, while the format is looked for
_RELEVANT = "_r1"  # MIRFLICKR's mark for "relevant in this picture"; not part of the label's name.
_ESCAPED = re.compile(r"%([0-9A-F]{2})")
# What core.data.exporters.label_files escapes. Nothing else is undone: a file `a%20b.txt` keeps its name.
ESCAPED_CHARS = '%/\\:*?"<>|._'


class LabelFiles:
    """`images/im<N>.jpg` beside `annotations/<label>.txt`; any layout in which stems end in numbers."""

    name = "label-files"
    title = "One text file a label, one image number a line"
    signs = "text files whose first line is a number, or empty ones in a folder annotations"

    def looks_like(self, root: Path) -> bool:
        """True when one of the first twenty text files with content starts with an integer.

        Or when those in a folder `annotations` are all empty: no image has any label.
        """
        if not root.is_dir():
            return False
        texts = (key for key in listing.files(root) if key.lower().endswith(".txt"))
        filled, within = 0, []  # whether each of the folder `annotations` is empty
        for looked, key in enumerate(texts):
            if looked == _MOST_LOOKED_AT:
                return False  # what was not looked at may say something
            first = _first_line(root / key)
            if first and _NUMBER.fullmatch(first):
                return True
            filled += first != ""
            if _is_annotation(key):
                within.append(first == "")
            if filled == _MOST_FILLED:
                return False
        return bool(within) and all(within)

    def parse(self, root: Path) -> Parsed:
        """Read every label's file; what cannot be used is a problem with `file:line`.

        Raises BadInput when root is no folder.
        """
        found = listing.images(root)
        draft = Draft(self.name, root)
        draft.problems(found.problems)
        images = [draft.image(key) for key in found.keys]
        by_number, unnumbered = _numbered(found.keys, draft)
        for key, label in _label_names(root, found.others, draft):
            lines = _named_images(root / key, key, by_number, draft)
            if lines is None:
                continue
            column = draft.label(label, Place(key))
            for at in lines:
                draft.say(images[at], column)
        draft.note(f"One file a label: {counted(draft.labels, 'label')}.")
        if unnumbered:
            draft.note(f"No number in the file name, so no line can name them: {listing.some(unnumbered)}.")
        return draft.finish()


def image_number(key: str) -> int | None:
    """The number that annotation lines call this image by: the last digits of its stem."""
    runs = _NUMBER.findall(PurePosixPath(key).stem)
    return int(runs[-1]) if runs else None


def unescape(stem: str) -> str:
    """Undo what the exporter of this format writes for characters that file names cannot hold."""

    def back(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char in ESCAPED_CHARS else match[0]

    return _ESCAPED.sub(back, stem)


def _numbered(keys: tuple[str, ...], draft: Draft) -> tuple[dict[int, int | None], list[str]]:
    """Position of the key by number, None where two images share one, and the keys without a number."""
    sharing: defaultdict[int, list[int]] = defaultdict(list)
    unnumbered = []
    for at, key in enumerate(keys):
        number = image_number(key)
        if number is None:
            unnumbered.append(key)
        else:
            sharing[number].append(at)
    by_number: dict[int, int | None] = {}
    for number, same in sharing.items():
        by_number[number] = same[0] if len(same) == 1 else None
        if len(same) > 1:
            reason = (
                f"Number {number} also belongs to {listing.some([keys[at] for at in same[1:]])}: lines with it "
                "are left out; rename all but one."
            )
            draft.problem("ambiguous number", Place(keys[same[0]]), reason)
    return by_number, unnumbered


def _label_names(root: Path, others: tuple[str, ...], draft: Draft) -> Iterator[tuple[str, str]]:
    """Annotation files with the label each stands for; refused names become problems."""
    texts = _annotation_files(root, others)
    stems = {PurePosixPath(key).stem for key in texts}
    taken: dict[str, str] = {}
    for key in texts:
        stem = PurePosixPath(key).stem
        # With both sky.txt and sky_r1.txt there are two opinions; both are kept under their own names.
        plain = stem.removesuffix(_RELEVANT)
        if plain and plain not in stems:
            stem = plain
        try:
            label = clean_label(unescape(stem))
        except BadInput as error:
            draft.problem("label name", Place(key), f"{error} The file is left out.")
            continue
        if label in taken:
            reason = (
                f"Label {short(label)} already has the file {taken[label]}; this one is left out: join them."
            )
            draft.problem("duplicate label", Place(key), reason)
            continue
        taken[label] = key
        yield key, label


def _annotation_files(root: Path, others: tuple[str, ...]) -> list[str]:
    """The folder `annotations` alone where there is one, else every text file that starts with a number."""
    texts = [key for key in others if key.lower().endswith(".txt")]
    named = [key for key in texts if _is_annotation(key)]
    return named or [key for key in texts if _NUMBER.fullmatch(_first_line(root / key) or "")]


def _is_annotation(key: str) -> bool:
    return PurePosixPath(key).parent.name.lower() == "annotations"


def _named_images(path: Path, key: str, by_number: dict[int, int | None], draft: Draft) -> list[int] | None:
    """The images that the lines of one file name, each once; None when no line of a non-empty file is a number."""
    lines = _Lines(key, by_number)
    try:
        for line, content in reading.lines(path, lines.leave_out):
            if content := content.strip():
                lines.take(line, content)
    except reading.BadFile as error:
        draft.problem("unreadable file", Place(key), f"{error.reason} The file is left out.")
        return None
    if lines.strange and not lines.numbers:
        reason = f"None of its {lines.strange:,} lines is an image number: it is not taken for a label."
        draft.problem("not a label's file", Place(key), reason)
        return None
    draft.problems(lines.problems)
    draft.more(key, lines.untold)
    return lines.images


class _Lines:
    """The lines of one file as they are read; memory grows with the images that they name, not with the lines."""

    def __init__(self, key: str, by_number: dict[int, int | None]) -> None:
        self.images: list[int] = []
        self.problems: list[Problem] = []
        self.untold = self.strange = self.numbers = 0
        self._key, self._by_number = key, by_number
        self._first: dict[int, int] = {}

    def take(self, line: int, content: str) -> None:
        """Note the image that a line names, or what is wrong with it."""
        if not _NUMBER.fullmatch(content):
            self.strange += 1
            self._tell("bad line", line, f"{short(content)} is not an image number; left out.")
            return
        self.numbers += 1
        number = int(content)
        if number in self._first:
            reason = f"Number {number} stands in line {self._first[number]} already; counted once."
            self._tell("duplicate line", line, reason)
        elif number not in self._by_number:
            self._tell("missing image", line, f"There is no image with number {number}; left out.")
        else:
            self._first[number] = line
            image = self._by_number[number]
            if image is None:
                self._tell("ambiguous number", line, f"Number {number} names more than one image; left out.")
            else:
                self.images.append(image)

    def leave_out(self, line: int, reason: str) -> None:
        """Note a line that is no image number for its length alone."""
        self.strange += 1
        self._tell("bad line", line, reason)

    def _tell(self, kind: str, line: int, reason: str) -> None:
        if len(self.problems) < records.MOST_TOLD:
            self.problems.append(Problem(kind, self._key, reason, line))
        else:
            self.untold += 1


def _first_line(path: Path) -> str | None:
    """The first line that holds something, as far as a beginning tells; "" of an empty file, None of a closed one."""
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return None
    lines = head.decode("utf-8-sig", errors="replace").strip().splitlines()
    return lines[0].strip() if lines else ""
