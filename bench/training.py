"""How fast training is, and how much of that speed the input pipeline leaves: `python -m bench.training`.

For each network: images/s of the whole pipeline (read, alter, learn) on random pixels stored at 128 px, images/s of
learning alone on one batch that never changes, and their ratio. The two are measured in turns, so that other load
on the machine meets both alike.
"""

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.config import PRESETS, TrainConfig
from core.training import device
from core.training.batches import Batches, TrainingData
from core.training.learner import Learner

STORED_PX, IMAGES, LABELS = 128, 2048, 14


def data(folder: Path) -> TrainingData:
    """Random pixels in a memmap, as the pixel cache of a data set is one."""
    rng = np.random.default_rng(0)
    shape = (IMAGES, STORED_PX, STORED_PX, 3)
    pixels = np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, shape)
    for start in range(0, IMAGES, 256):
        pixels[start : start + 256] = rng.integers(0, 256, (256, *shape[1:]), dtype=np.uint8)
    states = (rng.random((IMAGES, LABELS)) < 0.1).astype(np.int8)
    rows = np.arange(IMAGES)
    return TrainingData(pixels, states, tuple(f"label {k}" for k in range(LABELS)), rows[64:], rows[:64])


def measure(config: TrainConfig, training: TrainingData, rounds: int) -> dict[str, Any]:
    """Images/s of pipeline and of compute alone, medians over rounds of at least 12 steps each."""
    on = device.choose()
    batches = Batches(config, training, on.torch)
    learner = Learner(config, LABELS, 10**6, torch.ones(LABELS), on)
    fixed = next(batches.epoch(0))
    for _ in range(3):
        learner.step(fixed)
    rates: dict[str, list[float]] = {"pipeline": [], "compute": []}
    for turn in range(rounds):
        stream = batches.epoch(turn + 1)
        for name in ("pipeline", "compute"):
            began, images = time.perf_counter(), 0
            for _ in range(12):
                batch = next(stream) if name == "pipeline" else fixed
                loss = learner.step(batch)[1]
                images += len(batch.x)
            loss.item()  # waits for a GPU
            rates[name].append(images / (time.perf_counter() - began))
    pipeline, compute = (statistics.median(rates[name]) for name in ("pipeline", "compute"))
    ratio = statistics.median(p / c for p, c in zip(rates["pipeline"], rates["compute"], strict=True))
    return {
        "preset": config.preset,
        "side_px": config.side_px,
        "pictures_an_epoch_of_1000": round(1000 * len(batches.rows) / len(training.train_rows)),
        "pipeline_images_per_s": round(pipeline, 1),
        "compute_images_per_s": round(compute, 1),
        "ratio": round(ratio, 3),
    }


def main() -> None:
    """Prints one line a network, or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, help="threads of the training (default: all cores)")
    parser.add_argument("--rounds", type=int, default=8, help="turns of 12 steps each way (default: 8)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    device.keep_memory()
    with tempfile.TemporaryDirectory() as folder:
        training = data(Path(folder))
        configs = [PRESETS["scratch"], PRESETS["report-2020"], replace(PRESETS["report-2020"], side_px=128)]
        found = [measure(config, training, asked.rounds) for config in [*configs, PRESETS["demo"]]]
    if asked.json:
        print(json.dumps({"threads": torch.get_num_threads(), "results": found}, indent=1))
        return
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    for row in found:
        print(
            f"{row['preset']:<12} {row['side_px']:>3} px  pipeline {row['pipeline_images_per_s']:>7.1f} images/s"
            f"  compute alone {row['compute_images_per_s']:>7.1f}  ratio {row['ratio']:.3f}"
        )


if __name__ == "__main__":
    main()
