"""Handing labels back: what a format would lose is known before anything is written."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import corrected, output, states
from core.actor import Actor
from core.data import originals
from core.data.importers import reading
from core.errors import BadInput
from core.files import Array
from core.settings import Settings
from core.words import those
from db import datasets
from db.records import Dataset, Image
from db.store import Store
from db.terms import Part

if TYPE_CHECKING:
    from core.data.exporters import Exporter, Options, Pictures, Snapshot

_DIGEST = 32  # bytes of a SHA-256
_AT_ONCE = 20_000  # records of images that are held at a time


@dataclass(frozen=True, eq=False)
class ExportRequest:
    """What to export and how. rows: int (n,), the images chosen; None: all of them."""

    format: str
    out: Path
    revision: int | None = None  # the newest, unless given
    since: int | None = None  # for changes alone: those after this revision
    rows: Array | None = None
    neutralise: bool = False  # keep spreadsheets from taking names for formulas
    pictures: "Pictures | None" = None  # the images themselves, copied or linked; None: annotations alone
    force: bool = False  # replace what is there


@dataclass(frozen=True, eq=False)
class Prepared:
    """An export that is ready to be written; `losses` are sentences for what it will not hold."""

    losses: tuple[str, ...]
    images: int
    changes: int | None
    """Corrected or verified labels, of the format that holds them alone."""
    _exporter: "Exporter"
    _snapshot: "Snapshot"
    _out: Path
    _options: "Options"

    def write(self) -> None:
        """Write it, whole or not at all. Raises BadInput."""
        self._exporter.write(self._out, self._snapshot, self._options)


def prepare(
    store: Store, settings: Settings, actor: Actor, dataset_id: int, request: ExportRequest
) -> Prepared:
    """Read what is to be exported, without writing anything.

    Raises Missing, and BadInput for an unknown format, an option that the format has no use for, an image that
    there is not, and a target within the folders that Errata keeps.
    """
    from core.data import exporters

    exporter = exporters.exporter(request.format)
    options = exporters.Options(request.force, request.neutralise, request.pictures)
    exporters.check(exporter, options)
    if request.since is not None and not exporter.carries.corrections:
        raise BadInput("Only the format changes begins after a revision: leave the first revision out.")
    dataset = datasets.get(store, dataset_id)
    _check_target(settings, dataset, request)
    if exporter.suffix:
        output.check(request.out, force=request.force)
    elif request.pictures:
        output.check_empty(request.out)
    else:
        output.check_folder(request.out, force=True)
    snapshot, notes = _snapshot(store, dataset, request, changes=exporter.carries.corrections)
    lost = (*exporter.losses(snapshot), *notes)
    count = len(snapshot.corrected) if exporter.carries.corrections else None
    return Prepared(lost, len(snapshot.images), count, exporter, snapshot, request.out, options)


def export(
    store: Store, settings: Settings, actor: Actor, dataset_id: int, request: ExportRequest
) -> tuple[str, ...]:
    """Write labels to a file or folder; returns what the format could not carry. Raises as `prepare`, BadInput."""
    prepared = prepare(store, settings, actor, dataset_id, request)
    prepared.write()
    return prepared.losses


def rows_of(
    store: Store,
    actor: Actor,
    dataset_id: int,
    *,
    part: Part | None = None,
    only: Path | None = None,
    among: Array | None = None,
    revision: int | None = None,
) -> Array | None:
    """The rows that are in every one of these: a part, a text file with one image a line, rows found elsewhere.

    revision: which the part is of; None: the newest. int64 (n,), ascending; None where none is given. Raises BadInput
    for a file that cannot be read, and for a line that names no image.
    """
    rows = None if among is None else np.unique(np.asarray(among, np.int64))
    if part is not None:
        of_part = states.matrix(store, dataset_id, revision).rows(part)
        rows = of_part if rows is None else np.intersect1d(rows, of_part)
    if only is not None:
        named = _named(store, dataset_id, only)
        rows = named if rows is None else np.intersect1d(rows, named)
    return rows


def _named(store: Store, dataset_id: int, only: Path) -> Array:
    text = reading.content(only).decode("utf-8-sig", "replace")
    lines = {line: at for at, line in enumerate(text.splitlines(), 1) if line.strip()}
    found = datasets.rows_of_keys(store, dataset_id, list(lines))
    lost = next((line for line in lines if line not in found), None)
    if lost is not None:
        raise BadInput(f"{only.name}, line {lines[lost]}: there is no image “{lost}” in this data set.")
    return np.array(sorted(found.values()), np.int64)


def _snapshot(
    store: Store, dataset: Dataset, request: ExportRequest, *, changes: bool
) -> "tuple[Snapshot, list[str]]":
    """The labels asked for, and sentences for what no format holds."""
    from core.data.exporters import Snapshot

    found = states.matrix(store, dataset.id, request.revision)
    wanted, later = _not_later(request.rows, len(found.states), dataset.images)
    rows = _chosen(wanted, len(found.states))
    images = _Images(dataset)
    for image in _records(store, dataset.id, rows):
        images.add(image, found.parts[image.row])
    notes = []
    if images.left_out and not changes:
        notes = [f"That {those(images.left_out, 'image', 'is', 'are')} left out of training is not written."]
    if later:
        notes.append(
            f"{those(later, 'chosen image', 'is', 'are')} not in it: added after revision {found.revision}."
        )
    snapshot = Snapshot(
        labels=found.names,
        images=tuple(images.named),
        states=found.states if request.rows is None else found.states[rows],
        verified=found.verified if request.rows is None else found.verified[rows],
        defaults=tuple(label.default_state for label in found.labels),
        meta=tuple(images.meta) if any(images.meta) else (),
        sizes=np.frombuffer(images.sizes, np.int32).reshape(-1, 2),
        files=images.path,
        left_out=len(found.states) - len(rows),
        # Reading the whole history is for the format that tells it.
        corrected=corrected.cells(
            store,
            dataset.id,
            request.revision,
            since=request.since,
            rows=None if wanted is None else rows.tolist(),
        )
        if changes
        else (),
    )
    return snapshot, notes


def _records(store: Store, dataset_id: int, rows: Array) -> Iterator[Image]:
    """The records of the chosen images by row, some thousands at a time."""
    for start in range(0, len(rows), _AT_ONCE):
        yield from datasets.images(store, dataset_id, rows[start : start + _AT_ONCE].tolist())


class _Images:
    """What an export needs of each image, without the rest of its record: compact at a million."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._roots: dict[int, Path] = {}
        self._linked: dict[int, Path] = {}  # originals outside of their root, by row
        self.named: list[tuple[str, Part]] = []
        self.sizes, self._origins, self._bytes = array("i"), array("i"), array("q")
        self._digests = bytearray()
        self.meta: list[Mapping[str, str] | None] = []
        self.left_out = 0

    def add(self, image: Image, part_code: int) -> None:
        """Note one image, with its part at the revision."""
        self.left_out += int(part_code == states.LEFT_OUT)
        # One that is left out keeps its part.
        self.named.append((image.key, states.PARTS.get(int(part_code), image.part)))
        self.sizes.extend((image.width, image.height))
        self._origins.append(image.origin)
        self._bytes.append(image.bytes)
        self._digests += bytes.fromhex(image.sha256)
        self.meta.append(image.meta)

    def path(self, row: int) -> Path:
        """The original of a row here. Raises FileNotFoundError when it is no longer there (core.data.originals)."""
        if row in self._linked:
            return self._linked[row]
        origin = self._origins[row]
        if origin not in self._roots:
            self._roots[origin] = Path(self._dataset.root_of(origin)).resolve()
        root, key = self._roots[origin], self.named[row][0]
        digest = self._digests[_DIGEST * row : _DIGEST * (row + 1)].hex()
        path = originals.find(root, key, self._bytes[row], digest)
        if path is None:
            raise FileNotFoundError(root / key)
        if not path.is_relative_to(root):
            self._linked[row] = path  # It was read to the end to know it: once is enough.
        return path


def _not_later(rows: Array | None, images: int, newest: int) -> tuple[Array | None, int]:
    """The rows that there were among the first `images`, and how many are left away as they came later."""
    if rows is None:
        return None, 0
    chosen = np.unique(np.asarray(rows, np.int64))
    later = (chosen >= images) & (chosen < newest)
    return chosen[~later], int(later.sum())


def _chosen(rows: Array | None, images: int) -> Array:
    """The rows asked for in order, each once. Raises BadInput for one that is not there, and for none at all."""
    if rows is None:
        return np.arange(images)
    chosen = np.unique(np.asarray(rows, np.int64))
    if not chosen.size:
        raise BadInput("No image is chosen: there is nothing to export.")
    if chosen[0] < 0 or chosen[-1] >= images:
        raise BadInput(
            f"There is no image number {chosen[0] if chosen[0] < 0 else chosen[-1]} at that revision, "
            f"which has {images:,}."
        )
    return chosen


def _check_target(settings: Settings, dataset: Dataset, request: ExportRequest) -> None:
    """Raises BadInput where an export would lie among the files of Errata, or among the originals it copies."""
    out = Path(request.out).resolve()
    for place in (settings.datasets_dir, settings.runs_dir, settings.uploads_dir):
        if out.is_relative_to(place.resolve()):
            raise BadInput(f"{request.out} lies where Errata keeps its own files: choose another place.")
    if request.pictures is None or out.is_relative_to(settings.home.resolve()):
        return  # A home may lie below the originals: what waits there to be fetched is no part of them.
    for root in map(Path, (dataset.root, *dataset.more_roots)):
        if out.is_relative_to(root.resolve()):
            raise BadInput(
                f"{request.out} lies in {root}, among the originals of “{dataset.name}”: an export with images "
                "needs a place of its own."
            )
