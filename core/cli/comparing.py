"""`compare`: what the corrected labels changed, what the new model changed, and which errors came and went."""

from typing import TYPE_CHECKING, Any

from core.cli import shared

if TYPE_CHECKING:
    from core.services.compare import ComparedCell, Comparison

_LISTS = {
    "fixed": "errors fixed",
    "broken": "errors new",
    "still_wrong": "errors that stayed",
    "right_by_relabelling": "errors that were the labels'",
}
_PER_LABEL = ("label", "f1_a_old", "f1_a_new", "f1_b_new")


def compare(run_a: int, run_b: int, *, json: bool) -> None:
    """Show the comparison of run A with run B. Raises Missing, BadInput."""
    from core.services import compare as service

    house = shared.enter()
    found = service.compare(house.store, house.settings, house.actor, run_a, run_b)
    if json:
        shared.show_json(_facts(house, found))
    else:
        _tell(found)


def _tell(found: "Comparison") -> None:
    shared.show(found.sentence)
    rows = [
        [
            e.title,
            f"{e.before:.3f}",
            f"{e.labels:+.3f}",
            f"{e.model:+.3f}{_chance(e.chance)}",
            f"{e.after:.3f}",
        ]
        for e in found.effects
    ]
    shared.show(shared.table(["", f"run {found.run_a.id}", "labels", "model", f"run {found.run_b.id}"], rows))
    for name, title in _LISTS.items():
        shared.show(f"{len(getattr(found, name)):,} {title}")
    for warning in found.warnings:
        shared.say(warning)


def _chance(half_width: float | None) -> str:
    return "" if half_width is None else f" ± {half_width:.3f}"


def _facts(house: shared.House, found: "Comparison") -> dict[str, Any]:
    """All of it, cells by the names of their image and label."""
    from core.services import datasets

    images = datasets.images(house.store, house.actor, found.run_a.dataset_id)
    keys = {image.row: image.key for image in images}
    names = {label.id: label.name for label in found.labels}

    def cell(c: "ComparedCell") -> dict[str, Any]:
        chances = {
            "old_probability": round(c.old_probability, 4),
            "new_probability": round(c.new_probability, 4),
        }
        states = {"old_state": c.old_state, "new_state": c.new_state}
        return {"image": keys[c.row], "label": names[c.label_id], **chances, **states}

    return {
        "run_a": found.run_a.id,
        "run_b": found.run_b.id,
        "images": found.images,
        "old_revision": found.old_revision,
        "new_revision": found.new_revision,
        "validation_corrections": found.validation_corrections,
        "training_corrections": found.training_corrections,
        "effects": found.effects,
        "per_label": [dict(zip(_PER_LABEL, line, strict=True)) for line in found.per_label],
        **{name: [cell(c) for c in getattr(found, name)] for name in _LISTS},
        "sentence": found.sentence,
        "warnings": found.warnings,
    }
