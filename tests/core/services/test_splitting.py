"""A split is looked at before it is stored, keeps together what belongs together, and is one revision to undo."""

import numpy as np
import pytest

from core import states
from core.actor import Actor
from core.data.trouble import quality, scan
from core.data.trouble.duplicates import Duplicates
from core.errors import BadInput
from core.services import corrections
from core.services import splitting as service
from core.services.splitting import Draws, Proposal, SplitWish
from db import additions, datasets, revisions
from db.additions import Addition
from db.errors import Conflict, Missing, Stale
from db.records import Image
from db.terms import LabelState, Part, Source
from tests.conftest import Home

ADA = Actor("Ada")
LABELS = ("sea", "sky", "tree")
THREE_PARTS = {Part.TRAIN: 0.6, Part.VALIDATION: 0.2, Part.TEST: 0.2}


def add(
    home: Home,
    images: int = 60,
    *,
    sites: int = 0,
    copies: int = 0,
    validation: int = 0,
    split: dict[str, object] | None = None,
) -> int:
    """A data set: image i carries label i % 3, is of site i % sites; the last copies are copies of the first image."""
    rows = range(images)
    return datasets.create(
        home.store,
        name="garden",
        folder="f",
        source="s",
        root="r",
        format="csv",
        default_state=LabelState.ABSENT,
        labels=[(label, label[0]) for label in LABELS],
        images=[
            Image(
                0,
                row,
                f"{row}.jpg",
                Part.VALIDATION if row < validation else Part.TRAIN,
                f"{0 if row >= images - copies else row:064x}",
                8,
                8,
                100,
                meta={"site": f"site {row % sites}", "number": str(row)} if sites else None,
            )
            for row in rows
        ],
        cells=[(row, row % 3, LabelState.PRESENT, False) for row in rows],
        author="Ada",
        client_id="import",
        split=split,
    ).id


def import_more(home: Home, dataset: int, count: int) -> None:
    before = datasets.get(home.store, dataset)
    wanted = Addition(
        revision=before.revision,
        images=before.images,
        new_images=[
            Image(0, before.images + n, f"new {n}.jpg", Part.TRAIN, f"{1000 + n:064x}", 8, 8, 100)
            for n in range(count)
        ],
        new_labels=[],
        default_state=LabelState.ABSENT,
        changes=[],
        cells=[],
        root="r",
    )
    additions.apply(home.store, dataset, wanted, author="Ada", client_id="more", reason="Imported")


def propose(home: Home, dataset: int, **wish: object) -> Proposal:
    return service.propose(home.store, home.settings, ADA, dataset, SplitWish(**wish))  # type: ignore[arg-type]


def parts(home: Home, dataset: int) -> list[int]:
    return [int(code) for code in states.matrix(home.store, dataset).parts]


def counts(home: Home, dataset: int) -> list[int]:
    return np.bincount(parts(home, dataset), minlength=3).tolist()


def out(home: Home, dataset: int, *rows: int, client_id: str = "out", left_out: bool = True) -> None:
    service.place(
        home.store, ADA, dataset, rows, part=None, left_out=left_out, client_id=client_id, reason="odd"
    )


def test_a_proposal_stores_nothing_and_says_what_would_move(home: Home) -> None:
    dataset = add(home)
    found = propose(home, dataset, shares=THREE_PARTS)
    assert counts(home, dataset) == [60, 0, 0]
    assert found.moves == {(Part.TRAIN, Part.VALIDATION): 12, (Part.TRAIN, Part.TEST): 12}
    assert found.moving == len(found.places) == 24
    assert dict(zip(found.before.sides, found.before.images, strict=True))["training"] == 60
    assert found.after.images.tolist() == [36, 12, 12]
    assert datasets.get(home.store, dataset).revision == 1


def test_an_applied_split_is_one_revision_that_can_be_undone(home: Home) -> None:
    dataset = add(home)
    found = propose(home, dataset, shares=THREE_PARTS, seed=3)
    batch = service.apply(home.store, ADA, dataset, found, "one")
    assert (batch.revision, batch.source, batch.size) == (2, Source.SPLIT, 24)
    assert batch.reason == "Split anew: training 60 %, validation 20 %, test 20 %; seed 3"
    assert counts(home, dataset) == [36, 12, 12]
    held = SplitWish.of(datasets.get(home.store, dataset))
    assert (held.shares, held.seed) == (THREE_PARTS, 3)
    corrections.undo(home.store, ADA, batch.id, "back")
    assert counts(home, dataset) == [60, 0, 0]


def test_a_test_part_alone_leaves_all_others_where_they_are(home: Home) -> None:
    dataset = add(home)
    service.apply(home.store, ADA, dataset, propose(home, dataset), "one")
    before = parts(home, dataset)
    found = propose(home, dataset, shares=THREE_PARTS, draws=Draws.FEWEST)
    assert found.moves == {(Part.TRAIN, Part.TEST): 12}
    batch = service.apply(home.store, ADA, dataset, found, "two")
    assert batch.reason.startswith("Parts were filled up from those that held too many: training 60 %")
    assert counts(home, dataset) == [36, 12, 12]
    after = parts(home, dataset)
    assert [row for row, part in enumerate(before) if part == 1] == [
        row for row, at in enumerate(after) if at == 1
    ]


def test_the_same_wish_again_moves_nothing_and_is_no_error_to_ask_for(home: Home) -> None:
    dataset = add(home)
    service.apply(home.store, ADA, dataset, propose(home, dataset), "one")
    again = propose(home, dataset)
    assert (again.moving, again.moves, again.places) == (0, {}, {})
    with pytest.raises(Conflict, match="every image is there already"):
        service.apply(home.store, ADA, dataset, again, "two")


def test_what_was_previewed_is_not_applied_to_what_changed_since(home: Home) -> None:
    dataset = add(home)
    found = propose(home, dataset)
    out(home, dataset, 5)
    with pytest.raises(Stale, match="at revision 2 by now, this was drawn of revision 1"):
        service.apply(home.store, ADA, dataset, found, "one")
    assert counts_of_kept(home, dataset) == 59


def counts_of_kept(home: Home, dataset: int) -> int:
    return sum(code >= 0 for code in parts(home, dataset))


def test_a_column_of_the_source_is_kept_on_one_side(home: Home) -> None:
    dataset = add(home, sites=12)
    assert service.columns(home.store, ADA, dataset) == {"site": 12, "number": 60}
    found = propose(home, dataset, shares=THREE_PARTS, together="site")
    for site in range(12):
        assert len(set(found.drawn[site::12].tolist())) == 1
    assert found.after.divided == 0
    assert found.after.images.min() >= 5


def scanned(home: Home, dataset: int, group: list[int], pairs: list[tuple[int, int]]) -> None:
    """A scan that found these groups and pairs of look-alikes."""
    images = len(group)
    folder = home.settings.datasets_dir / datasets.get(home.store, dataset).folder
    folder.mkdir(parents=True, exist_ok=True)
    one, other = np.array(pairs, np.int64).T
    counted = len(pairs)
    same = Duplicates(
        np.array(group, np.int32),
        one,
        other,
        np.ones(counted, np.float32),
        np.full(counted, 2, np.int8),
        np.zeros(counted, bool),
    )
    measures = np.zeros((images, len(quality.MEASURES)), np.float32)
    sides = np.full(images, 8, np.int32)
    found = scan.Scan(quality.Quality(measures, sides, sides), same, np.zeros((images, 2), np.float32))
    scan.write(folder, found)


def test_look_alikes_of_the_last_scan_stay_on_one_side_across_its_groups_too(home: Home) -> None:
    dataset = add(home)
    found = datasets.get(home.store, dataset)
    assert service.scanned_at(home.store, home.settings, ADA, found.id) is None
    group = [row // 5 if row < 40 else -1 for row in range(60)]
    pairs = [(row - row % 5, row) for row in range(40) if row % 5] + [(3, 17), (50, 51)]
    scanned(home, dataset, group, pairs)
    assert service.scanned_at(home.store, home.settings, ADA, found.id) is not None
    drawn = propose(home, dataset, shares=THREE_PARTS, together=service.LOOKALIKES)
    sides = drawn.drawn.tolist()
    assert all(len(set(sides[start : start + 5])) == 1 for start in range(0, 40, 5))
    assert (sides[3], sides[50]) == (sides[17], sides[51])
    assert drawn.after.divided == 0
    assert service.folds_table(home.store, home.settings, ADA, dataset, 3, 0, service.LOOKALIKES).divided == 0


def test_images_added_since_the_scan_are_told_of(home: Home) -> None:
    dataset = add(home)
    scanned(home, dataset, [0, 0, -1], [(0, 1)])
    found = propose(home, dataset, together=service.LOOKALIKES)
    assert found.drawn[0] == found.drawn[1]
    assert "57 images were added since the scan" in found.after.sentences[-1]


def test_a_scan_of_more_images_than_there_are_is_refused(home: Home) -> None:
    dataset = add(home)
    service.apply(home.store, ADA, dataset, propose(home, dataset), "one")
    scanned(home, dataset, [0, 0, *[-1] * 98], [(0, 1)])
    with pytest.raises(BadInput, match="scan the data set again"):
        propose(home, dataset, together=service.LOOKALIKES)


@pytest.mark.parametrize(
    ("column", "sentence"),
    [("colour", "No image has a value of “colour”"), ("number", "No two images share a value of “number”")],
)
def test_a_column_that_keeps_nothing_together_is_refused(home: Home, column: str, sentence: str) -> None:
    dataset = add(home, sites=12)
    with pytest.raises(BadInput, match=sentence):
        propose(home, dataset, together=column)


def test_copies_of_one_file_go_to_train_even_from_a_validation_part_that_is_kept(home: Home) -> None:
    dataset = add(home, copies=4, validation=12)
    assert service.table(home.store, home.settings, ADA, dataset).divided == 1
    found = propose(home, dataset, draws=Draws.ADDED)
    assert found.places.keys() == {0}
    assert found.after.divided == 0


def test_images_that_have_a_part_keep_it_when_data_are_added(home: Home) -> None:
    dataset = add(home)
    service.apply(home.store, ADA, dataset, propose(home, dataset, shares=THREE_PARTS), "one")
    before = parts(home, dataset)
    import_more(home, dataset, 20)
    assert service.added_since(home.store, ADA, dataset) == 20
    found = propose(home, dataset, shares=THREE_PARTS, draws=Draws.ADDED)
    assert min(found.places) >= 60
    assert found.after.images.tolist() == [48, 16, 16]
    service.apply(home.store, ADA, dataset, found, "two")
    assert parts(home, dataset)[:60] == before
    assert service.added_since(home.store, ADA, dataset) == 0


def test_left_out_images_count_nowhere_do_not_move_and_can_be_taken_back(home: Home) -> None:
    dataset = add(home)
    out(home, dataset, 3, 4)
    found = propose(home, dataset, shares=THREE_PARTS)
    assert (found.after.left_out, int(found.after.images.sum())) == (2, 58)
    assert not {3, 4} & found.places.keys()
    assert service.left_out(home.store, ADA, dataset) == [3, 4]
    out(home, dataset, 3, 4, client_id="back", left_out=False)
    assert service.left_out(home.store, ADA, dataset) == []
    assert counts(home, dataset) == [60, 0, 0]


def test_images_of_an_import_that_was_undone_are_not_offered_to_be_taken_back(home: Home) -> None:
    dataset = add(home)
    out(home, dataset, 3)
    import_more(home, dataset, 5)
    latest = revisions.history(home.store, dataset, limit=1)[0]
    corrections.undo(home.store, ADA, latest.id, "undo")
    assert parts(home, dataset).count(states.LEFT_OUT) == 6
    assert service.left_out(home.store, ADA, dataset) == [3]


def test_images_are_put_into_a_part_by_row(home: Home) -> None:
    dataset = add(home)
    rows = list(datasets.rows_of_keys(home.store, dataset, ["7.jpg", "9.jpg", "x.jpg"]).values())
    assert rows == [7, 9]
    batch = service.place(
        home.store, ADA, dataset, rows, part=Part.TEST, left_out=False, client_id="one", reason="mine"
    )
    assert (batch.size, counts(home, dataset)) == (2, [58, 0, 2])
    with pytest.raises(BadInput, match="No image was named"):
        out(home, dataset)
    with pytest.raises(Missing, match="no image number 99"):
        out(home, dataset, 99, client_id="two")


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"shares": {Part.TRAIN: 1.0}}, "gives val no share"),
        ({"shares": {Part.TRAIN: 0.5, Part.VALIDATION: 0.6}}, "add up to 1.1"),
        ({"seed": -1}, "The seed cannot be -1"),
        ({"together": service.LOOKALIKES}, "scan the data set first"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(
    home: Home, wish: dict[str, object], sentence: str
) -> None:
    dataset = add(home)
    with pytest.raises(BadInput, match=sentence):
        propose(home, dataset, **wish)


def test_the_table_shows_what_is_there_beside_what_was_wanted(home: Home) -> None:
    dataset = add(home, validation=12)
    table = service.table(home.store, home.settings, ADA, dataset)
    assert table.sides == ("training", "validation")
    assert table.images.tolist() == [48, 12]
    assert np.allclose(table.images_wanted, [48, 12])  # nothing was asked for: what there is
    service.apply(home.store, ADA, dataset, propose(home, dataset, shares=THREE_PARTS), "one")
    out(home, dataset, *np.flatnonzero(np.array(parts(home, dataset)) == 2).tolist()[:6])
    table = service.table(home.store, home.settings, ADA, dataset)
    assert table.images.tolist() == [36, 12, 6]
    assert np.allclose(table.images_wanted, [0.6 * 54, 0.2 * 54, 0.2 * 54])
    assert any("fewer than 5" in sentence for sentence in table.sentences)


def test_a_split_that_was_undone_is_wanted_no_more(home: Home) -> None:
    dataset = add(home, validation=12)
    batch = service.apply(home.store, ADA, dataset, propose(home, dataset, shares=THREE_PARTS), "one")
    assert service.table(home.store, home.settings, ADA, dataset).sides == ("training", "validation", "test")
    corrections.undo(home.store, ADA, batch.id, "back")
    table = service.table(home.store, home.settings, ADA, dataset)
    assert table.sides == ("training", "validation")
    assert np.allclose(table.images_wanted, [48, 12])


def test_undoing_a_split_brings_back_the_one_before_it_for_later_images_and_undoing_that_brings_it_again(
    home: Home,
) -> None:
    dataset = add(home)
    service.apply(home.store, ADA, dataset, propose(home, dataset, seed=4), "one")
    second = service.apply(
        home.store, ADA, dataset, propose(home, dataset, shares=THREE_PARTS, seed=7), "two"
    )

    def held() -> tuple[dict[Part, float], int, int]:
        wish = SplitWish.of(datasets.get(home.store, dataset))
        return dict(wish.shares), wish.seed, service.added_since(home.store, ADA, dataset)

    assert held() == (THREE_PARTS, 7, 0)
    undo = corrections.undo(home.store, ADA, second.id, "back").batch
    assert undo is not None
    assert held() == ({Part.TRAIN: 0.8, Part.VALIDATION: 0.2}, 4, 0)
    corrections.undo(home.store, ADA, undo.id, "forth")
    assert held() == (THREE_PARTS, 7, 0)


def test_without_any_split_that_stands_later_images_follow_what_the_import_asked_for(home: Home) -> None:
    dataset = add(home, split={"shares": {"train": 0.9, "val": 0.1}, "seed": 5, "together": ""})
    batch = service.apply(home.store, ADA, dataset, propose(home, dataset, shares=THREE_PARTS), "one")
    corrections.undo(home.store, ADA, batch.id, "back")
    wish = SplitWish.of(datasets.get(home.store, dataset))
    assert (wish.shares, wish.seed) == ({Part.TRAIN: 0.9, Part.VALIDATION: 0.1}, 5)


def test_a_table_of_no_images_at_all_can_be_drawn(home: Home) -> None:
    dataset = add(home)
    out(home, dataset, *range(60))
    table = service.table(home.store, home.settings, ADA, dataset)
    assert (table.left_out, int(table.images.sum())) == (60, 0)


def test_folds_keep_copies_and_sites_together_and_leave_the_test_part_alone(home: Home) -> None:
    dataset = add(home, sites=12, copies=3)
    service.apply(home.store, ADA, dataset, propose(home, dataset, shares=THREE_PARTS), "one")
    unseen = counts(home, dataset)[2]
    table = service.folds_table(home.store, home.settings, ADA, dataset, 3)
    assert table.sides == ("fold 1", "fold 2", "fold 3")
    assert int(table.images.sum()) == 60 - unseen
    assert (table.left_out, table.divided) == (unseen, 0)
    by_site = service.folds_table(home.store, home.settings, ADA, dataset, 3, together="site")
    assert by_site.divided == 0
    with pytest.raises(BadInput, match="number of folds cannot be 1"):
        service.folds_table(home.store, home.settings, ADA, dataset, 1)


def test_many_images_are_left_out_and_taken_back_at_once(home: Home) -> None:
    dataset = add(home, 12_000)
    out(home, dataset, *range(12_000))
    assert len(service.left_out(home.store, ADA, dataset)) == 12_000
    out(home, dataset, *range(12_000), client_id="back", left_out=False)
    assert counts(home, dataset) == [12_000, 0, 0]
