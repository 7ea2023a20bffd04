"""What a format can hold of the labels, and the sentences for what it cannot, with numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data.importers import listing
from db.terms import LabelState

if TYPE_CHECKING:
    from core.data.exporters.records import Snapshot

_PRESENT, _ABSENT, _UNKNOWN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Carries:
    """What comes back as it was when an export in one format is imported again."""

    absent: bool = False
    """Absent cells are told from those that nothing lists."""
    unknown: bool = False
    """Unknown cells are told from those that nothing lists."""
    verified: bool = False
    parts: bool = False
    empty_labels: bool = False
    """Labels that no image has."""
    images: bool = True
    """Images that have no label."""
    meta: bool = False
    """Further columns of the source."""
    selection: bool = True
    """Which images were chosen: those left out are not taken for images without a label."""
    tables: bool = False
    """It is a table that people open in a spreadsheet: its cells can be neutralised."""
    pictures: bool = False
    """The images themselves can come along: copied, or linked."""
    corrections: bool = False
    """It holds not the labels but what people changed of them."""

    @property
    def three_states(self) -> bool:
        return self.absent and self.unknown


def losses(carries: Carries, snapshot: "Snapshot") -> list[str]:
    """A sentence for everything of the snapshot that the format cannot carry."""
    states, verified = snapshot.states, snapshot.verified
    lost: list[str] = []
    if not carries.parts and snapshot.images:
        lost.append(f"Which part of the split the {len(snapshot.images):,} images are in is not written.")
    if not carries.empty_labels:
        lost += _empty_labels(snapshot)
    if not carries.images:
        bare = len(states) - int((states == _PRESENT).any(axis=1).sum())
        if bare:
            lost.append(f"{_count(bare, 'image')} without a label {_are(bare)} not written.")
    if not carries.selection and snapshot.left_out:
        lost.append(
            f"{_count(snapshot.left_out, 'image')} {_are(snapshot.left_out)} left out: read back beside all the "
            "photographs, this format takes them for images without a label."
        )
    lost += _states(carries, snapshot)
    if not carries.verified and (count := int(np.count_nonzero(verified))):
        lost.append(
            f"That {_count(count, 'cell')} {_are(count)} verified is not written: the format changes keeps that."
        )
    if not carries.meta and (further := snapshot.further()):
        lost.append(f"Further columns of the images are not written: {listing.some(further)}.")
    return lost


def _empty_labels(snapshot: "Snapshot") -> list[str]:
    shown = (snapshot.states == _PRESENT).any(axis=0).tolist()
    empty = [label for label, any_image in zip(snapshot.labels, shown, strict=True) if not any_image]
    return [f"Labels that no image has are not written: {listing.some(empty)}."] if empty else []


def _states(carries: Carries, snapshot: "Snapshot") -> list[str]:
    """Cells that are read back in another state: unlisted ones all become the snapshot's default."""
    if carries.absent and carries.unknown:
        return []
    read_as = snapshot.default
    code, word = (_UNKNOWN, "unknown") if read_as is LabelState.ABSENT else (_ABSENT, "absent")
    if carries.unknown if code == _UNKNOWN else carries.absent:
        return []
    count = int(np.count_nonzero(snapshot.states == code))
    if not count:
        return []
    return [
        f"{_count(count, f'{word} cell')} {_are(count)} not written: this format lists what is present, "
        f"and the rest is read back as {read_as.value}."
    ]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
