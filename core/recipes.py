"""What a run was trained with, in words: what it changed of its preset, and how two runs differ."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from core import config
from core.config import PRESETS, TrainConfig
from db.records import Run

IMPORTED = "imported"  # the preset of a run whose scores came from outside

_SETTINGS = {f.name: f for f in fields(TrainConfig) if f.name != "preset"}


def changes(run: Run) -> tuple[str, ...]:
    """The settings that a run changed of its preset: `epochs 6 (preset: 14)`."""
    preset = PRESETS.get(run.preset)
    if preset is None:
        return ()
    return tuple(
        f"{title(name)} {value(run.config[name])} (preset: {value(getattr(preset, name))})"
        for name in _SETTINGS
        if name in run.config and run.config[name] != getattr(preset, name)
    )


def differences(a: Run, b: Run) -> tuple[str, ...]:
    """How what two runs were trained with differs: `epochs: 6 and 14`, those of `a` first."""
    outside = [run for run in (a, b) if run.preset == IMPORTED]
    if len(outside) == 1:
        return (f"the scores of run {outside[0].id} came from outside",)
    found = [] if a.preset == b.preset else [f"preset: {a.preset} and {b.preset}"]
    found += [
        f"{title(name)}: {_of(a.config, name)} and {_of(b.config, name)}"
        for name in _SETTINGS
        if a.config.get(name) != b.config.get(name)
    ]
    before, after = (config.started_from(run.config) for run in (a, b))
    if before != after:
        found.append(f"started from: {beginning(before)} and {beginning(after)}")
    return tuple(found)


def beginning(parent: int | None) -> str:
    """What a run starts from: random weights, or those of another run."""
    return "random weights" if parent is None else f"run {parent}"


def title(name: str) -> str:
    """A setting's title within a sentence."""
    words = str(_SETTINGS[name].metadata["title"])
    return words[0].lower() + words[1:]


def value(of: Any) -> str:
    """A setting's value as people write it."""
    if isinstance(of, bool):
        return "on" if of else "off"
    return "none" if of is None else f"{of:g}" if isinstance(of, float) else str(of)


def _of(values: Mapping[str, Any], name: str) -> str:
    return value(values[name]) if name in values else "not known"
