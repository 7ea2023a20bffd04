"""One sentence of evidence, with numbers that can be counted again from the finding."""

from core.analysis.wrong_pattern import Slice
from db.terms import Cause


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
    look = "looks" if seen == 1 else "look"
    return (
        f"{agree} of {count(seen, 'held-out image')} that {look} like this to the model "
        f"{_carry(seen)} {what}; the model gives it {share(probability)}."
    )


def sparsity(label: str, *, similar: int, usual: int, held_out: int, of: int, expected: float) -> str:
    """Say how few training images of this kind there are; -1 = no image with the label was recognised."""
    if similar == 0 and usual < 0:
        return (
            f"No training image carries “{label}”; {count(held_out, 'held-out image')} {_carry(held_out)} it."
        )
    few = (
        f"No image with “{label}” is recognised. "
        if usual < 0
        else f"{count(similar, 'similar training image')} {_carry(similar)} “{label}”; recognised images "
        f"have {usual} (median). "
    )
    return f"{few}Of the {of} nearest images with “{label}”, {held_out} are held-out; {expected:.0f} were expected."


def wrong_pattern(label: str, piece: Slice) -> str:
    """Say how often the label is wrong inside and outside the slice."""
    verb, lacks = ("predicted", f"no “{label}”") if piece.predicted else ("missed", f"“{label}”")
    ratio = f"{piece.odds_ratio:.1f}" if piece.odds_ratio < 10 else f"{min(piece.odds_ratio, 9999):.0f}"
    return (
        f"“{label}” is {verb} in {piece.errors} of {len(piece.members)} held-out images with {piece.name} "
        f"and {lacks}; outside, in {piece.outside_errors} of {piece.outside} "
        f"(odds ratio {ratio}, {p_value(piece.p_value)})."
    )


def unknown(
    label: str,
    *,
    carry: int,
    seen: int,
    probability: float,
    threshold: float,
    likeliest: Cause | None,
    chance: float,
) -> str:
    """Say what was looked at and why it decides nothing."""
    if seen:
        look = f"{carry} of {count(seen, 'held-out look-alike')} {_carry(seen)} “{label}”"
    else:
        look = f"No held-out image with a known “{label}” got the same prediction"
    lead = (
        "no cause reaches .01"
        if likeliest is None
        else f"the likeliest cause, {likeliest}, reaches {share(chance)}"
    )
    return (
        f"{look}; the model gives it {share(probability)} at threshold {share(threshold)}; {lead}: undecided."
    )


def suspect(
    label: str, *, present: bool, margin: float, lower_than: float, probability: float, trained: bool
) -> str:
    """Say how far the model leaned against a training annotation."""
    given = f"Annotated {'with' if present else 'without'} “{label}”"
    when = "over the whole training" if trained else "after training"
    return (
        f"{given}, but {when} the model leaned the other way (mean margin {_signed(margin)}, lower than "
        f"{min(lower_than, 0.999):.1%} of such images); it now gives “{label}” {share(probability)}."
    ).replace("mean margin", "mean margin" if trained else "margin")


def count(number: int, thing: str) -> str:
    """Write a number with its noun."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _carry(number: int) -> str:
    return "carries" if number == 1 else "carry"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
