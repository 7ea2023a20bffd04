"""`metadata.jsonl` beside the images (Hugging Face's imagefolder), as the importer of the same name reads it.

Every line has the same fields: `file_name`, `labels`, `split`; where needed `unknown_labels`, `absent_labels`
and `verified_labels`; then the further columns of the source.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from core import output
from core.data.exporters import beyond, losses, pictures, target, text
from core.data.exporters.label_studio import FIELD
from core.data.exporters.records import PLAIN, Carries, Options, Snapshot

FILE = "metadata.jsonl"  # the name that the format asks for


class ImageFolderExport(losses.ToldByWhatItCarries):
    """Writes the annotations alone, to lie beside the images, or a new folder with the images in it."""

    name = "imagefolder"
    title = "Hugging Face imagefolder: metadata.jsonl beside the images"
    suffix = ""
    carries = Carries(absent=True, unknown=True, verified=True, parts=True, meta=True, pictures=True)

    def write(self, out: Path, snapshot: Snapshot, options: Options = PLAIN) -> None:
        """Write out/metadata.jsonl, or with pictures the whole new folder out.

        Raises BadInput when that file, or with pictures anything in out, is in the way.
        """
        need = text.need_bytes(snapshot, 60, 3)
        if options.pictures is None:
            with (
                target.folder(out),
                target.new_file(out / FILE, need, force=options.force) as draft,
                open(draft, "w", encoding="utf-8", newline="\n") as file,
            ):
                _write(file, snapshot)
            return
        output.check_empty(out)
        need += pictures.need_bytes(snapshot, options.pictures)
        with target.new_folder(out, need, force=False) as folder:
            pictures.place(snapshot, [key for key, _ in snapshot.images], folder, options.pictures)
            with open(folder / FILE, "x", encoding="utf-8", newline="\n") as file:
                _write(file, snapshot)


def _write(file: TextIO, snapshot: Snapshot) -> None:
    file.writelines(f"{text.encode(line)}\n" for line in _lines(snapshot))


def _lines(snapshot: Snapshot) -> Iterator[dict[str, object]]:
    lists, further = beyond.lists(snapshot), snapshot.further()
    for row, columns in enumerate(snapshot.listed()):
        key, part = snapshot.images[row]
        line: dict[str, object] = {"file_name": key, "labels": text.named(snapshot.labels, columns)}
        line["split"] = part.value
        for word, found in lists.items():
            line[FIELD.format(word)] = text.named(snapshot.labels, next(found))
        meta = snapshot.meta_of(row)
        yield line | {name: meta.get(name, "") for name in further if name not in line}
