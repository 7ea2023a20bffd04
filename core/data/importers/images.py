"""A folder of images that nobody has labelled yet: every cell is unknown."""

from itertools import islice
from pathlib import Path

from core.data.importers import listing
from core.data.importers.draft import Draft
from core.data.importers.records import Parsed
from db.terms import LabelState

_LOOKED_AT = 100_000


class Images:
    """Any layout; no label is read, also where there are some."""

    name = "images"
    title = "Images alone, not labelled yet"
    signs = "images"

    def looks_like(self, root: Path) -> bool:
        """True when an image is found among the first files."""
        return root.is_dir() and any(map(listing.is_image_name, islice(listing.files(root), _LOOKED_AT)))

    def parse(self, root: Path) -> Parsed:
        """List the images. Raises BadInput when root is no folder."""
        found = listing.images(root)
        draft = Draft(self.name, root)
        draft.problems(found.problems)
        for key in found.keys:
            draft.image(key)
        if found.others:
            draft.note(f"Files that are not images, left out: {listing.some(found.others)}.")
        return draft.finish(
            LabelState.UNKNOWN, "Nobody has looked at these images yet: every label is unknown."
        )
