"""From judgements to records: findings with their sentence and pictures, suspects, shortcuts, notes."""

import numpy as np

from core.analysis import causes, examples, sentences, space, suspects
from core.analysis.causes import ORDER, Judgement
from core.analysis.examples import Examples
from core.analysis.inputs import (
    ABSENT,
    PRESENT,
    UNKNOWN,
    Analysis,
    Finding,
    Inputs,
    Progress,
    Shortcut,
)
from core.analysis.space import Scene
from core.analysis.sparsity import KIN
from db.terms import Cause, ErrorKind, LabelState

SHOWN = 12  # look-alikes a sentence speaks of
LIMIT = 1000


def analyse(inputs: Inputs, *, progress: Progress | None = None, limit: int = LIMIT) -> Analysis:
    """Find the cause of every validation error, the doubtful training cells and the shortcuts.

    Seeded and deterministic. Raises BadInput where shapes disagree.
    """
    inputs.check()
    tell = progress or _silent
    tell(0.0, "Preparing")
    scene = space.build(inputs)
    if not inputs.labels or not (inputs.states[scene.val] != UNKNOWN).any():
        return Analysis(
            (), (), (), (*scene.notes, "No validation image is scored and annotated: nothing to explain.")
        )
    said = causes.judge(scene, tell)
    tell(0.85, "Collecting look-alikes")
    findings = _findings(scene, said)
    tell(0.95, "Ranking doubtful training labels")
    doubtful = suspects.rank(scene, said.rates, limit)
    tell(1.0, "Done")
    notes = (*scene.notes, *said.notes, *_notes(scene), *_not_judged(scene, said))
    return Analysis(findings, doubtful, _shortcuts(scene, said), notes)


def _silent(share: float, what: str) -> None:
    """Tell nobody."""


def _findings(scene: Scene, said: Judgement) -> tuple[Finding, ...]:
    shown = examples.find(scene, said.cells.row, said.cells.label)
    found = [_finding(scene, said, place, shown[place]) for place in range(len(said.cells.row))]
    rank = np.nan_to_num(said.rank)
    order = sorted(
        range(len(found)),
        key=lambda place: (
            found[place].cause is Cause.UNKNOWN,
            -said.chances[place].max(),
            -rank[place],
            found[place].row,
            found[place].label,
        ),
    )
    return tuple(found[place] for place in order)


def _finding(scene: Scene, said: Judgement, place: int, shown: Examples) -> Finding:
    cells, cause, given = said.cells, said.cause[place], scene.given
    row, label = int(cells.row[place]), int(cells.label[place])
    annotated = bool(cells.annotated[place])
    chances = said.chances[place]
    piece = (
        said.slices[said.slice_of[place]]
        if said.slice_of[place] >= 0 and cause is Cause.WRONG_PATTERN
        else None
    )
    look = cells.look[place]
    return Finding(
        row=row,
        label=label,
        kind=ErrorKind.FN if annotated else ErrorKind.FP,
        annotation=LabelState.PRESENT if annotated else LabelState.ABSENT,
        probability=float(given.scores[row, label]),
        threshold=float(given.threshold[label]),
        cause=cause,
        confidence=float(
            max(0.0, 1 - chances.sum()) if cause is Cause.UNKNOWN else chances[ORDER.index(cause)]
        ),
        second_cause=said.second[place],
        bar=said.bar[place],
        p_mislabel=float(chances[0]),
        p_sparsity=float(chances[1]),
        p_wrong_pattern=float(chances[2]),
        suggested_state=LabelState.ABSENT if annotated else LabelState.PRESENT,
        evidence=_evidence(scene, said, place),
        with_label=shown.with_label,
        without_label=shown.without_label,
        held_out=tuple(int(other) for other in look[look >= 0][:SHOWN]),
        same_doubt=shown.same_doubt,
        slice=tuple(int(member) for member in piece.members) if piece else (),
        slice_name=piece.name if piece else None,
    )


def _evidence(scene: Scene, said: Judgement, place: int) -> str:
    cells, cause = said.cells, said.cause[place]
    row, label = cells.row[place], cells.label[place]
    name, probability = scene.given.labels[label], float(scene.given.scores[row, label])
    if cause is Cause.WRONG_PATTERN:
        return sentences.wrong_pattern(name, said.slices[said.slice_of[place]])
    if cause is Cause.SPARSITY:
        few = said.scarcity
        return sentences.sparsity(
            name,
            similar=_number(few.similar[place]),
            usual=_number(few.usual[place]),
            held_out=int(few.from_validation[place]),
            of=KIN,
            expected=float(few.expected[place]),
        )
    look = cells.look[place]
    look = look[look >= 0][:SHOWN]
    carry = int((scene.given.states[look, label] == PRESENT).sum())
    if cause is Cause.MISLABEL:
        lacks = bool(cells.annotated[place])
        agree = len(look) - carry if lacks else carry
        return sentences.mislabel(
            name, agree=agree, seen=len(look), suggest_present=not lacks, probability=probability
        )
    return sentences.unknown(
        name,
        carry=carry,
        seen=len(look),
        probability=probability,
        threshold=float(scene.given.threshold[label]),
    )


def _number(count: float) -> int | None:
    return int(count) if np.isfinite(count) else None


def _shortcuts(scene: Scene, said: Judgement) -> tuple[Shortcut, ...]:
    """List what explains errors that nothing before it in the list explains, the most errors first."""
    return tuple(
        Shortcut(
            label=piece.label,
            name=piece.name,
            odds_ratio=piece.odds_ratio,
            p_value=piece.p_value,
            members=len(piece.members),
            sentence=sentences.wrong_pattern(scene.given.labels[piece.label], piece),
            rows=tuple(int(row) for row in piece.members),
        )
        for number, piece in enumerate(said.slices)
        if piece.claimed and (said.slice_of == number).any()
    )


def _not_judged(scene: Scene, said: Judgement) -> list[str]:
    """Name the labels whose training annotations nobody can be told to doubt."""
    if not len(scene.train):
        return []
    sides = suspects.judged(scene, said.rates).values()
    names = [name for label, name in enumerate(scene.given.labels) if not any(side[label] for side in sides)]
    if not names:
        return []
    return [
        f"In training no annotation of {', '.join(f'“{name}”' for name in names)} is called wrong: validation shows "
        f"too little of what a wrong one looks like, fewer than {suspects.FEWEST_CARRIERS} images with it, or "
        "predictions no better than chance."
    ]


def _notes(scene: Scene) -> list[str]:
    given, notes = scene.given, []
    scored, there = len(scene.train), len(scene.learned_from)
    if there and not scored:
        notes.append(
            "No training image is scored: in training there is nothing to compare. Look-alikes are validation "
            "images only; neither gaps in training nor training suspects are looked for."
        )
    elif scored < there:
        notes.append(f"Only {scored} of {there} training images are scored: the others are not compared.")
    if given.aum is None:
        notes.append("No training dynamics (AUM): training suspects are ranked by the training score alone.")
    if given.statistics is None:
        notes.append(
            "No image statistics: what a model may lean on is looked for among the other labels only."
        )
    taught = given.states[scene.learned_from]
    for label in np.flatnonzero(~(taught == PRESENT).any(axis=0)):
        if (given.states[scene.val, label] != UNKNOWN).any():
            notes.append(
                f"No training image carries “{given.labels[label]}”: its errors cannot be compared with any."
            )
    if (given.states[scene.val] == ABSENT).sum() == 0:
        notes.append("No validation label is annotated absent: false positives cannot be seen.")
    return notes
