"""What a split can do and what it cannot: labels with too few images, and why a part is not what was asked for."""

from collections.abc import Mapping, Sequence

from core.data.importers import listing
from core.data.split_table import HANDFUL
from core.data.splits import USUAL_SHARES
from core.services.datasets import DatasetSummary
from db.terms import Part
from pages.ui import theme

MOST_NAMED = 12
_WHY = "copies of one file all stay in training, and every label keeps its share in whole images"


def too_few(names: Sequence[str], *, expected: bool = False) -> str:
    """The warning about labels that nothing can be said of; empty where there are none."""
    if not names:
        return ""
    inside = f"fewer than {HANDFUL} in " + ("validation to be expected" if expected else "one of the parts")
    return (
        f"{listing.some(names, MOST_NAMED)}: too few images to learn or to judge ({inside}). "
        "What is told of them is mostly chance: add images of them."
    )


def found_few(found: DatasetSummary) -> list[str]:
    """The labels of a data set of which a part has too few images, the rarest first."""
    return list(dict.fromkeys(label for label, _, _ in found.few))


def expected_few(labels: Sequence[tuple[str, int]], shares: Mapping[Part, float]) -> list[str]:
    """The labels of which a split would leave too few to validation or to train, the rarest first."""
    least = min(shares.get(part, 0.0) for part in (Part.TRAIN, Part.VALIDATION))
    return [name for name, count in sorted(labels, key=lambda one: one[1]) if round(count * least) < HANDFUL]


def given_shares(given: Mapping[str, int]) -> Mapping[Part, float]:
    """The shares of the split that a source gives itself; the usual ones where it lacks train or validation."""
    total = sum(given.values())
    if not (given.get(Part.TRAIN.value) and given.get(Part.VALIDATION.value)):
        return USUAL_SHARES
    return {Part(word): count / total for word, count in given.items()}


def outlook(images: int, shares: Mapping[Part, float], copies: int) -> str:
    """How many images each part would get, and why it may be a few more or fewer."""
    parts = ", ".join(f"{theme.count(round(images * share))} {part.noun}" for part, share in shares.items())
    stay = f"{theme.counted(copies, 'image')} with a copy stay in training, and " if copies else ""
    return (
        f"About {parts}: {stay}labels are shared out in whole images, so a part may get a few more or fewer."
    )


def told(asked: Mapping[Part, float], images: Mapping[Part, int]) -> str:
    """Why parts have not the size that was asked for; empty where they have."""
    total = sum(images.values())
    differing = [
        f"{100 * share:.0f} % of {theme.count(total)} would be {theme.count(round(total * share))} "
        f"{part.noun}; it has {theme.count(images.get(part, 0))}"
        for part, share in asked.items()
        if part is not Part.TRAIN and round(total * share) != images.get(part, 0)
    ]
    return f"{'. '.join(differing)}: {_WHY}." if differing else ""
