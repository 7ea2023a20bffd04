"""What a list of present labels leaves open, for formats with room for further fields that other readers pass over.

Beside the present labels an image may have a list of the unknown ones, where labels that are not listed are
absent, or of the absent ones, where they are unknown; and a list of those that a person has verified. A list
that would be empty for every image is not written at all.
"""

from collections.abc import Iterator

import numpy as np

from core.data.exporters.records import Snapshot
from db.terms import LabelState

VERIFIED = "verified"


def lists(snapshot: Snapshot) -> dict[str, Iterator[list[int]]]:
    """By word (unknown or absent, and verified): the columns of each row in turn."""
    found: dict[str, Iterator[list[int]]] = {}
    rest = LabelState.ABSENT if snapshot.default is LabelState.UNKNOWN else LabelState.UNKNOWN
    if any(snapshot.listed(rest)):
        found[rest.value] = snapshot.listed(rest)
    if np.any(snapshot.verified):
        found[VERIFIED] = snapshot.columns(lambda states, verified: verified)
    return found
