"""An addition is one batch: all of it is stored or nothing, it can be undone, and it refuses what moved on."""

from dataclasses import replace

import pytest

from core import states
from db import additions, corrections, datasets, held, labels, revisions
from db.additions import Addition
from db.errors import Conflict, Stale
from db.records import CellChange, CellValue, Dataset, Image
from db.store import Store
from db.terms import LabelState, Part, Source
from tests.small import small_dataset

PRESENT, ABSENT, UNKNOWN = (CellValue(state) for state in LabelState)


def image(row: int, key: str, part: Part = Part.TRAIN) -> Image:
    return Image(0, row, key, part, f"{row:064x}", 8, 8, 100)


def addition(store: Store, dataset: Dataset, **otherwise: object) -> Addition:
    """Two new images and one new label; the old image loses its label."""
    sea = datasets.labels(store, dataset.id)[0].id
    one = Addition(
        revision=dataset.revision,
        images=dataset.images,
        new_images=[image(1, "b.jpg"), image(2, "c.jpg", Part.VALIDATION)],
        new_labels=[("sky", "k")],
        default_state=LabelState.UNKNOWN,
        changes=[CellChange(0, sea, PRESENT, ABSENT)],
        cells=[(1, sea, CellValue(LabelState.PRESENT, True)), (2, -1, PRESENT), (0, -1, ABSENT)],
        root="/elsewhere",
        notes=["one"],
    )
    return replace(one, **otherwise)


def applied(store: Store, dataset: Dataset, one: Addition, client_id: str = "again") -> Dataset:
    additions.apply(store, dataset.id, one, author="ada", client_id=client_id, reason="again")
    return datasets.get(store, dataset.id)


@pytest.fixture
def small(store: Store) -> Dataset:
    """One image that carries `sea`."""
    return small_dataset(store, cells=[(0, 0, LabelState.PRESENT, False)])


def test_images_labels_and_cells_come_as_one_revision(store: Store, small: Dataset) -> None:
    made = applied(store, small, addition(store, small))
    found = states.matrix(store, small.id)
    assert found.names == ("sea", "sky")
    assert found.states.tolist() == [[0, 0], [1, -1], [0, 1]]
    assert found.verified.tolist() == [[False, False], [True, False], [False, False]]
    assert found.parts.tolist() == [0, 0, 1]
    assert (made.revision, made.images, made.notes, made.more_roots) == (2, 3, ("one",), ("/elsewhere",))
    batch = revisions.history(store, small.id)[0]
    assert (batch.source, batch.size, batch.reason) == (Source.IMPORT, 7, "again")
    arrived = datasets.images(store, small.id, [1, 2])
    assert [(one.added, made.root_of(one.origin)) for one in arrived] == [(2, "/elsewhere")] * 2


def test_the_revision_before_is_as_it_was(store: Store, small: Dataset) -> None:
    applied(store, small, addition(store, small))
    before = states.matrix(store, small.id, 1)
    assert (before.names, before.states.tolist()) == (("sea",), [[1]])
    assert [label.name for label in held.labels(store, small.id, 1)] == ["sea"]


def test_a_root_that_is_known_is_not_noted_twice(store: Store, small: Dataset) -> None:
    first = applied(store, small, addition(store, small))
    more = {"new_labels": [], "changes": [], "cells": []}
    second = addition(store, first, new_images=[image(3, "d.jpg")], **more)
    made = applied(store, first, second, "second")
    third = addition(store, made, new_images=[image(4, "e.jpg")], root=small.root, **more)
    made = applied(store, made, third, "third")
    assert made.more_roots == ("/elsewhere",)
    assert [one.origin for one in datasets.images(store, small.id)] == [0, 1, 1, 1, 0]


def test_undoing_takes_everything_back_and_undoing_that_brings_it_again(store: Store, small: Dataset) -> None:
    applied(store, small, addition(store, small))
    batch = revisions.history(store, small.id)[0]
    undone = corrections.undo(store, small.id, batch.id, author="eve", client_id="undo").batch
    found = states.matrix(store, small.id)
    assert (found.names, found.states[0].tolist()) == (("sea",), [1])
    assert found.parts.tolist() == [0, states.LEFT_OUT, states.LEFT_OUT]
    corrections.undo(store, small.id, undone.id, author="eve", client_id="redo")
    found = states.matrix(store, small.id)
    assert found.names == ("sea", "sky")
    assert found.states.tolist() == [[0, 0], [1, -1], [0, 1]]
    assert found.parts.tolist() == [0, 0, 1]


def test_the_same_import_twice_is_one(store: Store, small: Dataset) -> None:
    one = addition(store, small)
    first = applied(store, small, one)
    again = additions.apply(store, small.id, one, author="ada", client_id="again", reason="")
    assert again.repeated
    assert datasets.get(store, small.id) == first


def test_what_moved_on_is_refused_and_nothing_is_stored(store: Store, small: Dataset) -> None:
    one = addition(store, small)
    labels.add(store, small.id, labels.NewLabel("sky"), author="eve", client_id="x", reason="")
    before = states.matrix(store, small.id)
    with pytest.raises(Stale, match="somebody has changed the data set"):
        applied(store, small, one)
    now = datasets.get(store, small.id)
    with pytest.raises(Stale, match="another import has added images"):
        applied(store, small, replace(one, revision=now.revision, images=5))
    with pytest.raises(Stale, match="has changed this label"):
        wrong = [CellChange(0, datasets.labels(store, small.id)[0].id, UNKNOWN, ABSENT)]
        applied(store, small, replace(one, revision=now.revision, new_labels=[], cells=[], changes=wrong))
    with pytest.raises(Conflict, match="already a label “sky”"):
        applied(store, small, replace(one, revision=now.revision))
    assert datasets.get(store, small.id) == now
    after = states.matrix(store, small.id)
    assert (after.states == before.states).all()


def test_nothing_at_all_is_refused(store: Store, small: Dataset) -> None:
    empty = addition(store, small, new_images=[], new_labels=[], changes=[], cells=[])
    with pytest.raises(Conflict, match="nothing to import"):
        applied(store, small, empty)


def test_images_that_are_known_are_read_in_their_order(store: Store, small: Dataset) -> None:
    applied(store, small, addition(store, small))
    found = additions.known(store, small.id)
    assert found.keys == ["a.jpg", "b.jpg", "c.jpg"]
    assert found.digests[32:64].hex() == f"{1:064x}"
    assert found.parts == [Part.TRAIN, Part.TRAIN, Part.VALIDATION]
    assert found.left_out == [False] * 3
