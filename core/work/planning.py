"""What importing once more would do: a source beside its data set, and the addition that comes of it.

Legend: N images of the data set, A files that are in it or are added, L labels of the data set, S of the source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core import keys as keyboard
from core import states
from core.data import problem_list, registering, splits, stratify
from core.data.facts import Facts, contents
from core.data.images import DecodeLimits
from core.data.importers import Parsed, Problem
from core.data.importers.records import Array
from core.errors import BadInput
from core.services.importing import ImportRequest
from core.services.splitting import SplitWish
from core.settings import Settings
from core.states import States
from core.work import Progress, comparing, counted, meaning, sourcing, storing
from core.work.comparing import SILENT, Changes, Fresh, Matched
from core.work.lazy import Lazy
from db import additions, datasets, metadata
from db.additions import Addition, Known
from db.records import CellChange, CellValue, Dataset
from db.store import Store
from db.terms import LabelState, Part

_VALUES = {
    (code, sure): CellValue(state, sure) for code, state in states.STATES.items() for sure in (False, True)
}


def into(request: ImportRequest) -> int:
    """The data set that the request names. Raises BadInput when it names none."""
    if request.into is None:
        raise BadInput("No data set was named to import into: choose one.")
    return request.into


@dataclass(frozen=True, eq=False)
class Compared:
    """A source beside its data set; nothing is decoded yet."""

    dataset: Dataset
    parsed: Parsed
    facts: Facts
    known: Known
    matched: Matched
    problems: tuple[Problem, ...]

    @property
    def new_keys(self) -> list[str]:
        """The keys of the files to add."""
        return [self.parsed.images[at].key for at in self.facts.at[self.matched.new].tolist()]

    def decoded(self, facts: Facts) -> Facts:
        """The facts of `new_keys` once decoded, as facts of the source."""
        return replace(facts, at=self.facts.at[self.matched.new][facts.at])

    def counted(self) -> dict[str, int]:
        """How the files of the source stand to the data set."""
        there = self.matched.there
        left_out = np.array(self.known.left_out, np.bool_)
        return {
            "new": len(self.matched.new),
            "same": len(there) - int(self.matched.renamed.sum()),
            "renamed": int(self.matched.renamed.sum()),
            "clashing": len(self.matched.clashing),
            "gone": len(self.matched.gone),
            "left_out": int(left_out[self.matched.rows[there]].sum()),
        }


def compare(
    store: Store, settings: Settings, request: ImportRequest, here: sourcing.Here, progress: Progress
) -> Compared:
    """Register a source and find its files in the data set. Raises BadInput, Missing."""
    dataset = datasets.get(store, into(request))
    parsed = meaning.understood(sourcing.parsed(request, here), request)
    facts, unreadable = registering.look(
        parsed.root,
        [image.key for image in parsed.images],
        counted(progress, "comparing", 0.0, 0.3),
        DecodeLimits.of_megapixels(settings.max_image_mpx),
    )
    known = additions.known(store, dataset.id)
    keys = [parsed.images[at].key for at in facts.at.tolist()]
    matched = comparing.match(known, keys, facts.sha256)
    told = (*here.problems, *parsed.problems, *unreadable, *_told(known, keys, matched))
    return Compared(dataset, parsed, facts, known, matched, told)


def _told(known: Known, keys: Sequence[str], matched: Matched) -> list[Problem]:
    """What people want to look through: files that stand otherwise than they may think."""
    told = [
        Problem(
            problem_list.CLASHING,
            keys[at],
            "The data set has another picture of this name; this one is left out.",
        )
        for at in matched.clashing.tolist()
    ]
    for at in np.flatnonzero(matched.renamed).tolist():
        held = known.keys[int(matched.rows[at])]
        told.append(
            Problem(
                problem_list.RENAMED, keys[at], f"It is the image {held} of the data set, and stays that."
            )
        )
    reason = "The source does not have this image of the data set any more; it stays as it is."
    return told + [Problem(problem_list.GONE, known.keys[row], reason) for row in matched.gone.tolist()]


@dataclass(frozen=True, eq=False)
class Planned:
    """What would be stored, by the labels of one revision."""

    state: States
    parsed: Parsed
    added: Facts  # the new images
    parts: list[Part]  # of the new images
    new_labels: tuple[str, ...]
    changes: Changes
    fresh: Fresh
    silent: tuple[str, ...]  # labels of the data set that the source does not name

    @property
    def revision(self) -> int:
        """The one that was looked at."""
        return self.state.revision

    @property
    def size(self) -> int:
        """How much there is to store; new images count by themselves."""
        return len(self.added) + len(self.new_labels) + len(self.changes)

    def counted(self) -> dict[str, Any]:
        """What would be done, in numbers."""
        ways = self.changes.counted([label.name for label in self.state.labels])
        return {
            "added": len(self.added),
            "parts": {part.value: self.parts.count(part) for part in Part if part in self.parts},
            "new_labels": list(self.new_labels),
            "silent_labels": list(self.silent),
            "changed": len(self.changes),
            "changes": [[name, old.value, new.value, count] for name, old, new, count in ways],
            "kept": self.changes.kept,
        }

    def addition(self, root: str | None, notes: Sequence[str]) -> Addition:
        """As the database takes it; root: where the new images lie."""
        labels, images = self.state.labels, len(self.state.parts)
        taken = [label.key for label in labels]
        for name in self.new_labels:
            taken.append(keyboard.proposed(name, taken))
        return Addition(
            revision=self.revision,
            images=images,
            new_images=storing.images(self.parsed, self.added, self.parts, images),
            new_labels=list(zip(self.new_labels, taken[len(labels) :], strict=True)),
            default_state=self.fresh.default,
            changes=_cell_changes(self.changes, [label.id for label in labels]),
            cells=_fresh_cells(self.fresh, [label.id for label in labels]),
            root=root,
            notes=notes,
        )


def plan(store: Store, request: ImportRequest, compared: Compared, added: Facts) -> Planned:
    """What would be stored of a source whose new images are those; by the labels of now. Raises BadInput."""
    parsed, there = compared.parsed, compared.matched.there
    known = states.matrix(store, compared.dataset.id)
    names = [label.name for label in known.labels]
    new_labels = _new_labels(parsed, request, names)
    place = {name: at for at, name in enumerate((*names, *new_labels))}
    columns = np.array([place[name] for name in parsed.labels], np.int64)  # (S,)
    held = compared.facts.take(there)
    codes, verified = meaning.said(parsed, held, SILENT)
    default = meaning.unlisted(parsed, request)
    if default is LabelState.ABSENT:
        codes = np.where(codes == SILENT, np.int8(states.CODES[default]), codes)
    old = np.where(columns < len(names), columns, -1)
    changes = comparing.changes(
        known, compared.matched.rows[there], old, codes, verified, keep_verified=request.keep_verified
    )
    more, more_verified = meaning.said(parsed, added, SILENT)
    first = len(known.parts)
    fresh = comparing.fresh(
        known,
        np.concatenate([compared.matched.rows[there], np.arange(first, first + len(added))]),
        columns,
        np.concatenate([codes, more]),
        np.concatenate([verified, more_verified]),
        new_labels=len(new_labels),
        unlisted=default,
    )
    parts = _parts(
        store, request, compared, added, _present(known, changes, fresh, len(added), len(new_labels))
    )
    silent = tuple(name for name in names if name not in parsed.labels)
    return Planned(known, parsed, added, parts, new_labels, changes, fresh, silent)


def _new_labels(parsed: Parsed, request: ImportRequest, names: Sequence[str]) -> tuple[str, ...]:
    held = set(names)
    return tuple(name for name in (*parsed.labels, *meaning.more_labels(parsed, request)) if name not in held)


def _present(known: States, changes: Changes, fresh: Fresh, added: int, new_labels: int) -> Array:
    """Which images would carry which labels, bool (N + added, L + new labels)."""
    images, labels = known.states.shape
    present = np.zeros((images + added, labels + new_labels), np.bool_)
    present[:images, :labels] = known.states == 1
    # Of a new image, only what differs from the default is listed: no label is present by default.
    present[changes.rows, changes.columns] = changes.after == 1
    present[fresh.rows, fresh.columns] = fresh.codes == 1
    return present


def _parts(
    store: Store, request: ImportRequest, compared: Compared, added: Facts, present: Array
) -> list[Part]:
    """The parts of the new images: those of the others stay, copies join their like, the rest fills up the shares."""
    known, held = compared.known, compared.dataset.split
    if not len(added):
        return []
    own = None if request.shares else meaning.given(compared.parsed, added)
    fixed = [*known.parts, *(own or [None] * len(added))]
    out = np.concatenate([np.array(known.left_out, np.bool_), np.zeros(len(added), np.bool_)])
    digests = np.concatenate([np.frombuffer(known.digests, np.uint8).reshape(-1, 32), added.sha256])
    groups = stratify.numbered(contents(digests))
    column = request.group or SplitWish.of(compared.dataset).together
    if column:
        groups = stratify.joined(groups, _by_column(store, request, compared, added, column))
    shares = request.shares or _shares(held) or meaning.shares_of(known.parts) or splits.USUAL_SHARES
    # By content, so that neither their names nor their order say which image goes where.
    new = np.lexsort(added.sha256.T[::-1])  # (added,)
    order = np.concatenate([np.arange(len(known.parts)), len(known.parts) + new])
    drawn = splits.stratified(
        present[order],
        shares,
        int(held.get("seed", request.seed)),
        fixed=[fixed[row] for row in order.tolist()],
        groups=groups[order],
        left_out=out[order],
    )
    back = np.argsort(order)[len(known.parts) :]
    return [drawn[place] for place in back.tolist()]


def _shares(split: Mapping[str, Any]) -> dict[Part, float]:
    return {Part(word): float(share) for word, share in dict(split.get("shares") or {}).items()}


def _by_column(store: Store, request: ImportRequest, compared: Compared, added: Facts, column: str) -> Array:
    """One number a value of a further column, int64 (N + added,), -1 for none."""
    before = metadata.values(store, compared.dataset.id, column)
    try:
        new = meaning.values(compared.parsed, added, column)
    except BadInput:
        if request.group:  # asked for now, not only once
            raise
        new = [None] * len(added)
    return stratify.by_value([*(before.get(row) for row in range(len(compared.known.keys))), *new])


def _cell_changes(changes: Changes, label_ids: Sequence[int]) -> Lazy[CellChange]:
    ids = np.array(label_ids, np.int64)
    arrays = (
        changes.rows, changes.columns, changes.before, changes.before_verified, changes.after, changes.after_verified,
    )  # fmt: skip

    def make(start: int, stop: int) -> list[CellChange]:
        rows, columns, old, old_sure, new, new_sure = (array[start:stop] for array in arrays)
        told = zip(*(a.tolist() for a in (rows, ids[columns], old, old_sure, new, new_sure)), strict=True)
        return [CellChange(row, label, _VALUES[a, s], _VALUES[b, t]) for row, label, a, s, b, t in told]

    return Lazy(len(changes), make)


def _fresh_cells(fresh: Fresh, label_ids: Sequence[int]) -> Lazy[tuple[int, int, CellValue]]:
    ids, labels = np.array(label_ids, np.int64), len(label_ids)

    def make(start: int, stop: int) -> list[tuple[int, int, CellValue]]:
        rows, columns, codes, sure = (
            array[start:stop] for array in (fresh.rows, fresh.columns, fresh.codes, fresh.verified)
        )
        named = labels - 1 - columns  # -1 - place among the new ones
        own = columns < labels
        named[own] = ids[columns[own]]
        told = zip(*(array.tolist() for array in (rows, named, codes, sure)), strict=True)
        return [(row, label, _VALUES[code, verified]) for row, label, code, verified in told]

    return Lazy(len(fresh.rows), make)
