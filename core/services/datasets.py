"""Data sets: knowing what is in them, renaming, deleting; their pictures; and drawing the demo set."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core import artifacts, corrected, naming, states
from core.actor import Actor
from core.data import originals, split_table
from core.data.thumbnails import ThumbnailPack
from core.errors import BadInput, Refused
from core.files import Array
from core.settings import Settings
from db import datasets, jobs, runs
from db.records import Dataset, Image, Job, Label
from db.store import Store
from db.terms import JobKind, LabelState, Part


@dataclass(frozen=True, eq=False)
class DatasetSummary:
    """What is in a data set at one revision; arrays over L labels by position."""

    revision: int
    images: Mapping[Part, int]
    labels: tuple[Label, ...]
    present: Mapping[Part, Array]  # int (L,): images that carry the label
    unknown: Mapping[Part, Array]  # int (L,)
    verified: Mapping[Part, Array]  # int (L,)
    labels_per_image: Array  # int (K,): images with 0, 1, … K-1 labels present
    co_occurrence: Array  # int (L, L): images that carry both
    without_label: int
    left_out: int = 0  # images that count in none of these

    @property
    def present_total(self) -> Array:
        """Images that carry each label, int (L,)."""
        total: Array = np.sum(list(self.present.values()), axis=0)
        return total

    @property
    def few(self) -> tuple[tuple[str, Part, int], ...]:
        """(label, part, images) where a part has too few of a label to learn or judge it, the rarest first."""
        parts, names = list(self.images), [label.name for label in self.labels]
        images = np.array([self.images[part] for part in parts], np.int64)  # (S,)
        positives = np.array([self.present[part] for part in parts], np.int64)  # (S, L)
        found = split_table.scarce(names, images, positives.reshape(len(parts), len(names)))
        return tuple((label, parts[side], count) for label, side, count in found)


def start_demo(
    store: Store, settings: Settings, actor: Actor, *, images: int | None = None, seed: int | None = None
) -> Job:
    """Queue the drawing, importing and training of the demo set, or return the job that does it already.

    images, seed: what to draw; None: as it is there already, else 3,000 and 2020. Raises Refused when the
    home has a demo set of other pictures, or is drawing one: it is never replaced.
    """
    from core.demo import drawn  # draws too, so only here

    asked = {key: value for key, value in (("images", images), ("seed", seed)) if value is not None}
    waiting = jobs.listing(store, states=jobs.OPEN, kinds=[JobKind.DEMO])
    if waiting:
        on_its_way = drawn.Drawing.of(waiting[0].params)
        _refuse_another_demo(asdict(on_its_way), asked, "is being drawn")
        return waiting[0]
    if any(dataset.demo for dataset in datasets.listing(store)):
        # One drawn by an Errata that did not note this was drawn with what is the default today.
        there = drawn.read(settings.home / drawn.FOLDER) or drawn.Drawing()
        _refuse_another_demo(asdict(there), asked, "is here")
    return jobs.add(store, JobKind.DEMO, actor=actor.name, params=asked)


def _refuse_another_demo(there: Mapping[str, int], asked: Mapping[str, int], doing: str) -> None:
    if any(there[key] != value for key, value in asked.items()):
        raise Refused(
            f"The demo set of {there['images']:,} pictures with seed {there['seed']} {doing}: delete it first, "
            "or draw another one under another ERRATA_HOME."
        )


def listing(store: Store, actor: Actor) -> list[Dataset]:
    """Every data set, the newest first."""
    return datasets.listing(store)


def get(store: Store, actor: Actor, dataset_id: int) -> Dataset:
    """One data set. Raises Missing."""
    return datasets.get(store, dataset_id)


def by_name(store: Store, actor: Actor, name: str) -> Dataset:
    """The data set of that name. Raises Missing."""
    return datasets.by_name(store, name)


def labels(store: Store, actor: Actor, dataset_id: int) -> list[Label]:
    """The labels of a data set by position."""
    return datasets.labels(store, dataset_id)


def every_label(store: Store, actor: Actor, dataset_id: int) -> list[Label]:
    """The labels that a data set ever had, the removed ones too."""
    return datasets.every_label(store, dataset_id)


def images(store: Store, actor: Actor, dataset_id: int, rows: list[int] | None = None) -> list[Image]:
    """The images of a data set by row; all, or those named."""
    return datasets.images(store, dataset_id, rows)


def rows_of_keys(store: Store, actor: Actor, dataset_id: int, keys: Sequence[str]) -> dict[str, int]:
    """The rows of the images with those keys; a key without an image is not in the answer."""
    return datasets.rows_of_keys(store, dataset_id, list(keys))


def rows_named(store: Store, actor: Actor, dataset_id: int, keys: Sequence[str]) -> list[int]:
    """The rows of images by key, in that order. Raises BadInput for a key that no image has."""
    found = datasets.rows_of_keys(store, dataset_id, list(keys))
    for key in keys:
        if key not in found:
            raise BadInput(f"There is no image “{key}” in this data set.")
    return [found[key] for key in keys]


def rename(store: Store, actor: Actor, dataset_id: int, name: str) -> Dataset:
    """Give a data set another name. Raises BadInput, Missing."""
    return datasets.rename(store, dataset_id, naming.check_name(store, name))


def disk_bytes(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> int:
    """The disk that deleting a data set would free: its own files and its runs'. Raises Missing."""
    folders = _folders(store, settings, dataset_id)
    return sum(artifacts.folder_bytes(folder) for folder in folders)


def own_bytes(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> int:
    """The disk that the files of a data set take, its runs left out. Raises Missing."""
    return artifacts.folder_bytes(settings.datasets_dir / datasets.get(store, dataset_id).folder)


def _folders(store: Store, settings: Settings, dataset_id: int) -> list[Path]:
    dataset = datasets.get(store, dataset_id)
    own = [settings.runs_dir / run.folder for run in runs.listing(store, dataset_id)]
    return [settings.datasets_dir / dataset.folder, *own]


def delete(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> int:
    """Delete a data set, its history and its runs; returns the bytes freed. Originals elsewhere stay.

    Raises Missing, and Refused while a job works on it.
    """
    busy = jobs.listing(store, states=jobs.OPEN, dataset_id=dataset_id)
    if busy:
        raise Refused(f"Job {busy[0].id} ({busy[0].kind.value}) works on this data set: stop it first.")
    folders = _folders(store, settings, dataset_id)
    # The rows first: a crash in between leaves folders that `doctor` removes, never rows without files.
    datasets.remove(store, dataset_id)
    return sum(artifacts.remove_folder(folder) for folder in folders)


def belongings(store: Store, actor: Actor, dataset_id: int) -> tuple[int, int]:
    """(runs, corrected or verified labels) that go with a data set. Raises Missing."""
    return len(runs.listing(store, dataset_id)), len(corrected.cells(store, dataset_id))


def overview(store: Store, actor: Actor, dataset_id: int) -> DatasetSummary:
    """Counts of a data set's labels by part, how many an image has, and which go together. Raises Missing."""
    found = states.matrix(store, dataset_id)
    present = found.states == 1  # (N, L)
    inside = present[found.parts != states.LEFT_OUT]
    each = inside.sum(axis=1)
    by_part = {part: found.parts == code for part, code in states.PART_CODES.items()}
    together = inside.astype(np.int32).T @ inside.astype(np.int32)  # (L, L)
    return DatasetSummary(
        revision=found.revision,
        images={part: int(mask.sum()) for part, mask in by_part.items()},
        labels=found.labels,
        present={part: present[mask].sum(axis=0) for part, mask in by_part.items()},
        unknown={part: (found.states[mask] == -1).sum(axis=0) for part, mask in by_part.items()},
        verified={part: found.verified[mask].sum(axis=0) for part, mask in by_part.items()},
        labels_per_image=np.bincount(each, minlength=1),
        co_occurrence=together,
        without_label=int((each == 0).sum()),
        left_out=len(present) - len(inside),
    )


def asked_shares(store: Store, actor: Actor, dataset_id: int) -> Mapping[Part, float]:
    """The split that its import asked for; empty where the source's own or the usual one was taken."""
    # The first import: later ones add to the split that there is.
    found = jobs.listing(store, kinds=[JobKind.IMPORT], dataset_id=dataset_id)
    shares = dict(found[-1].params.get("shares") or {}) if found else {}
    return {Part(word): float(share) for word, share in shares.items()}


def examples(
    store: Store, actor: Actor, dataset_id: int, *, each: int = 8, seed: int = 0
) -> dict[int, list[int]]:
    """Up to `each` rows that carry a label, by label id; drawn at random, the same for the same seed."""
    found = states.matrix(store, dataset_id)
    chance = np.random.default_rng(seed)
    chosen: dict[int, list[int]] = {}
    for label in found.labels:
        rows = np.flatnonzero(found.states[:, label.position] == 1)
        some = chance.choice(rows, min(each, rows.size), replace=False) if rows.size else rows
        chosen[label.id] = [int(row) for row in np.sort(some)]
    return chosen


def image_path(store: Store, settings: Settings, actor: Actor, dataset_id: int, row: int) -> Path | None:
    """The original file of an image, or None when it is no longer there (core.data.originals)."""
    dataset = datasets.get(store, dataset_id)
    found = datasets.images(store, dataset_id, [row])
    if not found:
        return None
    image = found[0]
    return originals.find(Path(dataset.root_of(image.origin)).resolve(), image.key, image.bytes, image.sha256)


def thumbnails(
    store: Store, settings: Settings, actor: Actor, dataset_id: int, rows: Sequence[int]
) -> list[bytes]:
    """The JPEGs of some images, in the order asked. Raises Missing, and BadInput where the pack lacks one."""
    dataset = datasets.get(store, dataset_id)
    try:
        return ThumbnailPack(settings.datasets_dir / dataset.folder).many(rows)
    except IndexError as error:
        raise BadInput(
            f"The thumbnails of “{dataset.name}” do not fit its images: `python -m core doctor --repair` "
            "makes them again."
        ) from error


def sample_row(store: Store, actor: Actor, dataset_id: int) -> int:
    """A validation image by chance, one with a label if there is any: an empty scene shows little.

    Raises Missing, and BadInput when there is no validation image.
    """
    known = states.matrix(store, dataset_id)
    rows = known.rows(Part.VALIDATION)
    if not rows.size:
        raise BadInput(
            "The data set has no validation images: take some back, or draw parts with a share for it (Data, Split)."
        )
    labelled = rows[(known.states[rows] == states.CODES[LabelState.PRESENT]).any(axis=1)]
    return int(random.choice(labelled if labelled.size else rows))
