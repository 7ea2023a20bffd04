"""Runs: starting, watching, stopping, resuming, scores from elsewhere, and the test part."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import artifacts, config, files, metrics, recipes, states
from core.actor import Actor
from core.artifacts import RunFiles
from core.config import TrainConfig
from core.data import balance
from core.data import scores as score_files
from core.errors import BadInput, Refused
from core.settings import Settings
from db import datasets, held, jobs, placements, runs
from db.errors import Stale
from db.records import Epoch, Job, Label, Run
from db.store import Store
from db.terms import JobKind, JobState, LabelState, Part

IMPORTED = recipes.IMPORTED
LONGEST_NAME = 100


def start(
    store: Store,
    settings: Settings,
    actor: Actor,
    dataset_id: int,
    config_: TrainConfig,
    parent_id: int | None = None,
    name: str = "",
) -> Run:
    """Queue a training run on the newest revision of the labels.

    Raises Missing, and BadInput when the preset continues another run and none fits, the settings name a label
    that the data set has not, or there is nothing to train or validate on.
    """
    _check_parts(store, dataset_id)
    parent = None if parent_id is None else runs.get(store, parent_id)
    _check_parent(dataset_id, config_, parent)
    labels = datasets.labels(store, dataset_id)
    _check_labels(store, dataset_id, labels)
    balance.check_over_represented([label.name for label in labels], config_)
    recipe = config.to_dict(config_)
    if parent is not None:
        # Also here, as a deleted parent leaves no trace in parent_id.
        recipe[config.STARTED_FROM] = parent.id
    return runs.create(
        store,
        dataset_id=dataset_id,
        name=_clean(name),
        preset=config_.preset,
        config=recipe,
        folder=uuid.uuid4().hex,
        threshold=[config_.threshold] * len(labels),
        author=actor.name,
        parent_id=parent_id,
    )


def _check_parts(store: Store, dataset_id: int) -> None:
    counts = datasets.count_images(store, dataset_id)
    for part in (Part.TRAIN, Part.VALIDATION):
        if counts.get(part):
            continue
        if placements.left_out(store, dataset_id):
            raise BadInput(
                f"The data set has no {part.noun} images that are not left out: take some back, or draw the parts "
                "anew (Data, Split)."
            )
        raise BadInput(
            f"The data set has no {part.noun} images: draw parts with a share for it (Data, Split)."
        )


def _check_labels(store: Store, dataset_id: int, labels: list[Label]) -> None:
    if not labels:
        raise BadInput("The data set has no labels to learn: add some on the page Labels first.")
    if all(label.default_state is LabelState.UNKNOWN for label in labels):
        known = states.matrix(store, dataset_id)
        for part in (Part.TRAIN, Part.VALIDATION):
            if not (known.states[known.rows(part)] != states.CODES[LabelState.UNKNOWN]).any():
                raise BadInput(
                    f"Nothing is known of any label in {part.value}: annotate some images of it first."
                )


def _check_parent(dataset_id: int, config_: TrainConfig, parent: Run | None) -> None:
    if parent is None:
        if config.needs_parent(config_):
            raise BadInput(f"“{config_.preset}” continues a finished run: choose one to start from.")
        return
    if parent.dataset_id != dataset_id:
        raise BadInput(f"Run {parent.id} belongs to another data set: choose a run of this one.")
    if not parent.usable or parent.preset == IMPORTED:
        raise BadInput(f"Run {parent.id} has no weights to continue from ({parent.state.value}).")
    network = parent.config.get("network")
    if network != config_.network or parent.config.get("side_px") != config_.side_px:
        raise BadInput(
            f"Run {parent.id} has the network {network} at {parent.config.get('side_px')} px; these settings "
            f"ask for {config_.network} at {config_.side_px} px: they must be the same to continue it."
        )
    width = parent.config.get("width")
    if config_.network == "scratch" and width != config_.width:
        raise BadInput(
            f"Run {parent.id} has the width {width}, these settings ask for {config_.width}: they must be the same "
            "to continue it."
        )


def again(store: Store, settings: Settings, actor: Actor, run_id: int) -> Run:
    """Queue the recipe of a run once more on the newest labels, so that the labels are all that changes.

    A run that continued another continues the same one, any other starts from random weights. Raises
    Missing, BadInput, and Refused when its scores came from outside or the run that it continued is gone.
    """
    run = runs.get(store, run_id)
    if run.preset == IMPORTED:
        raise Refused(
            f"The scores of run {run_id} came from outside, without settings: there is no recipe to repeat. "
            "Choose a preset on the Train page."
        )
    before = config.started_from(run.config)
    if run.parent_id is None and before is not None:
        raise Refused(
            f"Run {run_id} continued run {before}, which was deleted: the same recipe has nothing to start "
            "from. Choose a preset on the Train page."
        )
    recipe = config.from_dict(run.config)
    return start(store, settings, actor, run.dataset_id, recipe, parent_id=run.parent_id)


def _clean(name: str) -> str:
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if len(cleaned) > LONGEST_NAME:
        raise BadInput(f"The run's name has {len(cleaned)} characters; at most {LONGEST_NAME} fit.")
    return cleaned


def listing(store: Store, actor: Actor, dataset_id: int | None = None) -> list[Run]:
    """Runs, the newest first; of one data set, if given."""
    return runs.listing(store, dataset_id)


def get(store: Store, actor: Actor, run_id: int) -> Run:
    """One run. Raises Missing."""
    return runs.get(store, run_id)


def epochs(store: Store, actor: Actor, run_id: int, after: int = 0) -> list[Epoch]:
    """The epochs of a run in order, those after number `after`."""
    return runs.epochs(store, run_id, after)


def labels(store: Store, actor: Actor, run_id: int) -> list[Label]:
    """The labels that a run learned, by their column in its arrays, named as they were then. Raises Missing."""
    run = runs.get(store, run_id)
    return held.labels(store, run.dataset_id, run.revision)


def job(store: Store, actor: Actor, run_id: int) -> Job:
    """The job that made, or makes, a run. Raises Missing."""
    return jobs.get(store, runs.get(store, run_id).job_id)


def baseline(store: Store, actor: Actor, dataset_id: int, revision: int | None = None) -> dict[str, Any]:
    """What predicting nothing scores on the validation images, by the labels of a revision (else the newest).

    The dictionary of `metrics.evaluate`. Raises Missing.
    """
    known = states.matrix(store, dataset_id, revision)
    return metrics.baseline(known.states[known.rows(Part.VALIDATION)], known.states[known.rows(Part.TRAIN)])


@dataclass(frozen=True)
class Commonest:
    """The label that most training images have, and what predicting it alone for every image scores."""

    label: str
    micro_f1: float  # on the validation images


def commonest(store: Store, actor: Actor, dataset_id: int, revision: int | None = None) -> Commonest | None:
    """The other score to beat without looking, by the labels of a revision; None where no image has a label."""
    known = states.matrix(store, dataset_id, revision)
    held = (known.states[known.rows(Part.TRAIN)] == 1).sum(0)  # (L,)
    if not held.any():
        return None
    label = int(held.argmax())
    validation = known.states[known.rows(Part.VALIDATION)]
    predicted = np.zeros(validation.shape, bool)
    predicted[:, label] = True
    return Commonest(known.names[label], metrics.micro_f1(predicted, validation))


def stop(store: Store, actor: Actor, run_id: int, now: bool) -> Job:
    """Ask a run to stop after its epoch, or at once. Raises Missing, Stale (it has ended)."""
    run = runs.get(store, run_id)
    try:
        return jobs.ask_stop(store, run.job_id, now=now)
    except Stale:  # of its job, whose number nobody asked for
        ended = runs.get(store, run_id).state.value
        raise Stale(f"Run {run_id} has ended already ({ended}).") from None


def resume(store: Store, settings: Settings, actor: Actor, run_id: int) -> Job:
    """Queue a run again that stopped or failed; it goes on from its last checkpoint.

    Raises Missing, Stale (it is still open), Refused (it is complete, or its scores came from outside).
    """
    run = runs.get(store, run_id)
    if run.preset == IMPORTED:
        raise Refused(f"The scores of run {run_id} came from outside: there is nothing to resume.")
    if run.state is JobState.FINISHED:
        raise Refused(f"Run {run_id} has finished: there is nothing to resume. Train a new run instead.")
    try:
        return jobs.requeue(store, run.job_id)
    except Stale:
        now = runs.get(store, run_id).state.value
        raise Stale(f"Run {run_id} is {now}: it goes on by itself, there is nothing to resume.") from None


def rename(store: Store, actor: Actor, run_id: int, name: str) -> Run:
    """Give a run another name. Raises Missing, BadInput."""
    return runs.rename(store, run_id, _clean(name))


def delete(store: Store, settings: Settings, actor: Actor, run_id: int) -> int:
    """Delete a run with its findings; returns the bytes freed.

    Raises Missing, and Refused while a job works on it or a run waits or trains to continue it.
    """
    run = runs.get(store, run_id)
    busy = [j for j in jobs.listing(store, run_id=run_id) if j.state.live]
    if busy:
        raise Refused(f"Job {busy[0].id} ({busy[0].kind.value}) works on run {run_id}: stop it first.")
    for child in runs.listing(store, run.dataset_id):
        if child.parent_id == run_id and not child.state.ended:
            raise Refused(
                f"Run {child.id} continues run {run_id} and is {child.state.value}: stop run {child.id} first, "
                "or delete this one when it has ended."
            )
    runs.remove(store, run_id)
    return artifacts.remove_folder(settings.runs_dir / run.folder)


def disk_bytes(store: Store, settings: Settings, actor: Actor, run_id: int) -> int:
    """The disk that deleting a run would free. Raises Missing."""
    return artifacts.folder_bytes(settings.runs_dir / runs.get(store, run_id).folder)


def model_files(store: Store, settings: Settings, actor: Actor, run_id: int) -> list[Path]:
    """The files that are a run's trained network; none where it has no whole one. Raises Missing."""
    folder = settings.runs_dir / runs.get(store, run_id).folder
    found = [folder / name for name in artifacts.MODEL_FILES]
    return found if all(path.is_file() for path in found) else []


def log(store: Store, settings: Settings, actor: Actor, run_id: int, last: int = 200) -> str:
    """The last lines of a run's log. Raises Missing."""
    return RunFiles(settings, runs.get(store, run_id)).log_text(last)


def score_test(store: Store, settings: Settings, actor: Actor, run_id: int) -> Job:
    """Queue one look at the test part; every look is counted. Raises Missing, Refused, BadInput."""
    run = runs.get(store, run_id)
    if not run.usable:
        raise Refused(f"Run {run_id} has no scores yet ({run.state.value}).")
    if not datasets.count_images(store, run.dataset_id).get(Part.TEST):
        raise BadInput("This data set has no test part: draw parts with a share for test (Data, Split).")
    return jobs.add(store, JobKind.TEST_SCORE, actor=actor.name, dataset_id=run.dataset_id, run_id=run_id)


def test_looks(store: Store, actor: Actor, dataset_id: int) -> int:
    """How often the test part of a data set was scored, over all its runs."""
    return runs.count_test_looks(store, dataset_id)


def import_scores(
    store: Store,
    settings: Settings,
    actor: Actor,
    dataset_id: int,
    scores_file: Path,
    embeddings_file: Path | None = None,
    name: str = "",
) -> Run:
    """Make the probabilities of somebody's own model a finished run, and queue its analysis.

    scores_file: CSV (`image` and one column a label) or .npy (N, L) in the order of the images' rows;
    embeddings_file: .npy (N, D). Images that a CSV leaves out stay unscored. Raises Missing, BadInput.
    """
    known = states.matrix(store, dataset_id)
    keys = {image.key: image.row for image in datasets.images(store, dataset_id)}
    scores = score_files.read_scores(scores_file, keys, known.names)  # (N, L)
    validation = known.rows(Part.VALIDATION)
    scored = validation[~np.isnan(scores[validation]).any(axis=1)]
    if scored.size == 0:
        raise BadInput(f"{scores_file.name} scores no validation image: there would be nothing to judge.")
    embeddings = None if embeddings_file is None else score_files.read_embeddings(embeddings_file, len(keys))
    folder = uuid.uuid4().hex
    try:
        files.save_array(settings.runs_dir / folder / "scores.npy", scores)
        if embeddings is not None:
            files.save_array(settings.runs_dir / folder / "embeddings.npy", embeddings)
        return _store_imported(store, actor, dataset_id, known, scores, scored, folder, _clean(name))
    except BaseException:
        artifacts.remove_folder(settings.runs_dir / folder)
        raise


def _store_imported(
    store: Store,
    actor: Actor,
    dataset_id: int,
    known: states.States,
    scores: states.Array,
    scored: states.Array,
    folder: str,
    name: str,
) -> Run:
    train = known.rows(Part.TRAIN)
    trained = train[~np.isnan(scores[train]).any(axis=1)]
    threshold = 0.5
    run = runs.create_finished(
        store,
        dataset_id=dataset_id,
        name=name,
        preset=IMPORTED,
        config={"preset": IMPORTED, "threshold": threshold},
        folder=folder,
        threshold=[threshold] * len(known.labels),
        author=actor.name,
        revision=known.revision,
        train=metrics.evaluate(scores[trained], known.states[trained], threshold) if trained.size else {},
        validation=metrics.evaluate(scores[scored], known.states[scored], threshold),
    )
    jobs.add(store, JobKind.ANALYSE, actor=actor.name, dataset_id=dataset_id, run_id=run.id)
    return run
