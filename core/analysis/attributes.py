"""What a shortcut can be made of: the other labels and image statistics."""

from dataclasses import dataclass

import numpy as np

from core.analysis.inputs import PRESENT, TRAIN, UNKNOWN
from core.analysis.space import Scene

BINS = 64


# How a person would say that a statistic is high, and low; each follows "images with".
PLAIN = {
    "brightness": ("a bright picture", "a dark picture"),
    "contrast": ("strong contrast", "little contrast"),
    "saturation": ("strong colours", "pale colours"),
    "hue_sin": ("more yellow and green than blue and violet", "more blue and violet than yellow and green"),
    "hue_cos": ("more red than cyan", "more cyan than red"),
    "warmth": ("warm colours", "cool colours"),
    "colour_spread": ("colours of uneven strength", "colours of even strength"),
    "brightness_upper": ("a bright upper half", "a dark upper half"),
    "brightness_lower": ("a bright lower half", "a dark lower half"),
    "blueness_upper": ("a blue upper half", "little blue in the upper half"),
    "blueness_lower": ("a blue lower half", "little blue in the lower half"),
    "greenness_upper": ("a green upper half", "little green in the upper half"),
    "greenness_lower": ("a green lower half", "little green in the lower half"),
    "dark_share": ("much that is nearly black", "little that is nearly black"),
    "bright_share": ("much that is nearly white", "little that is nearly white"),
    "edge_density": ("many edges", "few edges"),
    "sharpness": ("sharp detail", "soft detail"),
    "vertical_lines": ("more upright than level lines", "more level than upright lines"),
    "vignette": ("a rim brighter than the middle", "a rim darker than the middle"),
    "aspect": ("a wide format", "a narrow format"),
}


@dataclass(frozen=True)
class Attributes:
    """M attributes; `on` and `known` are (N, M) bool, `names_off` says their opposites."""

    on: np.ndarray
    known: np.ndarray
    names: tuple[str, ...]
    names_off: tuple[str, ...]
    # (M,) the label that an attribute is; -1 for a statistic, which equals no label: it is only compared.
    label: np.ndarray


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
        names += [_plain(name)[0] for name in given.statistic_names]
        off += [_plain(name)[1] for name in given.statistic_names]
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


def _plain(name: str) -> tuple[str, str]:
    """Say a statistic that is high and low in plain words; one that is not known keeps its name."""
    return PLAIN.get(name, (f"high {name}", f"low {name}"))
