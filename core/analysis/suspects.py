"""Training cells whose annotation the training itself contradicted.

Ranked by a margin: the AUM, the mean over epochs of `logit * (2y - 1)` (Pleiss et al. 2020, per label), and
the final `logit * (2y - 1)`, weighed by how little was learned by heart. A network that errs as often on
training as on validation images has not learned its labels by heart: then the final logit, which saw more
epochs than the mean, counts alone. One without training errors has: then only the AUM remembers the struggle.
P(mislabel) is not measured on the cell: validation says how many wrong annotations to expect among the
training cells that nobody has verified, M = .7 * the sum over labels and both directions of
rate / (1 - rate) * carriers, and the r-th most contradicted gets .9 / (1 + (r / M)^3), which sums to about M.
Only cells count whose label and direction validation could judge (see `judged`); the others get 0 and come last.
"""

import numpy as np
from scipy.stats import fisher_exact

from core.analysis import examples, sentences
from core.analysis.inputs import ABSENT, PRESENT, Suspect
from core.analysis.space import Scene
from db.terms import ErrorKind, LabelState

CERTAIN_AT_MOST = 0.9
CONTRADICTED = 0.7  # share of the wrong annotations that the model contradicts; set on three demo sets
FEWEST_CARRIERS = 5  # validation images with the label, below which nothing is said about it
BY_CHANCE = 0.01  # level of Fisher's test that the predictions of a label have to do with it


def judged(scene: Scene, rates: dict[bool, np.ndarray]) -> dict[bool, np.ndarray]:
    """Tell (L,) by direction where a contradiction by the model may be called a wrong label.

    Validation learned what a wrong label of that direction looks like (its rate is not 0), it holds at least
    FEWEST_CARRIERS images with the label and as many without, and there the label is predicted better than by
    chance: one-sided Fisher test of prediction against annotation, at BY_CHANCE.
    """
    states, predicted = scene.given.states[scene.val], scene.predicted[scene.val]
    better = np.zeros(states.shape[1], dtype=bool)
    for label in range(len(better)):
        present, absent = (predicted[states[:, label] == value, label] for value in (PRESENT, ABSENT))
        if min(len(present), len(absent)) < FEWEST_CARRIERS:
            continue
        table = [[int(present.sum()), int((~present).sum())], [int(absent.sum()), int((~absent).sum())]]
        better[label] = fisher_exact(table, alternative="greater").pvalue <= BY_CHANCE
    return {side: better & (rate > 0) for side, rate in rates.items()}


def rank(scene: Scene, rates: dict[bool, np.ndarray], limit: int) -> tuple[Suspect, ...]:
    """List up to `limit` unverified training cells with a negative margin, the most contradicted first.

    Those of labels that validation could not judge come after all others, with P(mislabel) 0.

    rates[True] (L,) is the share of carriers annotated absent, rates[False] that of the others annotated
    present.
    """
    given = scene.given
    signed = np.where(given.states[scene.train] == PRESENT, 1.0, -1.0)
    known = given.states[scene.train] >= 0
    trained = np.zeros(signed.shape, dtype=bool)
    margin = scene.logits[scene.train] * signed
    if given.aum is not None:
        aum = given.aum[scene.train]
        trained = np.isfinite(aum)
        open_minded = _not_by_heart(scene)
        margin = np.where(trained, (1 - open_minded) * np.nan_to_num(aum) + open_minded * margin, margin)
    # What a person has verified is neither ranked nor expected to be wrong.
    usable = known & (trained | np.isfinite(given.scores[scene.train])) & ~given.verified[scene.train]
    order, chance = _order(scene, margin, usable, rates)
    flat = np.flatnonzero(usable & (margin < 0))
    flat = flat[np.lexsort((margin.ravel()[flat], -chance.ravel()[flat]))][:limit]
    place, label = np.unravel_index(flat, margin.shape)
    shown = examples.find(scene, scene.train[place], label)
    return tuple(
        _suspect(
            scene,
            int(p),
            int(c),
            order[p, c],
            chance[p, c],
            bool(trained[p, c]),
            pictures,
        )
        for p, c, pictures in zip(place, label, shown, strict=True)
    )


def _not_by_heart(scene: Scene) -> float:
    """Give the error rate on training cells over that on validation cells, at most 1; 0 where neither errs."""
    shares = []
    for rows in (scene.train, scene.val):
        state = scene.given.states[rows]
        scored = (state >= 0) & np.isfinite(scene.given.scores[rows])
        shares.append(
            float((scene.predicted[rows] != (state == PRESENT))[scored].mean()) if scored.any() else 0.0
        )
    return min(1.0, shares[0] / shares[1]) if shares[1] > 0 else 0.0


def _order(
    scene: Scene, margin: np.ndarray, usable: np.ndarray, rates: dict[bool, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Give (T, L) the share of cells of the same annotation with a higher margin, and P(mislabel)."""
    above, expected, open_to_doubt = np.zeros(margin.shape), 0.0, judged(scene, rates)
    judgeable = np.zeros(margin.shape, dtype=bool)
    states = scene.given.states[scene.train]
    for label in range(margin.shape[1]):
        for state, other in ((ABSENT, PRESENT), (PRESENT, ABSENT)):
            mine = np.flatnonzero((states[:, label] == state) & usable[:, label])
            mine = mine[np.argsort(margin[mine, label], kind="stable")]
            above[mine, label] = 1 - np.arange(1, len(mine) + 1) / max(1, len(mine))
            if not open_to_doubt[state == ABSENT][label]:
                continue
            judgeable[mine, label] = True
            rate = float(rates[state == ABSENT][label])
            carriers = (states[:, label] == other) & usable[:, label]
            expected += rate / (1 - rate) * float(carriers.sum())
    chance = np.zeros(margin.shape)
    if expected > 0:
        expected *= CONTRADICTED
        cells = np.flatnonzero(judgeable)
        cells = cells[np.argsort(margin.ravel()[cells], kind="stable")]
        chance.ravel()[cells] = CERTAIN_AT_MOST / (1 + (np.arange(1, len(cells) + 1) / expected) ** 3)
    return above, chance


def _suspect(
    scene: Scene,
    place: int,
    label: int,
    lower_than: float,
    chance: float,
    trained: bool,
    shown: examples.Examples,
) -> Suspect:
    row = int(scene.train[place])
    given = scene.given
    present = bool(given.states[row, label] == PRESENT)
    probability = float(given.scores[row, label])
    aum = float(given.aum[row, label]) if trained and given.aum is not None else None
    return Suspect(
        row=row,
        label=label,
        kind=ErrorKind.FN if present else ErrorKind.FP,
        annotation=LabelState.PRESENT if present else LabelState.ABSENT,
        probability=probability,
        aum=aum,
        p_mislabel=float(chance),
        suggested_state=LabelState.ABSENT if present else LabelState.PRESENT,
        evidence=sentences.suspect(
            given.labels[label],
            present=present,
            mean_margin=aum,
            lower_than=float(lower_than),
            probability=probability,
        ),
        with_label=shown.with_label,
        without_label=shown.without_label,
        same_doubt=shown.same_doubt,
    )
