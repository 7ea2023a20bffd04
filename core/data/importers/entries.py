"""What formats in JSON have in common: names, numbers and lists of labels that may be of any shape."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.data.importers.draft import Draft
from core.data.importers.names import short, storable
from core.data.importers.records import Place
from db.terms import LabelState

_SCALARS = (str, int, float, bool)


def names_in(value: Any, draft: Draft, where: Place) -> list[str]:
    """The label names that a value holds: a list of them, one alone, or none (null); others are told."""
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        value = [value]
    found = []
    for one in value:
        if isinstance(one, str) or (isinstance(one, int) and not isinstance(one, bool)):
            found.append(str(one))
        else:
            draft.problem("bad label", where, f"{short(str(one))} is not the name of a label; left out.")
    return found


def meta_of(entry: Mapping[str, Any], used: Iterable[str]) -> dict[str, str]:
    """The further fields of an image that hold one plain value."""
    return {
        name: text
        for name, value in entry.items()
        if name not in used
        and isinstance(value, _SCALARS)
        and storable(name)
        and storable(text := str(value))
        if text.strip()
    }


def say_lists(
    draft: Draft,
    image: int,
    where: Place,
    present: list[str],
    *,
    unknown: list[str],
    absent: list[str],
    verified: list[str],
) -> None:
    """Note the labels of one image; a verified one that is in no other list has no state, which is told."""
    sure = {draft.label(name, where) for name in verified} - {None}
    for names, state in (
        (present, LabelState.PRESENT),
        (unknown, LabelState.UNKNOWN),
        (absent, LabelState.ABSENT),
    ):
        for name in names:
            label = draft.label(name, where)
            draft.say(image, label, state, verified=label in sure, where=where)
    named = {*present, *unknown, *absent}
    for name in verified:
        if name not in named:
            draft.problem(
                "bad label", where, f"{short(name)} is verified, but in no list of states; left out."
            )
