"""How long a split, folds and the preview of an epoch take: `python -m bench.splits`.

A million images with fourteen labels from a twelfth to a thousandth of them: seconds of drawing a stratified split,
the same with groups of ten kept together, for added images alone, ten folds, and the counts of an epoch. Then the
milliseconds of a grid of examples, 6 rows of 5 pictures, altered without torch.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from core.config import PRESETS, TrainConfig
from core.data import epoch_preview, folds, splits
from db.terms import Part

SHARES = {Part.TRAIN: 0.7, Part.VALIDATION: 0.2, Part.TEST: 0.1}
LABELS, GROUP, STORED_PX = 14, 10, 128
GRIDS = 20  # the median of so many is told


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """How long a piece of work takes, and what it gives."""
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


def off(made: Any) -> float:
    """The largest distance of a label's share of a part from what was wanted, as a share of it."""
    return float((abs(made.positives - made.positives_wanted) / np.maximum(made.positives_wanted, 1)).max())


def drawing(images: int) -> dict[str, float]:
    """Seconds of each way to draw, and how far its worst label is off."""
    rng = np.random.default_rng(0)
    present = rng.random((images, LABELS)) < np.geomspace(1 / 12, 1 / 1000, LABELS)
    names = [f"label {at}" for at in range(LABELS)]
    groups = rng.integers(0, images // GROUP, images)
    found: dict[str, float] = {}

    def noted(name: str, work: Callable[[], list[Part]]) -> list[Part]:
        found[f"{name} s"], parts = seconds(work)
        found[f"{name}: worst label off by"] = off(splits.table(present, names, parts, SHARES))
        return parts

    parts = noted("split", lambda: splits.stratified(present, SHARES, 0))
    noted("split in groups", lambda: splits.stratified(present, SHARES, 0, groups=groups))
    held: list[Part | None] = [*parts[: images * 9 // 10], *[None] * (images - images * 9 // 10)]
    noted("a tenth is added", lambda: splits.stratified(present, SHARES, 0, fixed=held))
    found["10 folds s"], _ = seconds(lambda: folds.assign(present, 10, 0))
    found["10 folds in groups s"], _ = seconds(lambda: folds.assign(present, 10, 0, groups))
    recipe = PRESETS["report-2020"]
    found["counts of an epoch s"], _ = seconds(
        lambda: epoch_preview.counts(present.astype(np.int8), names, recipe, 0)
    )
    return found


def grid(config: TrainConfig) -> float:
    """Milliseconds of a grid of 6 images and 4 altered pictures of each, the median of GRIDS."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (512, STORED_PX, STORED_PX, 3), dtype=np.uint8)
    took = []
    for turn in range(GRIDS):
        rows = rng.choice(len(pixels), 6, replace=False)
        took.append(seconds(lambda r=rows, t=turn: epoch_preview.examples(pixels, config, t, r, 4))[0])  # type: ignore[misc]
    return 1000 * float(np.median(took))


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--images", type=int, default=1_000_000)
    arguments.add_argument("--json", action="store_true")
    wanted = arguments.parse_args()
    found = drawing(wanted.images)
    for name in ("scratch", "report-2020"):
        found[f"grid, {name}, {PRESETS[name].side_px} px, ms"] = grid(PRESETS[name])
    found["grid, scratch, 128 px, ms"] = grid(replace(PRESETS["scratch"], side_px=128))
    if wanted.json:
        print(json.dumps({"images": wanted.images, "labels": LABELS, **found}))
        return
    print(f"{wanted.images:,} images, {LABELS} labels")
    for name, value in found.items():
        print(f"{name:34s} {f'{100 * value:.2f} %' if 'off by' in name else f'{value:.2f}':>10s}")


if __name__ == "__main__":
    main()
