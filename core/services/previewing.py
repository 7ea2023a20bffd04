"""What an epoch will see, before anything is trained: how often each label, and real pictures as they are altered."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core import states
from core.actor import Actor
from core.artifacts import DatasetFiles
from core.config import TrainConfig
from core.data import balance, epoch_preview
from core.data.epoch_preview import EpochCounts
from core.errors import BadInput
from core.files import Array
from core.settings import Settings
from core.states import States
from db import datasets
from db.store import Store
from db.terms import Part

ROWS = 6  # images in a grid of examples
ALTERED = 4  # pictures of each, beside the original
_QUALITY = 92  # of the JPEGs: what training sees has no further artefacts


@dataclass(frozen=True, eq=False)
class EpochPreview:
    """The first epoch of a run with some settings, by the newest labels."""

    revision: int
    counts: EpochCounts
    left_out: int  # images of the data set that are neither learned from nor judged


@dataclass(frozen=True)
class Example:
    """One training image, and what becomes of it."""

    row: int
    labels: tuple[str, ...]
    times: int  # pictures of it that the first epoch shows
    versions: int  # its versions that undersampling leaves, the original among them
    pictures: tuple[bytes, ...]  # JPEGs of the network's input side: the original, then ALTERED ones
    dropped: frozenset[int]  # places in `pictures` of versions that undersampling takes out


def epoch(store: Store, actor: Actor, dataset_id: int, config: TrainConfig) -> EpochPreview:
    """How often an epoch will show each label. Raises Missing, and BadInput without training images."""
    known = states.matrix(store, dataset_id)
    rows = _training_rows(known)
    counted = epoch_preview.counts(known.states[rows], known.names, config, config.seed)
    return EpochPreview(known.revision, counted, int((known.parts == states.LEFT_OUT).sum()))


def examples(
    store: Store, settings: Settings, actor: Actor, dataset_id: int, config: TrainConfig, *, turn: int = 0
) -> list[Example]:
    """Real training images as an epoch will show them, one a label, rare and frequent labels by turns.

    Another `turn` shows others. Raises Missing, and BadInput without training images or with damaged pixels.
    """
    dataset, known = datasets.get(store, dataset_id), states.matrix(store, dataset_id)
    rows = _training_rows(known)
    present = known.states[rows] == 1  # (n, L)
    chosen = _one_a_label(present, turn, config.seed)  # places among the training rows
    pixels = DatasetFiles(settings, dataset).pixels()
    grids = epoch_preview.examples(pixels, config, config.seed + turn, rows[chosen], ALTERED, rows)
    listed, version = balance.plan(known.states[rows], known.names, config, config.seed)
    entries = balance.drawn(balance.repeats(known.states[rows][listed], config), config.seed, 1)
    times = np.bincount(listed[entries], minlength=len(rows))
    return [
        Example(
            row=int(rows[at]),
            labels=tuple(name for name, has in zip(known.names, present[at], strict=True) if has),
            times=int(times[at]),
            versions=len(kept),
            pictures=tuple(_jpeg(picture) for picture in grid),
            dropped=frozenset(
                place for place in range(1, ALTERED + 1) if place % config.versions not in kept
            ),
        )
        for at, grid in zip(chosen.tolist(), grids, strict=True)
        for kept in [set(version[listed == at].tolist())]
    ]


def column_names(config: TrainConfig) -> list[str]:
    """What stands over the pictures of an Example: which version each is."""
    if config.versions == 1:
        return ["original", *["altered"] * ALTERED]
    names = [place % config.versions for place in range(1, ALTERED + 1)]
    return ["original", *(f"version {name + 1}" if name else "version 1, altered" for name in names)]


def _training_rows(known: States) -> Array:
    rows = known.rows(Part.TRAIN)
    if not len(rows):
        raise BadInput("The train part has no image: split the data set so that it has some.")
    return rows


def _one_a_label(present: Array, turn: int, seed: int) -> Array:
    """Up to ROWS places of present (n, L), each of another label while there are enough, int64."""
    rng = np.random.default_rng([seed, 6, turn])
    bare = ~present.any(axis=1)
    groups = [np.flatnonzero(has) for has in (*present.T, bare)]
    groups = _rare_and_frequent(sorted((group for group in groups if len(group)), key=len))
    chosen: list[int] = []
    for at in range(turn * ROWS, (turn + 1) * ROWS):
        left = np.setdiff1d(groups[at % len(groups)], chosen)
        left = left if len(left) else np.setdiff1d(np.arange(len(present)), chosen)
        if len(left):
            chosen.append(int(rng.choice(left)))
    return np.array(chosen, np.int64)


def _rare_and_frequent(groups: Sequence[Array]) -> list[Array]:
    """Groups, the smallest first, as the smallest, the largest, the second smallest, …"""
    waiting = list(groups)
    return [waiting.pop(-1 if place % 2 else 0) for place in range(len(groups))]


def _jpeg(picture: Array) -> bytes:
    encoded = io.BytesIO()
    Image.fromarray(picture).save(encoded, "JPEG", quality=_QUALITY, subsampling=0)
    return encoded.getvalue()
