"""The list of labels changes, each time as a revision, and every change can be taken back."""

import itertools
import threading
from collections.abc import Callable

import pytest

from db import corrections, datasets, held, labels, revisions
from db.errors import Conflict, DatabaseError, Missing, Stale
from db.labels import NewLabel
from db.records import Applied, Batch, CellChange, CellValue, Dataset, Label
from db.store import Store
from db.terms import LabelState, Source
from tests.small import small_dataset

SEA, SKY, TREE = 1, 2, 3
PRESENT, ABSENT, UNKNOWN = LabelState.PRESENT, LabelState.ABSENT, LabelState.UNKNOWN
_count = itertools.count()
BY = {"author": "Bob", "reason": ""}


def by() -> dict[str, str]:
    return {**BY, "client_id": f"client-{next(_count)}"}


def edit(store: Store, label_id: int, **fields: object) -> Applied:
    return labels.edit(store, 1, {label_id: fields}, **by())


def undo(store: Store, batch: Batch) -> Batch:
    return corrections.undo(store, 1, batch.id, author="Cleo", client_id=f"undo-{next(_count)}").batch


def names(store: Store, revision: int | None = None) -> list[str]:
    found = datasets.labels(store, 1) if revision is None else held.labels(store, 1, revision)
    return [label.name for label in found]


def label(store: Store, label_id: int) -> Label:
    return next(one for one in datasets.every_label(store, 1) if one.id == label_id)


def put(store: Store, cells: dict[tuple[int, int], CellValue]) -> None:
    """Make cells what a test wants of them."""
    now = {(c.row, c.label_id): c.value for c in revisions.values(store, 1, list(cells))}
    changes = [CellChange(*cell, now[cell], value) for cell, value in cells.items() if now[cell] != value]
    if changes:
        corrections.apply(store, 1, changes, author="Ada", client_id=f"put-{next(_count)}")


def column(store: Store, label_id: int) -> list[CellValue]:
    return [cell.value for cell in revisions.values(store, 1, [(row, label_id) for row in range(10)])]


def test_a_rename_is_a_revision_and_the_old_name_is_still_that_of_old_revisions(
    store: Store, small: Dataset
) -> None:
    done = edit(store, SKY, name="heaven")
    assert (done.batch.source, done.batch.revision, done.batch.size) == (Source.LABELS, 2, 1)
    assert names(store) == ["sea", "heaven", "tree"]
    assert names(store, 1) == ["sea", "sky", "tree"]
    assert names(store, 2) == names(store)
    assert labels.renames(store, 1) == [labels.Rename(2, SKY, "sky", "heaven")]


def test_an_edit_that_changes_nothing_is_refused_and_makes_no_revision(store: Store, small: Dataset) -> None:
    with pytest.raises(Conflict, match="already is as wanted"):
        edit(store, SKY, name="sky", examples=())
    assert datasets.get(store, 1).revision == 1


def test_a_name_that_is_taken_is_refused_and_nothing_is_saved(store: Store, small: Dataset) -> None:
    with pytest.raises(Conflict, match="already a label “sea”"):
        labels.edit(store, 1, {TREE: {"description": "wood"}, SKY: {"name": "sea"}}, **by())
    assert names(store) == ["sea", "sky", "tree"]
    assert label(store, TREE).description == ""
    assert datasets.get(store, 1).revision == 1


def test_a_removed_labels_name_is_free_and_its_return_is_refused_while_it_is_taken(
    store: Store, small: Dataset
) -> None:
    gone = labels.remove(store, 1, SEA, **by())
    edit(store, SKY, name="sea")
    with pytest.raises(Conflict, match="already a label “sea”"):
        undo(store, gone.batch)
    edit(store, SKY, name="sky")
    undo(store, gone.batch)
    assert names(store) == ["sea", "sky", "tree"]


def test_labels_can_exchange_their_names_and_back(store: Store, small: Dataset) -> None:
    done = labels.edit(store, 1, {SEA: {"name": "sky"}, SKY: {"name": "sea"}}, **by())
    assert names(store) == ["sky", "sea", "tree"]
    undo(store, done.batch)
    assert names(store) == ["sea", "sky", "tree"]


def test_a_chain_of_renames_can_be_undone(store: Store, small: Dataset) -> None:
    done = labels.edit(store, 1, {SEA: {"name": "lake"}, SKY: {"name": "sea"}, TREE: {"name": "sky"}}, **by())
    undo(store, done.batch)
    assert names(store) == ["sea", "sky", "tree"]


def test_what_describes_a_label_is_kept_by_revision(store: Store, small: Dataset) -> None:
    edit(store, SKY, description="Open air above.", examples=[4, 1], implies=[SEA], key="h")
    now, then = held.labels(store, 1, 2)[1], held.labels(store, 1, 1)[1]
    assert (now.description, now.examples, now.implies, now.key) == ("Open air above.", (4, 1), (SEA,), "h")
    assert (then.description, then.examples, then.implies, then.key) == ("", (), (), "k")


def test_a_key_has_one_label_and_may_change_hands_in_one_batch(store: Store, small: Dataset) -> None:
    with pytest.raises(Conflict, match="key S is that of “sea”"):
        edit(store, SKY, key="s")
    labels.edit(store, 1, {SEA: {"key": ""}, SKY: {"key": "s"}}, **by())
    assert [one.key for one in datasets.labels(store, 1)] == ["", "s", "t"]


def test_a_strange_field_is_the_callers_mistake(store: Store, small: Dataset) -> None:
    with pytest.raises(ValueError, match="position"):
        edit(store, SKY, position=0)


def test_undo_of_a_rename_and_undo_of_that(store: Store, small: Dataset) -> None:
    done = edit(store, SKY, name="heaven")
    back = undo(store, done.batch)
    assert (names(store)[1], back.source, back.undoes) == ("sky", Source.UNDO, done.batch.id)
    again = undo(store, back)
    assert names(store)[1] == "heaven"
    assert revisions.batch(store, done.batch.id).undone_by is None
    assert [names(store, revision)[1] for revision in (1, 2, 3, 4)] == ["sky", "heaven", "sky", "heaven"]
    undo(store, again)
    assert names(store)[1] == "sky"


def test_a_label_comes_back_without_a_key_that_another_one_took(store: Store, small: Dataset) -> None:
    gone = labels.remove(store, 1, SKY, **by())
    edit(store, TREE, key="k")
    back = undo(store, gone.batch)
    assert (label(store, SKY).alive, label(store, SKY).key, label(store, TREE).key) == (True, "", "k")
    undo(store, back)  # it is gone again, with the key that it had
    edit(store, TREE, key="")
    undo(store, gone.batch)
    assert (label(store, SKY).alive, label(store, SKY).key) == (True, "k")


def test_an_undone_change_of_a_key_leaves_it_to_the_label_that_took_it(store: Store, small: Dataset) -> None:
    moved = edit(store, SKY, key="m")
    edit(store, TREE, key="k")
    undo(store, moved.batch)
    assert (label(store, SKY).key, label(store, TREE).key) == ("", "k")


def test_an_undo_is_stale_once_the_label_was_edited_again(store: Store, small: Dataset) -> None:
    first = edit(store, SKY, name="heaven")
    edit(store, SKY, name="air")
    with pytest.raises(Stale, match="“air”"):
        undo(store, first.batch)
    edit(store, SKY, name="heaven", description="above")
    undo(store, first.batch)  # the name is as that batch left it; the description is another matter
    assert label(store, SKY).name == "sky"


@pytest.mark.parametrize("change", ["edit", "add", "remove", "merge"])
def test_a_client_id_counts_once(store: Store, small: Dataset, change: str) -> None:
    same = {**BY, "client_id": "same"}
    calls: dict[str, Callable[[], object]] = {
        "edit": lambda: labels.edit(store, 1, {SKY: {"name": "air"}}, **same),
        "add": lambda: labels.add(store, 1, NewLabel("dog", "d"), **same),
        "remove": lambda: labels.remove(store, 1, SKY, **same),
        "merge": lambda: labels.merge(store, 1, SKY, SEA, **same),
    }
    first, second = calls[change](), calls[change]()
    if change == "add":
        assert first[1] == second[1]  # type: ignore[index]
        first, second = first[0], second[0]  # type: ignore[index]
    assert isinstance(first, Applied)
    assert isinstance(second, Applied)
    assert (first.repeated, second.repeated, second.batch) == (False, True, first.batch)
    assert datasets.get(store, 1).revision == 2


def test_adding_under_the_client_id_of_another_change_is_refused(store: Store, small: Dataset) -> None:
    labels.remove(store, 1, SKY, **{**BY, "client_id": "same"})
    with pytest.raises(Conflict, match="client id"):
        labels.add(store, 1, NewLabel("dog"), **{**BY, "client_id": "same"})


@pytest.mark.parametrize("default", [UNKNOWN, ABSENT])
def test_an_added_label_is_its_default_everywhere_and_was_not_there_before(
    store: Store, small: Dataset, default: LabelState
) -> None:
    done, dog = labels.add(store, 1, NewLabel("dog", "d", default, "a pet", implies=[TREE]), **by())
    assert column(store, dog) == [CellValue(default)] * 10
    assert names(store, 1) == ["sea", "sky", "tree"]
    assert held.labels(store, 1, 2)[3] == label(store, dog)
    assert label(store, dog).implies == (TREE,)
    undo(store, undo(store, undo(store, done.batch)))
    assert names(store) == ["sea", "sky", "tree"]
    assert labels.renames(store, 1) == []


def test_an_added_label_that_comes_back_brings_its_cells(store: Store, small: Dataset) -> None:
    done, dog = labels.add(store, 1, NewLabel("dog"), **by())
    put(store, {(3, dog): CellValue(PRESENT, True)})
    undo(store, undo(store, done.batch))
    assert column(store, dog)[3] == CellValue(PRESENT, True)


def test_a_taken_name_is_not_added_and_a_missing_label_implies_nothing(store: Store, small: Dataset) -> None:
    with pytest.raises(Conflict, match="“sky”"):
        labels.add(store, 1, NewLabel("sky"), **by())
    with pytest.raises(Missing):
        labels.add(store, 1, NewLabel("dog", implies=[99]), **by())
    with pytest.raises(Missing):
        labels.add(store, 1, NewLabel("dog", split_of=99), **by())
    assert datasets.get(store, 1).revision == 1


@pytest.mark.parametrize("default", [ABSENT, UNKNOWN])
def test_what_is_split_off_is_possible_only_where_the_whole_may_be(store: Store, default: LabelState) -> None:
    images = [small_image(row) for row in range(10)]
    small_dataset(store, default_state=default, images=images)
    states = {0: PRESENT, 1: ABSENT, 2: UNKNOWN}
    put(store, {(row, SEA): CellValue(state, row == 0) for row, state in states.items()})
    done, bay = labels.add(store, 1, NewLabel("bay", split_of=SEA, implies=[SEA]), **by())
    found = column(store, bay)
    assert [value.state for value in found[:3]] == [UNKNOWN, ABSENT, UNKNOWN]
    assert {value.state for value in found[3:]} == {default}
    assert not any(value.verified for value in found)
    whole = column(store, SEA)
    assert [whole[row].state for row in states] == list(states.values())
    stayed = [e for e in revisions.edits(store, [done.batch.id]) if e.label_id == SEA]
    assert [(e.before, e.after) for e in stayed] == [({"alive": True}, {"alive": True})]
    undo(store, done.batch)
    assert names(store) == ["sea"]


def small_image(row: int):  # type: ignore[no-untyped-def]
    from db.records import Image
    from db.terms import Part

    return Image(0, row, f"{row}.jpg", Part.TRAIN, f"{row:064x}", 8, 8, 100)


def test_a_removed_label_keeps_its_cells_and_takes_no_more(store: Store, small: Dataset) -> None:
    done = labels.remove(store, 1, SKY, **by())
    assert names(store) == ["sea", "tree"]
    assert [one.position for one in datasets.labels(store, 1)] == [0, 1]
    assert names(store, 1) == ["sea", "sky", "tree"]
    with pytest.raises(Missing, match="“sky” was removed"):
        put(store, {(0, SKY): CellValue(PRESENT, True)})
    for change in (lambda: edit(store, SKY, name="air"), lambda: labels.remove(store, 1, SKY, **by())):
        with pytest.raises(Missing, match="removed it"):
            change()
    undo(store, done.batch)
    assert column(store, SKY)[1] == CellValue(PRESENT)


def test_the_last_label_stays_however_it_is_taken(store: Store) -> None:
    small_dataset(store)
    with pytest.raises(Conflict, match="at least one label"):
        labels.remove(store, 1, 1, **by())
    added, _ = labels.add(store, 1, NewLabel("sky"), **by())
    labels.remove(store, 1, 1, **by())
    with pytest.raises(Conflict, match="at least one label"):
        undo(store, added.batch)
    assert names(store) == ["sky"]


def test_an_older_correction_of_a_removed_label_waits_for_the_label(store: Store, small: Dataset) -> None:
    put(store, {(0, SKY): CellValue(PRESENT, True)})
    correction = revisions.history(store, 1)[0]
    gone = labels.remove(store, 1, SKY, **by())
    with pytest.raises(Stale, match="“sky” was removed or merged since"):
        undo(store, correction)
    undo(store, gone.batch)
    undo(store, correction)
    assert column(store, SKY)[0] == CellValue(ABSENT)


def test_implications_of_a_removed_label_go_and_come_back_with_it(store: Store, small: Dataset) -> None:
    edit(store, SKY, implies=[SEA, TREE])
    done = labels.remove(store, 1, SEA, **by())
    assert label(store, SKY).implies == (TREE,)
    undo(store, done.batch)
    assert label(store, SKY).implies == (SEA, TREE)


CELLS = [CellValue(state, verified) for state in LabelState for verified in (False, True)]


def expected(one: CellValue, other: CellValue) -> CellValue:
    """By the table of the three-valued "or", written out."""
    states = {one.state, other.state}
    if PRESENT in states:
        return CellValue(PRESENT, any(v.verified for v in (one, other) if v.state is PRESENT))
    if states == {ABSENT}:
        return CellValue(ABSENT, one.verified and other.verified)
    return CellValue(UNKNOWN, all(v.verified for v in (one, other) if v.state is UNKNOWN))


@pytest.mark.parametrize("defaults", list(itertools.product([ABSENT, UNKNOWN], repeat=2)), ids=str)
def test_a_merge_keeps_what_either_label_said_of_every_pair_of_states(
    store: Store, defaults: tuple[LabelState, LabelState]
) -> None:
    pairs = list(itertools.product(CELLS, CELLS))
    small_dataset(store, images=[small_image(row) for row in range(len(pairs) + 1)])
    ids = [labels.add(store, 1, NewLabel(f"l{at}", default_state=defaults[at]), **by())[1] for at in (0, 1)]
    put(store, {(row, ids[at]): pair[at] for row, pair in enumerate(pairs) for at in (0, 1)})
    every = [(row, label_id) for row in range(len(pairs) + 1) for label_id in ids]
    before = revisions.values(store, 1, every)
    done = labels.merge(store, 1, ids[0], ids[1], **by())
    after = [c.value for c in revisions.values(store, 1, [(row, ids[1]) for row in range(len(pairs) + 1)])]
    assert after[:-1] == [expected(*pair) for pair in pairs]
    assert after[-1] == expected(CellValue(defaults[0]), CellValue(defaults[1]))  # stored by neither
    undo(store, done.batch)
    assert revisions.values(store, 1, every) == before
    assert names(store) == ["sea", "l0", "l1"]


def test_a_merged_label_is_gone_and_what_it_was_merged_into_is_noted(store: Store, small: Dataset) -> None:
    done = labels.merge(store, 1, SKY, SEA, **by())
    assert names(store) == ["sea", "tree"]
    assert [value.state is PRESENT for value in column(store, SEA)] == [row % 3 < 2 for row in range(10)]
    assert done.batch.size == 1 + 3
    noted = {e.label_id: (e.before, e.after) for e in revisions.edits(store, [done.batch.id])}
    assert noted == {
        SKY: ({"alive": True}, {"alive": False}),
        SEA: ({"alive": True}, {"alive": True}),
    }
    assert names(store, 1) == ["sea", "sky", "tree"]


def test_implications_follow_a_merge_and_never_point_at_themselves(store: Store, small: Dataset) -> None:
    labels.edit(store, 1, {TREE: {"implies": [SKY, SEA]}, SEA: {"implies": [SKY, TREE]}}, **by())
    done = labels.merge(store, 1, SKY, SEA, **by())
    assert (label(store, TREE).implies, label(store, SEA).implies) == ((SEA,), (TREE,))
    undo(store, done.batch)
    assert (label(store, TREE).implies, label(store, SEA).implies) == ((SKY, SEA), (SKY, TREE))
    assert names(store) == ["sea", "sky", "tree"]


def test_a_label_is_not_merged_into_itself_nor_into_one_that_is_gone(store: Store, small: Dataset) -> None:
    with pytest.raises(Conflict, match="into itself"):
        labels.merge(store, 1, SKY, SKY, **by())
    labels.remove(store, 1, TREE, **by())
    with pytest.raises(Missing):
        labels.merge(store, 1, SKY, TREE, **by())


def test_undo_of_a_merge_is_stale_once_a_merged_cell_was_corrected(store: Store, small: Dataset) -> None:
    done = labels.merge(store, 1, SKY, SEA, **by())
    put(store, {(1, SEA): CellValue(ABSENT, True)})
    with pytest.raises(Stale, match="Ada has changed"):
        undo(store, done.batch)
    assert names(store) == ["sea", "tree"]


def test_undo_of_a_merge_waits_for_what_it_was_merged_into(store: Store, small: Dataset) -> None:
    merged = labels.merge(store, 1, SKY, SEA, **by())
    gone = labels.remove(store, 1, SEA, **by())
    with pytest.raises(Stale):
        undo(store, merged.batch)
    undo(store, gone.batch)
    undo(store, merged.batch)
    assert names(store) == ["sea", "sky", "tree"]


def test_a_renamed_label_does_not_keep_its_merge_from_being_undone(store: Store, small: Dataset) -> None:
    merged = labels.merge(store, 1, SKY, SEA, **by())
    edit(store, SEA, name="water")
    undo(store, merged.batch)
    assert names(store) == ["water", "sky", "tree"]


def test_the_cells_at_an_old_revision_are_those_of_then_after_merges_and_undos(
    store: Store, small: Dataset
) -> None:
    from core import states

    first = states.matrix(store, 1)
    done = labels.merge(store, 1, SKY, SEA, **by())
    labels.add(store, 1, NewLabel("dog"), **by())
    undo(store, done.batch)
    labels.remove(store, 1, TREE, **by())
    then = states.matrix(store, 1, 1)
    assert then.names == first.names
    assert (then.states == first.states).all()
    assert states.matrix(store, 1, 2).names == ("sea", "tree")
    assert states.matrix(store, 1, 3).names == ("sea", "tree", "dog")
    assert states.matrix(store, 1).names == ("sea", "sky", "dog")
    # A run of revision 1 still finds its three columns in the labels of now.
    assert states.matrix(store, 1, frame=1).names == ("sea", "sky", "tree")


@pytest.mark.parametrize("same", [True, False])
def test_of_two_who_race_one_wins_and_the_other_is_told(store: Store, small: Dataset, same: bool) -> None:
    told: list[object] = []
    ready = threading.Barrier(2)

    def race(label_id: int) -> None:
        ready.wait()
        try:
            told.append(edit(store, label_id, name="water").batch.revision)
        except DatabaseError as error:
            told.append(type(error))

    threads = [threading.Thread(target=race, args=(at,)) for at in ((SKY, SKY) if same else (SKY, SEA))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told, key=str) == [2, Conflict]
    assert names(store).count("water") == 1
    assert datasets.get(store, 1).revision == 2


def test_merging_both_ways_at_once_leaves_one_label(store: Store, small: Dataset) -> None:
    told: list[object] = []
    ready = threading.Barrier(2)

    def race(label_id: int, into: int) -> None:
        ready.wait()
        try:
            told.append(labels.merge(store, 1, label_id, into, **by()).batch.revision)
        except DatabaseError as error:
            told.append(type(error))

    threads = [threading.Thread(target=race, args=pair) for pair in ((SKY, SEA), (SEA, SKY))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told, key=str) == [2, Missing]
    assert len(names(store)) == 2
