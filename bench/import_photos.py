"""How fast photographs are imported, beside the least that any importer must do.

    python bench/import_photos.py [FOLDER] [--workers N]      FOLDER: default is ERRATA_TEST_PHOTOS

First what a person waits for: `python -m core import FOLDER --name x --split train=.9,val=.1` in a home of its
own, in seconds and peak resident memory of the command, its worker, its job and their processes together, beside
the limits. Then the heavy part of it alone (hashes, sizes, thumbnails, pixel cache, statistics, on the disk), and
on the same files and one core each: reading every header with Pillow, and decoding every file with Pillow.
Memory that processes share counts once for each of them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from core import processes
from core.data import build, importers

_SAMPLE_S = 0.05
_LIMIT_S = 60.0
_LIMIT_MIB = 1024
_WORKER_LEAVES_S = 30.0


class PeakMemory:
    """Samples the resident memory of a process and all that it started, in a thread."""

    def __init__(self, root: psutil.Process) -> None:
        self.bytes = 0
        self._root = root
        self._seen: set[psutil.Process] = set()  # a worker outlives the command that started it
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_SAMPLE_S):
            try:
                self._seen |= {self._root, *self._root.children(recursive=True)}
            except psutil.NoSuchProcess:
                continue
            self.bytes = max(self.bytes, sum(map(_resident, self._seen)))

    def wait(self, timeout_s: float) -> None:
        """Until all processes below the root have ended."""
        psutil.wait_procs(self._seen - {self._root}, timeout=timeout_s)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # It has ended.
        return 0


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


def command(folder: Path) -> tuple[float, int]:
    """Seconds and peak bytes of the whole command, in a home of its own."""
    words = ["import", str(folder.resolve()), "--name", "x", "--split", "train=.9,val=.1"]
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"ERRATA_HOME": home, "ERRATA_WORKER_IDLE_S": "1"}
        environment.pop("ERRATA_DATABASE_URL", None)
        start = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "core", *words],
            cwd=processes.ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
        ) as process:
            with PeakMemory(psutil.Process(process.pid)) as memory:
                code = process.wait()
            seconds = time.perf_counter() - start
            memory.wait(_WORKER_LEAVES_S)
    if code:
        raise SystemExit(f"python -m core {' '.join(words)} ended with {code}.")
    return seconds, memory.bytes


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
    command_s, command_bytes = command(root)
    start = time.perf_counter()
    parsed = importers.parse(root)
    parse_s = time.perf_counter() - start
    paths = [root / image.key for image in parsed.images]
    headers_s = timed(lambda: read_headers(paths))  # First, so that all three find the files in memory.
    start_cpu_s = cpu_s()
    decode_s = timed(lambda: decode(paths))
    decode_cpu_s = cpu_s() - start_cpu_s
    with tempfile.TemporaryDirectory() as folder, PeakMemory(psutil.Process()) as memory:
        start, start_cpu_s = time.perf_counter(), cpu_s()
        built = build.build(parsed, Path(folder), workers=arguments.workers)
        import_s, import_cpu_s = time.perf_counter() - start, cpu_s() - start_cpu_s
    n = len(paths)
    print(f"{n:,} photographs, {len(built.facts):,} readable, {len(parsed.labels)} labels")
    print(f"load of the machine before          {load:8.2f}")
    print(f"the command: python -m core import  {command_s:8.2f} s  limit {_LIMIT_S:.0f} s")
    print(f"its peak memory, all processes      {command_bytes / 1024**2:8.0f} MiB  limit {_LIMIT_MIB} MiB")
    print(f"annotations read                    {parse_s:8.2f} s")
    print(f"headers alone, Pillow, one core     {headers_s:8.2f} s  {n / headers_s:8,.0f} a second")
    print(f"plain decode, Pillow, one core      {decode_s:8.2f} s  {n / decode_s:8,.0f} a second")
    print(f"heavy part of an import             {import_s:8.2f} s  {n / import_s:8,.0f} a second")
    print(f"that ÷ headers                      {import_s / headers_s:8.2f}")
    print(f"that ÷ plain decode                 {import_s / decode_s:8.2f}")
    ratio = import_cpu_s / decode_cpu_s
    print(f"the same in processor seconds       {ratio:8.2f}  ({import_cpu_s:.1f} ÷ {decode_cpu_s:.1f})")
    print(f"its peak memory, with this process  {memory.bytes / 1024**2:8.0f} MiB")


if __name__ == "__main__":
    main()
