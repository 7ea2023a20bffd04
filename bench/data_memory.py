"""The memory that registering and storing take, whatever the number of images: a process that tells its peak.

    python -m bench.data_memory PHOTOGRAPHS ROWS

Makes a folder of ROWS names for the photographs (hard links), with a CSV of their labels, registers it as an import
does and stores it. Prints the peak resident memory in MiB and the seconds of both.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.data_figures import Figure, at_most
from bench.data_rows import NAMES

LIMIT_MIB = 1024


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


def main(photographs: Path, rows: int) -> None:
    """Register and store, then tell the peak."""
    from bench.data_register import register
    from core.actor import NOBODY
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
        parsed, facts, problems = register(root)
        registered_s = time.perf_counter() - start
        if len(facts) != rows:
            raise SystemExit(
                f"{len(facts):,} of {rows:,} images were registered: links are not followed here."
            )
        start = time.perf_counter()
        request = ImportRequest(source=root, name="rows")
        new = storing.New("rows", "rows", str(root), demo=False)
        storing.store_new(store, NOBODY, request, new, parsed, Built(facts, problems))
        stored_s = time.perf_counter() - start
        store.close()
    print(_peak_mib(), registered_s, stored_s)


def _peak_mib() -> float:
    """The peak of this process alone: what getrusage tells may be the peak of the one that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
