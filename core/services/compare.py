"""Did it help? Two runs on the same validation images, under the old and the new labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core import comparison, metrics, recipes, states, verdict
from core.actor import Actor
from core.artifacts import RunFiles
from core.comparison import Effect
from core.errors import BadInput
from core.files import Array
from core.settings import Settings
from core.verdict import Between
from db import runs
from db.records import Label, Run
from db.store import Store
from db.terms import LabelState, Part


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
    validation_corrections: int  # validation cells whose state differs between what A saw and the newest
    training_corrections: int  # training cells whose state differs between what A saw and what B saw
    effects: tuple[Effect, ...]
    nothing: Mapping[str, float]  # what predicting nothing scores on the new labels, by metric
    labels: tuple[Label, ...]
    fixed: tuple[ComparedCell, ...]
    broken: tuple[ComparedCell, ...]
    still_wrong: tuple[ComparedCell, ...]
    right_by_relabelling: tuple[ComparedCell, ...]  # each list: the largest change, or error, first
    per_label: tuple[tuple[str, float | None, float | None, float | None], ...]  # F1: A old, A new, B new
    settings: tuple[str, ...]  # how what the two were trained with differs, in words
    answer: str  # did it help: yes, no, or chance
    numbers: str  # from before to after, told apart
    warnings: tuple[str, ...]  # that of the settings first, where they differ

    @property
    def sentence(self) -> str:
        """The answer, then the numbers."""
        return f"{self.answer} {self.numbers}"

    def effect(self, metric: str) -> Effect:
        """The effect on one metric, such as `micro_f1`."""
        return next(effect for effect in self.effects if effect.metric == metric)


@dataclass(frozen=True, eq=False)
class _Both:
    """The validation images that both runs scored, n of them: what the models say, and what the labels."""

    rows: Array  # int64 (n,)
    wanted: int  # how many are in both runs' validation part, scored or not
    pa: Array  # probabilities of A, (n, L)
    pb: Array  # of B
    old: Array  # int8 (n, L): the labels as A saw them
    new: Array  # the newest
    thresholds: tuple[Array, Array]  # of A and of B, (L,) each

    def listed(self, labels: Sequence[Label], cells: Array, weight: Array) -> tuple[ComparedCell, ...]:
        """Cells int (C, 2) of image and label, those of the largest weight (n, L) first."""
        order = np.argsort(-weight[cells[:, 0], cells[:, 1]], kind="stable")
        return tuple(
            ComparedCell(
                int(self.rows[i]),
                labels[j].id,
                float(self.pa[i, j]),
                float(self.pb[i, j]),
                states.STATES[int(self.old[i, j])],
                states.STATES[int(self.new[i, j])],
            )
            for i, j in cells[order]
        )


def compare(store: Store, settings: Settings, actor: Actor, run_a: int, run_b: int) -> Comparison:
    """Tell what the labels changed from what the model changed. Raises Missing, BadInput."""
    a, b = runs.get(store, run_a), runs.get(store, run_b)
    _check(a, b)
    of_a, of_b = states.of_run(store, a, now=False), states.of_run(store, b, now=False)
    shared = _shared(a, b, of_a, of_b)
    frame = min(a.revision, b.revision)  # the images that both could see
    seen = tuple(
        states.matrix(store, a.dataset_id, at, frame=frame).of_labels(shared)
        for at in (a.revision, b.revision, None, 1)
    )
    seen_by_a, _, now, _ = seen
    scored_a, scored_b = _columns(settings, a, of_a, shared), _columns(settings, b, of_b, shared)
    rows = np.intersect1d(of_a.rows(Part.VALIDATION), of_b.rows(Part.VALIDATION))
    both = _both(a, b, rows, scored_a, scored_b, seen_by_a, now)

    effects = comparison.effects(both.pa, both.pb, both.old, both.new, *both.thresholds)
    above_a, above_b = both.pa >= both.thresholds[0], both.pb >= both.thresholds[1]
    found = comparison.cells(above_a, above_b, both.old, both.new)
    others = _other_images(a, b, of_a.rows(Part.TRAIN), of_b.rows(Part.TRAIN))
    between = _between(a, b, seen, both.rows, others)
    settings_differ = recipes.differences(a, b)
    moved = np.abs(both.pb - both.pa)  # (n, L)
    off, relabelled = np.abs(both.pb - (both.new == 1)), np.abs(both.pa - (both.old == 1))

    return Comparison(
        run_a=a,
        run_b=b,
        images=both.rows.size,
        old_revision=seen_by_a.revision,
        new_revision=now.revision,
        validation_corrections=between.validation.cells,
        training_corrections=between.training.cells,
        effects=effects,
        labels=now.labels,
        nothing=_nothing(both.new, now.states[now.rows(Part.TRAIN)]),
        fixed=both.listed(now.labels, found.fixed, moved),
        broken=both.listed(now.labels, found.broken, moved),
        still_wrong=both.listed(now.labels, found.still_wrong, off),
        right_by_relabelling=both.listed(now.labels, found.right_by_relabelling, relabelled),
        per_label=_per_label(now.names, both),
        settings=settings_differ,
        answer=verdict.answer(effects, both.rows.size, settings_differ),
        numbers=verdict.numbers(effects, between),
        warnings=_warnings(a, b, both, between, settings_differ)
        + _taught_by_others(a, b, *others)
        + _unshared(of_a, of_b, shared),
    )


def _both(
    a: Run,
    b: Run,
    rows: Array,
    scored_a: tuple[Array, Array],
    scored_b: tuple[Array, Array],
    seen_by_a: states.States,
    now: states.States,
) -> _Both:
    """What there is to compare of the rows that both have in validation. Raises BadInput where it is nothing.

    scored: a run's scores (N, L) and thresholds (L,).
    """
    (scores_a, threshold_a), (scores_b, threshold_b) = scored_a, scored_b
    judged = rows.size
    rows = rows[now.parts[rows] != states.LEFT_OUT]
    wanted = rows.size
    if judged and not wanted:
        raise BadInput(
            f"Every validation image that runs {a.id} and {b.id} share is left out: take some back to compare them "
            "(Data, Split)."
        )
    rows = rows[~np.isnan(scores_a[rows]).any(axis=1) & ~np.isnan(scores_b[rows]).any(axis=1)]
    if rows.size == 0:
        raise BadInput(
            f"Runs {a.id} and {b.id} have no validation image in common: there is nothing to compare."
        )
    if not (now.states[rows] >= 0).any():
        raise BadInput(
            f"Of the validation labels that runs {a.id} and {b.id} learned none is known any more: there is nothing "
            "to compare them by."
        )
    return _Both(
        rows,
        wanted,
        scores_a[rows],
        scores_b[rows],
        seen_by_a.states[rows],
        now.states[rows],
        (threshold_a, threshold_b),
    )


def _check(a: Run, b: Run) -> None:
    if a.dataset_id != b.dataset_id:
        raise BadInput(f"Runs {a.id} and {b.id} belong to different data sets: compare two runs of one.")
    if a.id == b.id:
        raise BadInput("A run cannot be compared with itself: choose two runs.")
    for run in (a, b):
        if not run.usable:
            raise BadInput(f"Run {run.id} has no scores yet ({run.state.value}): compare it when it has.")


def _shared(a: Run, b: Run, of_a: states.States, of_b: states.States) -> list[int]:
    """The ids of the labels that both runs learned, in A's order. Raises BadInput when there is none."""
    in_b = {label.id for label in of_b.labels}
    shared = [label.id for label in of_a.labels if label.id in in_b]
    if not shared:
        raise BadInput(f"Runs {a.id} and {b.id} have no label in common: there is nothing to compare.")
    return shared


def _unshared(of_a: states.States, of_b: states.States, shared: Sequence[int]) -> tuple[str, ...]:
    alone = [label.name for label in (*of_a.labels, *of_b.labels) if label.id not in shared]
    if not alone:
        return ()
    names = ", ".join(f"“{name}”" for name in dict.fromkeys(alone))
    return (f"Only the labels that both runs learned are compared; one of them does not know {names}.",)


def _other_images(a: Run, b: Run, of_a: Array, of_b: Array) -> tuple[int, int]:
    """How many images B had to train on and A had not, and the reverse; rows (n,) that each had."""
    if recipes.IMPORTED in (a.preset, b.preset):  # what it learned from is not known
        return 0, 0
    return np.setdiff1d(of_b, of_a).size, np.setdiff1d(of_a, of_b).size


def _taught_by_others(a: Run, b: Run, more: int, fewer: int) -> tuple[str, ...]:
    """What is to be said where the two learned from different images."""
    if not (more or fewer):
        return ()
    ways = [f"{more:,} that run {a.id} did not have"] if more else []
    ways += [f"not from {fewer:,} that it had"] if fewer else []
    return (
        f"Run {b.id} learned from other images, too ({', and '.join(ways)}): the model's part is not the "
        "corrections' doing alone.",
    )


def _columns(
    settings: Settings, run: Run, known: states.States, label_ids: Sequence[int]
) -> tuple[Array, Array]:
    """A run's scores (N, L) and thresholds (L,) of these labels, in this order."""
    column = {label.id: label.position for label in known.labels}
    chosen = [column[label_id] for label_id in label_ids]
    return np.asarray(RunFiles(settings, run).scores())[:, chosen], np.array(run.threshold)[chosen]


def _nothing(validation: Array, train: Array) -> dict[str, float]:
    found = metrics.baseline(validation, train)
    return {name: float(found[name]) for name in comparison.METRICS}


def _per_label(
    names: tuple[str, ...], both: _Both
) -> tuple[tuple[str, float | None, float | None, float | None], ...]:
    columns = [
        metrics.evaluate(both.pa, both.old, both.thresholds[0])["per_label"]["f1"],
        metrics.evaluate(both.pa, both.new, both.thresholds[0])["per_label"]["f1"],
        metrics.evaluate(both.pb, both.new, both.thresholds[1])["per_label"]["f1"],
    ]
    return tuple(zip(names, *columns, strict=True))


def _between(a: Run, b: Run, seen: Sequence[states.States], rows: Array, others: tuple[int, int]) -> Between:
    """How the labels differ on the validation images `rows`; seen: by A, by B, the newest, as imported.

    others: how many images only B, and only A, had to train on.
    """
    by_a, by_b, now, imported = (one.states for one in seen)
    train = seen[2].rows(Part.TRAIN)
    older, newer = (by_a, by_b) if b.revision >= a.revision else (by_b, by_a)
    return Between(
        a.id,
        b.id,
        a.revision,
        b.revision,
        validation=verdict.changed(by_a[rows], now[rows], imported[rows]),
        validation_of_b=verdict.changed(by_b[rows], now[rows], imported[rows]),
        training=verdict.changed(older[train], newer[train], imported[train]),
        more_images=others[0],
        fewer_images=others[1],
    )


def _warnings(
    a: Run,
    b: Run,
    both: _Both,
    between: Between,
    settings: tuple[str, ...],
) -> tuple[str, ...]:
    said = []
    if settings:
        said.append(
            f"Runs {a.id} and {b.id} differ in settings, too ({'; '.join(settings)}): the model's part is not the "
            "labels' doing alone."
        )
    if between.validation.corrected:
        said.append(
            "Validation labels are corrected where a model erred, so the labels' part flatters: wrong labels "
            "that no model disagreed with stay uncounted."
        )
    if between.backwards:
        said.append(
            f"Run {b.id} saw older labels (revision {b.revision}) than run {a.id} (revision {a.revision}): "
            "swap them to ask whether the corrections helped."
        )
    if both.rows.size < both.wanted:
        said.append(f"Only {both.rows.size:,} of {both.wanted:,} validation images were scored by both runs.")
    return tuple(said)
