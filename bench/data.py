"""What data cost: registering, pictures, memory, and a million labelled images in SQLite, each beside its limit.

    python -m bench.data [FOLDER] [--images 12000] [--rows 1000000] [--decode-rows 100000] [--only database]
        [--write docs/data.md]

FOLDER: photographs with their labels, ERRATA_TEST_PHOTOS unless given. --rows: images of the database and most rows
of the memory. --decode-rows: most rows of the memory of an import with decoding, 61 KB each on the disk. --only:
pictures, memory or database, otherwise all three. One process each, but for imports with decoding: the figures are of
one core, but for what SQLite and the disk do beside it.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from bench import data_memory, data_pictures, data_rows
from bench.data_figures import Figure, table

PARTS = ("pictures", "memory", "database")
_HEAD = """# What data cost

Made by `python -m bench.data{arguments}` on {cores} cores with a load of {load:.1f} before;
do not edit. Every figure stands beside its limit or its peer, measured in the same run; what misses says so. Two ways
to make the same pictures are compared in seconds of the processor, batch by batch: the median of the ratios is told.
Everything else is by the clock, which the load of others slows down.
"""


def _some(folder: Path, images: int) -> "tempfile.TemporaryDirectory[str]":
    """A folder of links to the first images, with the annotations."""
    place = tempfile.TemporaryDirectory()
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        photograph = path.suffix.lower() == ".jpg"
        if photograph and images <= 0:
            continue
        images -= photograph
        target = Path(place.name, path.relative_to(folder))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path.resolve())
    return place


def _sizes(most: int) -> list[int]:
    return sorted({size for size in (10_000, 100_000) if size < most} | {most})


def measured(
    folder: Path | None, images: int, rows: int, decode_rows: int, parts: tuple[str, ...]
) -> dict[str, list[Figure]]:
    """The figures of each part; those of pictures and memory need a folder."""
    found: dict[str, list[Figure]] = {}
    if folder is not None and "pictures" in parts:
        with _some(folder, images) as some:
            found["Pictures"] = [
                *data_pictures.registered(Path(some)),
                *data_pictures.made(Path(some)),
                *data_pictures.whole(Path(some)),
            ]
    if folder is not None and "memory" in parts:
        found["Memory"] = [
            *data_memory.figures(folder, _sizes(rows)),
            *data_memory.decoded(folder, _sizes(decode_rows)),
        ]
    if "database" in parts:
        found[f"{rows:,} images and {len(data_rows.NAMES)} labels in SQLite"] = data_rows.figures(rows)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", default=os.environ.get("ERRATA_TEST_PHOTOS"))
    parser.add_argument("--images", type=int, default=12_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--decode-rows", type=int, default=100_000)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    folder = Path(asked.folder).resolve() if asked.folder else None
    if folder is None and asked.only not in (None, "database"):
        parser.error("give a folder of photographs, or set ERRATA_TEST_PHOTOS")
    if folder is None:
        print("No photographs: give a folder or set ERRATA_TEST_PHOTOS. The database alone is measured.")
    found = measured(
        folder, asked.images, asked.rows, asked.decode_rows, (asked.only,) if asked.only else PARTS
    )
    arguments = f" --images {asked.images} --rows {asked.rows} --decode-rows {asked.decode_rows}"
    arguments += f" --only {asked.only}" if asked.only else ""
    head = _HEAD.format(arguments=arguments, cores=len(os.sched_getaffinity(0)), load=load)
    missed = [one.what for figures in found.values() for one in figures if one.met is False]
    end = f"Missed: {'; '.join(missed)}." if missed else "Nothing is missed."
    text = "\n".join(
        [head, *(f"## {name}\n\n{table(figures)}\n" for name, figures in found.items()), end, ""]
    )
    print(text)
    if asked.write:
        asked.write.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
