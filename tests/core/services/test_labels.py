"""The list of labels changed by a person, and implications kept, as services."""

import itertools

import numpy as np
import pytest

from core import states
from core.actor import Actor
from core.errors import BadInput
from core.implications import Way
from core.services import corrections, implied, labels
from db import additions, datasets, placements, revisions
from db.additions import Addition
from db.errors import Conflict, Missing
from db.labels import either
from db.records import CellChange, CellValue, Image, Label, Place
from db.terms import LabelState, Part
from tests.conftest import Home
from tests.pages.sets import add_run, add_set
from tests.small import small_dataset

ADA = Actor("Ada")
PRESENT, ABSENT, UNKNOWN = LabelState.PRESENT, LabelState.ABSENT, LabelState.UNKNOWN
SEA, SKY, TREE = 1, 2, 3


@pytest.fixture(autouse=True)
def scenes(home: Home) -> None:
    """Ten images; image i carries label i % 3 of sea, sky, tree."""
    add_set(home, "scenes")


def label(home: Home, label_id: int) -> Label:
    return next(one for one in datasets.every_label(home.store, 1) if one.id == label_id)


def put(home: Home, row: int, label_id: int, state: LabelState, *, verified: bool = False) -> None:
    (now,) = revisions.values(home.store, 1, [(row, label_id)])
    change = CellChange(row, label_id, now.value, CellValue(state, verified))
    (answer,) = corrections.operate(
        home.store, ADA, 1, [corrections.Operation(f"{row}-{label_id}-{state}", "set", changes=(change,))]
    )
    assert answer.status == "saved", answer.message


def state(home: Home, row: int, label_id: int) -> CellValue:
    return revisions.values(home.store, 1, [(row, label_id)])[0].value


def test_a_name_is_cleaned_and_refused_by_its_rules(home: Home) -> None:
    labels.rename(home.store, ADA, 1, SKY, "  heaven ")
    assert label(home, SKY).name == "heaven"
    with pytest.raises(BadInput, match="empty name"):
        labels.rename(home.store, ADA, 1, SKY, " ")
    with pytest.raises(Conflict, match="“sea”"):
        labels.rename(home.store, ADA, 1, SKY, "sea")


def test_a_label_is_found_by_name_or_the_near_ones_are_named(home: Home) -> None:
    assert labels.named(home.store, ADA, 1, "sky").id == SKY
    with pytest.raises(Missing, match="there are “sea”"):
        labels.named(home.store, ADA, 1, "SEA")


def test_a_description_is_one_line_and_its_examples_are_images(home: Home) -> None:
    labels.describe(home.store, ADA, 1, SKY, description=" open\n air ", examples=[4, 1, 4])
    assert (label(home, SKY).description, label(home, SKY).examples) == ("open air", (4, 1))
    with pytest.raises(BadInput, match="image number 10"):
        labels.describe(home.store, ADA, 1, SKY, description="", examples=[10])
    with pytest.raises(BadInput, match="301 characters"):
        labels.describe(home.store, ADA, 1, SKY, description="x" * 301, examples=[])
    with pytest.raises(BadInput, match="at most 8"):
        labels.describe(home.store, ADA, 1, SKY, description="", examples=range(9))


def test_a_key_is_the_labels_own_and_can_be_taken_over(home: Home) -> None:
    labels.set_key(home.store, ADA, 1, SKY, "Y")
    assert label(home, SKY).key == "y"
    with pytest.raises(BadInput, match="gallery's own"):
        labels.set_key(home.store, ADA, 1, SKY, "n")
    with pytest.raises(Conflict, match="T is that of “tree”"):
        labels.set_key(home.store, ADA, 1, SKY, "t")
    batch = labels.set_key(home.store, ADA, 1, SKY, "t", take=True)
    assert (label(home, SKY).key, label(home, TREE).key, batch.size) == ("t", "", 2)
    labels.set_key(home.store, ADA, 1, SKY, "")
    assert label(home, SKY).key == ""


def test_a_cycle_of_implications_is_refused_with_the_way_out(home: Home) -> None:
    labels.imply(home.store, ADA, 1, SEA, [SKY])
    labels.imply(home.store, ADA, 1, SKY, [TREE])
    with pytest.raises(BadInput, match=r"“sea” implies “tree” already.*merge them instead"):
        labels.imply(home.store, ADA, 1, TREE, [SEA])
    with pytest.raises(BadInput, match="implies itself"):
        labels.imply(home.store, ADA, 1, TREE, [TREE])
    with pytest.raises(Missing):
        labels.imply(home.store, ADA, 1, TREE, [77])


def test_a_cycle_that_a_merge_closes_is_found(home: Home) -> None:
    _, fourth = labels.add(home.store, ADA, 1, "pond", default_state=ABSENT)
    labels.imply(home.store, ADA, 1, SEA, [SKY])
    labels.imply(home.store, ADA, 1, fourth, [SEA])
    labels.merge(home.store, ADA, 1, SKY, fourth)  # sea implies pond, pond implies sea
    found = implied.rules(home.store, ADA, 1)
    assert [[one.name for one in group] for group in found.cycles] == [["sea", "pond"]]
    implied.mend(home.store, ADA, 1, SEA, fourth, Way.PRESENT)
    assert all(one.label.id != SEA for one in implied.rules(home.store, ADA, 1).broken)


def test_an_added_label_gets_a_free_key_and_no_image_begins_with_it(home: Home) -> None:
    batch, night = labels.add(home.store, ADA, 1, "snow", default_state=UNKNOWN, description="white")
    assert (label(home, night).key, label(home, night).description) == ("o", "white")
    assert label(home, night).default_state is UNKNOWN
    assert batch.author == "Ada"
    with pytest.raises(BadInput, match="unknown or absent"):
        labels.add(home.store, ADA, 1, "dog", default_state=PRESENT)


def test_a_split_says_before_what_it_begins_with(home: Home) -> None:
    put(home, 4, SEA, UNKNOWN)
    said = labels.split_effect(home.store, ADA, 1, SEA)
    assert (said.possible, said.unsure, said.impossible) == (4, 1, 5)
    _, bay = labels.split(home.store, ADA, 1, SEA, "bay", implies=True)
    found = [state(home, row, bay).state for row in range(10)]
    assert [row for row, one in enumerate(found) if one is UNKNOWN] == [0, 3, 4, 6, 9]
    assert label(home, bay).implies == (SEA,)
    assert label(home, labels.split(home.store, ADA, 1, SEA, "open sea", implies=False)[1]).implies == ()


def test_a_removal_names_the_runs_that_keep_the_label(home: Home) -> None:
    add_run(home, 1)
    labels.imply(home.store, ADA, 1, TREE, [SKY])
    put(home, 0, SKY, ABSENT, verified=True)
    said = labels.removal(home.store, ADA, 1, SKY)
    assert (said.present, said.verified, said.runs, said.implied_by) == (3, 1, 1, ("tree",))
    labels.remove(home.store, ADA, 1, SKY)
    with pytest.raises(Missing):
        labels.removal(home.store, ADA, 1, SKY)


def test_a_merge_does_what_it_said_it_would(home: Home) -> None:
    put(home, 0, SKY, UNKNOWN)
    put(home, 2, SEA, UNKNOWN, verified=True)
    put(home, 3, SKY, PRESENT, verified=True)
    said = labels.merge_effect(home.store, ADA, 1, SKY, SEA)
    # sea on 0 3 6 9, sky on 1 4 7 and 3
    assert (said.first, said.second, said.both, said.either) == (4, 4, 1, 7)
    assert said.conflicts == 5  # 1, 4, 7 and 6, 9; image 0 is unknown, not absent
    labels.merge(home.store, ADA, 1, SKY, SEA)
    found = states.matrix(home.store, 1)
    column, seen = found.states[:, 0], found.verified[:, 0]
    assert ((column == 1).sum(), (column == -1).sum(), seen.sum()) == (
        said.present,
        said.unknown,
        said.verified,
    )


def test_the_effect_on_columns_is_that_of_single_cells() -> None:
    cells = [CellValue(one, verified) for one in LabelState for verified in (False, True)]
    pairs = list(itertools.product(cells, cells))
    code = states.CODES
    a, b = ([pair[at] for pair in pairs] for at in (0, 1))
    merged, seen = labels.either(
        *(np.array(x) for side in (a, b) for x in ([code[v.state] for v in side], [v.verified for v in side]))
    )
    wanted = [either(*pair) for pair in pairs]
    assert merged.tolist() == [code[value.state] for value in wanted]
    assert seen.tolist() == [value.verified for value in wanted]


def test_violations_are_listed_and_mended_in_one_batch_that_can_be_undone(home: Home) -> None:
    labels.imply(home.store, ADA, 1, SEA, [SKY])
    labels.imply(home.store, ADA, 1, SKY, [TREE])
    put(home, 0, SKY, UNKNOWN)
    put(home, 3, SKY, ABSENT, verified=True)
    put(home, 6, SEA, PRESENT, verified=True)
    found = implied.rules(home.store, ADA, 1)
    first = next(one for one in found.broken if one.label.id == SEA)
    assert (first.absent, first.unknown, first.verified, first.rows) == (3, 1, 1, (3, 6, 9, 0))
    before = states.matrix(home.store, 1)
    batch = implied.mend(home.store, ADA, 1, SEA, SKY, Way.PRESENT)
    assert batch.size == 8  # sky and tree on four images
    assert batch.reason == "“sea” implies “sky”: “sky” set present"
    assert state(home, 6, TREE) == CellValue(PRESENT, True)
    assert [(one.label.id, one.absent) for one in implied.rules(home.store, ADA, 1).broken] == [(SKY, 3)]
    corrections.undo(home.store, ADA, batch.id, "undo")
    after = states.matrix(home.store, 1)
    assert (after.states == before.states).all()
    assert (after.verified == before.verified).all()


def test_taking_away_leaves_what_nobody_has_said(home: Home) -> None:
    labels.imply(home.store, ADA, 1, SEA, [SKY])
    put(home, 0, SKY, UNKNOWN)
    implied.mend(home.store, ADA, 1, SEA, SKY, Way.AWAY)
    assert state(home, 0, SEA).state is PRESENT
    assert [state(home, row, SEA).state for row in (3, 6, 9)] == [ABSENT] * 3
    with pytest.raises(BadInput, match="nothing to mend"):
        implied.mend(home.store, ADA, 1, SEA, SKY, Way.AWAY)
    with pytest.raises(BadInput, match="does not imply"):
        implied.mend(home.store, ADA, 1, TREE, SKY, Way.AWAY)


def test_what_the_data_suggest_names_its_labels(home: Home) -> None:
    images = [Image(0, row, f"{row}.jpg", Part.TRAIN, f"{row:064x}", 8, 8, 100) for row in range(100)]
    cells = [(row, at, PRESENT, False) for at, size in ((0, 30), (1, 60)) for row in range(size)]
    made = small_dataset(home.store, labels=[("female", "f"), ("people", "p")], images=images, cells=cells)
    (one,) = implied.rules(home.store, ADA, made.id).proposals
    assert (one.label.name, one.implied.name, one.confidence, one.support) == ("female", "people", 1.0, 30)
    labels.imply(home.store, ADA, made.id, one.label.id, [one.implied.id])
    found = implied.rules(home.store, ADA, made.id)
    assert (found.proposals, found.declared, found.broken) == ((), 1, ())


def test_a_merge_re_scores_a_run_and_a_label_that_it_never_learned_does_not(home: Home) -> None:
    run = add_run(home, 1)
    labels.merge(home.store, ADA, 1, SKY, SEA)  # rows 1 and 4 to train on, 7 to validate
    since = corrections.since_run(home.store, ADA, run)
    assert (since.training_cells, since.validation_cells, since.undone) == (2, 1, 0)
    labels.split(home.store, ADA, 1, TREE, "oak", implies=True)  # rows 2, 5 and 8
    since = corrections.since_run(home.store, ADA, run)
    assert (since.training_cells, since.validation_cells) == (4, 1)
    labels.remove(home.store, ADA, 1, SEA)
    since = corrections.since_run(home.store, ADA, run)
    assert (since.training_cells, since.validation_cells) == (2, 0)


def test_a_correction_re_scores_where_the_run_was_judged_and_teaches_where_the_next_one_learns(
    home: Home,
) -> None:
    run = add_run(home, 1)
    for row in (1, 7, 8):
        put(home, row, SEA, PRESENT, verified=True)
    out, train, validation = Place(Part.VALIDATION, True), Place(Part.TRAIN), Place(Part.VALIDATION)
    elsewhere = {8: out, 7: train, 1: validation}
    placements.move(home.store, 1, elsewhere, author="Ada", client_id="move", reason="")
    since = corrections.since_run(home.store, ADA, run)  # 8 counts nowhere, 1 nowhere any more, 7 twice
    assert (since.training_cells, since.validation_cells) == (1, 1)


def test_labels_of_images_that_came_after_a_run_are_no_corrections(home: Home) -> None:
    run = add_run(home, 1)
    new = [
        Image(0, row, f"{row}.jpg", part, f"{row:064x}", 8, 8, 100)
        for row, part in ((10, Part.TRAIN), (11, Part.VALIDATION), (12, Part.TRAIN))
    ]
    cells = [(row, SEA, CellValue(PRESENT)) for row in (10, 11, 12)]
    more = Addition(1, 10, new, [("boat", "b")], UNKNOWN, [], [*cells, (0, -1, CellValue(PRESENT))])
    additions.apply(home.store, 1, more, author="Ada", client_id="more", reason="")
    since = corrections.since_run(home.store, ADA, run)
    assert (since.training_cells, since.validation_cells, since.new_images) == (1, 0, 2)


def test_a_mended_implication_is_no_undo(home: Home) -> None:
    run = add_run(home, 1)
    labels.imply(home.store, ADA, 1, SEA, [SKY])
    batch = implied.mend(home.store, ADA, 1, SEA, SKY, Way.PRESENT)
    assert corrections.since_run(home.store, ADA, run).undone == 0
    corrections.undo(home.store, ADA, batch.id, "undo")
    since = corrections.since_run(home.store, ADA, run)
    assert (since.training_cells, since.validation_cells) == (0, 0)
