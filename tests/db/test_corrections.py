"""Label changes are appended, refused when stale, repeated harmlessly and taken back exactly."""

import threading
import time
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.dialects import postgresql

from core import states
from db import batches, corrections, datasets, revisions
from db.errors import Conflict, Missing, Stale
from db.records import CellChange, CellValue, Dataset
from db.store import Store
from db.terms import Cause, LabelState, Source

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


@pytest.mark.parametrize("revision", [0, 2, 1000])
def test_a_revision_that_there_is_not_is_told(store: Store, small: Dataset, revision: int) -> None:
    with pytest.raises(Missing) as told:
        states.matrix(store, small.id, revision)
    assert str(told.value) == f"There is no revision {revision} of “small”: the newest is 1."


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


def test_who_arrives_while_another_is_saving_waits_and_is_told(
    store: Store, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbered = batches.next_revision
    saving, told = threading.Event(), []

    def slowly(connection: Any, dataset_id: int) -> int:
        number = numbered(connection, dataset_id)
        saving.set()
        time.sleep(0.3)  # the other comes to the same place meanwhile
        return number

    def come_second() -> None:
        saving.wait()
        with pytest.raises(Stale) as error:
            corrections.apply(
                store, small.id, [change(store, small, 0, PRESENT, UNSURE)], author="Bob", client_id="2"
            )
        told.append(str(error.value))

    monkeypatch.setattr(batches, "next_revision", slowly)
    wanted = [change(store, small, 0, PRESENT, REMOVED)]
    second = threading.Thread(target=come_second)
    second.start()
    corrections.apply(store, small.id, wanted, author="Ada", client_id="1")
    second.join()
    assert told == ["Nothing was saved: Ada has changed this label since you saw it."]
    assert value(store, small, 0) == REMOVED


def test_a_write_locks_its_data_set_before_it_looks(store: Store, small: Dataset) -> None:
    wanted = [change(store, small, 0, PRESENT, REMOVED)]
    sent: list[str] = []

    def note(_connection: Any, statement: Any, *_more: Any) -> None:
        sent.append(str(statement.compile(dialect=postgresql.dialect())))

    event.listen(store.engine, "before_execute", note)
    batch = corrections.apply(store, small.id, wanted, author="Ada", client_id="1").batch.id
    applied = sent[0]
    sent.clear()
    corrections.undo(store, small.id, batch, author="Ada", client_id="2")
    undone = sent[0]
    sent.clear()
    with pytest.raises(Missing, match="no longer there"):
        corrections.move(store, small.id, 1, Cause.MISLABEL, Cause.UNKNOWN, author="Ada", client_id="3")
    assert applied == undone == sent[0]
    assert "FROM dataset" in applied and applied.endswith("FOR NO KEY UPDATE")


def test_labels_are_found_and_stored_by_their_key(sqlite: Store, small: Dataset) -> None:
    wanted = [change(sqlite, small, 0, PRESENT, REMOVED), change(sqlite, small, 3, PRESENT, UNSURE)]
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if "cell" in statement and not statement.startswith("INSERT"):
            sent.append((statement, values[0] if isinstance(values, list) else values))

    event.listen(sqlite.engine, "before_cursor_execute", note)
    done = corrections.apply(sqlite, small.id, wanted, author="Ada", client_id="1")
    corrections.undo(sqlite, small.id, done.batch.id, author="Ada", client_id="2")
    revisions.values(sqlite, small.id, [(row, wanted[0].label_id) for row in range(10)])
    event.remove(sqlite.engine, "before_cursor_execute", note)
    with sqlite.read() as connection:
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()[0][3]
            for statement, values in sent
        ]
    assert len(plans) == 5  # two reads and two deletes of the changes, one read of the values
    assert all("dataset_id=? AND row=?" in plan for plan in plans), plans


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
