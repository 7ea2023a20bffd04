"""The sentences for what a format cannot hold of the labels, with numbers."""

from typing import Any

import numpy as np

from core.codes import CODES
from core.data.exporters.records import Carries, Snapshot
from core.data.importers import listing
from core.words import those
from db.terms import LabelState

Array = np.ndarray[Any, Any]

_PRESENT, _ABSENT, _UNKNOWN = (CODES[state] for state in LabelState)


class ToldByWhatItCarries:
    """A format of which everything that it loses follows from what it says that it carries."""

    carries: Carries

    def losses(self, snapshot: Snapshot) -> list[str]:
        """Sentences for what will not be in its files."""
        return sentences(self.carries, snapshot)


def sentences(carries: Carries, snapshot: Snapshot, cells: Array | None = None) -> list[str]:
    """A sentence for everything of the snapshot that the format cannot carry.

    cells: bool (N, L), those that stand in the file where that is not as `said` has it.
    """
    states = snapshot.states
    lost: list[str] = []
    if not carries.parts and snapshot.images:
        several = f"the {len(snapshot.images):,} images are"
        the = "the image is" if len(snapshot.images) == 1 else several
        lost.append(f"Which part of the split {the} in is not written.")
    if not carries.empty_labels:
        lost += _empty_labels(snapshot, said(carries, snapshot) if cells is None else cells)
    if not carries.images:
        bare = len(states) - int((states == _PRESENT).any(axis=1).sum())
        if bare:
            lost.append(f"{those(bare, 'image', 'without a label is', 'without a label are')} not written.")
    if not carries.selection and snapshot.left_out:
        lost.append(
            f"{those(snapshot.left_out, 'image', 'is', 'are')} left out: read back beside all the "
            "photographs, this format takes them for images without a label."
        )
    lost += _states(carries, snapshot)
    lost += _verified(carries, snapshot)
    if not carries.meta and (further := snapshot.further()):
        lost.append(f"Further columns of the images are not written: {listing.some(further)}.")
    return lost


def said(carries: Carries, snapshot: Snapshot) -> Array:
    """Cells that stand in the file, bool (N, L): the present ones, and those that lists beside them name."""
    states = snapshot.states
    cells: Array = states == _PRESENT
    if snapshot.default is LabelState.ABSENT and carries.unknown:
        cells = cells | (states == _UNKNOWN)
    if snapshot.default is LabelState.UNKNOWN and carries.absent:
        cells = cells | (states == _ABSENT)
    if carries.verified:
        cells = cells | (snapshot.verified if carries.unknown else snapshot.verified & (states != _UNKNOWN))
    return cells


def _empty_labels(snapshot: Snapshot, cells: Array) -> list[str]:
    """A label is in the file where something is said of it."""
    shown: Array = cells.sum(axis=0)  # int (L,)
    empty = [label for label, count in zip(snapshot.labels, shown.tolist(), strict=True) if not count]
    return [f"Labels that no image has are not written: {listing.some(empty)}."] if empty else []


def _verified(carries: Carries, snapshot: Snapshot) -> list[str]:
    """A format without unknown cells cannot say either that a person has left one so."""
    if not carries.verified:
        count, as_what = int(np.count_nonzero(snapshot.verified)), "verified"
    elif not carries.unknown:
        count = int(np.count_nonzero(snapshot.verified & (snapshot.states == _UNKNOWN)))
        as_what = "verified as unknown"
    else:
        return []
    if not count:
        return []
    return [
        f"That {those(count, 'cell', 'is', 'are')} {as_what} is not written: the format changes keeps that."
    ]


def _states(carries: Carries, snapshot: Snapshot) -> list[str]:
    """Cells that are read back in another state: unlisted ones all become the snapshot's default."""
    if carries.absent and carries.unknown:
        return []
    read_as = snapshot.default
    code, word = (_UNKNOWN, "unknown") if read_as is LabelState.ABSENT else (_ABSENT, "absent")
    if carries.unknown if code == _UNKNOWN else carries.absent:
        return []
    lost = snapshot.states == code
    if carries.unseen and code == _UNKNOWN:
        lost = lost & ~lost.all(axis=1, keepdims=True)
    count = int(np.count_nonzero(lost))
    if not count:
        return []
    return [
        f"{those(count, f'{word} cell', 'is', 'are')} not written: this format lists what is present, "
        f"and the rest is read back as {read_as.value}."
    ]
