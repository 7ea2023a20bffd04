"""A source beside the data set that it is imported into once more: which images and cells are new, changed, kept.

Legend: N images of the data set, M readable files of the source, L labels of the data set, S of the source.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core import states
from core.data.facts import contents
from core.data.importers.records import Array
from core.states import States
from db.additions import Known
from db.terms import LabelState

NEW, CLASHING = -1, -2  # a file that the data set has not; one whose key there is another content's
SILENT = -2  # the code of a cell of which the source says nothing
_UNKNOWN = states.CODES[LabelState.UNKNOWN]


@dataclass(frozen=True, eq=False)
class Matched:
    """Which image of the data set each file of the source is."""

    rows: Array  # int64 (M,): its row, else NEW or CLASHING
    renamed: Array  # bool (M,): it has another key there
    gone: Array  # int64 (G,): rows that no file of the source is

    @property
    def new(self) -> Array:
        """The files to add, int64, by index."""
        return np.flatnonzero(self.rows == NEW)

    @property
    def clashing(self) -> Array:
        """The files that cannot be added, int64, by index."""
        return np.flatnonzero(self.rows == CLASHING)

    @property
    def there(self) -> Array:
        """The files that are in the data set, int64, by index."""
        return np.flatnonzero(self.rows >= 0)


def match(known: Known, keys: Sequence[str], digests: Array) -> Matched:
    """Find each file of the source, by key (M,) and SHA-256 uint8 (M, 32), in the data set.

    A file is first the image with its key and content, then one with its content under another key, each image once;
    further copies are new. A key that another content has is no match: the file is left out.
    """
    held = np.frombuffer(known.digests, np.uint8).reshape(-1, 32)  # (N, 32)
    numbers = contents(np.concatenate([held, digests])).tolist()
    there, here = numbers[: len(held)], numbers[len(held) :]
    row_of = {key: row for row, key in enumerate(known.keys)}
    rows = np.full(len(keys), NEW, np.int64)
    taken = np.zeros(len(held), np.bool_)
    for at, key in enumerate(keys):
        row = row_of.get(key)
        if row is not None and there[row] == here[at]:
            rows[at], taken[row] = row, True
    renamed = _matched_by_content(rows, taken, there, here)
    for at in np.flatnonzero(rows == NEW).tolist():
        if keys[at] in row_of:
            rows[at] = CLASHING
    return Matched(rows, renamed, np.flatnonzero(~taken))


def _matched_by_content(rows: Array, taken: Array, there: Sequence[int], here: Sequence[int]) -> Array:
    """Give files that have no image yet one that has their content and no file; bool (M,), which were."""
    renamed = np.zeros(len(rows), np.bool_)
    open_files = np.flatnonzero(rows == NEW).tolist()
    wanted = {here[at] for at in open_files}
    free: dict[int, list[int]] = {}
    for row in np.flatnonzero(~taken).tolist()[::-1]:
        if there[row] in wanted:
            free.setdefault(there[row], []).append(row)
    for at in open_files:
        if waiting := free.get(here[at]):
            row = waiting.pop()
            rows[at], taken[row], renamed[at] = row, True, True
    return renamed


@dataclass(frozen=True, eq=False)
class Changes:
    """Cells of images and labels that the data set has, C of them, by row and label."""

    rows: Array  # int64 (C,)
    columns: Array  # int64 (C,): positions of the data set's labels
    before: Array  # int8 (C,)
    before_verified: Array  # bool (C,)
    after: Array  # int8 (C,)
    after_verified: Array  # bool (C,)
    kept: int  # cells that differ and were left, for a person has verified them

    def __len__(self) -> int:
        return len(self.rows)

    def counted(self, names: Sequence[str]) -> list[tuple[str, LabelState, LabelState, int]]:
        """(label, before, after, cells), the most cells first; the same state twice: only verified or no longer."""
        ways = zip(self.columns.tolist(), self.before.tolist(), self.after.tolist(), strict=True)
        most = sorted(Counter(ways).items(), key=lambda item: (-item[1], item[0]))
        return [(names[at], states.STATES[old], states.STATES[new], count) for (at, old, new), count in most]


def changes(
    known: States, rows: Array, columns: Array, codes: Array, verified: Array, *, keep_verified: bool
) -> Changes:
    """What the source says otherwise of images that are there.

    rows (A,): the image of each file; columns (S,): the data set's label of each of the source's, -1 where it has
    none; codes int8 (A, S), SILENT where the source says nothing, and verified bool (A, S).
    """
    shared = np.flatnonzero(columns >= 0)
    at, to = np.ix_(rows, columns[shared])
    held, sure = known.states[at, to], known.verified[at, to]  # (A, shared)
    said, seen = codes[:, shared], verified[:, shared]
    differs = (said != SILENT) & (said != held)
    blocked = differs & sure if keep_verified else np.zeros_like(differs)
    changed = (differs & ~blocked) | ((said == held) & seen & ~sure)
    i, j = np.nonzero(changed)
    order = np.lexsort((columns[shared][j], rows[i]))
    i, j = i[order], j[order]
    return Changes(
        rows[i], columns[shared][j], held[i, j], sure[i, j], said[i, j], seen[i, j], int(blocked.sum())
    )


@dataclass(frozen=True, eq=False)
class Fresh:
    """Cells of new images or new labels that differ from what the label is by default, F of them."""

    rows: Array  # int64 (F,)
    columns: Array  # int64 (F,): positions of the data set's labels, the new ones behind them
    codes: Array  # int8 (F,)
    verified: Array  # bool (F,)
    default: LabelState  # of the new labels


def fresh(
    known: States,
    rows: Array,
    columns: Array,
    codes: Array,
    verified: Array,
    *,
    new_labels: int,
    unlisted: LabelState,
) -> Fresh:
    """The cells of new images and of new labels.

    rows (A,): the image of each file, the new ones from N on, all of them; columns (S,): its labels, the new ones from
    L on; codes and verified (A, S) as for `changes`. What the source does not list for an image of its own is
    `unlisted`; a new label is unknown on images that the source has not.
    """
    first, labels = len(known.parts), len(known.labels)
    total = max(first, int(rows.max(initial=-1)) + 1)
    own = rows >= first
    silent = states.CODES[unlisted]
    filled = np.where(codes == SILENT, np.int8(silent), codes)
    # New images, under the labels that there were.
    old = np.full((total - first, labels), silent, np.int8)
    old_sure = np.zeros(old.shape, np.bool_)
    shared = np.flatnonzero((columns >= 0) & (columns < labels))
    at = np.ix_(rows[own] - first, columns[shared])
    old[at], old_sure[at] = filled[own][:, shared], verified[own][:, shared]
    usual = np.array([states.CODES[label.default_state] for label in known.labels], np.int8)
    i, j = np.nonzero((old != usual) | old_sure)
    # New labels, on every image.
    added = np.full((total, new_labels), _UNKNOWN, np.int8)
    added_sure = np.zeros(added.shape, np.bool_)
    named = np.flatnonzero(columns >= labels)
    at = np.ix_(rows, columns[named] - labels)
    added[at], added_sure[at] = filled[:, named], verified[:, named]
    absent = np.count_nonzero(added == states.CODES[LabelState.ABSENT])
    default = LabelState.ABSENT if absent > np.count_nonzero(added == _UNKNOWN) else LabelState.UNKNOWN
    k, m = np.nonzero((added != states.CODES[default]) | added_sure)
    return Fresh(
        np.concatenate([i + first, k]),
        np.concatenate([j, m + labels]),
        np.concatenate([old[i, j], added[k, m]]),
        np.concatenate([old_sure[i, j], added_sure[k, m]]),
        default,
    )
