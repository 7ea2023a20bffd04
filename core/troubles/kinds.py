"""The kinds of trouble, what each means for a model, and one image that has it."""

from dataclasses import dataclass
from enum import StrEnum

from core.data.trouble.quality import Odd


class Kind(StrEnum):
    """What can be wrong with an image, or with its labels, in the order in which it is shown."""

    CONFLICTS = "conflicting labels"
    LEAKS = "leaks"
    COPIES = "copies"
    LOOKALIKES = "look-alikes"
    DARK = Odd.DARK.value
    BRIGHT = Odd.BRIGHT.value
    BLURRY = Odd.BLURRY.value
    GREY = Odd.GREY.value
    LOW_INFORMATION = Odd.LOW_INFORMATION.value
    TINY = Odd.TINY.value
    EXTREME_ASPECT = Odd.EXTREME_ASPECT.value
    IMPLIED = "implied labels missing"


# What each kind means for a model, and what Enter does about it.
WHY: dict[Kind, str] = {
    Kind.CONFLICTS: "Copies and look-alikes that do not carry the same labels: one of them is wrong. Enter sets the "
    "state that most of them have; of a tie, present.",
    Kind.LEAKS: "Look-alikes on two sides of the split: the model is judged by what it learned by heart. Enter moves "
    "the image to training.",
    Kind.COPIES: "The same picture more than once (exact duplicates): it counts more than others. Enter "
    "leaves out all but the first.",
    Kind.LOOKALIKES: "Nearly the same picture (near-duplicates): resized, cropped, mirrored. Enter leaves "
    "out all but the largest.",
    Kind.DARK: "So dark that little can be seen. Enter leaves the image out.",
    Kind.BRIGHT: "So bright that little can be seen. Enter leaves the image out.",
    Kind.BLURRY: "No edge in it is sharp. Enter leaves the image out.",
    Kind.GREY: "Without colour: fine if others are, too; a shortcut if one label's images are grey more often.",
    Kind.LOW_INFORMATION: "Hardly anything in it: blank pages, placeholders. Enter leaves the image out.",
    Kind.TINY: "Too small to show what it is labelled with. Enter leaves the image out.",
    Kind.EXTREME_ASPECT: "Squashed to a square, it shows nothing in its shape any more.",
    Kind.IMPLIED: "A label is there, and another that it implies is not. Enter sets the implied one present.",
}
GROUPED = frozenset((Kind.CONFLICTS, Kind.LEAKS, Kind.COPIES, Kind.LOOKALIKES))  # shown group by group
LEFT_ALONE = frozenset((Kind.GREY, Kind.EXTREME_ASPECT))  # odd, yet no reason to leave an image out


@dataclass(frozen=True, slots=True)
class Item:
    """One image in a gallery of trouble, perhaps for one of its labels."""

    order: int  # its place in the gallery, which stays the same while people decide
    row: int
    label_id: int | None  # None: it is about the image
    suggested: str | None  # a state; of an image its place, as Place.word
    title: str
    measure: str
    evidence: str
    group: int | None
    same: tuple[int, ...]  # the others of its group
