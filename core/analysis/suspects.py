"""Training cells whose annotation the training itself contradicted.

Ranked by AUM, the mean over epochs of `logit * (2y - 1)` (Pleiss et al. 2020, per label); without it by the
margin of the training score. P(mislabel) is not measured on the cell: validation says how many wrong
annotations to expect among the training cells of a label, M = rate / (1 - rate) * carriers, and the r-th
most contradicted gets .9 / (1 + (r / M)^3), which sums to about M.
"""

import numpy as np

from core.analysis import examples, sentences
from core.analysis.inputs import ABSENT, PRESENT, Suspect
from core.analysis.space import Scene
from db.terms import ErrorKind, LabelState

CERTAIN_AT_MOST = 0.9


def rank(scene: Scene, rates: dict[bool, np.ndarray], limit: int) -> tuple[Suspect, ...]:
    """List up to `limit` unverified training cells with a negative margin, the most contradicted first.

    rates[True] (L,) is the share of carriers annotated absent, rates[False] that of the others annotated
    present.
    """
    given = scene.given
    signed = np.where(given.states[scene.train] == PRESENT, 1.0, -1.0)
    margin = scene.logits[scene.train] * signed
    trained = np.zeros(margin.shape, dtype=bool)
    if given.aum is not None:
        trained = np.isfinite(given.aum[scene.train])
        margin = np.where(trained, given.aum[scene.train], margin)
    usable = (given.states[scene.train] >= 0) & (trained | np.isfinite(given.scores[scene.train]))
    order, chance = _order(scene, margin, usable, rates)
    open_cells = usable & ~given.verified[scene.train] & (margin < 0)
    flat = np.flatnonzero(open_cells)
    flat = flat[np.argsort(margin.ravel()[flat], kind="stable")][:limit]
    place, label = np.unravel_index(flat, margin.shape)
    shown = examples.find(scene, scene.train[place], label)
    return tuple(
        _suspect(
            scene,
            int(p),
            int(c),
            float(margin[p, c]),
            order[p, c],
            chance[p, c],
            bool(trained[p, c]),
            pictures,
        )
        for p, c, pictures in zip(place, label, shown, strict=True)
    )


def _order(
    scene: Scene, margin: np.ndarray, usable: np.ndarray, rates: dict[bool, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Give (T, L) the share of cells of the same annotation with a higher margin, and P(mislabel)."""
    above, chance = np.zeros(margin.shape), np.zeros(margin.shape)
    states = scene.given.states[scene.train]
    for label in range(margin.shape[1]):
        for state, other in ((ABSENT, PRESENT), (PRESENT, ABSENT)):
            mine = np.flatnonzero((states[:, label] == state) & usable[:, label])
            mine = mine[np.argsort(margin[mine, label], kind="stable")]
            rate = float(rates[state == ABSENT][label])
            expected = rate / (1 - rate) * float(np.sum(states[:, label] == other))
            place = np.arange(1, len(mine) + 1)
            above[mine, label] = 1 - place / max(1, len(mine))
            if expected > 0:
                chance[mine, label] = CERTAIN_AT_MOST / (1 + (place / expected) ** 3)
    return above, chance


def _suspect(
    scene: Scene,
    place: int,
    label: int,
    margin: float,
    lower_than: float,
    chance: float,
    trained: bool,
    shown: examples.Examples,
) -> Suspect:
    row = int(scene.train[place])
    given = scene.given
    present = bool(given.states[row, label] == PRESENT)
    probability = float(given.scores[row, label])
    return Suspect(
        row=row,
        label=label,
        kind=ErrorKind.FN if present else ErrorKind.FP,
        annotation=LabelState.PRESENT if present else LabelState.ABSENT,
        probability=probability,
        aum=margin if trained else None,
        p_mislabel=float(chance),
        suggested_state=LabelState.ABSENT if present else LabelState.PRESENT,
        evidence=sentences.suspect(
            given.labels[label],
            present=present,
            margin=margin,
            lower_than=float(lower_than),
            probability=probability,
            trained=trained,
        ),
        with_label=shown.with_label,
        without_label=shown.without_label,
        same_doubt=shown.same_doubt,
    )
