"""`compare`: what the labels changed, what the model changed, and what may be chance."""

from typing import TYPE_CHECKING

from core.cli import shared
from core.words import counted

if TYPE_CHECKING:
    from core.comparison import Effect
    from core.services.compare import Comparison

LISTS = ("fixed", "broken", "still_wrong", "right_by_relabelling")


def compare(run_a: int, run_b: int, json: bool = False) -> None:
    """Print the sentence, the warnings, every metric told apart, and how many cells became what."""
    from core.services import compare as service

    house = shared.enter()
    found = service.compare(house.store, house.settings, house.actor, run_a, run_b)
    if json:
        shared.show_json(_facts(found))
        return
    shared.show(f"Run {run_a} → run {run_b}, the same {counted(found.images, 'validation image')}.")
    shared.show(found.sentence)
    for warning in found.warnings:
        shared.say(warning)
    head = ["metric", "before", "labels", "model ± chance", "after"]
    shared.show(shared.table(head, [_line(effect) for effect in found.effects]))
    counts = [f"{len(getattr(found, name)):,} {name.replace('_', ' ')}" for name in LISTS]
    shared.show(f"Validation labels under the new annotations: {', '.join(counts)}.")


def _line(effect: "Effect") -> list[str]:
    chance = "" if effect.chance is None else f" ± {effect.chance:.3f}"
    model = f"{effect.model:+.3f}{chance}"
    return [effect.title, f"{effect.before:.3f}", f"{effect.labels:+.3f}", model, f"{effect.after:.3f}"]


def _facts(found: "Comparison") -> dict[str, object]:
    return {
        "run_a": found.run_a.id,
        "run_b": found.run_b.id,
        "images": found.images,
        "old_revision": found.old_revision,
        "new_revision": found.new_revision,
        "validation_corrections": found.validation_corrections,
        "training_corrections": found.training_corrections,
        "sentence": found.sentence,
        "warnings": found.warnings,
        "effects": found.effects,
        "predicting_nothing": found.nothing,
        "counts": {name: len(getattr(found, name)) for name in LISTS},
        "per_label": [
            {"label": name, "f1_before": before, "f1_relabelled": relabelled, "f1_after": after}
            for name, before, relabelled, after in found.per_label
        ],
    }
