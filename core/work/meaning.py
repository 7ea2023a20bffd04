"""What a source means to an import: its labels mapped, what it does not list, which images stay together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core import states
from core.data.facts import Facts
from core.data.importers import Parsed, mapping
from core.data.importers.records import Array
from core.errors import BadInput
from core.services.importing import ImportRequest
from db.terms import LabelState, Part


def understood(parsed: Parsed, request: ImportRequest) -> Parsed:
    """The source with its labels renamed, merged and dropped as asked. Raises BadInput."""
    # A label named that the source lacks is refused by `mapped`, but one that only an earlier import named is not.
    wanted = request.mapping_of(parsed.labels)
    return mapping.mapped(parsed, wanted) if wanted else parsed


def unlisted(parsed: Parsed, request: ImportRequest) -> LabelState:
    """What a label is that is not listed for an image: as asked, else as the format says, else absent."""
    return request.unlisted or parsed.unlisted or LabelState.ABSENT


def more_labels(parsed: Parsed, request: ImportRequest) -> tuple[str, ...]:
    """The labels to have beside the source's own."""
    return tuple(name for name in request.labels if name not in parsed.labels)


def rows(parsed: Parsed, facts: Facts) -> Array:
    """The place among the readable files of each image of the source, int64 (N,); -1 where it cannot be read."""
    found = np.full(len(parsed.images), -1, np.int64)
    found[facts.at] = np.arange(len(facts))
    return found


def said(parsed: Parsed, facts: Facts, silence: int) -> tuple[Array, Array]:
    """What the source says of M readable files: codes int8 (M, L) and verified bool (M, L).

    silence: the code of a cell of which it says nothing.
    """
    shape = (len(facts), len(parsed.labels))
    codes, verified = np.full(shape, silence, np.int8), np.zeros(shape, np.bool_)
    at = rows(parsed, facts)[parsed.cells.images]
    here = at >= 0
    columns = parsed.cells.labels[here]
    codes[at[here], columns] = parsed.cells.codes[here]
    verified[at[here], columns] = parsed.cells.verified[here]
    return codes, verified


def carried(parsed: Parsed, facts: Facts) -> tuple[Array, int]:
    """How many readable files carry each label, int64 (L,); and how many carry none."""
    at = rows(parsed, facts)[parsed.cells.images]
    present = (parsed.cells.codes == states.CODES[LabelState.PRESENT]) & (at >= 0)
    counts = np.bincount(parsed.cells.labels[present], minlength=len(parsed.labels))
    return counts, len(facts) - len(np.unique(at[present]))


def given(parsed: Parsed, facts: Facts) -> list[Part | None]:
    """The part that the source gives each readable file."""
    return [parsed.images[at].part for at in facts.at.tolist()]


def values(parsed: Parsed, facts: Facts, column: str) -> list[str | None]:
    """The value of a further column by readable file. Raises BadInput where the source has no such column."""
    found = [(parsed.images[at].meta or {}).get(column) or None for at in facts.at.tolist()]
    if not any(found):
        there = ", ".join(columns(parsed)) or "none"
        raise BadInput(f"No image has a value in the column “{column}”; its further columns: {there}.")
    return found


def columns(parsed: Parsed) -> dict[str, int]:
    """The further columns of the source, and how many images have a value in each."""
    return dict(
        Counter(name for image in parsed.images for name, value in (image.meta or {}).items() if value)
    )


def with_split(parsed: Parsed, parts: dict[str, Part]) -> Parsed:
    """The same source with a split from elsewhere, by image key."""
    return replace(parsed, images=tuple(replace(i, part=parts.get(i.key, i.part)) for i in parsed.images))


def shares_of(parts: Sequence[Part | None]) -> dict[Part, float] | None:
    """The shares that a given split has, if it covers train and validation."""
    count = Counter(part for part in parts if part is not None)
    if not (count[Part.TRAIN] and count[Part.VALIDATION]):
        return None
    total = sum(count.values())
    return {part: count[part] / total for part in Part if count[part]}
