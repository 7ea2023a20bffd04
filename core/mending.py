"""The files of data sets and runs: what is wrong with them, and making those of a data set again from its originals."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from core import arrays, artifacts, processes, turns
from core.artifacts import MODEL_FILES, TRAINED_FILES, DatasetFiles, RunFiles
from core.data import build, pixels, rebuild, registering, stand_ins, statistics, thumbnails
from core.data.images import DecodeLimits
from core.data.rebuild import Originals, Rebuilt
from core.data.stand_ins import StandIn
from core.data.trouble import scan
from core.errors import BadInput
from core.recipes import IMPORTED
from core.settings import Settings
from core.words import counted, those
from core.work import Progress
from core.work import scan as scanning
from db import datasets, jobs, search
from db.records import Dataset, Run
from db.store import Store
from db.terms import JobKind, JobState

SAMPLE = 64  # images of which pixels and statistics are compared
_NAMED = 20  # files that a sentence lists


@dataclass(frozen=True)
class Fault:
    """A file of a data set that cannot be used."""

    file: str
    said: str  # a sentence: what is wrong, and what to do
    reason: str  # `damaged (…)`, `missing`


def faults(store: Store, settings: Settings, dataset: Dataset) -> list[Fault]:
    """What is wrong with the files of a data set; those of pictures first, then what is made of them."""
    folder, images = DatasetFiles(settings, dataset).folder, dataset.images
    found = [
        *_fault(pixels.FILE, lambda: _look_at_pixels(folder, images)),
        *_fault(thumbnails.FILE, lambda: thumbnails.ThumbnailPack(folder).check(images)),
        *_fault(statistics.FILE, lambda: _look_at_statistics(folder, images)),
    ]
    if not {pixels.FILE, statistics.FILE} & {fault.file for fault in found}:
        found += _unlike(store, folder, dataset)
    return [*found, *_fault(scan.FILE, lambda: _look_at_scan(store, folder, dataset))]


def _fault(name: str, look: Callable[[], object]) -> list[Fault]:
    try:
        look()
    except arrays.Damaged as error:
        return [Fault(name, str(error), error.reason)]
    except BadInput as error:
        return [Fault(name, str(error), "of no use")]
    except OSError as error:
        why, file = error.strerror or str(error), name or Path(str(error.filename or "of a run")).name
        said = f"The file {file} cannot be read ({why}): look at who owns it, and at its rights and its disk."
        return [Fault(name, said, f"not to be read ({why})")]
    return []


def _look_at_pixels(folder: Path, images: int) -> None:
    arrays.rows(folder / pixels.FILE, pixels.open_pixels(folder), images, arrays.REPAIR)


def _look_at_statistics(folder: Path, images: int) -> None:
    arrays.rows(folder / statistics.FILE, statistics.open_statistics(folder), images, arrays.REPAIR)


def _look_at_scan(store: Store, folder: Path, dataset: Dataset) -> None:
    if scan.made_at(folder) is not None:
        scan.read(folder, dataset.images)
        return
    kinds, ended = [JobKind.SCAN], [JobState.FINISHED]
    if jobs.listing(store, states=ended, kinds=kinds, dataset_id=dataset.id, limit=1):
        raise arrays.Gone(folder / scan.FILE, arrays.SCAN)


def _unlike(store: Store, folder: Path, dataset: Dataset) -> list[Fault]:
    """Pixels that were overwritten have statistics of their own: some images tell."""
    rows = np.unique(np.linspace(0, dataset.images - 1, min(SAMPLE, dataset.images)).astype(int))
    rows = np.setdiff1d(rows, list(stand_ins.read(folder)))
    if not rows.size:
        return []
    shapes = datasets.images(store, dataset.id, rows.tolist())
    aspect = np.array([image.width / max(image.height, 1) for image in shapes], np.float32)
    made = statistics.statistics(np.asarray(pixels.open_pixels(folder)[rows]), aspect)
    held = statistics.open_statistics(folder)[rows]
    wrong = rows[~rebuild.alike(made, held)]
    if not wrong.size:
        return []
    reason = f"its pixels are not those that {statistics.FILE} was made of, as for row {wrong[0]}"
    error = arrays.Damaged(folder / pixels.FILE, reason, arrays.REPAIR)
    return [
        Fault(name, str(error), error.reason) for name in (pixels.FILE, statistics.FILE)
    ]  # either may be it


def faults_of_run(settings: Settings, run: Run) -> list[str]:
    """What is wrong with the files of a finished run, in sentences."""
    files = RunFiles(settings, run)
    looks = [files.scores, files.embeddings, files.head, files.aum, lambda: _look_at_maps(files)]
    if run.preset != IMPORTED:  # a run that was trained here leaves all of them, also where it was stopped
        looks += [partial(_look_for, files.folder / name) for name in (*TRAINED_FILES, *MODEL_FILES)]
    return [fault.said for look in looks for fault in _fault("", look)]


def _look_for(path: Path) -> None:
    if not path.exists():
        raise arrays.Gone(path, arrays.TRAIN)


def _look_at_maps(files: RunFiles) -> None:
    if files.where_cells():
        files.where_maps()


def has_more_to_do(settings: Settings, dataset: Dataset) -> bool:
    """True where a repair may do something though no file is damaged: stand-ins, or what a killed one has left."""
    folder = DatasetFiles(settings, dataset).folder
    return (folder / stand_ins.FILE).exists() or (folder / rebuild.BESIDE).exists()


@dataclass(frozen=True)
class Mended:
    """A step of a repair that is done."""

    files: frozenset[str]
    said: str  # a sentence


def mend(store: Store, settings: Settings, dataset: Dataset, progress: Progress) -> Iterator[Mended]:
    """Make again what is wrong with a data set's files; yields each step once it is done.

    Labels, history and runs are not touched. A stand-in gives way to its original where that is back.
    Raises Missing when it was deleted meanwhile, BadInput while a job works on the data set, and for what cannot be
    done; a file is then as it was, or whole.
    """
    folder = DatasetFiles(settings, dataset).folder
    _refuse_busy(store, dataset)
    folder.mkdir(parents=True, exist_ok=True)
    with turns.alone(folder):
        artifacts.remove_folder(folder / rebuild.BESIDE)  # of a repair that was killed
        # Looked at again: an import may have added images until now, which files of the former length would lose.
        now = datasets.get(store, dataset.id)
        yield from _mended(store, settings, now, faults(store, settings, now), progress)


def _refuse_busy(store: Store, dataset: Dataset) -> None:
    for job in jobs.live(store):
        on_it = dataset.id in (job.dataset_id, job.params.get("into"))
        if on_it and (job.pid is None or processes.lives(job.pid, job.pid_started_at or 0.0)):
            raise BadInput(
                f"Job {job.id} ({job.kind.value}) works on it: wait until it is done, or stop it, then repair."
            )


def _mended(
    store: Store, settings: Settings, dataset: Dataset, found: list[Fault], progress: Progress
) -> Iterator[Mended]:
    folder, broken = DatasetFiles(settings, dataset).folder, {fault.file: fault for fault in found}
    of_pictures = {pixels.FILE, thumbnails.FILE} & broken.keys()
    originals = _originals(store, settings, dataset)
    before = stand_ins.read(folder)
    if before and (of_pictures or _is_back(originals, before, settings)):
        of_pictures = {pixels.FILE, thumbnails.FILE}

    def told(verb: str, begin: float, end: float) -> Callable[[int, int], None]:
        return lambda done, of: progress(
            begin + (end - begin) * done / max(of, 1), f"{verb} {done:,} of {of:,} images of “{dataset.name}”"
        )

    if of_pictures:
        limits = DecodeLimits.of_megapixels(settings.max_image_mpx)
        rebuilt = rebuild.pictures(folder, originals, of_pictures, limits, told("reading", 0.0, 0.6))
        was = _were(broken, of_pictures, "for the stand-ins")
        yield Mended(frozenset(of_pictures), f"{was} {_told(rebuilt, before)}")
    if statistics.FILE in broken or (of_pictures and before):
        rebuild.measures(folder, originals, told("measuring", 0.6, 0.7))
        was = _were(broken, {statistics.FILE}, "since the pixels changed")
        done = f"{was} measured again on {counted(dataset.images, 'image')}."
        yield Mended(frozenset({statistics.FILE}), done)
    if scan.FILE in broken:
        build.cut(folder, dataset.images)  # what a killed import has left behind them
        scanning.scanned(store, settings, dataset, lambda done, doing: progress(0.7 + 0.3 * done, doing))
        done = f"{_were(broken, {scan.FILE}, '')} scanned again, {counted(dataset.images, 'image')}."
        yield Mended(frozenset({scan.FILE}), done)


def _were(broken: dict[str, Fault], names: set[str], otherwise: str) -> str:
    """`pixels.npy was missing:`; `otherwise`: why a file that was not broken is made again."""
    said = [
        f"{name} was {broken[name].reason}" if name in broken else f"{name}, {otherwise}"
        for name in sorted(names)
    ]
    return f"{', '.join(said)}:"


def _told(rebuilt: Rebuilt, before: dict[int, StandIn]) -> str:
    said = [f"made again from {counted(rebuilt.from_originals, 'original')}"]
    if rebuilt.kept:
        one, several = "without one kept as it was", "without one kept as they were"
        said.append(those(rebuilt.kept, "image", one, several))
    if rebuilt.marked:
        said.append(f"{counted(len(rebuilt.marked), 'stand-in')} for others")
    if back := len(before.keys() - rebuilt.marked.keys()):
        said.append(f"{counted(back, 'stand-in')} replaced")
    return ", ".join(said) + "."


def _originals(store: Store, settings: Settings, dataset: Dataset) -> Originals:
    width, height, _ = search.sizes(store, dataset.id, 0)
    roots = [_root(settings, dataset, Path(root)) for root in (dataset.root, *dataset.more_roots)]
    return Originals(
        roots,
        np.asarray(search.origins(store, dataset.id), np.int32),
        list(search.keys(store, dataset.id, 0)),
        search.digests(store, dataset.id),
        np.asarray(width, np.int32),
        np.asarray(height, np.int32),
    )


def _root(settings: Settings, dataset: Dataset, root: Path) -> Path:
    """Where the originals are; those in the data set's own folder moved with the home."""
    if root.exists() or dataset.folder not in root.parts:
        return root
    return (settings.datasets_dir / dataset.folder).joinpath(
        *root.parts[root.parts.index(dataset.folder) + 1 :]
    )


def _is_back(originals: Originals, marked: dict[int, StandIn], settings: Settings) -> bool:
    """True if an original that has a stand-in can be read again."""
    limits = DecodeLimits.of_megapixels(settings.max_image_mpx)
    for row in sorted(marked):
        root, key = originals.roots[int(originals.origin[row])], originals.keys[row]
        facts, _ = registering.look(root, [key], limits=limits)
        if len(facts) and facts.sha256[0].tobytes().hex() == originals.sha256[row]:
            return True
    return False


def told_stand_ins(store: Store, settings: Settings, dataset: Dataset) -> str:
    """A sentence on the images whose originals are gone; "" if none stands in for one, or all are left out."""
    folder = DatasetFiles(settings, dataset).folder
    marked = stand_ins.read(folder)
    counting = [image for image in datasets.images(store, dataset.id, list(marked)) if not image.left_out]
    left = [marked[image.row] for image in counting]
    roots = " and ".join(sorted({dataset.root_of(image.origin) for image in counting}))
    if not left:
        return ""
    named = "; ".join(f"{one.key} ({one.told}; {one.why})" for one in left[:_NAMED])
    more = (
        f"; and {len(left) - _NAMED:,} more, all in {folder.name}/{stand_ins.FILE}"
        if len(left) > _NAMED
        else ""
    )
    return (
        f"{those(len(left), 'image', 'is', 'are')} not as imported, for lack of the originals: {named}{more}. Bring "
        f"these files, as they were imported, back to {roots}, then run `python -m core doctor --repair`; or leave "
        "the images out in their gallery."
    )
