"""COCO's `images`, `categories` and `annotations`, without boxes, as the importer `coco` reads them.

An image has further fields: `split`; `neg_category_ids`, the absent ones, as LVIS writes them;
`unknown_category_ids`; `verified_category_ids`. Readers of COCO pass over fields that they do not know.
"""

from collections.abc import Iterator
from pathlib import Path

from core.data.exporters import beyond, losses, text
from core.data.exporters.records import PLAIN, Carries, Options, Snapshot

# What core.data.exporters.beyond calls the lists.
FIELDS = {
    "absent": "neg_category_ids",
    "unknown": "unknown_category_ids",
    beyond.VERIFIED: "verified_category_ids",
}


class CocoExport(losses.ToldByWhatItCarries):
    """Categories are numbered from 1 in the order of the labels, also those that no image has."""

    name = "coco"
    title = "COCO: one JSON file of images, categories and annotations"
    suffix = ".json"
    carries = Carries(absent=True, unknown=True, verified=True, parts=True, empty_labels=True, meta=False)

    def write(self, out: Path, snapshot: Snapshot, options: Options = PLAIN) -> None:
        """Write one JSON file. Raises BadInput when out exists and is not to be replaced."""
        with text.json_file(out, text.need_bytes(snapshot, 60, 50), options) as file:
            file.write('{"images":')
            text.array(file, _images(snapshot))
            file.write(',\n"categories":')
            names = enumerate(snapshot.labels, 1)
            text.array(file, (text.encode({"id": at, "name": name}) for at, name in names))
            file.write(',\n"annotations":')
            text.array(file, _annotations(snapshot))
            file.write("}\n")


def _images(snapshot: Snapshot) -> Iterator[str]:
    lists = beyond.lists(snapshot)
    for row, (key, part) in enumerate(snapshot.images):
        image: dict[str, object] = {"id": row + 1, "file_name": key, "split": part.value}
        if snapshot.sizes is not None:
            image["width"], image["height"] = snapshot.sizes[row].tolist()
        for word, columns in lists.items():
            if some := next(columns):
                image[FIELDS[word]] = [at + 1 for at in some]
        yield text.encode(image)


def _annotations(snapshot: Snapshot) -> Iterator[str]:
    number = 0
    for row, columns in enumerate(snapshot.listed(), 1):
        for at in columns:
            number += 1
            yield f'{{"id":{number},"image_id":{row},"category_id":{at + 1}}}'
