"""What a shortcut can be made of: the other labels, image statistics, groups of look-alikes."""

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from core.analysis.inputs import PRESENT, TRAIN, UNKNOWN
from core.analysis.space import Scene

WORDS = 24
WORDS_FROM = 4000  # training images the groups are found on
BINS = 64


@dataclass(frozen=True)
class Attributes:
    """M attributes; `on` and `known` are (N, M) bool. `names_off` is "" where the opposite means nothing."""

    on: np.ndarray
    known: np.ndarray
    names: tuple[str, ...]
    names_off: tuple[str, ...]
    label: np.ndarray  # (M,) the label an attribute is, -1 otherwise


def build(scene: Scene) -> Attributes:
    """Collect every attribute that splits the images in two."""
    given = scene.given
    on, known = [given.states == PRESENT], [given.states != UNKNOWN]
    names = [f"“{name}”" for name in given.labels]
    off = [f"no “{name}”" for name in given.labels]
    if given.statistics is not None and given.statistics.shape[1]:
        values = given.statistics.astype(np.float64)
        cuts = np.array([_split(column[given.part == TRAIN]) for column in values.T])
        on.append(values > cuts)
        known.append(np.isfinite(values) & np.isfinite(cuts))
        names += [f"high {name}" for name in given.statistic_names]
        off += [f"low {name}" for name in given.statistic_names]
    words = _words(scene)
    on.append(words)
    known.append(np.ones_like(words))
    names += [f"the looks of group {number + 1}" for number in range(words.shape[1])]
    off += [""] * words.shape[1]
    label = np.append(np.arange(len(given.labels)), np.full(len(names) - len(given.labels), -1))
    return Attributes(np.hstack(on), np.hstack(known), tuple(names), tuple(off), label)


def _split(values: np.ndarray) -> float:
    """Find the cut with the largest variance between both sides (Otsu 1979); NaN if there is none."""
    values = values[np.isfinite(values)]
    if len(values) < 20 or np.ptp(values) < 1e-9:
        return float("nan")
    counts, edges = np.histogram(np.clip(values, *np.quantile(values, [0.005, 0.995])), BINS)
    share = np.cumsum(counts) / len(values)
    middle = (edges[:-1] + edges[1:]) / 2
    mass = np.cumsum(counts * middle) / len(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.nan_to_num((mass[-1] * share - mass) ** 2 / (share * (1 - share)))
    return float(edges[1 + int(np.argmax(between[:-1]))])


def _words(scene: Scene) -> np.ndarray:
    """Group the images by k-means on the unit features: (N, up to 24) bool."""
    rng = np.random.default_rng(scene.given.seed)
    base = (
        scene.train if len(scene.train) <= WORDS_FROM else rng.choice(scene.train, WORDS_FROM, replace=False)
    )
    if not scene.pictured or len(base) < 20 * WORDS:
        return np.zeros((len(scene.given.scores), 0), dtype=bool)
    model = MiniBatchKMeans(WORDS, n_init=1, batch_size=1024, random_state=scene.given.seed)
    model.fit(scene.directions[base])
    return np.asarray(model.predict(scene.directions)[:, None] == np.arange(WORDS))
