"""Importing once more into a data set: what is new is decoded and appended, what is there is compared."""

from pathlib import Path
from typing import Any

from core import artifacts, turns, words
from core.actor import Actor
from core.data import build, problem_list
from core.data.build import Built
from core.data.facts import Facts
from core.data.images import DecodeLimits
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import Progress, counted, planning, sourcing, storing
from core.work.planning import Compared, Planned
from db import additions, datasets
from db.errors import Stale
from db.records import Dataset
from db.store import Store

_TRIES = 5  # people may go on correcting while an import is stored


def store_again(
    store: Store, settings: Settings, actor: Actor, request: ImportRequest, progress: Progress, *, token: str
) -> tuple[Dataset, dict[str, Any]]:
    """Add a source to the data set that the request names; returns it as it is then, and what was done.

    token: names this import, and the folder of its originals. On any error the data set is as before: its files
    are longer than its rows at most, and the next import cuts that off. Raises BadInput, Missing.
    """
    dataset = datasets.get(store, planning.into(request))
    folder = settings.datasets_dir / dataset.folder
    here = sourcing.bring(settings, request, progress)
    with turns.alone(folder):
        compared = planning.compare(store, settings, request, here, progress)
        kept = folder / sourcing.originals(token)
        try:
            built = _appended(settings, compared, folder, progress)
            added = compared.decoded(built.facts)
            progress(0.96, "storing")
            return _store(store, actor, request, compared, added, built, _Place(folder, kept, here, token))
        except BaseException:
            # What is stored is stored: only the rows in the database say whether it was.
            if datasets.get(store, dataset.id).images == compared.dataset.images:
                build.cut(folder, compared.dataset.images)
                artifacts.remove_folder(kept)
            raise


class _Place:
    """Where one import puts its files."""

    def __init__(self, folder: Path, kept: Path, here: sourcing.Here, token: str) -> None:
        self.folder, self.kept, self.here, self.token = folder, kept, here, token


def _appended(settings: Settings, compared: Compared, folder: Path, progress: Progress) -> Built:
    """The new files, decoded and appended."""
    return build.extend(
        compared.parsed.root,
        compared.new_keys,
        folder,
        compared.dataset.images,
        counted(progress, "reading", 0.3),
        limits=DecodeLimits.of_megapixels(settings.max_image_mpx),
    )


def _store(
    store: Store,
    actor: Actor,
    request: ImportRequest,
    compared: Compared,
    added: Facts,
    built: Built,
    place: _Place,
) -> tuple[Dataset, dict[str, Any]]:
    parsed, dataset = compared.parsed, compared.dataset
    planned = planning.plan(store, request, compared, added)
    if not planned.size:
        message = (
            f"Nothing was new: every image and label of {request.called} is in “{dataset.name}” already."
        )
        return dataset, {"message": message, "revision": None, **planned.counted()}
    root = None
    if len(added):
        keys = [parsed.images[at].key for at in added.at.tolist()]
        root = str(sourcing.keep_some(place.here, parsed.root, keys, place.kept))
    for left in reversed(range(_TRIES)):
        try:
            revision = _apply(store, actor, request, compared, planned, built, place, root)
            break
        except Stale:
            if not left or datasets.get(store, dataset.id).images != dataset.images:
                raise
            planned = planning.plan(store, request, compared, added)
    return datasets.get(store, dataset.id), {"revision": revision, **planned.counted()}


def _brought(planned: Planned) -> str:
    """What an import brings, in words: `6 new images, 2 labels changed`."""
    counts = planned.counted()
    new, changed = counts["added"], counts["changed"]
    said = [
        words.counted(new, "new image") if new else "",
        f"{words.counted(changed, 'label')} changed" if changed else "",
        f"new labels {', '.join(counts['new_labels'])}" if counts["new_labels"] else "",
    ]
    return ", ".join(part for part in said if part)


def _apply(
    store: Store,
    actor: Actor,
    request: ImportRequest,
    compared: Compared,
    planned: Planned,
    built: Built,
    place: _Place,
    root: str | None,
) -> int:
    """Store it; returns the revision that it made. Raises Stale."""
    problems = (*compared.problems, *built.problems)
    path = place.folder / problem_list.FILE
    rows, revision = problem_list.before(path, planned.revision), planned.revision + 1
    problem_list.write(path, problems, revision=revision, keep=rows)
    told = storing.told([one for one in problems if one.kind != problem_list.GONE])
    applied = additions.apply(
        store,
        compared.dataset.id,
        planned.addition(root, [*compared.parsed.notes, *told]),
        author=actor.name,
        client_id=place.token,
        reason=f"Imported again from {request.called}: {_brought(planned)}",
    )
    return int(applied.batch.revision or revision)
