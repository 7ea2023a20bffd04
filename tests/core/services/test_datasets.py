"""What pages ask of a data set beyond its labels: small pictures, one to try, the disk it takes."""

import io

import pytest
from PIL import Image

from core.actor import NOBODY
from core.errors import BadInput
from core.services import datasets
from db import placements
from db.errors import Missing
from db.records import Place
from db.terms import Part
from tests.conftest import Home
from tests.pages.sets import add_run, add_set


def test_thumbnails_come_in_the_order_asked(home: Home) -> None:
    dataset = add_set(home, "small")
    found = datasets.thumbnails(home.store, home.settings, NOBODY, dataset, [9, 2])
    shades = [Image.open(io.BytesIO(jpeg)).getpixel((4, 4))[0] for jpeg in found]
    assert shades == pytest.approx([180, 40], abs=6)


def test_a_thumbnail_that_the_pack_lacks_is_a_sentence(home: Home) -> None:
    dataset = add_set(home, "small")
    with pytest.raises(BadInput, match="thumbnails of “small” do not fit its images"):
        datasets.thumbnails(home.store, home.settings, NOBODY, dataset, [10])


def test_the_sample_is_a_validation_image(home: Home) -> None:
    dataset = add_set(home, "small")
    rows = {datasets.sample_row(home.store, NOBODY, dataset) for _ in range(30)}
    (parts,) = {image.part for image in datasets.images(home.store, NOBODY, dataset, sorted(rows))}
    assert parts is Part.VALIDATION


def test_the_runs_of_a_data_set_are_not_its_own_files(home: Home) -> None:
    dataset = add_set(home, "small")
    before = datasets.own_bytes(home.store, home.settings, NOBODY, dataset)
    run = home.settings.runs_dir / "run"
    run.mkdir(parents=True)
    (run / "scores.npy").write_bytes(b"0" * 1000)
    add_run(home, dataset)
    assert datasets.own_bytes(home.store, home.settings, NOBODY, dataset) == before > 0


def test_a_name_that_is_not_there_says_how_many_more_there_are(home: Home) -> None:
    for number in range(12):
        add_set(home, f"set {number:02}")
    with pytest.raises(Missing, match="“set 09” and 2 more"):
        datasets.by_name(home.store, NOBODY, "lost")


def test_images_that_are_left_out_count_in_no_figure(home: Home) -> None:
    dataset = add_set(home, "small")
    before = datasets.overview(home.store, NOBODY, dataset)
    placements.move(
        home.store, dataset, {0: Place(Part.TRAIN, left_out=True)}, author="Ada", client_id="out", reason=""
    )
    after = datasets.overview(home.store, NOBODY, dataset)
    assert (before.left_out, after.left_out) == (0, 1)
    assert sum(after.images.values()) == sum(before.images.values()) - 1
    assert after.labels_per_image.sum() == sum(after.images.values())
    assert after.co_occurrence.trace() == after.present_total.sum() == before.present_total.sum() - 1
