"""Images move between the parts and are left out as revisions: undone exactly, and seen by a run as it saw them."""

import numpy as np
import pytest

from core import states
from db import additions, corrections, datasets, placements
from db.additions import Addition
from db.errors import Conflict, Missing, Stale
from db.records import Applied, CellChange, CellValue, Dataset, Image, Place
from db.store import Store
from db.terms import LabelState, Part, Source

PRESENT, ABSENT = CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT)
TRAIN, VALIDATION, OUT = Place(Part.TRAIN), Place(Part.VALIDATION), Place(Part.TRAIN, left_out=True)


def move(store: Store, small: Dataset, client_id: str = "one", **wanted: Place) -> Applied:
    rows = {int(name[1:]): place for name, place in wanted.items()}
    return placements.move(store, small.id, rows, author="Ada", client_id=client_id, reason="leak")


def parts(store: Store, small: Dataset, **at: int) -> list[int]:
    return [int(code) for code in states.matrix(store, small.id, **at).parts]


def test_an_image_that_is_left_out_is_on_no_side_and_counts_nowhere(store: Store, small: Dataset) -> None:
    done = move(store, small, r0=OUT)
    assert (done.batch.source, done.batch.revision, done.batch.size) == (Source.SPLIT, 2, 1)
    assert parts(store, small) == [-1, 0, 0, 0, 0, 0, 1, 1, 1, 2]
    assert datasets.count_images(store, small.id)[Part.TRAIN] == 5


def test_the_parts_of_an_old_revision_stay_what_they_were(store: Store, small: Dataset) -> None:
    before = parts(store, small)
    move(store, small, r0=VALIDATION, r6=TRAIN)
    move(store, small, "two", r0=TRAIN)
    assert parts(store, small, revision=1) == before
    assert parts(store, small, revision=2)[0] == 1
    assert parts(store, small)[0] == 0


def test_a_run_is_judged_on_the_images_that_it_did_not_learn_from_but_for_those_left_out_since(
    store: Store, small: Dataset
) -> None:
    move(store, small, r0=VALIDATION, r6=TRAIN)
    move(store, small, "two", r7=Place(Part.VALIDATION, left_out=True))
    seen = states.matrix(store, small.id, None, frame=1)
    assert seen.rows(Part.VALIDATION).tolist() == [6, 8]


def test_undoing_a_move_puts_the_images_back_and_undoing_that_moves_them_again(
    store: Store, small: Dataset
) -> None:
    before = parts(store, small)
    moved = move(store, small, r0=OUT, r6=TRAIN)
    back = corrections.undo(store, small.id, moved.batch.id, author="Bo", client_id="back")
    assert parts(store, small) == before
    assert back.batch.revision == 3
    corrections.undo(store, small.id, back.batch.id, author="Bo", client_id="again")
    assert parts(store, small) == [-1, 0, 0, 0, 0, 0, 0, 1, 1, 2]


def test_a_move_is_not_undone_over_a_later_one(store: Store, small: Dataset) -> None:
    moved = move(store, small, r0=OUT)
    move(store, small, "two", r0=VALIDATION)
    with pytest.raises(Stale, match="somebody has moved this image"):
        corrections.undo(store, small.id, moved.batch.id, author="Bo", client_id="back")
    assert parts(store, small)[0] == 1


def test_a_repeated_move_changes_nothing_and_one_to_where_it_is_is_refused(
    store: Store, small: Dataset
) -> None:
    first = move(store, small, r0=OUT)
    assert move(store, small, r0=OUT) == Applied(first.batch, repeated=True)
    with pytest.raises(Conflict, match="every image is there already"):
        move(store, small, "two", r0=OUT)
    with pytest.raises(Missing, match="no image number 77"):
        move(store, small, "three", r77=OUT)
    assert datasets.get(store, small.id).revision == 2


def addition(store: Store, small: Dataset, **otherwise: object) -> Addition:
    sea = datasets.labels(store, small.id)[0].id
    arguments: dict[str, object] = {
        "revision": 1,
        "images": 10,
        "new_images": [
            Image(0, row, f"new{row}.jpg", Part.TRAIN, f"{row:064x}", 8, 8, 100, meta={"site": "zoo"})
            for row in (10, 11)
        ],
        "new_labels": [("dog", "d")],
        "default_state": LabelState.UNKNOWN,
        "changes": [CellChange(0, sea, PRESENT, ABSENT)],
        "cells": [(10, sea, PRESENT), (0, -1, PRESENT), (11, -1, ABSENT)],
        "root": "/elsewhere",
    }
    return Addition(**(arguments | otherwise))  # type: ignore[arg-type]


def test_an_import_into_a_data_set_adds_images_labels_and_changes_as_one_revision(
    store: Store, small: Dataset
) -> None:
    done = additions.apply(
        store, small.id, addition(store, small), author="Ada", client_id="more", reason="Imported"
    )
    assert (done.batch.source, done.batch.revision) == (Source.IMPORT, 2)
    now = states.matrix(store, small.id)
    assert now.names == ("sea", "sky", "tree", "dog")
    assert now.states[:, 3].tolist() == [1, *[-1] * 9, -1, 0]
    assert now.states[[0, 10, 11], 0].tolist() == [0, 1, 0]
    image = datasets.images(store, small.id, [10])[0]
    assert (image.added, image.origin, dict(image.meta or {})) == (2, 1, {"site": "zoo"})
    assert datasets.get(store, small.id).root_of(image.origin) == "/elsewhere"
    assert datasets.get(store, small.id).images == 12


def test_an_old_revision_has_neither_the_images_nor_the_labels_that_came_later(
    store: Store, small: Dataset
) -> None:
    before = states.matrix(store, small.id)
    additions.apply(
        store, small.id, addition(store, small), author="Ada", client_id="more", reason="Imported"
    )
    then = states.matrix(store, small.id, 1)
    assert then.names == before.names
    assert np.array_equal(then.states, before.states)
    framed = states.matrix(store, small.id, frame=1)  # a run of then, by the labels of now
    assert framed.states.shape == (10, 3)
    assert framed.states[0, 0] == 0


def test_undoing_an_import_leaves_its_images_out_and_takes_its_labels_away(
    store: Store, small: Dataset
) -> None:
    done = additions.apply(
        store, small.id, addition(store, small), author="Ada", client_id="more", reason="Imported"
    )
    corrections.undo(store, small.id, done.batch.id, author="Ada", client_id="back")
    now = states.matrix(store, small.id)
    assert now.names == ("sea", "sky", "tree")
    assert now.parts.tolist() == [0] * 6 + [1] * 3 + [2, -1, -1]
    assert now.states[0, 0] == 1


def test_an_import_that_looked_at_fewer_images_than_there_are_stores_nothing(
    store: Store, small: Dataset
) -> None:
    late = addition(store, small, images=9)
    with pytest.raises(Stale, match="another import has added images"):
        additions.apply(store, small.id, late, author="Ada", client_id="more", reason="Imported")
    assert datasets.get(store, small.id).revision == 1


def test_an_import_that_brings_nothing_is_refused(store: Store, small: Dataset) -> None:
    nothing = addition(store, small, new_images=[], new_labels=[], changes=[], cells=[])
    with pytest.raises(Conflict, match="nothing to import"):
        additions.apply(store, small.id, nothing, author="Ada", client_id="more", reason="Imported")
