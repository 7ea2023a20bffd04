"""What a scan for trouble takes as data sets grow: seconds of each step, and memory; each size in a process of its own.

    python -m bench.trouble_size ROWS [ROWS ...] [--folder FOLDER]    FOLDER: default ERRATA_TEST_PHOTOS

The pixel cache of ROWS pictures is written first, 49 KB each, and scanned as a data set is. Each picture is the mean of
two photographs, one of them perhaps turned over, so that all differ as photographs do; every hundredth is shown again
brighter by a tenth, which the scan has to find. Memory is what is not mapped from files, asked twenty times a second.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil

from core.data import images
from core.data.pixels import PixelWriter
from core.data.statistics import FILE as STATISTICS
from core.data.statistics import statistics
from core.data.trouble import scan

_BLOCK = 1000
_EVERY_S = 0.05
_PHOTOGRAPHS = 12_000
_STEPS = ("Measuring images", "Looking for duplicates", "Drawing the map")


def _photographs(folder: Path) -> np.ndarray:
    paths = sorted(folder.rglob("*.jpg"))[:_PHOTOGRAPHS]
    return np.stack([images.decode(path, images.PIXELS_PX) for path in paths])  # (n, 128, 128, 3)


def _write(folder: Path, rows: int, photographs: np.ndarray) -> None:
    rng, measured = np.random.default_rng(0), []
    with PixelWriter(folder) as pixels:
        for start in range(0, rows, _BLOCK):
            one, other = rng.integers(0, len(photographs), (2, min(_BLOCK, rows - start)))
            upside_down = photographs[other, :: rng.choice((1, -1))]
            some = (photographs[one] >> 1) + (upside_down >> 1)
            shown = np.arange(0, len(some) - 50, 100)
            some[shown + 50] = np.minimum(some[shown] * np.float32(1.1), 255).astype(np.uint8)
            pixels.append(some)
            measured.append(statistics(some, np.full(len(some), 4 / 3, np.float32)))
    np.save(folder / STATISTICS, np.concatenate(measured))


class _Watched:
    """The most bytes of this process, not mapped from files, since it began to watch."""

    def __init__(self) -> None:
        self.peak = 0
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        process = psutil.Process()
        while not self._over.wait(_EVERY_S):
            memory = process.memory_info()
            self.peak = max(self.peak, memory.rss - memory.shared)


def _scanned(folder: Path, rows: int) -> None:
    begun = {}

    def tell(share: float, words: str) -> None:
        begun.setdefault(words, time.perf_counter())

    watched, start = _Watched(), time.perf_counter()
    sides = np.full(rows, 400, np.int32), np.full(rows, 300, np.int32)
    found = scan.scan(folder, *sides, [f"{row:064x}" for row in range(rows)], progress=tell)
    end = time.perf_counter()
    first = np.concatenate(
        [at + np.arange(0, min(_BLOCK, rows - at) - 50, 100) for at in range(0, rows, _BLOCK)]
    )
    group = found.duplicates.group
    seen = (group[first] >= 0) & (group[first] == group[first + 50])
    pairs = len(found.duplicates.one)
    begins = [start, *(begun[words] for words in _STEPS[1:]), end]
    steps = " + ".join(f"{after - before:,.0f}" for before, after in pairwise(begins))
    print(
        f"| {rows:,} | {end - start:,.0f} s | {steps} s | {watched.peak / 1024**2:,.0f} MiB "
        f"| {seen.mean():.1%} of {len(seen):,} | {pairs - int(seen.sum()):,} |",
        flush=True,
    )


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=int, nargs="+")
    parser.add_argument("--folder", default=os.environ.get("ERRATA_TEST_PHOTOS"))
    parser.add_argument(
        "--here", type=Path, help="scan what lies in this folder; for the processes it starts"
    )
    asked = parser.parse_args()
    if asked.here:
        return _scanned(asked.here, asked.rows[0])
    if not asked.folder:
        parser.error("give a folder, or set ERRATA_TEST_PHOTOS")
    photographs = _photographs(Path(asked.folder))
    print(
        "| images | scan | measuring + comparing + map | memory, not mapped | copies found | further pairs |"
    )
    print("|---|---|---|---|---|---|", flush=True)
    for rows in asked.rows:
        with tempfile.TemporaryDirectory(dir=os.environ.get("ERRATA_BENCH_FOLDER")) as folder:
            _write(Path(folder), rows, photographs)
            command = [sys.executable, "-m", "bench.trouble_size", str(rows), "--here", folder]
            subprocess.run(command, check=True)
    return None


if __name__ == "__main__":
    main()
