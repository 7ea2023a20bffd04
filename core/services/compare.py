"""Did it help? Two runs on the same validation images, under the old and the new labels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core import comparison, metrics, states
from core.actor import Actor
from core.artifacts import RunFiles
from core.comparison import Effect
from core.errors import BadInput
from core.files import Array
from core.settings import Settings
from db import runs
from db.records import Label, Run
from db.store import Store
from db.terms import LabelState, Part

_STATES = {code: state for state, code in states.CODES.items()}


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """One validation cell under both models, annotated as the old run saw it and as it is now."""

    row: int
    label_id: int
    old_probability: float
    new_probability: float
    old_state: LabelState
    new_state: LabelState


@dataclass(frozen=True)
class Comparison:
    """Run A → run B. Old labels: those that A saw. New labels: the newest ones."""

    run_a: Run
    run_b: Run
    images: int
    old_revision: int
    new_revision: int
    validation_corrections: int  # validation cells whose state differs between the two revisions
    training_corrections: int  # training cells whose state differs between what A saw and what B saw
    effects: tuple[Effect, ...]
    nothing: Mapping[str, float]  # what predicting nothing scores on the new labels, by metric
    labels: tuple[Label, ...]
    fixed: tuple[ComparedCell, ...]
    broken: tuple[ComparedCell, ...]
    still_wrong: tuple[ComparedCell, ...]
    right_by_relabelling: tuple[ComparedCell, ...]  # each list: the largest change, or error, first
    per_label: tuple[tuple[str, float | None, float | None, float | None], ...]  # F1: A old, A new, B new
    sentence: str
    warnings: tuple[str, ...]

    def effect(self, metric: str) -> Effect:
        """The effect on one metric, such as `micro_f1`."""
        return next(effect for effect in self.effects if effect.metric == metric)


def compare(store: Store, settings: Settings, actor: Actor, run_a: int, run_b: int) -> Comparison:
    """Tell what the labels changed from what the model changed. Raises Missing, BadInput."""
    a, b = runs.get(store, run_a), runs.get(store, run_b)
    _check(a, b)
    seen_by_a = states.matrix(store, a.dataset_id, a.revision)
    seen_by_b = states.matrix(store, a.dataset_id, b.revision)
    now = states.matrix(store, a.dataset_id)
    scores_a, scores_b = _scores(settings, a), _scores(settings, b)
    rows = now.rows(Part.VALIDATION)
    rows = rows[~np.isnan(scores_a[rows]).any(axis=1) & ~np.isnan(scores_b[rows]).any(axis=1)]
    if rows.size == 0:
        raise BadInput(
            f"Runs {a.id} and {b.id} have no validation image in common: there is nothing to compare."
        )
    thresholds = np.array(a.threshold), np.array(b.threshold)
    pa, pb, old, new = scores_a[rows], scores_b[rows], seen_by_a.states[rows], now.states[rows]
    effects = comparison.effects(pa, pb, old, new, *thresholds)
    found = comparison.cells(pa >= thresholds[0], pb >= thresholds[1], old, new)
    train = now.rows(Part.TRAIN)
    validation_corrections = int((old != new).sum())
    training_corrections = int((seen_by_a.states[train] != seen_by_b.states[train]).sum())

    moved = np.abs(pb - pa)  # (n, L)
    off = np.abs(pb - (new == 1))

    def listed(cells: Array, weight: Array) -> tuple[ComparedCell, ...]:
        order = np.argsort(-weight[cells[:, 0], cells[:, 1]], kind="stable")
        return tuple(
            ComparedCell(
                int(rows[i]),
                now.labels[j].id,
                float(pa[i, j]),
                float(pb[i, j]),
                _STATES[int(old[i, j])],
                _STATES[int(new[i, j])],
            )
            for i, j in cells[order]
        )

    return Comparison(
        run_a=a,
        run_b=b,
        images=int(rows.size),
        old_revision=seen_by_a.revision,
        new_revision=now.revision,
        validation_corrections=validation_corrections,
        training_corrections=training_corrections,
        effects=effects,
        labels=now.labels,
        nothing=_nothing(new, now.states[train]),
        fixed=listed(found.fixed, moved),
        broken=listed(found.broken, moved),
        still_wrong=listed(found.still_wrong, off),
        right_by_relabelling=listed(found.right_by_relabelling, np.abs(pa - (old == 1))),
        per_label=_per_label(now.names, pa, pb, old, new, thresholds),
        sentence=_sentence(effects, validation_corrections, training_corrections),
        warnings=_warnings(effects, a, b, now, rows, validation_corrections),
    )


def _check(a: Run, b: Run) -> None:
    if a.dataset_id != b.dataset_id:
        raise BadInput(f"Runs {a.id} and {b.id} belong to different data sets: compare two runs of one.")
    if a.id == b.id:
        raise BadInput("A run cannot be compared with itself: choose two runs.")
    for run in (a, b):
        if not run.usable:
            raise BadInput(f"Run {run.id} has no scores yet ({run.state.value}): compare it when it has.")


def _scores(settings: Settings, run: Run) -> Array:
    return np.asarray(RunFiles(settings, run).scores())


def _nothing(validation: Array, train: Array) -> dict[str, float]:
    found = metrics.baseline(validation, train)
    return {name: float(found[name]) for name in comparison.METRICS}


def _per_label(
    names: tuple[str, ...], pa: Array, pb: Array, old: Array, new: Array, thresholds: tuple[Array, Array]
) -> tuple[tuple[str, float | None, float | None, float | None], ...]:
    columns = [
        metrics.evaluate(pa, old, thresholds[0])["per_label"]["f1"],
        metrics.evaluate(pa, new, thresholds[0])["per_label"]["f1"],
        metrics.evaluate(pb, new, thresholds[1])["per_label"]["f1"],
    ]
    return tuple(zip(names, *columns, strict=True))


def _points(share: float) -> str:
    """A signed difference in percentage points."""
    return f"{'+' if share >= 0 else '−'}{abs(share) * 100:.1f}"


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _sentence(effects: tuple[Effect, ...], validation: int, training: int) -> str:
    """The change of subset accuracy in one sentence, told apart."""
    e = next(effect for effect in effects if effect.metric == "subset_accuracy")
    change = e.after - e.before
    start = f"Subset accuracy stayed at {e.after * 100:.1f} %"
    if abs(change) >= 0.0005:
        verb = "rose" if change > 0 else "fell"
        start = f"Subset accuracy {verb} from {e.before * 100:.1f} to {e.after * 100:.1f} %"
    labels = "no validation label was corrected"
    if validation:
        labels = f"{_points(e.labels)} points because of {_plural(validation, 'corrected validation label')}"
    chance = "" if e.chance is None else f" ± {e.chance * 100:.1f}"
    taught = (
        f"with {_plural(training, 'corrected training label')}" if training else "on the same training labels"
    )
    return f"{start}: {labels}; {_points(e.model)}{chance} points from the new model, trained {taught}."


def _warnings(
    effects: tuple[Effect, ...], a: Run, b: Run, now: states.States, rows: Array, corrected: int
) -> tuple[str, ...]:
    said = []
    if all(effect.within_chance for effect in effects if effect.chance is not None):
        said.append(
            "No metric changed by more than chance: these validation images cannot tell the two models apart."
        )
    if corrected:
        said.append(
            "Validation labels are corrected where a model erred, so the labels' part flatters: wrong labels "
            "that no model disagreed with stay uncounted."
        )
    if b.revision < a.revision:
        said.append(
            f"Run {b.id} saw older labels (revision {b.revision}) than run {a.id} (revision {a.revision}): "
            "swap them to ask whether the corrections helped."
        )
    wanted = now.rows(Part.VALIDATION).size
    if rows.size < wanted:
        said.append(f"Only {rows.size:,} of {wanted:,} validation images were scored by both runs.")
    differing = sorted(k for k in {*a.config, *b.config} - {"preset"} if a.config.get(k) != b.config.get(k))
    if differing:
        said.append(
            f"The runs differ in settings too ({', '.join(differing[:6])}): that is in the model's part."
        )
    return tuple(said)
