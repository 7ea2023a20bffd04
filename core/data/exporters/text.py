"""Tables and JSON written row by row: memory does not grow with the number of images."""

import contextlib
import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from core.data import neutral
from core.data.exporters import target
from core.data.exporters.records import Options, Snapshot

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def table(
    out: Path, header: Sequence[str], rows: Iterable[Sequence[str]], need: int, options: Options
) -> None:
    """Write one CSV file, UTF-8. Raises BadInput as `target.new_file` does."""
    formulas = options.neutralise

    def written(row: Sequence[str]) -> list[str]:
        return [neutral.neutralise(cell, formulas=formulas) for cell in row]

    with (
        target.new_file(out, need, force=options.force) as draft,
        open(draft, "w", encoding="utf-8", newline="") as file,
    ):
        lines = csv.writer(file)
        lines.writerow(written(header))
        lines.writerows(map(written, rows))


@contextlib.contextmanager
def json_file(out: Path, need: int, options: Options) -> Iterator[TextIO]:
    """The draft of one JSON file, open for writing. Raises BadInput as `target.new_file` does."""
    with (
        target.new_file(out, need, force=options.force) as draft,
        open(draft, "w", encoding="utf-8", newline="\n") as file,
    ):
        yield file


def array(file: TextIO, items: Iterable[str]) -> None:
    """Write a JSON array of encoded items, one a line: streamed, and readable in a difference."""
    file.write("[")
    for at, item in enumerate(items):
        file.write(",\n" if at else "\n")
        file.write(item)
    file.write("\n]")


def named(labels: Sequence[str], columns: Iterable[int]) -> list[str]:
    """The names of the labels in those columns."""
    return [labels[at] for at in columns]


def need_bytes(snapshot: Snapshot, an_image: int, a_label: int) -> int:
    """About what a file takes: so many bytes an image and a listed label, besides their names."""
    keys = sum(len(key) for key, _ in snapshot.images)
    carried = (snapshot.states == 1).sum(axis=0).tolist()
    names = sum((len(label) + a_label) * many for label, many in zip(snapshot.labels, carried, strict=True))
    return int(keys + an_image * len(snapshot.images) + names)
