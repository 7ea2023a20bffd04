"""Where images are compared: the features, the head, and nearest neighbours in chunks.

The head is linear, so `w_l * f(x)` are the exact contributions of the features to label l.
"""

from dataclasses import dataclass

import numpy as np

from core.analysis.inputs import TRAIN, VALIDATION, Inputs

WIDTH = 128  # features kept per label: those whose contribution varies most
LOGIT_CAP = 12.0
CHUNK_CELLS = 8_000_000  # distances held at once (32 MB as float32)
HEAD_FITS = 0.5  # share of logit variance a recovered head must explain


@dataclass(frozen=True)
class Scene:
    """The inputs, made comparable once."""

    given: Inputs
    logits: np.ndarray  # (N, L) float32, capped; 0 where not scored
    predicted: np.ndarray  # (N, L) bool, score >= threshold
    cut: np.ndarray  # (L,) logit of the threshold
    features: np.ndarray  # (N, D) float32, centred
    head: np.ndarray | None  # (L, D) float32
    directions: np.ndarray  # (N, D) float32, unit length: cosine space
    learned_from: np.ndarray  # row numbers of all training images: what was annotated there
    train: np.ndarray  # row numbers of those that are scored: what may be compared
    val: np.ndarray  # row numbers of the scored validation images
    pictured: bool  # features come from the network's embedding
    notes: tuple[str, ...]


def build(given: Inputs) -> Scene:
    """Scale scores to logits and choose the space that images are compared in."""
    scored = np.isfinite(given.scores).all(axis=1)
    logits = np.where(scored[:, None], _logit(np.nan_to_num(given.scores, nan=0.5)), 0.0).astype(np.float32)
    pictured = given.embeddings is not None and given.embeddings.shape[1] > 0
    if pictured:
        assert given.embeddings is not None
        features = np.nan_to_num(np.asarray(given.embeddings, dtype=np.float32))
        head, notes = _head(given, features, logits, scored)
    else:
        features, head = logits.copy(), None
        notes = (
            "No embeddings: look-alikes are found by the predicted probabilities of all labels, "
            "and sparsity is judged only for labels that training never showed.",
        )
    reference = scored & (given.part == TRAIN)
    centre = features[reference if reference.any() else scored].mean(axis=0) if scored.any() else 0.0
    features = features - centre
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return Scene(
        given=given,
        logits=logits,
        predicted=scored[:, None] & (given.scores >= given.threshold),
        cut=_logit(given.threshold.astype(np.float64)).astype(np.float32),
        features=features,
        head=head,
        directions=features / np.maximum(length, 1e-9),
        learned_from=np.flatnonzero(given.part == TRAIN),
        train=np.flatnonzero(scored & (given.part == TRAIN)),
        val=np.flatnonzero(scored & (given.part == VALIDATION)),
        pictured=pictured,
        notes=notes,
    )


def contributions(scene: Scene, label: int) -> np.ndarray:
    """Give (N, d) contributions to one label; without a head, the features themselves."""
    if scene.head is None:
        return scene.features
    weight = scene.head[label]
    spread = np.abs(weight) * scene.features.std(axis=0) if len(scene.features) else np.abs(weight)
    kept = np.argsort(-spread, kind="stable")[:WIDTH]
    return np.asarray(scene.features[:, kept] * weight[kept], dtype=np.float32)


def nearest(
    space: np.ndarray, queries: np.ndarray, pool: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Find the `count` nearest rows of `pool` for each row of `queries`, itself left out.

    Returns rows (Q, k) int64, nearest first and -1 where the pool ran out, and distances (Q, k).
    """
    size = min(count, len(pool))
    found = np.full((len(queries), size), -1, dtype=np.int64)
    distance = np.full((len(queries), size), np.inf, dtype=np.float32)
    if not size:
        return found, distance
    there = space[pool]
    squares = np.einsum("ij,ij->i", there, there)
    step = max(1, CHUNK_CELLS // len(pool))
    for start in range(0, len(queries), step):
        rows = queries[start : start + step]
        here = space[rows]
        gap = squares[None, :] - 2.0 * (here @ there.T) + np.einsum("ij,ij->i", here, here)[:, None]
        gap[rows[:, None] == pool[None, :]] = np.inf
        best = np.argpartition(gap, size - 1, axis=1)[:, :size]
        order = np.argsort(np.take_along_axis(gap, best, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(best, order, axis=1)
        reached = np.take_along_axis(gap, best, axis=1)
        found[start : start + step] = np.where(np.isfinite(reached), pool[best], -1)
        distance[start : start + step] = np.sqrt(np.maximum(reached, 0.0))
    return found, distance


def _logit(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.clip(np.log(clipped / (1 - clipped)), -LOGIT_CAP, LOGIT_CAP))


def _head(
    given: Inputs, features: np.ndarray, logits: np.ndarray, scored: np.ndarray
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Use the given head, or recover it: logits of a linear head are linear in the features."""
    if given.head_weight is not None:
        return np.asarray(given.head_weight, dtype=np.float32), ()
    if scored.sum() < 20:
        return None, ("The head is unknown and too few images are scored to recover it.",)
    x = np.column_stack([features[scored], np.ones(int(scored.sum()), dtype=np.float32)]).astype(np.float64)
    gram = x.T @ x + 1e-3 * len(x) * np.diag(
        np.append(x[:, :-1].var(axis=0).mean() * np.ones(x.shape[1] - 1), 0)
    )
    solution = np.linalg.lstsq(gram, x.T @ logits[scored], rcond=None)[0]
    rest = ((logits[scored] - x @ solution) ** 2).sum() / max(
        1e-9, float(logits[scored].var(axis=0).sum()) * len(x)
    )
    if rest > 1 - HEAD_FITS:
        return None, (
            f"The head is unknown and the embeddings explain only {max(0.0, 1 - rest):.0%} of the logits: "
            "look-alikes are found in the embedding, not in what each label's score is made of.",
        )
    return solution[:-1].T.astype(np.float32), (
        f"The head was recovered from embeddings and probabilities; it explains "
        f"{1 - rest:.0%} of the logits.",
    )
