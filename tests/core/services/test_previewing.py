"""What an epoch will see is what training shows, counted and as pictures, without training anything."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.actor import Actor
from core.config import PRESETS
from core.data.pixels import PixelWriter
from core.errors import BadInput
from core.services import previewing, splitting
from db import datasets
from db.terms import Part
from tests.conftest import Home
from tests.pages.sets import add_set

ADA = Actor("Ada")
SCRATCH = PRESETS["scratch"]


@pytest.fixture
def dataset(home: Home) -> int:
    """Ten images, six to train on, each with pixels of its own."""
    made = add_set(home, "small")
    add_pixels(home, made)
    return made


def add_pixels(home: Home, dataset_id: int) -> None:
    found = datasets.get(home.store, dataset_id)
    rng = np.random.default_rng(0)
    with PixelWriter(home.settings.datasets_dir / found.folder) as writer:
        writer.append(rng.integers(0, 255, (found.images, 128, 128, 3), dtype=np.uint8))


def test_plain_settings_show_each_image_once(home: Home, dataset: int) -> None:
    found = previewing.epoch(home.store, ADA, dataset, SCRATCH)
    assert (found.revision, found.left_out) == (1, 0)
    assert (found.counts.images, found.counts.pictures) == (6, 6)
    assert found.counts.before.tolist() == found.counts.after.tolist() == [2, 2, 2]


def test_images_that_are_left_out_are_counted_apart(home: Home, dataset: int) -> None:
    splitting.place(home.store, ADA, dataset, [0, 9], part=None, left_out=True, client_id="out", reason="odd")
    found = previewing.epoch(home.store, ADA, dataset, SCRATCH)
    assert (found.left_out, found.counts.images) == (2, 5)


def test_examples_are_training_images_with_their_labels_as_pictures_of_the_input_side(
    home: Home, dataset: int
) -> None:
    found = previewing.examples(home.store, home.settings, ADA, dataset, replace(SCRATCH, side_px=48))
    assert sorted(example.row for example in found) == [0, 1, 2, 3, 4, 5]
    assert {example.labels for example in found} == {("sea",), ("sky",), ("tree",)}
    first = found[0]
    assert len(first.pictures) == 1 + previewing.ALTERED
    assert Image.open(io.BytesIO(first.pictures[0])).size == (48, 48)
    assert len(set(first.pictures)) == 1 + previewing.ALTERED
    assert (first.times, first.versions, first.dropped) == (1, 1, frozenset())


def test_the_same_turn_shows_the_same_pictures_and_another_turn_others(home: Home, dataset: int) -> None:
    def shown(turn: int) -> list[previewing.Example]:
        return previewing.examples(home.store, home.settings, ADA, dataset, SCRATCH, turn=turn)

    assert shown(0) == shown(0)
    assert shown(0)[0].pictures != shown(1)[0].pictures


def test_dropped_versions_are_marked_and_counted(home: Home, dataset: int) -> None:
    thinned = replace(PRESETS["report-2020"], over_represented="sea", drop_probability=1.0)
    found = previewing.examples(home.store, home.settings, ADA, dataset, thinned)
    by_label = {example.labels: example for example in found}
    sea, sky = by_label[("sea",)], by_label[("sky",)]
    assert (sea.times, sea.versions, sea.dropped) == (1, 1, frozenset({1, 2, 3, 4}))
    assert (sky.times, sky.versions, sky.dropped) == (5, 5, frozenset())
    counted = previewing.epoch(home.store, ADA, dataset, thinned).counts
    assert counted.after.tolist() == [2, 10, 10]
    assert counted.dropped == 8


def test_columns_are_named_by_the_version_they_show() -> None:
    assert previewing.column_names(SCRATCH)[:2] == ["original", "altered"]
    assert previewing.column_names(replace(SCRATCH, versions=3)) == [
        "original",
        "version 2",
        "version 3",
        "version 1, altered",
        "version 2",
    ]


def test_without_training_images_there_is_nothing_to_show(home: Home, dataset: int) -> None:
    splitting.place(
        home.store,
        ADA,
        dataset,
        range(10),
        part=Part.VALIDATION,
        left_out=False,
        client_id="all",
        reason="all",
    )
    with pytest.raises(BadInput, match="The train part has no image"):
        previewing.epoch(home.store, ADA, dataset, SCRATCH)
    with pytest.raises(BadInput, match="The train part has no image"):
        previewing.examples(home.store, home.settings, ADA, dataset, SCRATCH)


def test_a_set_of_one_label_still_fills_the_grid(home: Home, dataset: int) -> None:
    places = previewing._one_a_label(np.ones((20, 1), bool), 3, 0)
    assert len(set(places.tolist())) == previewing.ROWS
