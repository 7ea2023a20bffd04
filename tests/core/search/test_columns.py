"""The columns as one matrix: the same as the database says at every revision, and read from it no more."""

from collections.abc import Iterator

import numpy as np
import pytest

from core import states
from core.search import columns
from core.states import States
from db import corrections, labels, placements
from db.records import CellChange, CellValue, Place
from db.terms import LabelState, Part
from tests.conftest import Home
from tests.core.search import worlds
from tests.core.search.worlds import World


@pytest.fixture
def world(home: Home) -> World:
    return worlds.make(home.store)


def same(one: States, other: States) -> bool:
    arrays = ((one.states, other.states), (one.verified, other.verified), (one.parts, other.parts))
    alike = all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in arrays)
    return alike and (one.labels, one.revision) == (other.labels, other.revision)


def changed(home: Home, world: World) -> Iterator[str]:
    """A correction, a move, its undo, and a label that goes, one after the other."""
    sea, size = world.labels[0].id, world.labels[3].id
    before = CellValue(world.states[1][sea], sea in world.verified[1])
    wanted = CellChange(1, sea, before, CellValue(LabelState.UNKNOWN, verified=True))
    done = corrections.apply(
        home.store, world.dataset_id, [wanted], author="Ada", client_id="one", reason="seen"
    )
    yield "corrected"
    places = {1: Place(Part.TEST), 2: Place(Part.TRAIN, left_out=True)}
    placements.move(home.store, world.dataset_id, places, author="Bo", client_id="two", reason="")
    yield "moved"
    corrections.undo(home.store, world.dataset_id, done.batch.id, author="Cy", client_id="three")
    yield "undone"
    labels.remove(home.store, world.dataset_id, size, author="Ada", client_id="four", reason="")
    yield "removed"


def test_the_matrix_of_the_columns_is_that_of_the_database(
    home: Home, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert same(
        columns.matrix(columns.of(home.store, world.dataset_id)), states.matrix(home.store, world.dataset_id)
    )
    monkeypatch.setattr(columns, "_read", None)  # from now on nothing is read as a whole
    for what in changed(home, world):
        found = columns.matrix(columns.of(home.store, world.dataset_id))
        assert same(found, states.matrix(home.store, world.dataset_id)), what


def test_the_matrix_is_made_once_at_a_revision(home: Home, world: World) -> None:
    known = columns.of(home.store, world.dataset_id)
    assert columns.matrix(known).states is columns.matrix(known).states
