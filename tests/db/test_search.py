"""What searches read, on every engine: whole columns, and what changed since."""

import pytest

from db import corrections, datasets, packed, placements, search
from db.errors import Missing
from db.records import CellChange, CellValue, Dataset, Image, Place
from db.store import Store
from db.terms import LabelState, Part
from tests.small import small_dataset


def correct(store: Store, small: Dataset, row: int, label_id: int, author: str) -> None:
    change = CellChange(row, label_id, CellValue(LabelState.PRESENT), CellValue(LabelState.UNKNOWN, True))
    corrections.apply(store, small.id, [change], author=author, client_id=f"{row} {author}")


def test_cells_and_places_are_packed_into_numbers_and_come_out_as_they_were(
    store: Store, small: Dataset
) -> None:
    sea = datasets.labels(store, small.id)[0].id
    correct(store, small, 0, sea, "Ada")
    placements.move(
        store, small.id, {1: Place(Part.TEST, left_out=True)}, author="A", client_id="p", reason=""
    )
    with store.read() as connection:
        cells = packed.cells(connection, small.id, small.images)
        places = packed.places(connection, small.id, small.images)
    found = {
        (number // 8 // cells.span, number // 8 % cells.span + cells.first): number % 8
        for number in cells.numbers
    }
    assert len(found) == 10
    assert found[0, sea] == packed.STATES.index(LabelState.UNKNOWN) + packed.VERIFIED
    assert found[3, sea] == packed.STATES.index(LabelState.PRESENT)
    assert list(places) == [0, packed.PARTS.index(Part.TEST) + packed.LEFT_OUT, 0, 0, 0, 0, 1, 1, 1, 2]


def test_what_changed_since_a_revision_is_told_or_refused_when_it_is_too_much(
    store: Store, small: Dataset
) -> None:
    sea = datasets.labels(store, small.id)[0].id
    correct(store, small, 0, sea, "Ada")
    correct(store, small, 3, sea, "Bo")
    placements.move(store, small.id, {2: Place(Part.VALIDATION)}, author="Bo", client_id="p", reason="leak")
    news = search.since(store, small.id, 1, most=10)
    assert news is not None
    assert (news.now, news.labels_too) == (search.Standing(4, 10), False)
    assert [change.row for change in news.changes] == [3, 0]
    assert news.places == [(2, Part.VALIDATION, False)]
    assert search.since(store, small.id, 1, most=2) is None
    assert sorted(search.changed_by(store, small.id, "bo")) == [2, 3]
    assert search.changed_by(store, small.id, "nobody") == []
    with pytest.raises(Missing):
        search.standing(store, small.id + 1)


def test_names_sizes_columns_and_copies(store: Store) -> None:
    images = [
        Image(0, row, f"{row}.jpg", Part.TRAIN, f"{row // 2:064x}", 8 + row, 9, 200_000_000 if row else 1,
              meta={"site": "zoo"} if row == 2 else None)
        for row in range(3)
    ]  # fmt: skip
    made = small_dataset(store, images=images)
    assert list(search.keys(store, made.id, 1)) == ["1.jpg", "2.jpg"]
    widths, heights, sizes = search.sizes(store, made.id, 0)
    assert (list(widths), list(heights)) == ([8, 9, 10], [9, 9, 9])
    assert sizes[0] == 1
    assert list(search.described(store, made.id)) == [(2, {"site": "zoo"})]
    assert sorted(search.copies(store, made.id)) == [0, 1]


def test_keys_sizes_and_digests_come_in_the_order_of_the_rows_whatever_is_read_at_once(
    store: Store, small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_AT_ONCE", 3)
    images = datasets.images(store, small.id)
    assert list(search.keys(store, small.id, 0)) == [image.key for image in images]
    assert search.digests(store, small.id) == [image.sha256 for image in images]
    width, height, size = search.sizes(store, small.id, 4)
    assert list(zip(width, height, size, strict=True)) == [
        (image.width, image.height, image.bytes) for image in images[4:]
    ]
