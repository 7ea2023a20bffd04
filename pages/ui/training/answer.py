"""Is it learning? One sentence with its numbers, from a run's epochs and the score of predicting nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from db.records import Epoch
from pages.ui import theme

_FEW = 6  # with fewer epochs a trend is not plain
_WORSE = 1.05  # validation loss above its lowest by this factor, while training loss falls: it overfits
_GAIN = 0.01  # of micro F1 in the last quarter of the epochs: it was still improving


def answer(epochs: Sequence[Epoch], base: Mapping[str, Any], *, ended: bool) -> str:
    """Whether the model beats predicting nothing by now, and how its curves went if that is plain.

    base: the scores of predicting nothing. "" before the first epoch.
    """
    if not epochs:
        return ""
    now = epochs[-1].validation
    f1, f1_base = float(now.get("micro_f1") or 0), float(base.get("micro_f1") or 0)
    subset, subset_base = float(now.get("subset_accuracy") or 0), float(base.get("subset_accuracy") or 0)
    figures = (
        f"micro F1 {theme.f1(f1)} ({_level(f1_base)}), "
        f"subset accuracy {theme.percent(subset)} ({theme.percent(subset_base)})"
    )
    if f1 > f1_base and subset > subset_base:
        said = f"It beats predicting nothing: {figures}."
    elif f1 > f1_base:
        more = ": train longer or on more images" if ended else ""
        said = (
            "It does not beat predicting nothing yet in subset accuracy "
            f"({theme.percent(subset)} against {theme.percent(subset_base)}), but finds labels: micro F1 "
            f"{theme.f1(f1)}{more}."
        )
    else:
        more = " Train longer, on more images, or with another learning rate." if ended else ""
        said = f"It does not beat predicting nothing yet: {figures}.{more}"
    return f"{said} {trend(epochs, ended=ended)}".rstrip()


def trend(epochs: Sequence[Epoch], *, ended: bool) -> str:
    """That it overfits, or was still improving at its end; "" where neither is plain."""
    if len(epochs) < _FEW:
        return ""
    train = [epoch.train.get("loss") for epoch in epochs]
    validation = [epoch.validation.get("loss") for epoch in epochs]
    if any(loss is None for loss in (*train, *validation)):
        return ""
    lowest = min(range(len(epochs)), key=lambda at: validation[at])
    since = len(epochs) - 1 - lowest
    if since >= 2 and validation[-1] > _WORSE * validation[lowest] and train[-1] < train[lowest]:
        return (
            f"It overfits since epoch {epochs[lowest].epoch}: validation loss rose from {theme.f1(validation[lowest])} "
            f"to {theme.f1(validation[-1])} while training loss fell from {theme.f1(train[lowest])} to "
            f"{theme.f1(train[-1])}."
        )
    quarter = epochs[-1 - len(epochs) // 4].validation.get("micro_f1") or 0
    gained = (epochs[-1].validation.get("micro_f1") or 0) - quarter
    if ended and since == 0 and gained >= _GAIN:
        return (
            f"It was still improving at the end ({theme.gain(gained)} micro F1 in the last "
            f"{theme.counted(len(epochs) // 4, 'epoch')}): more epochs may help."
        )
    return ""


def _level(value: float) -> str:
    return "0" if value == 0 else theme.f1(value)
