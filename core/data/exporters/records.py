"""What an exporter is given: the labels as they stand at one revision, and what people changed of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from db.terms import Cause, LabelState, Part


@dataclass(frozen=True, slots=True)
class Corrected:
    """A cell that is not as it was imported, or that a person has verified as it was."""

    image: str
    label: str
    before: LabelState  # as it was imported
    after: LabelState
    reason: str
    author: str
    changed_at: float
    finding_id: int | None
    cause: Cause | None  # of that finding; None where there was none, or it is gone
    run_id: int | None


@dataclass(frozen=True)
class Snapshot:
    """All cells of a data set; states (N, L) int8 are 1 present, 0 absent, -1 unknown."""

    labels: tuple[str, ...]
    images: tuple[tuple[str, Part], ...]
    """(key, part) by row of `states`."""
    states: NDArray[np.int8]
    default: LabelState
    """The state of cells that no source listed: absent or unknown."""
    corrected: tuple[Corrected, ...] = ()
    """What people changed or verified since the import, a cell once."""

    def present(self, row: int) -> list[str]:
        """The labels that one image has."""
        return [self.labels[at] for at in np.flatnonzero(self.states[row] == 1).tolist()]


class Exporter(Protocol):
    """One format; `losses` is said to the person before `write` is called."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def tells_corrections(self) -> bool: ...

    def losses(self, snapshot: Snapshot) -> list[str]: ...

    def write(self, out: Path, snapshot: Snapshot, *, force: bool = False) -> None: ...


def unlisted_losses(snapshot: Snapshot) -> list[str]:
    """What a format loses that lists only the labels which are present."""
    if snapshot.default is LabelState.UNKNOWN:
        lost, others, word = int((snapshot.states == 0).sum()), "unknown", "absent"
    else:
        lost, others, word = int((snapshot.states == -1).sum()), "absent", "unknown"
    sentences = []
    if lost:
        sentences.append(
            f"{lost:,} {word} cells are not written: this format lists what is present, "
            f"and the rest is read back as {others}."
        )
    return [*sentences, "What people have verified is not marked: the format changes keeps that."]
