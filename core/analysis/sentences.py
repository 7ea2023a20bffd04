"""One sentence of evidence, with numbers that can be counted again from the finding."""

from core.analysis.wrong_pattern import Slice

TELLING = 0.9  # a share of less contradicted annotations below this says nothing that is worth reading
CLOSE = 0.1  # so near to the threshold, a prediction could as well have been the other


def share(value: float) -> str:
    """Write a probability with two digits: .97, never 0.97 and never a false 1.00."""
    if value > 0.994:
        return "over .99"
    if value < 0.006:
        return "under .01"
    return f"{value:.2f}".lstrip("0")


def p_value(value: float) -> str:
    """Write a p-value with one digit, or the bound below which it makes no difference."""
    if value < 1e-9:
        return "p < 1e-9"
    return f"p = {value:.0e}" if value < 0.001 else f"p = {share(value)}"


def mislabel(label: str, *, agree: int, seen: int, suggest_present: bool, probability: float) -> str:
    """Say how many look-alikes contradict the annotation."""
    what = f"“{label}”" if suggest_present else f"no “{label}”"
    return f"{_alike(agree, seen)} {what}; the model gives it {share(probability)}."


def sparsity(
    label: str, *, similar: int | None, usual: int | None, held_out: int, of: int, expected: float
) -> str:
    """Say how few training images of this kind there are; usual is None where no image was recognised."""
    if similar == 0 and usual is None:
        return f"No training image carries “{label}”; {count(held_out, 'validation image')} {_carry(held_out)} it."
    if similar is None or usual is None:
        few = f"No image with “{label}” is recognised. "
    else:
        only = "Only " if 0 < similar < usual else ""
        few = (
            f"{only}{count(similar, 'similar training image')} {_carry(similar)} “{label}”, "
            f"where a recognised one usually has {usual}. "
        )
    taught = f"{of - held_out} {'is' if of - held_out == 1 else 'are'}"
    return (
        f"{few}Of the {of} images with “{label}” most like it, {taught} from training; "
        f"about {of - expected:.0f} would be usual."
    )


def wrong_pattern(label: str, piece: Slice) -> str:
    """Say how often the label is wrong inside and outside the slice."""
    ratio = f"{piece.odds_ratio:.1f}" if piece.odds_ratio < 10 else f"{min(piece.odds_ratio, 9999):.0f}"
    verb = "predicted" if piece.predicted else "missed"
    which = f"{piece.name} but no “{label}”" if piece.predicted else f"“{label}” and {piece.name}"
    others = "without it" if piece.predicted else "with it"
    return (
        f"“{label}” is {verb} in {piece.errors} of {count(len(piece.members), 'validation image')} with {which}, "
        f"and in {piece.outside_errors} of the {piece.outside} others {others} "
        f"(odds ratio {ratio}, {p_value(piece.p_value)})."
    )


def unknown(label: str, *, carry: int, seen: int, probability: float, threshold: float) -> str:
    """Say what was looked at; the likeliest cause and what it lacks are told beside it, in numbers."""
    near = "A close call: the" if abs(probability - threshold) < CLOSE else "The"
    gives = f"{near} model gives “{label}” {share(probability)} at threshold {share(threshold)}"
    look = f"{_alike(carry, seen)} it" if seen else "no validation image got the same prediction"
    return f"{gives}; {look}."


def suspect(
    label: str, *, present: bool, mean_margin: float | None, lower_than: float, probability: float
) -> str:
    """Say how far the model contradicts a training annotation, in the end and over the whole training."""
    ends = f"The trained model gives “{label}” {share(probability)}, annotated {'present' if present else 'absent'}"
    if mean_margin is None:
        before = "what it held while training is not known"
    else:
        side = "against" if mean_margin < 0 else "towards"
        before = (
            f"over the whole training it leaned {side} the annotation (mean margin {_signed(mean_margin)})"
        )
    if lower_than < TELLING:
        return f"{ends}; {before}."
    return f"{ends}; {before}. More contradicted than {min(lower_than, 0.999):.1%} of such annotations."


def count(number: int, thing: str) -> str:
    """Write a number with its noun."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _carry(number: int) -> str:
    return "carries" if number == 1 else "carry"


def _alike(number: int, seen: int) -> str:
    if seen == 1:
        return f"{number} of 1 validation look-alike carries"
    return f"{number} of the {seen} validation look-alikes {_carry(number)}"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
