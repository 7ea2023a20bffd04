"""The history by sittings: what somebody decided key by key in one go is one line, with every change behind it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core.actor import Actor
from db import corrections, revisions
from db.errors import Conflict, Missing, Stale
from db.records import Batch
from db.store import Store
from db.terms import Source

APART_S = 300.0  # a longer pause ends a sitting
MOST_TOGETHER = 200  # changes of a sitting: bounds what a page reads and what one undo takes back
_KEY_BY_KEY = frozenset((Source.CORRECTION, Source.VERDICT, Source.UNDO))
_AT_ONCE = 500


@dataclass(frozen=True)
class Sitting:
    """Changes of one person, one kind, run and reason, each at most APART_S after the one before; or a single one."""

    batches: tuple[Batch, ...]  # the newest first

    @property
    def first(self) -> Batch:
        """The oldest change."""
        return self.batches[-1]

    @property
    def last(self) -> Batch:
        """The newest change."""
        return self.batches[0]

    @property
    def open(self) -> tuple[Batch, ...]:
        """Those that nobody has undone, the newest first."""
        return tuple(batch for batch in self.batches if batch.undone_by is None)


@dataclass(frozen=True)
class Undone:
    """What became of an undo of several changes."""

    count: int  # that are undone
    refused: tuple[str, ...]  # why each of the others is not


def history(
    store: Store,
    actor: Actor,
    dataset_id: int,
    *,
    before: int | None = None,
    author: str | None = None,
    limit: int = 30,
) -> list[Sitting]:
    """Who changed what, the newest first, no sitting cut at the end; those of batches with an id below `before`."""
    found: list[list[Batch]] = []
    weighty: set[int] = set()  # what undos of these brought back is told one by one
    while True:
        listed = revisions.history(store, dataset_id, before=before, author=author, limit=_AT_ONCE)
        undos = [batch.id for batch in listed if batch.source is Source.UNDO]
        weighty |= revisions.beside_cells(store, undos)
        for batch in listed:
            if found and not weighty & {batch.id, found[-1][-1].id} and _together(found[-1], batch):
                found[-1].append(batch)
            elif len(found) == limit:
                return [Sitting(tuple(batches)) for batches in found]
            else:
                found.append([batch])
        if len(listed) < _AT_ONCE:
            return [Sitting(tuple(batches)) for batches in found]
        before = listed[-1].id


def _together(batches: Sequence[Batch], older: Batch) -> bool:
    """Whether a batch belongs to the same sitting as the newer ones."""
    next_one = batches[-1]
    return (
        len(batches) < MOST_TOGETHER
        and older.source in _KEY_BY_KEY
        and next_one.created_at - older.created_at <= APART_S
        and (older.source, older.author, older.run_id, older.reason)
        == (next_one.source, next_one.author, next_one.run_id, next_one.reason)
    )


def images(store: Store, actor: Actor, sitting: Sitting) -> int:
    """How many images have labels that the sitting changed."""
    return revisions.images_changed(store, [batch.id for batch in sitting.batches])


def undo(store: Store, actor: Actor, batch_ids: Sequence[int]) -> Undone:
    """Take batches back, the newest first, each whole or not at all: what somebody changed later stays as it is now.

    Each becomes an undo of its own, which can be undone in turn. Raises Missing.
    """
    count, refused = 0, []
    for batch_id in sorted(batch_ids, reverse=True):
        dataset_id = revisions.batch(store, batch_id).dataset_id
        try:
            corrections.undo(store, dataset_id, batch_id, author=actor.name, client_id=uuid.uuid4().hex)
            count += 1
        except (Stale, Conflict, Missing) as error:
            refused.append(str(error))
    return Undone(count, tuple(refused))
