"""What a training run can be told: every setting with its title, its help and its bounds, and the presets."""

import math
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from types import NoneType
from typing import Any, get_args, get_type_hints

from core.errors import BadInput

NETWORKS = ("report-2020", "scratch")
STARTED_FROM = "started_from"  # beside the settings a run stores: the run whose weights it continued
OPTIMISERS = ("adam", "adamw", "sgd")
SCHEDULES = ("constant", "one-cycle")
WEIGHTINGS = ("none", "ratio", "sqrt", "ratio-over-min")


def _setting(
    default: Any,
    title: str,
    help: str,
    *,
    choices: tuple[str, ...] | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """A field whose metadata is what a page needs: title, help, choices, low and high (inclusive)."""
    return field(
        default=default,
        metadata={"title": title, "help": help, "choices": choices, "low": low, "high": high},
    )


def allowed(f: Field[Any], kind: Any) -> str:
    """What a setting may be, in words: its choices, or its kind and bounds."""
    if f.metadata["choices"]:
        return "one of " + ", ".join(f.metadata["choices"])
    plain, optional = _plain(kind)
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}[plain]
    low, high = f.metadata["low"], f.metadata["high"]
    if low is not None:
        words += f" from {low:g} to {high:g}"
    return words + (" or none" if optional else "")


def _plain(kind: Any) -> tuple[type, bool]:
    """(the type without None, whether None is allowed)."""
    parts = get_args(kind)
    return (next(p for p in parts if p is not NoneType), True) if parts else (kind, False)


def _check(f: Field[Any], kind: Any, value: Any) -> None:
    plain, optional = _plain(kind)
    low, high, choices = f.metadata["low"], f.metadata["high"], f.metadata["choices"]
    if value is None and optional:
        return
    right = isinstance(value, (int, float) if plain is float else plain)
    # bool is an int to Python, never to a person
    right = right and (plain is bool or not isinstance(value, bool))
    if right and low is not None:
        right = math.isfinite(value) and low <= value <= high
    if right and choices:
        right = value in choices
    if not right:
        raise BadInput(f"{f.name} cannot be {value!r}; it must be {allowed(f, kind)}.")


@dataclass(frozen=True)
class TrainConfig:
    """All settings of one training run; a value out of bounds raises BadInput when the object is made."""

    preset: str = _setting("scratch", "Preset", "The recipe that these settings started from.")
    network: str = _setting(
        "scratch",
        "Network",
        "The report's four convolutions, or a modern small residual network; both start from random weights.",
        choices=NETWORKS,
    )
    side_px: int = _setting(
        64,
        "Image side (px)",
        "Images are scaled to squares of this side, at most the 128 px that are kept of each; time grows with "
        "its square.",
        low=32,
        high=128,
    )
    width: int = _setting(
        20,
        "Width",
        "Channels of the first stage of the scratch network; time grows with its square.",
        low=8,
        high=128,
    )
    epochs: int = _setting(16, "Epochs", "How often every training image is seen.", low=1, high=1000)
    batch: int = _setting(32, "Batch", "Images per step.", low=2, high=1024)
    optimiser: str = _setting(
        "adamw", "Optimiser", "How gradients become changes of the weights.", choices=OPTIMISERS
    )
    learning_rate: float = _setting(
        3e-3,
        "Learning rate",
        "Size of a step (its peak under one-cycle); too large diverges, too small learns slowly.",
        low=1e-7,
        high=10.0,
    )
    momentum: float = _setting(
        0.9, "Momentum", "Share of the last step that SGD keeps; Adam does not use it.", low=0.0, high=0.999
    )
    weight_decay: float = _setting(
        0.05, "Weight decay", "Pull of the weights towards zero; against overfitting.", low=0.0, high=1.0
    )
    schedule: str = _setting(
        "one-cycle",
        "Schedule",
        "One-cycle: the learning rate rises, then falls to nothing by the last epoch.",
        choices=SCHEDULES,
    )
    loss_weighting: str = _setting(
        "sqrt",
        "Weight of positives",
        "Weight of a label's positives in the loss: none, negatives ÷ positives, its square root, "
        "or divided by the smallest label's weight. Heavy weights raise recall and distort probabilities.",
        choices=WEIGHTINGS,
    )
    pos_weight_cap: float | None = _setting(
        5.0, "Weight cap", "No label's positives weigh more than this; none: no cap.", low=0.1, high=1e6
    )
    ema: float | None = _setting(
        0.998,
        "Weight averaging",
        "Decay per step of the averaged weights that validation and predictions use; none: the last weights.",
        low=0.0,
        high=0.99999,
    )
    versions: int = _setting(
        1,
        "Versions of an image",
        "1: each training image once an epoch; 5: the original and four altered "
        "(flipped, rotated, brightness/contrast, partly erased).",
        low=1,
        high=9,
    )
    drop_probability: float = _setting(
        0.5,
        "Undersampling",
        "Probability with which a version is dropped if its image has no label, or has the over-represented "
        "label and no rare one; one version of each image always stays.",
        low=0.0,
        high=1.0,
    )
    over_represented: str | None = _setting(
        None,
        "Over-represented label",
        "The label to thin out; none: people, or else the most frequent label above twice the median.",
    )
    sampling: float | None = _setting(
        None,
        "Label-aware sampling",
        "Images whose rarest label is on a smaller share of the images than this are seen more often, by the "
        "square root of how much smaller, at most 10 times an epoch; none: all alike.",
        low=0.001,
        high=1.0,
    )
    flip: bool = _setting(True, "Flip", "Mirror half of the images, left to right.")
    crop: float = _setting(
        0.75,
        "Crop",
        "Smallest share of the side that a random crop keeps; 1: no cropping.",
        low=0.2,
        high=1.0,
    )
    rotate_deg: float = _setting(
        0.0, "Rotation (degrees)", "Largest random rotation to either side.", low=0.0, high=45.0
    )
    brightness: float = _setting(
        0.2, "Brightness", "Largest random change of brightness, as a share of the range.", low=0.0, high=1.0
    )
    contrast: float = _setting(
        0.2, "Contrast", "Largest random change of contrast; .2: from .8 to 1.2 of it.", low=0.0, high=0.9
    )
    saturation: float = _setting(0.2, "Saturation", "Largest random change of saturation.", low=0.0, high=1.0)
    erase: float = _setting(
        0.15, "Erasing", "Probability that a random rectangle of an image is covered.", low=0.0, high=1.0
    )
    mixup: float = _setting(
        0.0,
        "Mixup",
        "Share of each batch that is blended with another image, labels too; for long runs.",
        low=0.0,
        high=1.0,
    )
    label_smoothing: float = _setting(
        0.0, "Label smoothing", "How far targets are moved from 0 and 1 towards .5.", low=0.0, high=0.5
    )
    threshold: float = _setting(
        0.5, "Threshold", "A label is predicted from this probability on.", low=0.0, high=1.0
    )
    seed: int = _setting(
        0, "Seed", "The same seed and the same data give the same run.", low=0, high=2**31 - 1
    )
    threads: int | None = _setting(
        None,
        "Threads",
        "Processor threads of the training, at most one a core; none: all cores.",
        low=1,
        high=256,
    )

    def __post_init__(self) -> None:
        kinds = get_type_hints(TrainConfig)
        for f in fields(self):
            _check(f, kinds[f.name], getattr(self, f.name))


PRESETS: dict[str, TrainConfig] = {
    "report-2020": TrainConfig(
        preset="report-2020",
        network="report-2020",
        side_px=64,
        epochs=5,
        batch=64,
        optimiser="adam",
        learning_rate=1e-3,
        weight_decay=0.0,
        schedule="constant",
        loss_weighting="ratio",
        pos_weight_cap=None,
        ema=None,
        versions=5,
        flip=False,
        crop=1.0,
        saturation=0.0,
        erase=0.0,
    ),
    "scratch": TrainConfig(),
}
PRESETS["report-2020-rebalanced"] = replace(
    PRESETS["report-2020"], preset="report-2020-rebalanced", loss_weighting="ratio-over-min"
)
PRESETS["demo"] = replace(PRESETS["scratch"], preset="demo", side_px=48, width=16, epochs=14, ema=0.98)

PRESET_HELP: dict[str, str] = {
    "report-2020": "The 2020 report's network and recipe, for comparison with it: heavy weights on rare labels "
    "favour recall over precision. docs/report-2020.md has its figures on photographs.",
    "report-2020-rebalanced": "The report's second stage: continues a finished report-2020 run with gentler "
    "weights, so precision rises and recall falls. docs/report-2020.md has its figures on photographs.",
    "scratch": "The one to use: a small modern network from random weights. docs/report-2020.md has its figures on "
    "photographs, with the time they took.",
    "demo": "A minute on the drawn demo set, to see the whole loop; too small for real photographs.",
}


def from_settings(preset: str, settings: Mapping[str, str]) -> TrainConfig:
    """The preset with some settings replaced by text such as `epochs=3`; `none` empties an optional setting.

    Raises BadInput that names the key, the value and what is allowed.
    """
    if preset not in PRESETS:
        raise BadInput(f"There is no preset {preset!r}; choose one of {', '.join(PRESETS)}.")
    kinds = get_type_hints(TrainConfig)
    known = {f.name: f for f in fields(TrainConfig) if f.name != "preset"}
    values: dict[str, Any] = {}
    for key, text in settings.items():
        name = key.replace("-", "_")
        if name not in known:
            raise BadInput(f"There is no setting {key!r}; the settings are {', '.join(known)}.")
        values[name] = _parse(known[name], kinds[name], text)
    return replace(PRESETS[preset], **values)


def to_dict(config: TrainConfig) -> dict[str, Any]:
    """The settings as plain values that JSON can keep."""
    return asdict(config)


def from_dict(values: Mapping[str, Any]) -> TrainConfig:
    """The settings back from to_dict(); a missing key takes its default, an unknown one raises BadInput."""
    known = {f.name for f in fields(TrainConfig)}
    strange = sorted(set(values) - known - {STARTED_FROM})
    if strange:
        raise BadInput(f"There is no setting {strange[0]!r}; the settings are {', '.join(sorted(known))}.")
    return TrainConfig(**{name: value for name, value in values.items() if name in known})


def started_from(values: Mapping[str, Any]) -> int | None:
    """The number of the run whose weights a run with this stored config continued; it may be gone since."""
    number = values.get(STARTED_FROM)
    return None if number is None else int(number)


def needs_parent(config: TrainConfig) -> bool:
    """True if the run must be continued from a finished run on the same validation set."""
    return config.preset == "report-2020-rebalanced"


def _parse(f: Field[Any], kind: Any, text: str) -> Any:
    plain, optional = _plain(kind)
    text = text.strip()
    if optional and text.lower() in ("", "none"):
        return None
    if plain is bool:
        words = {"true": True, "yes": True, "1": True, "on": True} | dict.fromkeys(
            ("false", "no", "0", "off"), False
        )
        if text.lower() in words:
            return words[text.lower()]
    else:
        try:
            return plain(text)
        except ValueError:
            pass
    raise BadInput(f"{f.name} cannot be {text!r}; it must be {allowed(f, kind)}.")
