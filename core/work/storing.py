"""A source that was read becomes a new data set, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import keys, states
from core.actor import Actor
from core.data import splits, stratify
from core.data.build import Built
from core.data.facts import Facts
from core.data.importers.records import Parsed, Problem
from core.errors import BadInput
from core.services.importing import ImportRequest
from core.words import counted
from core.work import meaning
from core.work.lazy import Lazy
from db import datasets
from db.datasets import NewCell
from db.records import Dataset, Image
from db.store import Store
from db.terms import Part

MOST_NOTES = 200  # problems kept with the data set, for people to read; all of them are in its list


@dataclass(frozen=True)
class New:
    """A data set to store: its name, its folder, and where its originals are."""

    name: str
    token: str
    root: str
    demo: bool


def images(parsed: Parsed, facts: Facts, parts: Sequence[Part], first_row: int = 0) -> Lazy[Image]:
    """The readable files of a source as records, from a row on."""

    def make(start: int, stop: int) -> list[Image]:
        one = slice(start, stop)
        numbers = zip(
            *(a[one].tolist() for a in (facts.at, facts.width, facts.height, facts.bytes)), strict=True
        )
        return [
            Image(0, first_row + row, (image := parsed.images[at]).key, parts[row], facts.sha256[row].tobytes().hex(),
                  width, height, size, meta=image.meta)
            for row, (at, width, height, size) in enumerate(numbers, start)
        ]  # fmt: skip

    return Lazy(len(facts), make)


def store_new(
    store: Store, actor: Actor, request: ImportRequest, new: New, parsed: Parsed, built: Built
) -> Dataset:
    """Store a whole new data set. Raises BadInput for a split that cannot be, Conflict for a name that is taken."""
    default = meaning.unlisted(parsed, request)
    more = meaning.more_labels(parsed, request)
    split = _split(request, parsed, built.facts)
    named = keys.assign([*parsed.labels, *more])
    pairs = list(zip([*parsed.labels, *more], named, strict=True))
    return datasets.create(
        store,
        name=new.name,
        folder=new.token,
        source=request.called,
        root=new.root,
        format=parsed.format,
        default_state=default,
        labels=pairs[: len(parsed.labels)],
        unknown_labels=pairs[len(parsed.labels) :],
        images=images(parsed, built.facts, split.parts),
        cells=_cells(parsed, built.facts, states.CODES[default]),
        author=actor.name,
        client_id=new.token,
        demo=new.demo,
        notes=[*parsed.notes, *told((*parsed.problems, *built.problems))],
        split=split.wish,
    )


def told(problems: Sequence[Problem]) -> list[str]:
    """The first problems as sentences, and how many more there are."""
    said = [f"{problem.where}: {problem.reason}" for problem in problems[:MOST_NOTES]]
    more = len(problems) - len(said)
    return said + ([f"… and {more:,} more."] if more > 0 else [])


def _cells(parsed: Parsed, facts: Facts, default: int) -> Lazy[NewCell]:
    """Those that differ from the default or are verified."""
    cells = parsed.cells
    rows = meaning.rows(parsed, facts)[cells.images]
    kept = np.flatnonzero((rows >= 0) & ((cells.codes != default) | cells.verified))
    arrays = (rows[kept], cells.labels[kept], cells.codes[kept], cells.verified[kept])

    def make(start: int, stop: int) -> list[NewCell]:
        at, labels, codes, verified = (array[start:stop].tolist() for array in arrays)
        return list(zip(at, labels, [states.STATES[code] for code in codes], verified, strict=True))

    return Lazy(len(kept), make)


@dataclass(frozen=True)
class _Split:
    parts: list[Part]
    wish: dict[str, Any]  # how later images are to get theirs


def _split(request: ImportRequest, parsed: Parsed, facts: Facts) -> _Split:
    """The part of each image: the shares asked for, else what the source gives, else 80 to 20."""
    fixed = None if request.shares else meaning.given(parsed, facts)
    shares = dict(request.shares or meaning.shares_of(fixed or []) or splits.USUAL_SHARES)
    present = meaning.said(parsed, facts, 0)[0] == 1  # (M, L)
    groups = stratify.by_value(meaning.values(parsed, facts, request.group)) if request.group else None
    copies = facts.copies
    parts = splits.stratified(present, shares, request.seed, copies, fixed, groups)
    if not {Part.TRAIN, Part.VALIDATION} <= set(parts) and copies.max(initial=0) > 0:
        # Nearly everything is there more than once: then copies stay together on any side, not in train alone.
        kept = copies if groups is None else stratify.joined(copies, groups)
        parts = splits.stratified(present, shares, request.seed, None, fixed, stratify.numbered(kept))
    for part in (Part.TRAIN, Part.VALIDATION):
        if part not in parts:
            sizes = np.bincount(copies)
            raise BadInput(_leaves_empty(part, len(facts), int(sizes[sizes > 1].sum()), len(sizes)))
    wish = {"shares": {part.value: share for part, share in shares.items()}, "seed": request.seed}
    return _Split(parts, {**wish, "together": request.group or ""})


def _leaves_empty(part: Part, images: int, copies: int, different: int) -> str:
    """Why a split leaves a part without images; copies: images whose file is there more than once."""
    word = part.noun
    if not copies:
        return f"The split leaves no image to {word} ({counted(images, 'image')}): import more, or choose other shares."
    which = f"all {images}" if copies == images else f"{copies} of the {images}"
    of_what = "copies of one file" if different == 1 else "copies of one another"
    return (
        f"The split leaves no image to {word}: {which} images are {of_what}, and copies stay together in "
        "train; import more different pictures."
    )
