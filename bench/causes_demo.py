"""Are the plants of the demo set found? A trained run of it, analysed anew, beside the truth it was drawn with.

The truth lies beside the set (`demo/truth.csv`) and is read here alone: a mislabel is a cell whose annotation
is not what was drawn; a sparse error is a missed tree white with frost; a wrong pattern is an error on a car
where sunset and car disagree; the rest is "other". Nothing is written to the home.
"""

import csv
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from core.actor import NOBODY
from core.analysis import Analysis, Inputs
from core.services import jobs
from core.settings import Settings
from core.states import CODES
from core.work.analyse import gather
from db import datasets, runs
from db.store import open_store
from db.terms import Cause, ErrorKind, LabelState

MEANS = {"missing": "mislabel", "spurious": "mislabel", "sparse": "sparsity", "shortcut": "wrong pattern"}


@contextmanager
def drawn(seed: int) -> Iterator[Path]:
    """A home with the demo set of a seed and a trained run of it, made as `python -m core demo` makes them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / f"seed-{seed}"
        environment = {**os.environ, "ERRATA_HOME": str(home)}
        subprocess.run(
            [sys.executable, "-m", "core", "demo", "--seed", str(seed)], env=environment, check=True
        )
        store = open_store(Settings.load(environment).database_url)
        while not jobs.wait(store, NOBODY, runs.get(store, 1).job_id, timeout_s=60.0).state.ended:
            pass
        store.close()
        yield home


def arrays(home: Path, number: int) -> tuple[Inputs, dict[str, int]]:
    """Read a run as the analysis reads it, and the row of each image by its key."""
    settings = Settings.load({**os.environ, "ERRATA_HOME": str(home)})
    store = open_store(settings.database_url)
    of = runs.get(store, number)
    inputs, _ = gather(store, settings, of)
    return inputs, {image.key: image.row for image in datasets.images(store, of.dataset_id)}


def load(home: Path, number: int) -> tuple[Inputs, np.ndarray]:
    """Read a run of the demo set, and (N, L) planted causes, "" where nothing was planted."""
    inputs, place = arrays(home, number)
    cause = np.full(inputs.states.shape, "", dtype="<U13")
    with (home / "demo" / "truth.csv").open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            cell = place[line["image"]], inputs.labels.index(line["label"])
            flipped = inputs.states[cell] != CODES[LabelState(line["true_state"])]
            means = MEANS[line["plant"]]
            # A plant that a person has corrected is none any more.
            cause[cell] = means if flipped == (means == "mislabel") else ""
    return inputs, cause


def truth(said: Analysis, cause: np.ndarray) -> list[str]:
    """Give the planted cause of every error, in the order of the findings."""
    return [str(cause[found.row, found.label]) or "other" for found in said.findings]


def report(inputs: Inputs, said: Analysis, cause: np.ndarray, *, sentences: int) -> None:
    """Print what is found of each kind, the suspects, the shortcuts, and some sentences."""
    true = truth(said, cause)
    _each_cause(said, true)
    _cells(said, true)
    _suspects(inputs, said, cause)
    _same_doubt(said, cause)
    for shortcut in said.shortcuts:
        print(f"  shortcut: {shortcut.sentence}")
    for note in said.notes:
        print(f"  note: {note}")
    step = max(1, len(said.findings) // max(1, sentences))
    for found, was in list(zip(said.findings, true, strict=True))[::step][:sentences]:
        print(f"  [{was} → {found.cause}, {found.kind.value}] {found.evidence}")


def _each_cause(said: Analysis, true: list[str]) -> None:
    for kind in ErrorKind:
        for cause in (Cause.MISLABEL, Cause.SPARSITY, Cause.WRONG_PATTERN):
            mine = [
                (f.cause is cause, t == cause)
                for f, t in zip(said.findings, true, strict=True)
                if f.kind is kind
            ]
            called, there = sum(c for c, _ in mine), sum(t for _, t in mine)
            right = sum(c and t for c, t in mine)
            if called or there:
                precision = f"{right / called:.2f}" if called else "  – "
                print(
                    f"  {kind.value} {cause:13s} precision {precision} ({right} of {called}), found {right} of {there}"
                )


def _cells(said: Analysis, true: list[str]) -> None:
    """Which labels are called wrong, and how often rightly."""
    table: Counter[tuple[str, bool]] = Counter()
    for f, t in zip(said.findings, true, strict=True):
        if f.cause is not Cause.UNKNOWN:
            table[f"{f.cause} {f.kind.value} {f.label}", t == f.cause] += 1
    names = sorted({name for name, _ in table})
    print(
        "  by label, right of called: "
        + "; ".join(f"{n} {table[n, True]}/{table[n, True] + table[n, False]}" for n in names)
    )


def _suspects(inputs: Inputs, said: Analysis, cause: np.ndarray) -> None:
    """Precision of the first suspects, and average precision over all training cells."""
    flipped = cause == "mislabel"
    got = np.array([flipped[s.row, s.label] for s in said.suspects])
    chance = np.array([s.p_mislabel for s in said.suspects])
    train = np.flatnonzero((inputs.part == 0) & np.isfinite(inputs.scores).all(axis=1))
    y = flipped[train].ravel()
    ours = np.full(inputs.states.shape, -1e9)
    for place, s in enumerate(said.suspects):
        ours[s.row, s.label] = -place
    contradiction = np.where(inputs.states == 1, 1 - inputs.scores, inputs.scores)
    orders = {"suspects": ours, "score": contradiction}
    if inputs.aum is not None:
        orders["AUM"] = -np.nan_to_num(inputs.aum, nan=1e9)
    for name, order in orders.items():
        flat = order[train].ravel()
        first = np.argsort(-flat, kind="stable")
        shares = ", ".join(f"first {k}: {y[first[:k]].mean():.2f}" for k in (50, 100, 200))
        print(
            f"  training flips ({y.sum()}) by {name:8s} {shares}; AP {average_precision_score(y, flat):.3f}"
        )
    if len(got):
        sure = chance >= 0.5
        print(
            f"  suspects: {len(got)}, {got.sum()} flips, p_mislabel sums to {chance.sum():.0f}; "
            f"{got[sure].sum()} of {sure.sum()} from .5 on; AP of p_mislabel {_ap(got, chance):.3f}, "
            f"AUROC {_auc(got, chance):.3f}"
        )


def _same_doubt(said: Analysis, cause: np.ndarray) -> None:
    """How often the training images offered beside a mislabel are flips too, beside chance."""
    rows: dict[str, list[bool]] = {}
    for f in said.findings:
        if f.cause is Cause.MISLABEL:
            rows.setdefault("first 12", []).extend(cause[r, f.label] == "mislabel" for r in f.same_doubt[:12])
            rows.setdefault("all", []).extend(cause[r, f.label] == "mislabel" for r in f.same_doubt)
    for name, got in rows.items():
        print(
            f"  same doubt of mislabels, {name}: {np.mean(got):.2f} of {len(got)} are planted training flips"
        )


def _ap(y: np.ndarray, score: np.ndarray) -> float:
    return float(average_precision_score(y, score)) if 0 < y.sum() < len(y) else float("nan")


def _auc(y: np.ndarray, score: np.ndarray) -> float:
    return float(roc_auc_score(y, score)) if 0 < y.sum() < len(y) else float("nan")


def corrected(inputs: Inputs, cause: np.ndarray) -> Inputs:
    """Take every planted flip of validation back: what is left to call a mislabel is a false alarm."""
    wrong = (cause == "mislabel") & (inputs.part == 1)[:, None]
    return replace(inputs, states=np.where(wrong, 1 - inputs.states, inputs.states))
