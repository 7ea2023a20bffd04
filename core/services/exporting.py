"""Handing labels back: what a format would lose is known before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import corrected, output, states
from core.actor import Actor
from core.data.importers import reading
from core.errors import BadInput
from core.files import Array
from core.settings import Settings
from db import datasets
from db.records import Dataset, Image
from db.store import Store
from db.terms import Part

if TYPE_CHECKING:
    from core.data.exporters import Exporter, Options, Pictures, Snapshot

_PARTS: dict[int, Part] = {code: part for part, code in states.PART_CODES.items()}


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
    else:
        output.check_folder(request.out, force=request.pictures is None)
    snapshot, notes = _snapshot(store, dataset, request, changes=exporter.carries.corrections)
    lost = (*exporter.losses(snapshot), *notes)
    return Prepared(lost, len(snapshot.images), exporter, snapshot, request.out, options)


def export(
    store: Store, settings: Settings, actor: Actor, dataset_id: int, request: ExportRequest
) -> tuple[str, ...]:
    """Write labels to a file or folder; returns what the format could not carry. Raises as `prepare`, BadInput."""
    prepared = prepare(store, settings, actor, dataset_id, request)
    prepared.write()
    return prepared.losses


def rows_of(
    store: Store, actor: Actor, dataset_id: int, *, part: Part | None = None, only: Path | None = None
) -> Array | None:
    """The rows of a part's images, of those that a text file names, one a line, or of both; None without either.

    int64 (n,). Raises BadInput for a file that cannot be read, and for a line that names no image.
    """
    if part is None and only is None:
        return None
    rows = None if part is None else states.matrix(store, dataset_id).rows(part)
    if only is None:
        return rows
    named = _named(store, dataset_id, only)
    return named if rows is None else np.intersect1d(named, rows)


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
    rows = _chosen(request.rows, len(found.states))
    images = datasets.images(store, dataset.id)  # those that came later are the last rows
    kept = [images[row] for row in rows.tolist()]
    out = found.parts[rows] == states.LEFT_OUT
    parts = [_PARTS.get(code, image.part) for code, image in zip(found.parts[rows], kept, strict=True)]
    notes = [f"That {int(out.sum()):,} of the images are left out of training is not written."]
    snapshot = Snapshot(
        labels=found.names,
        images=tuple((image.key, part) for image, part in zip(kept, parts, strict=True)),
        states=found.states[rows],
        verified=found.verified[rows],
        defaults=tuple(label.default_state for label in found.labels),
        meta=tuple(image.meta for image in kept) if any(image.meta for image in kept) else (),
        sizes=np.array([(image.width, image.height) for image in kept], np.int32).reshape(-1, 2),
        files=_Originals(dataset, kept).path,
        left_out=len(found.states) - len(rows),
        # Reading the whole history is for the format that tells it.
        corrected=corrected.cells(
            store,
            dataset.id,
            request.revision,
            since=request.since,
            rows=None if request.rows is None else rows.tolist(),
        )
        if changes
        else (),
    )
    return snapshot, notes if out.any() and not changes else []


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


class _Originals:
    """Where the original of each row lies, if it lies under the root that it was imported from."""

    def __init__(self, dataset: Dataset, images: Sequence[Image]) -> None:
        self._roots = {
            origin: Path(dataset.root_of(origin)).resolve() for origin in {i.origin for i in images}
        }
        self._images = images

    def path(self, row: int) -> Path:
        """The file of a row. Raises FileNotFoundError when it leads out of its root, as a later link may."""
        image = self._images[row]
        root = self._roots[image.origin]
        path = (root / image.key).resolve()
        if not path.is_relative_to(root):
            raise FileNotFoundError(path)
        return path


def _check_target(settings: Settings, dataset: Dataset, request: ExportRequest) -> None:
    """Raises BadInput where an export would lie among the files of Errata, or among the originals it copies."""
    out = Path(request.out).resolve()
    for place in (settings.datasets_dir, settings.runs_dir, settings.uploads_dir):
        if out.is_relative_to(place.resolve()):
            raise BadInput(f"{request.out} lies where Errata keeps its own files: choose another place.")
    if request.pictures is None:
        return
    for root in map(Path, (dataset.root, *dataset.more_roots)):
        if out.is_relative_to(root.resolve()):
            raise BadInput(
                f"{request.out} lies in {root}, among the originals of “{dataset.name}”: an export with images "
                "needs a place of its own."
            )
