"""Importing: look at the source, decode every image once, store everything in one transaction or nothing."""

import os
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core import artifacts, keys, states
from core.actor import Actor
from core.data import archive, build, importers, splits
from core.data.decoding import DecodeLimits
from core.data.images import ImageFacts
from core.data.importers import Parsed, Problem, tables
from core.data.importers.names import short
from core.data.importers.records import STATES
from core.errors import BadInput
from core.files import Array
from core.services.datasets import DEFAULT_SHARES, ImportRequest, check_name
from core.settings import Settings
from core.work import Progress, leftovers
from db import datasets, jobs
from db.records import Dataset, Image, Job
from db.store import Store
from db.terms import LabelState, Part

CONTENT = "content"  # the folder of a whole unpacked archive, beside nothing else
MOST_COPIES = 20  # groups of the same file that a preview names
MOST_NOTES = 200  # problems kept with the data set, for people to read


@dataclass(frozen=True)
class Preview:
    """What an import would bring; as JSON it is the result of a preview's job."""

    format: str
    title: str  # of the format, for people
    images: int
    labels: tuple[tuple[str, int], ...]  # (name, images that carry it)
    without_label: int
    duplicates: int  # images whose file is the same as an earlier one's
    given_parts: dict[str, int]  # what the source itself says of the split
    problems: tuple[tuple[str, str, str], ...]  # (kind, where, reason)
    notes: tuple[str, ...]
    seconds_guess: float
    copies: tuple[
        tuple[str, ...], ...
    ] = ()  # the keys of files that are the same, group by group; the first few


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work for an import."""
    request = ImportRequest.from_params(job.params)
    leftovers.remove(store, settings, lambda path: _unpacked(settings, path))
    folder = leftovers.folder_name(job)
    try:
        dataset = store_import(store, settings, Actor(job.actor), request, progress, folder=folder)
    finally:
        _discard_unpacked(settings, request)  # of a failed import too: the next try unpacks again
    jobs.link(store, job.id, dataset_id=dataset.id)
    _discard_upload(settings, request)
    return {"dataset": dataset.id, "images": dataset.images, "notes": list(dataset.notes)}


def _packed(path: Path) -> bool:
    """True for a file that is no table: it is taken for an archive."""
    return path.is_file() and path.suffix.lower() not in tables.ENDINGS


def _unpacked(settings: Settings, path: Path) -> Path:
    """The folder that an archive is unpacked to: named after it and its last change, so it is done once."""
    facts = path.stat()
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{path.resolve()}|{facts.st_size}|{facts.st_mtime_ns}").hex
    return settings.uploads_dir / f"unpacked-{name}"


def _source(settings: Settings, request: ImportRequest, progress: Progress) -> Path:
    """The folder to import from; an archive is unpacked first."""
    if not _packed(request.path):
        return request.path
    return _content(request.path, _unpacked(settings, request.path), progress)


def _content(packed: Path, folder: Path, progress: Progress) -> Path:
    """What the archive holds, or the only folder in it; unpacked into `folder` unless it lies there whole."""
    done = folder / CONTENT
    if not done.exists():
        progress(0.0, "unpacking")
        shutil.rmtree(folder, ignore_errors=True)
        archive.extract(packed, folder / "half")
        (folder / "half").rename(done)  # a killed child leaves "half", which is thrown away
    inner = [path for path in done.iterdir() if not path.name.startswith((".", "__MACOSX"))]
    return inner[0] if len(inner) == 1 and inner[0].is_dir() else done


def _discard_unpacked(settings: Settings, request: ImportRequest) -> None:
    if _packed(request.path):
        shutil.rmtree(_unpacked(settings, request.path), ignore_errors=True)


def _discard_upload(settings: Settings, request: ImportRequest) -> None:
    if request.upload and request.path.is_relative_to(settings.uploads_dir):
        request.path.unlink(missing_ok=True)


def preview(settings: Settings, request: ImportRequest, progress: Progress) -> Preview:
    """Read the source and decode every image, without storing anything. Raises BadInput.

    What an archive unpacked to is kept, for the import that follows.
    """
    return _looked_at(settings, request, _source(settings, request, progress), progress)


def dry_run(settings: Settings, request: ImportRequest, progress: Progress) -> Preview:
    """`preview` with no import to follow: an archive is unpacked to a place of its own, which is removed."""
    if not _packed(request.path):
        return _looked_at(settings, request, request.path, progress)
    settings.uploads_dir.mkdir(parents=True, exist_ok=True)
    # Not the place of an import's: one of the same archive may be at work there.
    with tempfile.TemporaryDirectory(dir=settings.uploads_dir, prefix="unpacked-") as own:
        return _looked_at(settings, request, _content(request.path, Path(own), progress), progress)


def _parsed(request: ImportRequest, source: Path) -> Parsed:
    """The annotations of the source. Raises BadInput, naming an archive rather than where it was unpacked."""
    try:
        return importers.parse(source, request.format)
    except BadInput as error:
        if not _packed(request.path):
            raise
        inside = "" if source.name == CONTENT else f" (folder {short(source.name)})"
        raise BadInput(str(error).replace(str(source), f"{_called(request)}{inside}")) from error


def _called(request: ImportRequest) -> str:
    # An upload lies here under a name of our own, which says nothing to people.
    return "The uploaded archive" if request.upload else request.path.name


def _looked_at(settings: Settings, request: ImportRequest, source: Path, progress: Progress) -> Preview:
    parsed = _parsed(request, source)
    started = _Clock(progress, len(parsed.images), "looking at")
    built = build.examine(parsed, started.tell, limits=DecodeLimits.of_megapixels(settings.max_image_mpx))
    readable = {facts.key for facts in built.images}
    row_of = _rows(parsed, built.images)
    present = (parsed.cells.codes == 1) & (row_of[parsed.cells.images] >= 0)
    carried = np.bincount(parsed.cells.labels[present], minlength=len(parsed.labels)).tolist()
    same: dict[str, list[str]] = {}
    for facts in built.images:
        same.setdefault(facts.sha256, []).append(facts.key)
    copies = [tuple(keys) for keys in same.values() if len(keys) > 1]
    return Preview(
        format=parsed.format,
        title=importers.IMPORTERS[parsed.format].title,
        images=len(built.images),
        labels=tuple(zip(parsed.labels, carried, strict=True)),
        without_label=len(readable) - len(np.unique(parsed.cells.images[present])),
        duplicates=sum(len(keys) - 1 for keys in copies),
        given_parts=dict(Counter(i.part.value for i in parsed.images if i.part and i.key in readable)),
        problems=tuple((p.kind, p.where, p.reason) for p in (*parsed.problems, *built.problems)),
        notes=parsed.notes,
        seconds_guess=len(parsed.images) / 400,
        copies=tuple(copies[:MOST_COPIES]),
    )


class _Clock:
    """Turns a count of images into progress."""

    def __init__(self, progress: Progress, total: int, verb: str) -> None:
        self._progress, self._total, self._verb = progress, total, verb

    def tell(self, done: int, total: int) -> None:
        self._progress(0.95 * done / max(total, 1), f"{self._verb} {done:,} of {total:,} images")


def store_import(
    store: Store,
    settings: Settings,
    actor: Actor,
    request: ImportRequest,
    progress: Progress,
    *,
    demo: bool = False,
    parts: dict[str, Part] | None = None,
    folder: str | None = None,
) -> Dataset:
    """Import a source as a new data set; `parts`: its split, by key. Raises BadInput, and leaves nothing.

    folder: the name of the folder for its files; None: a new one.
    """
    name = check_name(store, request.name)
    source = _source(settings, request, progress)
    token = folder or uuid.uuid4().hex
    place = settings.datasets_dir / token
    try:
        parsed = _parsed(request, source)
        if parts is not None:
            parsed = with_split(parsed, parts)
        if not parsed.labels:
            raise BadInput(
                f"{_called(request)} has no labels, and Errata needs at least one to train on. "
                f"Read as {parsed.format}, it names none: {importers.READABLE_LABELS}."
            )
        clock = _Clock(progress, len(parsed.images), "reading")
        built = build.build(
            parsed, place, clock.tell, limits=DecodeLimits.of_megapixels(settings.max_image_mpx)
        )
        root = _keep_originals(settings, request, parsed.root, place)
        progress(0.96, "storing")
        return _store(store, actor, request, name, token, root, parsed, built, demo)
    except BaseException:
        artifacts.remove_folder(place)
        raise


def _keep_originals(settings: Settings, request: ImportRequest, root: Path, folder: Path) -> Path:
    """An unpacked archive moves into the data set's folder; a folder on this machine stays where it is."""
    if not _packed(request.path):
        return root.resolve()
    content, kept = _unpacked(settings, request.path) / CONTENT, folder / "originals"
    inside = root.relative_to(content)
    # Between two disks a move copies and then deletes: killed in it, half a content would pass for a whole one.
    leaving = content.rename(content.with_name("leaving"))
    shutil.move(leaving, kept)
    os.sync()  # one call for all the pictures: the upload that they came in is deleted next
    return (kept / inside).resolve()


def _store(
    store: Store,
    actor: Actor,
    request: ImportRequest,
    name: str,
    token: str,
    root: Path,
    parsed: Parsed,
    built: build.Built,
    demo: bool,
) -> Dataset:
    row_of = _rows(parsed, built.images)
    rows = row_of[parsed.cells.images]
    kept = (rows >= 0) & (
        (parsed.cells.codes != states.CODES[request.unlisted]) | parsed.cells.verified
    )
    cells = list(
        zip(
            rows[kept].tolist(),
            parsed.cells.labels[kept].tolist(),
            [STATES[code] for code in parsed.cells.codes[kept].tolist()],
            parsed.cells.verified[kept].tolist(),
            strict=True,
        )
    )
    parts = _parts(request, parsed, built.images, cells)
    meta = {image.key: image.meta for image in parsed.images}
    return datasets.create(
        store,
        name=name,
        folder=token,
        source=str(request.path),
        root=str(root),
        format=parsed.format,
        default_state=request.unlisted,
        labels=list(zip(parsed.labels, keys.assign(parsed.labels), strict=True)),
        images=[
            replace(_image(row, facts, part), meta=meta[facts.key])
            for row, (facts, part) in enumerate(zip(built.images, parts, strict=True))
        ],
        cells=cells,
        author=actor.name,
        client_id=token,
        demo=demo,
        notes=[*parsed.notes, *_told(parsed.problems + built.problems)],
    )


def _rows(parsed: Parsed, images: Sequence[ImageFacts]) -> Array:
    """The row of each image of the source, int64 (N,); -1 where it cannot be read."""
    known = {facts.key: row for row, facts in enumerate(images)}
    return np.array([known.get(image.key, -1) for image in parsed.images], np.int64)


def _image(row: int, facts: ImageFacts, part: Part) -> Image:
    return Image(0, row, facts.key, part, facts.sha256, facts.width, facts.height, facts.bytes)


def _told(problems: Sequence[Problem]) -> list[str]:
    said = [f"{p.where}: {p.reason}" for p in problems[:MOST_NOTES]]
    more = len(problems) - len(said)
    return said + ([f"… and {more:,} more."] if more > 0 else [])


def _parts(
    request: ImportRequest,
    parsed: Parsed,
    images: Sequence[ImageFacts],
    cells: Sequence[datasets.NewCell],
) -> list[Part]:
    """The part of each image: the shares asked for, else what the source gives, else 80 to 20."""
    given = {image.key: image.part for image in parsed.images}
    fixed = None if request.shares else [given[facts.key] for facts in images]
    present = np.zeros((len(images), len(parsed.labels)), bool)  # (N, L)
    for row, column, state, _ in cells:
        present[row, column] = state is LabelState.PRESENT
    _, groups, sizes = np.unique(
        [facts.sha256 for facts in images], return_inverse=True, return_counts=True
    )  # (N,), (G,)
    shares = dict(request.shares or _given_shares(fixed or []))
    parts = splits.stratified(present, shares, request.seed, groups.astype(np.int64), fixed)
    for part in (Part.TRAIN, Part.VALIDATION):
        if part not in parts:
            raise BadInput(_leaves_empty(part, len(images), int(sizes[sizes > 1].sum()), len(sizes)))
    return parts


def _leaves_empty(part: Part, images: int, copies: int, different: int) -> str:
    """Why a split leaves a part without images; copies: images whose file is there more than once."""
    word = "validation" if part is Part.VALIDATION else part.value
    if not copies:
        return f"The split leaves no image to {word} ({images} images): import more, or choose other shares."
    which = f"all {images}" if copies == images else f"{copies} of the {images}"
    of_what = "copies of one file" if different == 1 else "copies of one another"
    return (
        f"The split leaves no image to {word}: {which} images are {of_what}, and copies stay together in "
        "train; import more different pictures."
    )


def _given_shares(fixed: Sequence[Part | None]) -> dict[Part, float]:
    """The shares that the source's own split has, if it covers train and validation; else the default."""
    count = Counter(part for part in fixed if part is not None)
    if not (count[Part.TRAIN] and count[Part.VALIDATION]):
        return DEFAULT_SHARES
    total = sum(count.values())
    return {part: count[part] / total for part in Part if count[part]}


def with_split(parsed: Parsed, parts: dict[str, Part]) -> Parsed:
    """The same source with a split from elsewhere, by image key."""
    return replace(parsed, images=tuple(replace(i, part=parts.get(i.key, i.part)) for i in parsed.images))
