"""An unlabelled folder: images, and nothing said about any of them."""

from pathlib import Path

from core.data.importers import listing
from core.data.importers.records import Parsed, ParsedImage


class ImagesOnly:
    """Every cell stays unlisted; labels are added by hand later."""

    name = "images"
    title = "Folder of images without labels"

    def looks_like(self, root: Path) -> bool:
        """True as soon as one file is named like an image."""
        return root.is_dir() and any(listing.is_image_name(key) for key in listing.files(root))

    def parse(self, root: Path) -> Parsed:
        """List the images. Raises BadInput when root is no folder."""
        found = listing.images(root)
        notes = ["No annotations: every cell is unknown."]
        if found.others:
            notes.append(f"Files that are not images, left out: {listing.some(found.others)}.")
        return Parsed(
            format=self.name,
            root=root,
            labels=(),
            images=tuple(ParsedImage(key, None) for key in found.keys),
            cells={},
            problems=found.problems,
            notes=tuple(notes),
        )
