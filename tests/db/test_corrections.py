"""Label changes are appended, refused when stale, repeated harmlessly and taken back exactly."""

import threading

import pytest

from core import states
from db import corrections, datasets, revisions
from db.errors import Conflict, Missing, Stale
from db.records import CellChange, CellValue, Dataset
from db.store import Store
from db.terms import LabelState, Part, Source

PRESENT, ABSENT = CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT)
KEPT = CellValue(LabelState.PRESENT, verified=True)
REMOVED = CellValue(LabelState.ABSENT, verified=True)
UNSURE = CellValue(LabelState.UNKNOWN, verified=True)


def label(store: Store, small: Dataset, name: str = "sea") -> int:
    return next(found.id for found in datasets.labels(store, small.id) if found.name == name)


def value(store: Store, small: Dataset, row: int, name: str = "sea") -> CellValue:
    return revisions.values(store, small.id, [(row, label(store, small, name))])[0].value


def change(store: Store, small: Dataset, row: int, seen: CellValue, wanted: CellValue) -> CellChange:
    return CellChange(row, label(store, small), seen, wanted)


def test_a_correction_is_one_revision_and_its_history_says_who_and_why(store: Store, small: Dataset) -> None:
    done = corrections.apply(
        store,
        small.id,
        [change(store, small, 0, PRESENT, REMOVED), change(store, small, 3, PRESENT, UNSURE)],
        author="Ada",
        client_id="one",
        reason="no water",
    )
    assert (done.batch.revision, done.batch.size, done.batch.author) == (2, 2, "Ada")
    assert value(store, small, 0) == REMOVED
    assert value(store, small, 3) == UNSURE
    newest = revisions.history(store, small.id)[0]
    assert (newest.reason, newest.source) == ("no water", Source.CORRECTION)
    changed, moved = revisions.changes(store, newest.id)
    assert [(c.row, c.before, c.after) for c in changed] == [(0, PRESENT, REMOVED), (3, PRESENT, UNSURE)]
    assert moved == []


def test_a_repeated_client_id_changes_nothing_and_gives_the_first_answer(
    store: Store, small: Dataset
) -> None:
    wanted = [change(store, small, 0, PRESENT, REMOVED)]
    first = corrections.apply(store, small.id, wanted, author="Ada", client_id="one")
    again = corrections.apply(store, small.id, wanted, author="Ada", client_id="one")
    assert again.repeated
    assert again.batch == first.batch
    assert datasets.get(store, small.id).revision == 2


def test_a_stale_change_is_refused_whole_and_names_who_was_first(store: Store, small: Dataset) -> None:
    corrections.apply(
        store, small.id, [change(store, small, 0, PRESENT, REMOVED)], author="Ada", client_id="one"
    )
    both = [change(store, small, 3, PRESENT, REMOVED), change(store, small, 0, PRESENT, UNSURE)]
    with pytest.raises(Stale, match=r"Ada has changed 1 of these 2"):
        corrections.apply(store, small.id, both, author="Bob", client_id="two")
    assert value(store, small, 0) == REMOVED
    assert value(store, small, 3) == PRESENT
    assert datasets.get(store, small.id).revision == 2


def test_undo_brings_the_old_label_back(store: Store, small: Dataset) -> None:
    done = corrections.apply(
        store, small.id, [change(store, small, 0, PRESENT, REMOVED)], author="Ada", client_id="one"
    )
    corrections.undo(store, small.id, done.batch.id, author="Ada", client_id="two")
    assert value(store, small, 0) == PRESENT
    assert states.matrix(store, small.id).states.tolist() == states.matrix(store, small.id, 1).states.tolist()


def test_undoing_an_undo_and_that_again_keeps_the_chain_straight(store: Store, small: Dataset) -> None:
    first = corrections.apply(
        store, small.id, [change(store, small, 0, PRESENT, REMOVED)], author="Ada", client_id="1"
    ).batch.id
    second = corrections.undo(store, small.id, first, author="Ada", client_id="2").batch.id
    third = corrections.undo(store, small.id, second, author="Ada", client_id="3").batch.id
    assert value(store, small, 0) == REMOVED
    assert revisions.batch(store, first).undone_by is None
    corrections.undo(store, small.id, third, author="Ada", client_id="4")
    assert value(store, small, 0) == PRESENT
    assert revisions.batch(store, first).undone_by == second


def test_undo_is_refused_when_somebody_changed_the_cell_later(store: Store, small: Dataset) -> None:
    done = corrections.apply(
        store, small.id, [change(store, small, 0, PRESENT, REMOVED)], author="Ada", client_id="1"
    )
    corrections.apply(
        store, small.id, [change(store, small, 0, REMOVED, UNSURE)], author="Bob", client_id="2"
    )
    with pytest.raises(Stale, match="Bob"):
        corrections.undo(store, small.id, done.batch.id, author="Ada", client_id="3")
    assert value(store, small, 0) == UNSURE


def test_an_import_and_an_undone_batch_cannot_be_undone(store: Store, small: Dataset) -> None:
    first = revisions.history(store, small.id)[-1]
    with pytest.raises(Conflict, match="import"):
        corrections.undo(store, small.id, first.id, author="Ada", client_id="1")
    done = corrections.apply(
        store, small.id, [change(store, small, 0, PRESENT, REMOVED)], author="Ada", client_id="2"
    )
    corrections.undo(store, small.id, done.batch.id, author="Ada", client_id="3")
    with pytest.raises(Conflict, match="already"):
        corrections.undo(store, small.id, done.batch.id, author="Ada", client_id="4")


def test_cells_of_another_data_set_are_refused(store: Store, small: Dataset) -> None:
    with pytest.raises(Missing, match="Label number 999"):
        corrections.apply(store, small.id, [CellChange(0, 999, ABSENT, KEPT)], author="Ada", client_id="1")
    with pytest.raises(Missing, match="no image number 10"):
        corrections.apply(
            store, small.id, [change(store, small, 10, ABSENT, KEPT)], author="Ada", client_id="2"
        )


def test_labels_at_every_revision_are_what_they_were(store: Store, small: Dataset) -> None:
    seen = {1: states.matrix(store, small.id).states.tolist()}
    steps = [(0, PRESENT, REMOVED), (0, REMOVED, UNSURE), (1, ABSENT, KEPT), (0, UNSURE, PRESENT)]
    for number, (row, before, after) in enumerate(steps):
        corrections.apply(
            store, small.id, [change(store, small, row, before, after)], author="A", client_id=str(number)
        )
        seen[number + 2] = states.matrix(store, small.id).states.tolist()
    for revision, expected in seen.items():
        assert states.matrix(store, small.id, revision).states.tolist() == expected


def test_of_two_people_who_change_one_cell_at_once_one_is_told(store: Store, small: Dataset) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def correct(who: str, wanted: CellValue) -> None:
        start.wait()
        try:
            corrections.apply(
                store, small.id, [change(store, small, 0, PRESENT, wanted)], author=who, client_id=who
            )
            outcomes.append("saved")
        except Stale:
            outcomes.append("told")

    people = [
        threading.Thread(target=correct, args=("Ada", REMOVED)),
        threading.Thread(target=correct, args=("Bob", UNSURE)),
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(outcomes) == ["saved", "told"]
    assert datasets.get(store, small.id).revision == 2


def test_revisions_have_no_gap_when_many_write_at_once(store: Store, small: Dataset) -> None:
    def correct(row: int) -> None:
        seen = PRESENT if row % 3 == 0 else ABSENT
        corrections.apply(
            store, small.id, [change(store, small, row, seen, UNSURE)], author="A", client_id=str(row)
        )

    people = [threading.Thread(target=correct, args=(row,)) for row in range(10)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    numbers = sorted(batch.revision or 0 for batch in revisions.history(store, small.id))
    assert numbers == list(range(1, 12))


def test_browse_counts_the_default_state_too(store: Store, small: Dataset) -> None:
    absent = revisions.browse(
        store, small.id, label_id=label(store, small), state=LabelState.ABSENT, part=Part.TRAIN
    )
    assert [image.row for image in absent] == [1, 2, 4, 5]
    later = revisions.browse(store, small.id, after_row=7, limit=1)
    assert [image.row for image in later] == [8]
