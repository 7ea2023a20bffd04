"""Did it help? The answer in words: chance first, then what the labels and what the model changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.comparison import Array, Effect
from core.words import counted

HEADLINE = "subset_accuracy"  # decided before looking: of seven metrics one is always beyond chance some day
_SHARES = ("subset_accuracy", "hamming_accuracy")


@dataclass(frozen=True, slots=True)
class Changed:
    """Labels that differ between two revisions: corrected, or brought back to what was imported."""

    corrected: int
    undone: int

    @property
    def cells(self) -> int:
        return self.corrected + self.undone

    def __str__(self) -> str:
        parts = [counted(self.corrected, "correction")] if self.corrected else []
        parts += [f"{counted(self.undone, 'correction')} undone"] if self.undone else []
        return " and ".join(parts) or "no correction"


def changed(before: Array, after: Array, imported: Array) -> Changed:
    """What differs from `before` to `after`; states int8 (n, L) at three revisions of the same images."""
    differs = before != after
    undone = differs & (after == imported)
    return Changed(int((differs & ~undone).sum()), int(undone.sum()))


@dataclass(frozen=True)
class Between:
    """How the labels differ between two runs, and between the first and now."""

    a: int  # the number of run A, and the revision of the labels it saw
    b: int
    a_revision: int
    b_revision: int
    validation: Changed  # from what A saw to the newest
    validation_of_b: Changed  # from what B saw to the newest
    training: Changed  # from what the older labels of the two were to the newer ones
    more_images: int = 0  # that B had to train on and A had not
    fewer_images: int = 0  # that A had and B had not

    @property
    def backwards(self) -> bool:
        """True when B saw older labels than A."""
        return self.b_revision < self.a_revision


def answer(effects: Sequence[Effect], images: int, settings: Sequence[str]) -> str:
    """Yes, no, or chance: from the model's part of the subset accuracy on so many images."""
    e = next(effect for effect in effects if effect.metric == HEADLINE)
    part = f"{e.title.lower()} {_with_chance(e)} points by the same labels"
    if e.within_chance:
        beyond = [other for other in effects if other.metric != HEADLINE and not other.within_chance]
        more = f"; beyond chance: {', '.join(map(_beyond, beyond))}" if beyond else "; no other metric either"
        return f"Cannot be told apart from chance on {counted(images, 'image')}: {part}{more}."
    also = ", but its settings differ too" if settings else ""
    if e.model > 0:
        return f"Yes: the new model is better by more than chance{also}: {part}."
    return f"No: the new model is worse by more than chance{also}: {part}."


def _beyond(e: Effect) -> str:
    if e.metric in _SHARES:
        return f"{e.title} {_with_chance(e)} points"
    chance = "" if e.chance is None else f" ± {_ratio(e.chance)}"
    return f"{e.title} {_sign(e.model)}{_ratio(abs(e.model))}{chance}"


def numbers(effects: Sequence[Effect], between: Between) -> str:
    """From before to after, told apart."""
    e = next(effect for effect in effects if effect.metric == HEADLINE)
    start = f"{e.title} stayed at {e.after * 100:.1f} %"
    if abs(e.after - e.before) >= 0.0005:
        start = f"{e.title} went from {e.before * 100:.1f} to {e.after * 100:.1f} %"
    model = f"{_with_chance(e)} points from the new model, trained {_taught(between)}"
    return f"{start}: {_labels(e, between)}; {model}."


def _labels(e: Effect, between: Between) -> str:
    """The labels' part."""
    now, of_b = between.validation, between.validation_of_b
    if not now.cells:
        if of_b.cells:
            return f"no validation label changed since run {between.a}, which saw {of_b} that run {between.b} did not"
        return "no validation label was corrected"
    what = _listed(now, "validation label")
    return f"{_points(e.labels)} points because of {what}"


def _taught(between: Between) -> str:
    """What the new model's training labels and images have beside, or lack of, those of the old one."""
    ways = [f"{between.more_images:,} more"] if between.more_images else []
    ways += [f"{between.fewer_images:,} of before missing"] if between.fewer_images else []
    images = [f"on other images ({', '.join(ways)})"] if ways else []
    if not between.training.cells:
        return f"{images[0]}, no label corrected" if images else "on the same training labels"
    way = "without" if between.backwards else "with"
    return ", ".join([f"{way} {_listed(between.training, 'training label')}", *images])


def _listed(said: Changed, noun: str) -> str:
    parts = [counted(said.corrected, f"corrected {noun}")] if said.corrected else []
    parts += [f"{counted(said.undone, noun)} whose correction was undone"] if said.undone else []
    return " and ".join(parts)


def _with_chance(e: Effect) -> str:
    return _points(e.model) + ("" if e.chance is None else f" ± {e.chance * 100:.1f}")


def _points(share: float) -> str:
    """A signed difference in percentage points."""
    return f"{_sign(round(share, 3))}{abs(share) * 100:.1f}"


def _sign(value: float) -> str:
    return "+" if value > 0 else "−" if value < 0 else ""


def _ratio(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
