"""Implications between labels at work: where the data break them, mending that in one batch, and which to declare."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core import implications, states
from core.actor import Actor
from core.errors import BadInput
from core.implications import Way
from db import corrections, labels
from db.errors import Missing
from db.records import Batch, CellChange, CellValue, Label
from db.store import Store

MOST_ROWS = 12  # pictures of a violation to show


@dataclass(frozen=True, slots=True)
class Broken:
    """An implication that images break."""

    label: Label
    implied: Label
    absent: int  # images with the label where what it implies is absent
    unknown: int  # and where nobody has said
    verified: int  # of those absent: a person has verified that
    rows: tuple[int, ...]  # the first of them, those that contradict it before the others


@dataclass(frozen=True, slots=True)
class Proposal:
    """An implication to declare: the data hold it nearly always."""

    label: Label
    implied: Label
    confidence: float  # 0..1
    support: int  # images with both
    both_ways: bool  # perhaps the two are one label


@dataclass(frozen=True, slots=True)
class Rules:
    """How the declared implications stand in the data of one revision."""

    revision: int
    declared: int
    broken: tuple[Broken, ...]
    cycles: tuple[tuple[Label, ...], ...]  # labels that imply each other: one label each
    proposals: tuple[Proposal, ...]


def rules(store: Store, actor: Actor, dataset_id: int) -> Rules:
    """The violations of every implication, the cycles, and what the data suggest. Raises Missing."""
    found = states.matrix(store, dataset_id)
    implies = implications.graph(found.labels)
    return Rules(
        revision=found.revision,
        declared=sum(map(len, implies.values())),
        broken=tuple(_broken(found, one) for one in implications.violations(found.states, implies)),
        cycles=tuple(tuple(found.labels[at] for at in group) for group in implications.cycles(implies)),
        proposals=tuple(
            Proposal(
                found.labels[one.column],
                found.labels[one.implied],
                one.confidence,
                one.support,
                one.both_ways,
            )
            for one in implications.suggested(found.states, implies)
        ),
    )


def _broken(found: states.States, one: implications.Violation) -> Broken:
    rows: Sequence[int] = [*one.absent[:MOST_ROWS].tolist(), *one.unknown[:MOST_ROWS].tolist()]
    return Broken(
        found.labels[one.column],
        found.labels[one.implied],
        int(one.absent.size),
        int(one.unknown.size),
        int(found.verified[one.absent, one.implied].sum()),
        tuple(rows[:MOST_ROWS]),
    )


def mend(store: Store, actor: Actor, dataset_id: int, label_id: int, implied_id: int, way: Way) -> Batch:
    """Mend every violation of one implication, and of its chain, as one batch that can be undone.

    Raises Missing, Stale, and BadInput when there is nothing to mend in this way.
    """
    found = states.matrix(store, dataset_id)
    column = {label.id: label.position for label in found.labels}
    if label_id not in column or implied_id not in column:
        raise Missing(labels.GONE)
    implies = implications.graph(found.labels)
    own, other = found.labels[column[label_id]].name, found.labels[column[implied_id]].name
    if column[implied_id] not in implies[column[label_id]]:
        raise BadInput(f"“{own}” does not imply “{other}”: declare it first.")
    broken = [
        one
        for one in implications.violations(found.states, implies)
        if (one.column, one.implied) == (column[label_id], column[implied_id])
    ]
    changes = [
        _change(found, cell)
        for one in broken
        for cell in implications.mend(found.states, found.verified, implies, one, way)
    ]
    if not changes:
        raise BadInput(f"“{own}” implies “{other}” on every image already: there is nothing to mend.")
    done = f"“{other}” set present" if way is Way.PRESENT else f"“{own}” taken away"
    return corrections.apply(
        store,
        dataset_id,
        changes,
        author=actor.name,
        client_id=uuid.uuid4().hex,
        reason=f"“{own}” implies “{other}”: {done}",
    ).batch


def _change(found: states.States, cell: implications.Mended) -> CellChange:
    at = (cell.row, cell.column)
    seen = CellValue(states.STATES[int(found.states[at])], bool(found.verified[at]))
    return CellChange(
        cell.row, found.labels[cell.column].id, seen, CellValue(states.STATES[cell.state], cell.verified)
    )
