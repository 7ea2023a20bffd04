"""What a list of present labels leaves open, for formats with room for further fields that other readers pass over.

Beside the present labels an image may have a list of the unknown ones, where labels that are not listed are
absent, or of the absent ones, where they are unknown; and a list of those that a person has verified. What is
verified is in one of the lists in any case, so that its state needs no guess. A list that would be empty for every
image is not written at all.
"""

from collections.abc import Iterator

import numpy as np

from core.data.exporters.records import Snapshot
from db.terms import LabelState

VERIFIED = "verified"


def lists(snapshot: Snapshot) -> dict[str, Iterator[list[int]]]:
    """By word (unknown, absent, verified): the columns of each row in turn."""
    found: dict[str, Iterator[list[int]]] = {}
    for state, code in ((LabelState.UNKNOWN, -1), (LabelState.ABSENT, 0)):
        if any(_named(snapshot, state, code)):
            found[state.value] = _named(snapshot, state, code)
    if np.any(snapshot.verified):
        found[VERIFIED] = snapshot.columns(lambda states, verified: verified)
    return found


def _named(snapshot: Snapshot, state: LabelState, code: int) -> Iterator[list[int]]:
    """The columns of the cells in that state, but for those that are so because nothing lists them."""
    everywhere = snapshot.default is not state
    return snapshot.columns(lambda states, verified: (states == code) & (verified | everywhere))
