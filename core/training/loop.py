"""Training as a generator: it yields news, and knows neither database nor page.

Legend: N images of the data set, n training images, m validation images, M entries learned from, L labels.
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core import metrics
from core.config import TrainConfig, needs_parent
from core.errors import BadInput, Interrupted
from core.training import batches, checkpoint, device, files, loss, model_file, scoring
from core.training.batches import Batches, TrainingData
from core.training.checkpoint import Checkpoint
from core.training.learner import Learner
from core.training.news import Epoch, News, Note, Step

__all__ = ["Epoch", "News", "Note", "Step", "TrainingData", "train"]

NEWS_S = 0.5  # at most one Step in this time
MOST_WRONG = 12


def train(
    config: TrainConfig, data: TrainingData, folder: Path, *, start_from: Path | None = None
) -> Iterator[News]:
    """Trains a network, and after every epoch leaves checkpoint.pt and aum.npy in the folder.

    aum.npy is float32 (N, L): the mean over epochs of logit × (2y - 1) of each training cell (area under
    the margin, Pleiss et al. 2020), nan outside the train part and where the state is unknown; blended
    pictures are left out. The checkpoint is written before its Epoch is yielded. A folder with a checkpoint
    is continued after that epoch, with the same outcome as if it had never stopped; its last Epoch is
    yielded once more, as it may not have been taken note of. A damaged checkpoint is named in a Note, and
    the run starts over. Closing the iterator leaves the last checkpoint. `start_from`: folder of a finished
    run whose weights are continued.

    Raises BadInput if there is nothing to learn from or to judge by, or the parent does not fit;
    Interrupted if the loss stops being a number or the disk takes no more.
    """
    data.check()
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    device.keep_memory()
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(config, data, folder)
    yield from run.prepare(start_from)
    while run.epoch < config.epochs:
        yield (yield from run.next_epoch())


class _Run:
    """One training run between two epochs."""

    def __init__(self, config: TrainConfig, data: TrainingData, folder: Path) -> None:
        self.config, self.data, self.folder = config, data, folder
        self.device = device.choose()
        self.batches = Batches(config, data, self.device.torch)
        # an epoch's list stands for all: sampling changes from one to the next by what is rounded
        shown = self.batches.states[self.batches.entries(1)]
        weights, self.notes = loss.positive_weights(shown, data.labels, config)
        self.pos_weight = torch.from_numpy(weights)
        self.steps = self.batches.steps
        self.validation = batches.resized(data.pixels, data.validation_rows, config.side_px)
        self.restart()

    @property
    def epoch(self) -> int:
        """Epochs that are done."""
        return len(self.epochs)

    def restart(self) -> None:
        """The state before the first epoch."""
        labels, total = len(self.data.labels), self.steps * self.config.epochs
        self.learner = Learner(self.config, labels, total, self.pos_weight, self.device)
        self.epochs: list[dict[str, Any]] = []
        self.margins = torch.zeros(len(self.data.train_rows), labels, dtype=torch.float64)
        self.passes = torch.zeros(len(self.data.train_rows), dtype=torch.int64)

    def prepare(self, start_from: Path | None) -> Iterator[News]:
        """Takes up the checkpoint, or the parent's weights; tells what there is to tell."""
        for text in self.notes:
            yield Note(text)
        shown = f"{self.batches.pictures} pictures an epoch from {len(self.data.train_rows)} training images"
        yield Note(
            f"{shown}; {len(self.data.validation_rows)} validation images; on {self.device.torch.type}."
        )
        if self.steps == 1:
            yield Note(
                f"One step an epoch: the batch of {self.config.batch} takes all {self.batches.pictures} pictures."
            )
        try:
            found = checkpoint.read(self.folder)
            if found is not None:
                self._take_up(found)
        except checkpoint.UNREADABLE as problem:
            self.restart()
            kind = type(problem).__name__
            yield Note(f"The checkpoint cannot be continued ({kind}); the run starts over from epoch 1.")
        if self.epochs:
            yield Note(f"Continued after epoch {self.epoch} of {self.config.epochs}.")
            yield checkpoint.news(self.epochs[-1])
        elif start_from is not None:
            self.learner.begin(model_file.weights_for(self.config, self.data.labels, start_from))
        elif needs_parent(self.config):
            raise BadInput(
                f"{self.config.preset} continues a finished run; name a report-2020 run of the same data set."
            )

    def next_epoch(self) -> Generator[News, None, Epoch]:
        """Learns for an epoch, judges, saves; returns the Epoch that is saved."""
        began = time.monotonic()
        train_metrics = yield from self._learn()
        validation, most_wrong = self._judge()
        epoch = Epoch(
            epoch=self.epoch + 1,
            epochs=self.config.epochs,
            seconds=time.monotonic() - began,
            train=train_metrics,
            validation=validation,
            most_wrong=most_wrong,
        )
        self.epochs.append(checkpoint.plain(epoch))
        self._save()
        return epoch

    def _learn(self) -> Generator[News, None, dict[str, Any]]:
        """All steps of an epoch; yields Steps, returns the metrics of the outputs gathered on the way."""
        number = self.epoch + 1
        # nothing draws from torch's own generator yet; whatever will is repeated alike after a resume
        torch.manual_seed(self.config.seed * 1_000_003 + number)
        logits, places, clean = [], [], []
        pace = _Pace(self.steps, self.config.epochs, number, [e["seconds"] for e in self.epochs])
        for step, batch in enumerate(self.batches.epoch(number), start=1):
            out, error = self.learner.step(batch)
            logits.append(out)
            places.append(batch.entries)
            clean.append(batch.clean)
            pace.count(len(out), error)
            if pace.due(step):
                yield self._watched(pace.step(step))
        kept = np.concatenate(clean)
        entries = np.concatenate(places)[kept]
        return self._gathered(torch.cat(logits).cpu()[torch.from_numpy(kept)], entries)

    def _watched(self, step: Step) -> Step:
        if not np.isfinite(step.loss):
            raise Interrupted(
                f"The loss is {step.loss} in step {step.step} of epoch {step.epoch}: learning diverged. "
                f"Start again with a learning rate below {self.config.learning_rate:g}."
            )
        return step

    def _gathered(self, logits: Tensor, entries: NDArray[np.int64]) -> dict[str, Any]:
        """Adds the epoch's margins to the running sums; the metrics of these outputs."""
        states = self.batches.states[entries]  # (M, L)
        signs = torch.from_numpy(2.0 * (states == 1) - 1.0)
        rows = torch.from_numpy(self.batches.rows[entries])
        self.margins.index_add_(0, rows, logits.double() * signs)
        self.passes.index_add_(0, rows, torch.ones_like(rows))
        return self._metrics(logits, states)

    def _judge(self) -> tuple[dict[str, Any], list[tuple[int, int, float, int]]]:
        logits, _ = scoring.outputs(self.learner.judged, self.validation, self.device)
        states = self.data.states[self.data.validation_rows]
        scores = scoring.sigmoid(logits)
        wrong = most_wrong(scores, states, self.data.validation_rows)
        return self._metrics(torch.from_numpy(logits), states), wrong

    def _metrics(self, logits: Tensor, states: NDArray[np.int8]) -> dict[str, Any]:
        truth = torch.from_numpy(states)
        error = loss.weighted(logits, (truth == 1).float(), (truth >= 0).float(), self.pos_weight)
        scores = logits.sigmoid().numpy()
        return {"loss": float(error)} | metrics.evaluate(scores, states, self.config.threshold)

    def _save(self) -> None:
        if not np.isfinite(self.epochs[-1]["train"]["loss"]):
            raise Interrupted(
                f"The loss of epoch {self.epoch} is not a number: learning diverged. "
                f"Start again with a learning rate below {self.config.learning_rate:g}."
            )
        state = self.learner.state()
        checkpoint.write(
            self.folder, Checkpoint(self._about(), self.epochs, state, self.margins, self.passes)
        )
        aum = np.full(self.data.states.shape, np.nan, dtype=np.float32)
        mean = (self.margins / self.passes.clamp(min=1)[:, None]).numpy()
        seen = (self.passes > 0).numpy()[:, None] & (self.data.states[self.data.train_rows] >= 0)
        aum[self.data.train_rows] = np.where(seen, mean, np.nan)
        files.write_array(self.folder / "aum.npy", aum)

    def _take_up(self, found: Checkpoint) -> None:
        """Continues a checkpoint; raises ValueError if it is of other settings, labels or images."""
        # a setting that is younger than the checkpoint had its default
        config = _settings(TrainConfig()) | found.about.get("config", {})
        if found.about | {"config": config} != self._about() or found.margins.shape != self.margins.shape:
            raise ValueError("The checkpoint is of another run.")
        self.learner.restore(found.learner)
        self.epochs = list(found.epochs)
        self.margins, self.passes = found.margins, found.passes

    def _about(self) -> dict[str, Any]:
        """What a checkpoint must agree with to be continued here."""
        return {
            "config": _settings(self.config),
            "labels": list(self.data.labels),
            "entries": self.batches.pictures,
            "validation": len(self.data.validation_rows),
        }


def _settings(config: TrainConfig) -> dict[str, Any]:
    """The settings that change what is learned."""
    return {k: v for k, v in asdict(config).items() if k != "threads"}


class _Pace:
    """How fast an epoch goes, and how long the run still takes."""

    def __init__(self, steps: int, epochs: int, epoch: int, earlier_s: list[float]) -> None:
        self.steps, self.epochs, self.epoch, self.earlier_s = steps, epochs, epoch, earlier_s
        self.began = self.last = time.monotonic()
        self.images = 0
        self.losses: list[Tensor] = []

    def count(self, images: int, error: Tensor) -> None:
        """A step is done."""
        self.images += images
        self.losses.append(error)

    def due(self, step: int) -> bool:
        """True for the first step, the last, and then every NEWS_S."""
        return step in (1, self.steps) or time.monotonic() - self.last >= NEWS_S

    def step(self, step: int) -> Step:
        """The news, and a new interval."""
        now = time.monotonic()
        within = (now - self.began) / step * (self.steps - step)
        whole = self.earlier_s[-1] if self.earlier_s else (now - self.began) / step * self.steps
        news = Step(
            epoch=self.epoch,
            epochs=self.epochs,
            step=step,
            steps=self.steps,
            images_per_s=self.images / max(now - self.last, 1e-9),
            loss=float(torch.stack(self.losses).mean()),
            left_s=within + whole * (self.epochs - self.epoch),
        )
        self.last, self.images, self.losses = now, 0, []
        return news


def most_wrong(
    scores: NDArray[np.float32], states: NDArray[np.int8], rows: NDArray[np.int64]
) -> list[tuple[int, int, float, int]]:
    """(data set's row, label's place, probability, annotated state) of the known cells that differ most."""
    distance = np.where(states >= 0, np.abs(scores - (states == 1)), -1.0)
    order = np.argsort(-distance, axis=None, kind="stable")[:MOST_WRONG]
    cells = zip(*np.unravel_index(order, distance.shape), strict=True)
    return [
        (int(rows[i]), int(j), float(scores[i, j]), int(states[i, j])) for i, j in cells if states[i, j] >= 0
    ]
