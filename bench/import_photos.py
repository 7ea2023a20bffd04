"""How fast photographs are imported, beside the least that any importer must do.

    python bench/import_photos.py [FOLDER] [--workers N]      FOLDER: default is ERRATA_TEST_PHOTOS

Prints seconds and peak resident memory of the process tree for the whole import (hashes, sizes, thumbnails,
pixel cache, statistics), and in the same run, on the same files and one core each: reading every header with
Pillow, and decoding every file with Pillow. Write-back of the disk is not waited for, as in the application.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from core.data import build, importers

_SAMPLE_S = 0.05


class PeakMemory:
    """Samples the resident memory of this process and all its children in a thread."""

    def __init__(self) -> None:
        self.bytes = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._done.wait(_SAMPLE_S):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.Error:  # It ended between the listing and the question.
                    continue
            self.bytes = max(self.bytes, total)


def cpu_s() -> float:
    """Processor seconds of this process and its ended children; hardly changed by the load of others."""
    return sum(os.times()[:4])


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def read_headers(paths: Sequence[Path]) -> None:
    """Sizes alone."""
    for path in paths:
        with Image.open(path) as image:
            assert image.size


def decode(paths: Sequence[Path]) -> None:
    """Every pixel, by Pillow, in this process."""
    for path in paths:
        with Image.open(path) as image:
            image.convert("RGB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", default=os.environ.get("ERRATA_TEST_PHOTOS"))
    parser.add_argument("--workers", type=int, default=None)
    arguments = parser.parse_args()
    if not arguments.folder:
        parser.error("give a folder, or set ERRATA_TEST_PHOTOS")
    load = os.getloadavg()[0]
    root = Path(arguments.folder)
    start = time.perf_counter()
    parsed = importers.parse(root)
    parse_s = time.perf_counter() - start
    paths = [root / image.key for image in parsed.images]
    headers_s = timed(lambda: read_headers(paths))  # First, so that all three find the files in memory.
    start_cpu_s = cpu_s()
    decode_s = timed(lambda: decode(paths))
    decode_cpu_s = cpu_s() - start_cpu_s
    with tempfile.TemporaryDirectory() as folder, PeakMemory() as memory:
        start, start_cpu_s = time.perf_counter(), cpu_s()
        built = build.build(parsed, Path(folder), workers=arguments.workers)
        import_s, import_cpu_s = time.perf_counter() - start, cpu_s() - start_cpu_s
    n = len(paths)
    print(f"{n:,} photographs, {len(built.images):,} readable, {len(parsed.labels)} labels")
    print(f"load of the machine before          {load:8.2f}")
    print(f"annotations read                    {parse_s:8.2f} s")
    print(f"headers alone, Pillow, one core     {headers_s:8.2f} s  {n / headers_s:8,.0f} a second")
    print(f"plain decode, Pillow, one core      {decode_s:8.2f} s  {n / decode_s:8,.0f} a second")
    print(f"whole import                        {import_s:8.2f} s  {n / import_s:8,.0f} a second")
    print(f"import ÷ headers                    {import_s / headers_s:8.2f}")
    print(f"import ÷ plain decode               {import_s / decode_s:8.2f}")
    ratio = import_cpu_s / decode_cpu_s
    print(f"the same in processor seconds       {ratio:8.2f}  ({import_cpu_s:.1f} ÷ {decode_cpu_s:.1f})")
    print(f"peak resident memory, all processes {memory.bytes / 1024**2:8.0f} MiB")


if __name__ == "__main__":
    main()
