"""Training a run: the generator's news become epochs, progress and a log; then come scores and analysis."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from core import config, states
from core.artifacts import DatasetFiles, RunFiles
from core.config import TrainConfig
from core.errors import BadInput
from core.services.jobs import ensure_worker
from core.settings import Settings
from core.training import news as training
from core.training.news import Step
from core.words import counted
from core.work import Progress
from core.work.heart import StopAsked
from db import datasets, jobs, runs
from db.records import Epoch, Job, Run
from db.store import Store
from db.terms import JobKind, JobState, LabelState, Part

_TRAINING_SHARE = 0.97  # of the progress; the rest is scoring
_WORDS = {1: LabelState.PRESENT.value, 0: LabelState.ABSENT.value, -1: LabelState.UNKNOWN.value}


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work for a run, from the checkpoint on if there is one. Raises StopAsked, ErrataError."""
    progress(0.0, "loading PyTorch")
    from core import inference  # torch: only this process loads it

    if job.run_id is None:
        raise BadInput("A training job needs the number of a run.")
    of = runs.get(store, job.run_id)
    files, known = RunFiles(settings, of), states.of_run(store, of, now=False)
    # Later imports may have added images.
    pixels = DatasetFiles(settings, datasets.get(store, of.dataset_id)).pixels()[: len(known.parts)]
    train_rows, validation_rows = known.rows(Part.TRAIN), known.rows(Part.VALIDATION)
    files.folder.mkdir(parents=True, exist_ok=True)
    with (files.folder / "log.txt").open("a", encoding="utf-8") as log:
        teller = _Teller(store, job, of, progress, log)
        recipe, note = _on_this_machine(config.from_dict(of.config))
        if note:
            teller.write(note)
        wish = teller.follow(_news(settings, of, recipe, store, known, pixels))
        if teller.epochs_done == 0:
            raise StopAsked("Stopped, as asked, before the first epoch was done: there are no scores yet.")
        progress(_TRAINING_SHARE, "scoring the images")
        # Not the test part: it is scored only when somebody asks.
        rows = np.sort(np.concatenate([train_rows, validation_rows]))
        inference.finish(recipe, pixels, known.names, files.folder, rows=rows)
        message = _message(teller, known, train_rows)
        teller.write(message)
    _analyse_next(store, settings, job, of)
    if wish is not None:
        raise StopAsked(message)
    return {"message": message, "epochs": teller.epochs_done, "seconds": round(teller.seconds, 1)}


def _on_this_machine(recipe: TrainConfig) -> tuple[TrainConfig, str]:
    """The recipe with at most as many threads as there are cores, and the sentence that says so, or "".

    More threads than cores wait for each other: 256 on two cores took eleven times as long an epoch as two.
    The outcome is the same, so that a recipe of a larger machine can be repeated here.
    """
    cores = os.cpu_count() or 1
    if recipe.threads is None or recipe.threads <= cores:
        return recipe, ""
    return replace(
        recipe, threads=cores
    ), f"{recipe.threads} threads were asked for; {cores} cores take {cores}."


def _news(
    settings: Settings, of: Run, recipe: TrainConfig, store: Store, known: states.States, pixels: states.Array
) -> Iterator[training.News]:
    from core.training import loop

    data = loop.TrainingData(
        pixels=pixels,
        states=known.states,
        labels=known.names,
        train_rows=known.rows(Part.TRAIN),
        validation_rows=known.rows(Part.VALIDATION),
    )
    parent = _parent(store, settings, of)
    return loop.train(recipe, data, RunFiles(settings, of).folder, start_from=parent)


def _parent(store: Store, settings: Settings, of: Run) -> Path | None:
    """The folder of the run to continue, None for random weights or where the run's own checkpoint goes on.

    Raises BadInput when the run to continue was deleted before the first epoch was kept.
    """
    from core.training import checkpoint

    if of.parent_id is not None:
        return RunFiles(settings, runs.get(store, of.parent_id)).folder
    before = config.started_from(of.config)
    if before is not None and not checkpoint.history(RunFiles(settings, of).folder):
        raise BadInput(
            f"Run {of.id} was to continue run {before}, which was deleted: from random weights it would be "
            "another run. Train a new one."
        )
    return None


class _Teller:
    """Writes what the generator tells to where people look, and hears the wish to stop."""

    def __init__(self, store: Store, job: Job, of: Run, progress: Progress, log: TextIO) -> None:
        self._store, self._job, self._run, self._progress, self._log = store, job, of, progress, log
        self.epochs_done, self.epochs_wanted = 0, config.from_dict(of.config).epochs
        self.seconds, self.micro_f1 = 0.0, 0.0

    def follow(self, news: Iterator[training.News]) -> JobState | None:
        """Take in all news; the wish that ended it early, or None."""
        for item in news:
            if isinstance(item, Step):
                self._step(item)
            elif isinstance(item, training.Epoch):
                self._epoch(item)
            else:
                self.write(item.text)
            wish = jobs.get(self._store, self._job.id).state
            after_epoch = wish is JobState.STOPPING and isinstance(item, training.Epoch)
            if wish is JobState.STOPPING_NOW or after_epoch:
                # Asked in the last epoch, there is nothing left to stop.
                return wish if self.epochs_done < self.epochs_wanted else None
        return None

    def _step(self, step: Step) -> None:
        share = (step.epoch - 1 + step.step / step.steps) / step.epochs
        pace = f"{_clock(step.left_s)} left · {step.images_per_s:,.0f} images/s"
        self._progress(_TRAINING_SHARE * share, f"epoch {step.epoch} / {step.epochs} · {pace}")

    def _epoch(self, epoch: training.Epoch) -> None:
        self.epochs_done, self.seconds = epoch.epoch, self.seconds + epoch.seconds
        self.micro_f1 = float(epoch.validation["micro_f1"])
        wrong = tuple((row, label, chance, _WORDS[state]) for row, label, chance, state in epoch.most_wrong)
        runs.add_epoch(
            self._store,
            Epoch(self._run.id, epoch.epoch, epoch.seconds, epoch.train, epoch.validation, wrong),
        )
        self.write(
            f"epoch {epoch.epoch} / {epoch.epochs}: loss {epoch.train['loss']:.4f}, validation loss "
            f"{epoch.validation['loss']:.4f}, micro F1 {self.micro_f1:.3f}, {epoch.seconds:.1f} s"
        )

    def write(self, text: str) -> None:
        """A line of the run's log."""
        now = datetime.fromtimestamp(time.time()).astimezone()
        self._log.write(f"{now:%Y-%m-%d %H:%M:%S}  {text}\n")
        self._log.flush()


def _message(teller: _Teller, known: states.States, train_rows: states.Array) -> str:
    done, wanted = teller.epochs_done, teller.epochs_wanted
    if done < wanted:
        said = f"Stopped, as asked, after epoch {done} of {wanted}: it has scores, and Resume goes on."
    else:
        f1 = f"{teller.micro_f1:.3f}".removeprefix("0")  # .761, as on every page
        said = f"Trained {counted(done, 'epoch')}; micro F1 {f1} on the validation images."
    positives = (known.states[train_rows] == 1).sum(axis=0)  # (L,)
    lacking = [name for name, count in zip(known.names, positives, strict=True) if count == 0]
    if lacking:
        more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
        said += f" No training image has {', '.join(lacking[:5])}{more}: nothing could be learned there."
    return said


def _analyse_next(store: Store, settings: Settings, job: Job, of: Run) -> None:
    """Queue the analysis, so that the errors page fills by itself."""
    waiting = jobs.listing(store, states=[JobState.QUEUED], kinds=[JobKind.ANALYSE], run_id=of.id)
    if not waiting:
        jobs.add(store, JobKind.ANALYSE, actor=job.actor, dataset_id=of.dataset_id, run_id=of.id)
    ensure_worker(store, settings)


def _clock(seconds: float) -> str:
    """`2:10`, or `1:02:10`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
