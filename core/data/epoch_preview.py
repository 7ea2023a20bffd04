"""What an epoch of training will see, before anything is trained: how often each label, and real examples.

Legend: n training images, L labels, V versions, S side of the network's input.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data import augment, balance, rendering
from core.errors import BadInput


@dataclass(frozen=True, eq=False)
class EpochCounts:
    """Pictures of each label: before, each training image once; after, as the first epoch shows them."""

    labels: tuple[str, ...]
    images: int  # n
    pictures: int  # in an epoch
    before: NDArray[np.int64]  # (L,)
    after: NDArray[np.int64]  # (L,)
    bare_before: int  # images without any label
    bare_after: int
    left_out: int  # images that the epoch does not show: none, as each keeps a version
    dropped: int  # versions that undersampling takes out
    versions: NDArray[np.int64]  # (V,) pictures of each version, the original first
    most: int  # pictures of the image that is shown most often


def counts(
    states: balance.States, labels: Sequence[str], config: TrainConfig, seed: int, epoch: int = 1
) -> EpochCounts:
    """What an epoch will show of the training images' states (n, L): 1, 0, -1 (unknown).

    The same lists that training makes; epochs differ only by what label-aware sampling rounds. Raises BadInput
    if the over-represented label that is set does not exist.
    """
    rows, version = balance.plan(states, labels, config, seed)
    entries = balance.drawn(balance.repeats(states[rows], config), seed, epoch)
    shown = rows[entries]
    times = np.bincount(shown, minlength=len(states))  # (n,)
    present = states == 1
    bare = ~present.any(axis=1)
    return EpochCounts(
        labels=tuple(labels),
        images=len(states),
        pictures=len(shown),
        before=present.sum(axis=0, dtype=np.int64),
        after=np.asarray(times @ present, dtype=np.int64),
        bare_before=int(bare.sum()),
        bare_after=int(times[bare].sum()),
        left_out=int((times == 0).sum()),
        dropped=len(states) * config.versions - len(rows),
        versions=np.bincount(version[entries], minlength=config.versions).astype(np.int64),
        most=int(times.max(initial=0)),
    )


def examples(
    pixels: NDArray[np.uint8],
    config: TrainConfig,
    seed: int,
    rows: NDArray[np.int64],
    count: int,
    train_rows: NDArray[np.int64] | None = None,
) -> NDArray[np.uint8]:
    """Real pictures as the network gets them, uint8 (R, 1 + count, S, S, 3): the original, then altered ones.

    pixels (N, s, s, 3), of which only `rows` (R,) are read. train_rows (n,), ascending: the training images, as
    a version is fixed by an image's place among them; None: all N. The altered ones go through the versions,
    the original's last, each altered at random within the settings as a step does, and blended with one another
    where the settings say so. The same seed gives the same pictures. Raises BadInput for a row that is no
    training image.
    """
    places = _places(rows, len(pixels) if train_rows is None else train_rows)
    original = rendering.resize(pixels[rows], config.side_px)  # (R, S, S, 3)
    rng = np.random.default_rng([seed, 5])
    todo = augment.draw(config, len(rows) * count, rng)
    if config.versions > 1:
        version = np.tile(np.arange(1, count + 1) % config.versions, len(rows))
        table = augment.version_table(int(places.max(initial=0)) + 1, config.versions, seed)
        todo = todo.after(augment.of_versions(version, table[np.repeat(places, count), version]))
    altered = rendering.alter(np.repeat(original, count, axis=0), todo)
    if config.mixup > 0:
        clean = rng.random(len(altered)) >= config.mixup
        altered = rendering.blend(altered, *augment.blends(clean, rng))
    shape = (len(rows), count, *original.shape[1:])
    return np.concatenate([original[:, None], rendering.as_pixels(altered).reshape(shape)], axis=1)


def _places(rows: NDArray[np.int64], train_rows: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """The place (R,) of each row among the training images, or among all of that number."""
    if isinstance(train_rows, int):
        among = rows
        strange = (rows < 0) | (rows >= train_rows)
    else:
        among = np.searchsorted(train_rows, rows)
        strange = ~np.isin(rows, train_rows)
    if strange.any():
        raise BadInput(
            f"Row {int(rows[strange][0])} is no training image: choose examples from the train part."
        )
    return among.astype(np.int64)
