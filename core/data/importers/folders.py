"""A folder a class, perhaps below a folder a part of the split; one picture in two folders has both labels."""

import hashlib
from collections import defaultdict
from itertools import islice
from pathlib import Path

from core.data.importers import listing
from core.data.importers.names import clean_label
from core.data.importers.records import Parsed, ParsedImage, Problem
from core.data.importers.tables import PARTS
from core.errors import BadInput
from db.terms import LabelState, Part

_GENERIC = frozenset(("images", "image", "img", "imgs", "photos", "pictures", "data"))


class Folders:
    """`root/[split/]<class>/<image>`."""

    name = "folders"
    title = "One folder a label"

    def looks_like(self, root: Path) -> bool:
        """True when no image lies at the top and the first thousand lie in two or more class folders."""
        if not root.is_dir():
            return False
        keys = list(islice((key for key in listing.files(root) if listing.is_image_name(key)), 1000))
        classes = {_place(key)[1] for key in keys}
        return len(classes) > 1 and None not in classes and not classes & _GENERIC

    def parse(self, root: Path) -> Parsed:
        """Take the folder's name as the label; files of equal content become one image.

        The image's key is the first of its paths. Raises BadInput when root is no folder.
        """
        found = listing.images(root)
        problems = list(found.problems)
        cells: dict[str, dict[str, LabelState]] = {}
        parts: dict[str, Part | None] = {}
        labels: dict[str, str | None] = {}
        first = _first_of_same(root, found.keys)
        for key in found.keys:
            part, folder = _place(key)
            image = first[key]
            parts[image] = _one_part(key, part, image, parts.get(image), problems)
            if folder is None:
                continue
            if folder not in labels:
                labels[folder] = _label(folder, key, problems)
            label = labels[folder]
            if label is not None:
                cells.setdefault(image, {})[label] = LabelState.PRESENT
        copies = len(found.keys) - len(parts)
        names = sorted({label for label in labels.values() if label is not None})
        notes = [f"One folder a label: {len(names)} labels."]
        if copies:
            notes.append(f"Copies of a file in another place, taken as one image: {copies:,}.")
        if found.others:
            notes.append(f"Files that are not images, left out: {listing.some(found.others)}.")
        return Parsed(
            format=self.name,
            root=root,
            labels=tuple(names),
            images=tuple(ParsedImage(key, part) for key, part in sorted(parts.items())),
            cells=cells,
            problems=tuple(problems),
            notes=tuple(notes),
        )


def _place(key: str) -> tuple[Part | None, str | None]:
    """The part and the class folder that a path names; deeper folders say nothing."""
    folders = key.split("/")[:-1]
    part = PARTS.get(folders[0].lower()) if folders else None
    if part is not None:
        folders = folders[1:]
    return part, folders[0] if folders else None


def _label(folder: str, key: str, problems: list[Problem]) -> str | None:
    try:
        return clean_label(folder)
    except BadInput as error:
        problems.append(Problem("label name", key, f"{error} The images are kept without it."))
        return None


def _one_part(
    key: str, part: Part | None, image: str, before: Part | None, problems: list[Problem]
) -> Part | None:
    if before is None or part is None or before is part:
        return before or part
    reason = f"It is the same picture as {image}, which is in {before.value}; that part is kept."
    problems.append(Problem("two splits", key, reason))
    return before


def _first_of_same(root: Path, keys: tuple[str, ...]) -> dict[str, str]:
    """For each path the first path of the same bytes; only files of equal size are read."""
    by_size: defaultdict[int, list[str]] = defaultdict(list)
    first = {key: key for key in keys}
    for key in keys:
        try:
            by_size[(root / key).stat().st_size].append(key)
        except OSError:  # Gone since it was listed: it is reported when it is decoded.
            continue
    for size, same_size in by_size.items():
        seen: dict[bytes, str] = {}
        # Empty files are all alike and none is a picture; each is to be reported under its own name.
        for key in same_size if size and len(same_size) > 1 else ():
            try:
                with open(root / key, "rb") as file:
                    digest = hashlib.file_digest(file, "sha256").digest()
            except OSError:
                continue
            first[key] = seen.setdefault(digest, key)
    return first
