"""Synthetic worlds with known causes of errors: objects and backgrounds mixed into a vector.

A small network is trained on the vectors; its hidden layer is the embedding. Truth is verified by cause: a
mislabel is a planted flip; a wrong pattern is right once the background is toggled; a sparse error is right
for a network trained with the dropped subgroup restored; the rest is "other".
"""

import warnings
from dataclasses import dataclass, replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from core.analysis import Inputs

LABELS = ("people", "clouds", "sea", "tree", "flower", "night", "bird", "car")
SHORTCUT, SPARSE = 1, 4  # clouds lean on background 0; one sub-appearance of flower is dropped
SUBGROUPS, BACKGROUNDS, WIDTH, HIDDEN, EPOCHS = 3, 4, 48, 96, 15


@dataclass(frozen=True)
class Plant:
    """What is wrong with the world, as shares."""

    missing: float = 0.0  # present annotated absent
    spurious: float = 0.0  # absent annotated present
    dropped: float = 0.0  # of the subgroup, in training
    shortcut: bool = False


PLANTS = {
    "flips": Plant(missing=0.10, spurious=0.01),
    "sparse": Plant(dropped=0.95),
    "shortcut": Plant(shortcut=True),
    "all": Plant(missing=0.10, spurious=0.01, dropped=0.95, shortcut=True),
    "null": Plant(),
}


@dataclass(frozen=True)
class World:
    """The inputs of the analysis and, beside them, the truth of each validation cell."""

    inputs: Inputs
    cause: np.ndarray  # (N, L) of "", "mislabel", "sparsity", "wrong pattern", "other"; "" = no error
    flipped: np.ndarray  # (N, L) bool: the annotation is not what was drawn, in training too


@dataclass(frozen=True)
class _Scenes:
    true: np.ndarray
    group: np.ndarray
    background: np.ndarray
    strength: np.ndarray
    noise: np.ndarray


def make(plant: Plant, seed: int, train: int = 4000, validation: int = 1000) -> World:
    """Draw a world, train on it, and verify the cause of every validation error."""
    rng = np.random.default_rng(seed)
    n, size = train + validation, len(LABELS)
    in_train = np.arange(n) < train
    looks = rng.normal(size=(size, SUBGROUPS, WIDTH)) * 0.55
    back = rng.normal(size=(BACKGROUNDS, WIDTH)) * 0.7
    scenes = _draw(rng, n, in_train, plant)
    keep = ~(in_train & _subgroup(scenes) & (rng.random(n) < plant.dropped))
    states = _annotate(rng, scenes.true, plant)
    x = _render(scenes, looks, back)
    model, aum = _train(x[in_train & keep], states[in_train & keep], seed)
    scores = model.predict_proba(x)
    wrong = (scores >= 0.5) != (states == 1)
    cause = np.where(wrong, "other", "").astype("<U13")
    right_then = (_toggled(model, scenes, looks, back) >= 0.5) == (states[:, SHORTCUT] == 1)
    if plant.shortcut:
        cause[wrong[:, SHORTCUT] & right_then, SHORTCUT] = "wrong pattern"
    if plant.dropped:
        restored, _ = _train(x[in_train], states[in_train], seed)
        again = (restored.predict_proba(x) >= 0.5) == (states == 1)
        cause[wrong[:, SPARSE] & again[:, SPARSE] & _subgroup(scenes), SPARSE] = "sparsity"
    cause[wrong & (states != scenes.true)] = "mislabel"
    cause[in_train] = ""
    full = np.full((n, size), np.nan, dtype=np.float32)
    full[in_train & keep] = aum
    inputs = _inputs(x, scores, model, states, in_train, scenes, full, seed, rng)
    return World(_rows(inputs, keep), cause[keep], (states != scenes.true)[keep])


def _draw(rng: np.random.Generator, n: int, in_train: np.ndarray, plant: Plant) -> _Scenes:
    size = len(LABELS)
    true = (rng.random((n, size)) < np.linspace(0.30, 0.08, size)).astype(np.int8)
    background = (rng.random((n, BACKGROUNDS)) < 0.3).astype(float)
    if plant.shortcut:
        follows = np.where(true[:, SHORTCUT] == 1, rng.random(n) < 0.92, rng.random(n) < 0.05)
        background[:, 0] = np.where(in_train, follows, rng.random(n) < 0.4)
    group = rng.integers(0, SUBGROUPS, (n, size))
    strength = rng.gamma(6.0, 1 / 6, (n, size))
    if plant.shortcut:
        strength[:, SHORTCUT] *= 0.55
    return _Scenes(true, group, background, strength, rng.normal(size=(n, WIDTH)) * 0.55)


def _subgroup(scenes: _Scenes) -> np.ndarray:
    return np.asarray((scenes.true[:, SPARSE] == 1) & (scenes.group[:, SPARSE] == 0))


def _render(scenes: _Scenes, looks: np.ndarray, back: np.ndarray) -> np.ndarray:
    shown = np.zeros_like(scenes.noise)
    for label in range(len(LABELS)):
        amount = (scenes.true[:, label] * scenes.strength[:, label])[:, None]
        shown += amount * looks[label, scenes.group[:, label]]
    return np.asarray(shown + scenes.background @ back + scenes.noise)


def _toggled(model: MLPClassifier, scenes: _Scenes, looks: np.ndarray, back: np.ndarray) -> np.ndarray:
    other = scenes.background.copy()
    other[:, 0] = 1 - other[:, 0]
    return np.asarray(
        model.predict_proba(_render(replace(scenes, background=other), looks, back))[:, SHORTCUT]
    )


def _annotate(rng: np.random.Generator, true: np.ndarray, plant: Plant) -> np.ndarray:
    chance = np.where(true == 1, plant.missing, plant.spurious)
    return np.where(rng.random(true.shape) < chance, 1 - true, true).astype(np.int8)


def _train(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[MLPClassifier, np.ndarray]:
    model = MLPClassifier((HIDDEN,), alpha=1e-4, batch_size=64, random_state=seed)
    margins = np.zeros(y.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for _ in range(EPOCHS):
            model.partial_fit(x, y, classes=np.arange(y.shape[1]))
            hidden = np.maximum(x @ model.coefs_[0] + model.intercepts_[0], 0)
            margins += (hidden @ model.coefs_[1] + model.intercepts_[1]) * (2 * y - 1)
    return model, margins / EPOCHS


def _inputs(
    x: np.ndarray,
    scores: np.ndarray,
    model: MLPClassifier,
    states: np.ndarray,
    in_train: np.ndarray,
    scenes: _Scenes,
    aum: np.ndarray,
    seed: int,
    rng: np.random.Generator,
) -> Inputs:
    n, size = states.shape
    seen = scenes.background + rng.normal(size=scenes.background.shape) * 0.25
    return Inputs(
        labels=LABELS,
        scores=scores.astype(np.float32),
        embeddings=np.maximum(x @ model.coefs_[0] + model.intercepts_[0], 0).astype(np.float32),
        head_weight=model.coefs_[1].T,
        head_bias=model.intercepts_[1],
        states=states,
        verified=np.zeros((n, size), dtype=bool),
        part=np.where(in_train, 0, 1).astype(np.int8),
        threshold=np.full(size, 0.5),
        statistics=seen.astype(np.float32),
        statistic_names=("upper half bright", "green", "saturation", "contrast"),
        aum=aum,
        seed=seed,
    )


def _rows(inputs: Inputs, keep: np.ndarray) -> Inputs:
    names = ("scores", "embeddings", "states", "verified", "part", "statistics", "aum")
    return replace(inputs, **{name: getattr(inputs, name)[keep] for name in names})
