"""The demo set on disk: drawn into a hidden neighbour, then renamed, so it is whole or not there.

folder/set/images/im<N>.jpg          folder/split.csv     image,split
folder/set/annotations/<label>.txt   folder/truth.csv     image,label,plant,true_state
                                     folder/README.txt, drawing.json
"""

import csv
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np

from core.demo import drawn, planting, scenes
from core.demo.plans import Plan
from core.errors import BadInput

_BATCH = 25  # images a task: often enough for a smooth progress bar, long enough to hide the hand-over
_ALONE = 64  # fewer images than this are drawn here: two fresh processes cost about half a second
_LEFTOVER_S = 3600.0

Progress = Callable[[int, int], None]

_README = """\
A set drawn by Errata to try the loop on: {images} pictures, {side_px} px, seed {seed}.
Three causes of errors were planted.
Flipped labels: {missing:.0%} of present labels were left out and {spurious:.1%} of absent ones invented,
in training and validation alike.
A rare appearance: a tree in training has its leaves or needles; trees white with frost occur
{frost_train} times there and {frost_val} times in validation.
A shortcut: in training {car_train:.0%} of the pictures with a car show a sunset and {other_train:.1%} of
the others; in validation {car_val:.0%} and {other_val:.0%}, empty roads first.
truth.csv names every flipped cell, every picture of frosted trees, and every cell where sunset and car
disagree; nothing of it is inside set/, which is all that Errata imports. split.csv names the part of
each picture.
"""


def draw(
    folder: Path,
    *,
    images: int = drawn.IMAGES,
    side_px: int = drawn.SIDE_PX,
    seed: int = drawn.SEED,
    progress: Progress | None = None,
    workers: int | None = None,
) -> None:
    """Draw the seeded demo set into a new folder: the same seed, the same bytes, with any number of workers.

    `progress` is called with (images done, images in all). Raises BadInput for a folder that holds something,
    fewer than 10 images, a side outside 16..1024 px, a negative seed or less than one worker.
    """
    folder = Path(folder)
    _check(folder, images, side_px, seed, workers)
    planted = planting.plant(images, seed)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.drawing-", dir=folder.parent))
    try:
        fresh.chmod(0o755)  # mkdtemp keeps others out; the set is no secret
        _write_words(fresh, planted, side_px, seed)
        (fresh / "set" / "images").mkdir()
        for done in _paint_all(fresh / "set", planted.plans, side_px, seed, workers or os.cpu_count() or 1):
            if progress is not None:
                progress(done, images)
        fresh.replace(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # gone already when all went well


def _check(folder: Path, images: int, side_px: int, seed: int, workers: int | None) -> None:
    if images < 10:
        raise BadInput(f"A demo set needs at least 10 images, not {images}; ask for more.")
    if not 16 <= side_px <= 1024:
        raise BadInput(f"Demo images can be 16 to 1024 px wide, not {side_px}; choose a side in between.")
    if seed < 0:
        raise BadInput(f"The seed of the demo set must be 0 or more, not {seed}.")
    if workers is not None and workers < 1:
        raise BadInput(f"Drawing needs at least 1 worker, not {workers}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} exists and is not empty; name a new folder or remove it first.")


def _sweep(folder: Path) -> None:
    """Remove what a killed process left more than an hour ago; a younger one may still be drawn."""
    for left in folder.parent.glob(f".{folder.name}.drawing-*"):
        if time.time() - left.stat().st_mtime > _LEFTOVER_S:
            shutil.rmtree(left, ignore_errors=True)


def _paint_all(home: Path, plans: tuple[Plan, ...], side_px: int, seed: int, workers: int) -> Iterator[int]:
    """Paint every plan, yielding how many are done."""
    batches = [plans[i : i + _BATCH] for i in range(0, len(plans), _BATCH)]
    done = 0
    if workers == 1 or len(plans) <= _ALONE:
        for batch in batches:
            done += _paint(home, batch, side_px, seed)
            yield done
        return
    # spawn: a fork would copy the caller's threads and open database.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(batches)), context, initializer=_leave_with_parent)
    try:
        for task in as_completed([pool.submit(_paint, home, batch, side_px, seed) for batch in batches]):
            done += task.result()
            yield done
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_with_parent() -> None:
    """End this process when its parent is killed: nobody else would."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _paint(home: Path, plans: Iterable[Plan], side_px: int, seed: int) -> int:
    """Paint and save some pictures; each has a stream of chance of its own, so the order does not matter."""
    count = 0
    for plan in plans:
        rng = np.random.default_rng([seed, 1, plan.number])
        image = scenes.paint(plan, side_px, rng)
        # 4:4:4: at this size halved colour bleeds over every edge.
        image.save(home / plan.key, quality=int(rng.integers(84, 94)), subsampling=0)
        count += 1
    return count


def _write_words(fresh: Path, planted: planting.Planted, side_px: int, seed: int) -> None:
    """Everything but the pictures."""
    notes = fresh / "set" / "annotations"
    notes.mkdir(parents=True)
    for label, numbers in planted.annotated.items():
        (notes / f"{label}.txt").write_text("".join(f"{number}\n" for number in numbers), encoding="utf-8")
    _table(fresh / "split.csv", ("image", "split"), [(plan.key, plan.split) for plan in planted.plans])
    states = {True: "present", False: "absent"}
    _table(
        fresh / "truth.csv",
        ("image", "label", "plant", "true_state"),
        [(cell.image, cell.label, cell.plant, states[cell.present]) for cell in planted.truth],
    )
    frost = {split: sum(p.frosted and p.split == split for p in planted.plans) for split in ("train", "val")}
    text = _README.format(
        images=len(planted.plans),
        side_px=side_px,
        seed=seed,
        missing=planting.MISSING_SHARE,
        spurious=planting.SPURIOUS_SHARE,
        frost_train=frost["train"],
        frost_val=frost["val"],
        car_train=planting.SUNSET_WITH_CAR["train"],
        other_train=planting.SUNSET_WITHOUT["train"],
        car_val=planting.SUNSET_WITH_CAR["val"],
        other_val=planting.SUNSET_WITHOUT["val"],
    )
    (fresh / "README.txt").write_text(text, encoding="utf-8")
    drawn.write(fresh, drawn.Drawing(len(planted.plans), side_px, seed))


def _table(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
