"""Searches find what they mean, page by page, and go on doing so while labels, places and images change."""

import random
from pathlib import Path

import numpy as np
import pytest

from core.actor import NOBODY
from core.data.statistics import STATISTICS
from core.data.trouble import quality, scan
from core.data.trouble.duplicates import Duplicates
from core.data.trouble.quality import Quality
from core.data.trouble.scan import Scan
from core.errors import BadInput
from core.files import save_array
from core.search import columns, masks, parse
from core.services import searching
from core.services.searching import Only
from db import additions, corrections, datasets, labels, placements, runs
from db.additions import Addition
from db.errors import Missing
from db.records import CellChange, CellValue, Image, Place
from db.store import Store
from db.terms import LabelState, Part
from tests.conftest import Home
from tests.core.search import worlds
from tests.core.search.worlds import World

TERMS = (
    "sea", '"two words"', "absent:size", "?sea", "sky.blue", "verified", "verified:size", "part:val", "part:train",
    "left_out", "labels:2", "width<70", "zoo", "name:park/im2", "!sea", "unverified",
)  # fmt: skip


@pytest.fixture
def world(home: Home) -> World:
    return worlds.make(home.store)


def found(home: Home, world: World, text: str, **more: object) -> list[int]:
    return [
        int(row)
        for row in searching.rows(home.store, home.settings, NOBODY, world.dataset_id, text, **more)  # type: ignore[arg-type]
    ]


def expression(chance: random.Random, depth: int = 3) -> str:
    if depth == 0 or chance.random() < 0.3:
        term = chance.choice(TERMS)
        return "name:zoo" if term == "zoo" else term
    if chance.random() < 0.2:
        return f"!({expression(chance, depth - 1)})"
    parts = [f"({expression(chance, depth - 1)})" for _ in range(chance.randint(2, 3))]
    return chance.choice([" & ", " | ", " "]).join(parts)


def test_three_hundred_searches_find_what_a_slow_reading_finds(home: Home, world: World) -> None:
    chance = random.Random(2020)
    for _ in range(300):
        text = expression(chance)
        node = parse(text, world.labels)
        slow = [row for row in range(worlds.IMAGES) if worlds.means(world, node, row)]
        assert found(home, world, text) == slow, text


def test_pages_follow_each_other_without_a_gap(home: Home, world: World) -> None:
    whole = found(home, world, "!sea | verified")
    rows: list[int] = []
    while True:
        last = rows[-1] if rows else None
        page = searching.page(
            home.store, home.settings, NOBODY, world.dataset_id, "!sea | verified", after_row=last, limit=7
        )
        rows += [image.row for image in page]
        if len(page) < 7:
            break
    assert rows == whole


@pytest.mark.parametrize(
    "text", ["name:park/im2", "name:im1 & name:5", "!sea & name:im", "name:*2*.jpg & part:train"]
)
def test_pages_by_name_read_names_only_as_far_as_they_must(
    home: Home, world: World, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masks, "_FIRST_NAMES", 4)
    whole = found(home, world, text)
    for after in (None, -1, 0, 7, 30, worlds.IMAGES, 10**12):
        page = searching.page(
            home.store, home.settings, NOBODY, world.dataset_id, text, after_row=after, limit=3
        )
        wanted = [row for row in whole if after is None or row > after]
        assert [image.row for image in page] == wanted[:3]


def test_a_search_is_narrowed_by_a_part_and_by_the_state_of_a_label(home: Home, world: World) -> None:
    sea = world.labels[0].id
    only = Only(label_id=sea, state=LabelState.ABSENT, part=Part.TRAIN)
    assert found(home, world, "verified", only=only) == found(home, world, "absent:sea part:train verified")
    with pytest.raises(BadInput, match="choose a label"):
        found(home, world, "", only=Only(state=LabelState.ABSENT))
    with pytest.raises(Missing):
        searching.rows(home.store, home.settings, NOBODY, 99)


def test_the_counts_are_those_of_the_images_found(home: Home, world: World) -> None:
    for text in ("", "part:train", "!sea & size>50"):
        rows = found(home, world, text)
        counts = searching.counts(home.store, home.settings, NOBODY, world.dataset_id, text)
        assert counts.images == len(rows)
        assert counts.left_out == sum(world.images[row].left_out for row in rows)
        for part in Part:
            assert counts.parts[part] == len(
                found(home, world, f"part:{part.value} & ({text or 'labels>=0'})")
            )
        for label in world.labels:
            assert counts.verified[label.id] == sum(label.id in world.verified[row] for row in rows)
            for state in LabelState:
                assert counts.labels[label.id][state] == sum(
                    world.states[row][label.id] is state for row in rows
                )


def test_searches_see_every_correction_at_once_and_read_only_what_changed(
    home: Home, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 1 not in found(home, world, "sea")
    monkeypatch.setattr(columns, "_read", None)  # from now on nothing is read as a whole
    sea, size = world.labels[0].id, world.labels[3].id
    before = CellValue(world.states[1][sea], sea in world.verified[1])
    wanted = CellChange(1, sea, before, CellValue(LabelState.PRESENT, verified=True))
    done = corrections.apply(
        home.store, world.dataset_id, [wanted], author="Ada", client_id="one", reason="seen"
    )
    assert 1 in found(home, world, "sea & verified:sea & author:ada")
    placements.move(
        home.store, world.dataset_id, {1: Place(Part.TEST), 2: Place(Part.TRAIN, left_out=True)}, author="Bo",
        client_id="two", reason="",
    )  # fmt: skip
    assert 1 in found(home, world, "part:test")
    assert 2 in found(home, world, "left_out & author:Bo")
    corrections.undo(home.store, world.dataset_id, done.batch.id, author="Cy", client_id="three")
    assert 1 not in found(home, world, "sea | verified:sea")
    assert found(home, world, "author:Cy") == [1]
    labels.remove(home.store, world.dataset_id, size, author="Ada", client_id="four", reason="")
    with pytest.raises(BadInput, match="“size”"):
        found(home, world, "size")
    assert found(home, world, "author:Importer") == []  # an import is no correction


def test_images_that_an_import_adds_are_found_by_name_size_and_label(home: Home, world: World) -> None:
    assert found(home, world, "new.jpg | width<40") == []
    had = datasets.get(home.store, world.dataset_id)
    image = Image(0, had.images, "New.JPG", Part.VALIDATION, "f" * 64, 20, 30, 5)
    addition = Addition(
        revision=had.revision,
        images=had.images,
        new_images=[image],
        new_labels=[("fresh", "")],
        default_state=LabelState.UNKNOWN,
        changes=[],
        cells=[(had.images, -1, CellValue(LabelState.PRESENT))],
    )
    additions.apply(home.store, world.dataset_id, addition, author="Ada", client_id="more", reason="")
    for text in ("new.jpg", "width<40", "fresh", "bytes<10"):
        assert found(home, world, text) == [had.images], text
    assert len(found(home, world, "?fresh")) == had.images


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("im1*", [1, *range(10, 20)]),
        ("*5.jpg", [5, 15, 25, 35, 45, 55]),
        ("sub/*4.png", [4, 14, 24, 34, 44, 54]),
        ("im59.p", [59]),
        ("name:**", list(range(60))),
        ("name:[a-z].", []),
        ('meta.SITE="place 1" meta.depth<20', [1, 7, 13, 19]),
        ("meta.none=1", []),
        ("duplicate", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_names_further_columns_and_copies(home: Home, world: World, text: str, rows: list[int]) -> None:
    assert found(home, world, text) == rows


def test_quality_comes_from_the_statistics(home: Home, world: World) -> None:
    with pytest.raises(BadInput, match="was not measured"):
        found(home, world, "brightness<.1")
    measured = np.zeros((worlds.IMAGES - 1, len(STATISTICS)), np.float32)
    measured[:, STATISTICS.index("sharpness")] = np.arange(worlds.IMAGES - 1) / 100
    save_array(home.settings.datasets_dir / "world" / "stats.npy", measured)
    assert found(home, world, "sharpness=.07") == [7]
    assert found(home, world, "sharpness>=.57") == [57, 58]  # the last image was never measured


def add_run(home: Home, world: World, folder: str = "r1", revision: int = 1) -> int:
    scores = np.full((worlds.IMAGES, 4), 0.25, np.float32)
    scores[:10, 0], scores[10, 0] = 0.9, np.nan
    save_array(home.settings.runs_dir / folder / "scores.npy", scores)
    return runs.create_finished(
        home.store, dataset_id=world.dataset_id, name="", preset="imported", config={}, folder=folder,
        threshold=[0.5] * 4, author="Ada", revision=revision, train={}, validation={},
    ).id  # fmt: skip


def test_predictions_are_those_of_the_chosen_run(home: Home, world: World) -> None:
    with pytest.raises(BadInput, match="needs a run"):
        found(home, world, "predicted:sea")
    run = add_run(home, world)
    assert found(home, world, "predicted:sea", run_id=run) == list(range(10))
    assert found(home, world, "score:sea<.5", run_id=run) == list(range(11, 60))
    assert found(home, world, 'predicted:"two words"', run_id=run) == []
    other = worlds.make(home.store, "other")
    with pytest.raises(BadInput, match="another data set"):
        found(home, other, "predicted:sea", run_id=run)


def test_a_label_that_was_removed_and_brought_back_is_known_to_the_runs_that_learned_it(
    home: Home, world: World
) -> None:
    before = add_run(home, world)
    label = next(one for one in datasets.labels(home.store, world.dataset_id) if one.name == "sea")
    gone = labels.remove(home.store, world.dataset_id, label.id, author="Ada", client_id="gone", reason="")
    between = add_run(home, world, "r2", revision=2)
    corrections.undo(home.store, world.dataset_id, gone.batch.id, author="Ada", client_id="back")
    assert found(home, world, "predicted:sea", run_id=before) == list(range(10))
    with pytest.raises(BadInput, match=f"Run {between} did not learn this label: .* at revision 2, which"):
        found(home, world, "predicted:sea", run_id=between)


def add_scan(home: Home, folder: str = "world", images: int = worlds.IMAGES) -> None:
    measures = np.full((images, len(quality.MEASURES)), 0.5, np.float32)
    measures[:, quality.MEASURES.index("entropy_bits")] = 5
    measures[4, quality.MEASURES.index("brightness_99")] = 0.1
    group = np.full(images, -1, np.int32)
    group[[8, 9]] = 0
    places = np.column_stack([np.arange(images) / images, np.full(images, 0.5)]).astype(np.float32)
    nothing = np.zeros(0, np.int64)
    same = Duplicates(
        group, nothing, nothing, nothing.astype(np.float32), nothing.astype(np.int8), nothing != 0
    )
    size = np.full(images, 100, np.int32)
    (home.settings.datasets_dir / folder).mkdir(parents=True, exist_ok=True)
    scan.write(home.settings.datasets_dir / folder, Scan(Quality(measures, size, size), same, places))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("dark", [4]),
        ("is:dark | blurry", [4]),
        ("odd !dark", []),
        ("group:0", [8, 9]),
        ("group", [8, 9]),
        ("duplicate", [0, 1, 2, 3, 4, 5, 8, 9]),
        ("map:0,0;.05,0;.05,1;0,1", [0, 1, 2]),
        ("map:.1,.1;.9,.1;.5,.4", []),
    ],
)
def test_what_a_scan_found_is_searched(home: Home, world: World, text: str, rows: list[int]) -> None:
    add_scan(home)
    assert found(home, world, text) == rows


def test_images_that_came_after_the_scan_are_odd_in_no_way_and_nowhere_on_the_map(
    home: Home, world: World
) -> None:
    add_scan(home, images=worlds.IMAGES - 10)
    assert found(home, world, "dark | map:0,0;1,0;1,1;0,1") == list(range(50))
    points = searching.scanned_map(home.store, home.settings, NOBODY, world.dataset_id)
    assert points is not None
    assert (len(points.rows), points.images) == (50, 50)
    (home.settings.datasets_dir / "world" / scan.FILE).write_bytes(b"torn")
    with pytest.raises(BadInput, match="scan the data set again"):
        found(home, world, "dark")


def test_the_map_has_a_place_and_a_colour_for_every_image(home: Home, world: World) -> None:
    def drawn() -> searching.MapPoints | None:
        return searching.scanned_map(home.store, home.settings, NOBODY, world.dataset_id)

    assert drawn() is None
    add_scan(home)
    points = drawn()
    assert points is not None
    assert (points.rows.tolist(), points.images) == (list(range(worlds.IMAGES)), worlds.IMAGES)

    def colours(name: str) -> list[float]:
        told = searching.colours(home.store, home.settings, NOBODY, world.dataset_id, name, points.rows)
        kinds.append(told.kind)
        return told.values.tolist()

    kinds: list[str] = []
    sea = world.labels[0].id
    worth = {LabelState.PRESENT: 1, LabelState.ABSENT: 0, LabelState.UNKNOWN: -1}
    assert colours(f"label:{sea}") == [worth[states[sea]] for states in world.states]
    assert colours("part")[:4] == [0, 0, 1, -1]  # the fourth is left out
    assert colours("width")[:2] == [40, 41]
    assert kinds == ["label", "part", "number"]
    with pytest.raises(BadInput, match="no label"):
        colours("label:999")


@pytest.mark.parametrize("text", ["dark", "odd", "group:1", "map:0,0;1,0;1,1"])
def test_what_only_a_scan_knows_says_so_before_there_was_one(home: Home, world: World, text: str) -> None:
    with pytest.raises(BadInput, match="needs a scan"):
        found(home, world, text)


def test_two_homes_never_see_each_other(home: Home, world: World, tmp_path: Path) -> None:
    from db.store import migrate, open_store

    def other() -> Store:
        opened = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
        migrate(opened)
        return opened

    assert found(home, world, "sea")
    second = other()
    with pytest.raises(Missing):
        searching.rows(second, home.settings, NOBODY, world.dataset_id, "sea")
    second.close()
