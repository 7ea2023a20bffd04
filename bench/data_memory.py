"""The memory that an import takes, whatever the number of images: registering and storing, and with decoding.

    python -m bench.data_memory PHOTOGRAPHS ROWS [--decode]

Makes a folder of ROWS names for the photographs (hard links), with a CSV of their labels, registers it as an import
does and stores it. Prints the peak resident memory in MiB and the seconds of both.

With --decode every image is decoded into the pixel cache, the thumbnails and the statistics in as many processes as
there are cores, as by an import: 61 KB a row on the disk, 61 GB for a million. What all of its processes take together
is then asked from outside, twenty times a second; memory that several share is counted once (PSS).
"""

import contextlib
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.data_figures import Figure, at_most
from bench.data_rows import NAMES

LIMIT_MIB = 1024
_EVERY_S = 0.05


def figures(photographs: Path, rows: list[int]) -> list[Figure]:
    """The peak for each number of rows, in a process of its own."""
    found = []
    for count in rows:
        done = subprocess.run(
            [sys.executable, "-m", "bench.data_memory", str(photographs), str(count)],
            capture_output=True,
            text=True,
            check=True,
        )
        peak_mib, registered_s, stored_s = map(float, done.stdout.split())
        beside = f"{count / registered_s:,.0f}/s registered, {count / stored_s:,.0f}/s stored"
        found.append(at_most(f"peak memory of {count:,} rows", peak_mib, LIMIT_MIB, "MiB", beside))
    return found


def decoded(photographs: Path, rows: list[int]) -> list[Figure]:
    """The peak of a whole import of each number of rows, all of its processes together."""
    found = []
    for count in rows:
        command = [sys.executable, "-m", "bench.data_memory", str(photographs), str(count), "--decode"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            peak, processes = _watched(process)
            told = process.stdout.read() if process.stdout is not None else ""
        if process.returncode:
            raise SystemExit(f"The import of {count:,} rows with decoding failed: its message stands above.")
        built_s, stored_s = map(float, told.split())
        beside = f"{count / built_s:,.0f}/s decoded, {count / stored_s:,.0f}/s stored, {processes} processes"
        what = f"peak memory of {count:,} rows with decoding, all processes"
        found.append(at_most(what, peak / 1024**2, LIMIT_MIB, "MiB", beside))
    return found


def _watched(process: "subprocess.Popen[str]") -> tuple[int, int]:
    """The most bytes that a process and its children ever held together, and the most processes that these were."""
    peak = processes = 0
    while process.poll() is None:
        held = []
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(process.pid)
            for one in (parent, *parent.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    held.append(one.memory_full_info().pss)
        peak, processes = max(peak, sum(held)), max(processes, len(held))
        time.sleep(_EVERY_S)
    return peak, processes


def _linked(photographs: Path, folder: Path, rows: int) -> None:
    files = sorted(photographs.rglob("*.jpg"))
    (folder / "images").mkdir()
    with (folder / "labels.csv").open("w", newline="") as file:
        write = csv.writer(file).writerow
        write(["image", "labels"])
        for row in range(rows):
            name = f"images/im{row}.jpg"
            try:
                os.link(files[row % len(files)], folder / name)
            except OSError:  # another disk, or too many names of one file
                (folder / name).symlink_to(files[row % len(files)])
            write([name, NAMES[row % len(NAMES)]])


def main(photographs: Path, rows: int, *, decode: bool) -> None:
    """Register or decode, and store; then tell the peak, or of decoding the seconds alone."""
    from bench.data_register import register
    from core.actor import NOBODY
    from core.data import build, importers
    from core.data.build import Built
    from core.services.importing import ImportRequest
    from core.work import storing
    from db.store import migrate, open_store

    with tempfile.TemporaryDirectory(dir=os.environ.get("ERRATA_BENCH_FOLDER")) as place:
        root = Path(place, "source")
        root.mkdir()
        _linked(photographs, root, rows)
        store = open_store(f"sqlite:///{place}/errata.sqlite")
        migrate(store)
        start = time.perf_counter()
        if decode:
            parsed = importers.parse(root)
            built = build.build(parsed, Path(place, "rows"))
        else:
            parsed, facts, problems = register(root)
            built = Built(facts, problems)
        built_s = time.perf_counter() - start
        if len(built.facts) != rows:
            raise SystemExit(
                f"{len(built.facts):,} of {rows:,} images were read: links are not followed here."
            )
        start = time.perf_counter()
        request = ImportRequest(source=root, name="rows")
        new = storing.New("rows", "rows", str(root), demo=False)
        storing.store_new(store, NOBODY, request, new, parsed, built)
        stored_s = time.perf_counter() - start
        store.close()
    print(*(() if decode else (_peak_mib(),)), built_s, stored_s)


def _peak_mib() -> float:
    """The peak of this process alone: what getrusage tells may be the peak of the one that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), decode="--decode" in sys.argv[3:])
