"""A folder a class, perhaps below a folder a part of the split; one picture in two folders has both labels."""

import hashlib
from collections import defaultdict
from itertools import islice
from pathlib import Path

from core.codes import PART_WORDS
from core.data.importers import listing
from core.data.importers.draft import Draft
from core.data.importers.records import Parsed, Place
from core.words import counted
from db.terms import Part

_GENERIC = frozenset(("images", "image", "img", "imgs", "photos", "pictures", "data"))


class Folders:
    """`root/[split/]<class>/<image>`."""

    name = "folders"
    title = "One folder a label"
    signs = "images in two or more folders, none at the top"

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
        draft = Draft(self.name, root)
        draft.problems(found.problems)
        first = _first_of_same(root, found.keys)
        for key in found.keys:
            part, folder = _place(key)
            image = draft.image(first[key])
            before = draft.part_of(image)
            if before is None or part is None or before is part:
                draft.image(first[key], part)
            else:
                reason = (
                    f"It is the same picture as {first[key]}, which is in {before.value}; that part is kept."
                )
                draft.problem("two splits", Place(key), reason)
            if folder is not None:
                draft.say(image, draft.label(folder, Place(key)))
        copies = len(found.keys) - len(draft)
        draft.note(f"One folder a label: {counted(draft.labels, 'label')}.")
        if copies:
            draft.note(f"Copies of a file in another place, taken as one image: {copies:,}.")
        if found.others:
            draft.note(f"Files that are not images, left out: {listing.some(found.others)}.")
        return draft.finish()


def _place(key: str) -> tuple[Part | None, str | None]:
    """The part and the class folder that a path names; deeper folders say nothing."""
    folders = key.split("/")[:-1]
    part = PART_WORDS.get(folders[0].lower()) if folders else None
    if part is not None:
        folders = folders[1:]
    return part, folders[0] if folders else None


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
