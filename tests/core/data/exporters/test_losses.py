"""What a format cannot carry is said before it is written, with numbers."""

from dataclasses import replace

import pytest

from core.data import exporters
from core.data.exporters import EXPORTERS, Corrected
from db.terms import LabelState
from tests.core.data.exporters.made import snapshot

WANTED = snapshot(
    ("car", "sea"), ((0, 1), (-1, -1)), verified=((1, 1), (0, 0)), meta=({"site": "north"}, None)
)


def losses(format: str, wanted=WANTED) -> list[str]:  # type: ignore[no-untyped-def]
    return exporters.exporter(format).losses(wanted)


def test_every_loss_has_its_sentence() -> None:
    assert losses("csv")[:2] + losses("csv-onehot") == [
        "Labels that no image has are not written: car.",
        "2 unknown cells are not written: this format lists what is present, and the rest is read back as absent.",
        "That 2 cells are verified is not written: the format changes keeps that.",
        "Further columns of the images are not written: site.",
    ]
    assert losses("label-files")[0] == "Which part of the split the 2 images are in is not written."


def test_with_unknown_as_the_default_it_is_the_absent_cells_that_are_lost() -> None:
    wanted = snapshot(states=((1, 1), (0, -1)), default=LabelState.UNKNOWN)
    assert losses("csv", wanted) == [
        "1 absent cell is not written: this format lists what is present, and the rest is read back as unknown."
    ]


def test_where_unknown_cells_are_not_written_no_person_can_be_said_to_have_left_one_so() -> None:
    wanted = snapshot(states=((1, 0), (-1, -1)), verified=((1, 1), (1, 0)))
    assert losses("csv-long", wanted) == [
        "2 unknown cells are not written: this format lists what is present, and the rest is read back as absent.",
        "That 1 cell is verified as unknown is not written: the format changes keeps that.",
    ]


def test_of_labels_with_different_defaults_the_commoner_one_decides() -> None:
    absent, unknown = LabelState.ABSENT, LabelState.UNKNOWN
    wanted = replace(snapshot(("a", "b", "c"), ((1, 0, -1),)), defaults=(absent, unknown, unknown))
    assert "1 absent cell is not written" in losses("fiftyone", wanted)[1]


def test_images_left_out_of_a_selection_are_told_where_a_file_says_nothing_of_them() -> None:
    wanted = replace(snapshot(), left_out=7)
    assert any(
        sentence.startswith("7 images are left out: read back beside all the photographs")
        for sentence in losses("label-files", wanted)
    )
    assert losses("csv", wanted) == []


@pytest.mark.parametrize("format", EXPORTERS)
def test_a_plain_data_set_loses_at_most_its_split(format: str) -> None:
    wanted = snapshot(("clouds", "sea"), ((1, 1), (0, 1), (0, 0)))
    lost = [sentence for sentence in losses(format, wanted) if "part of the split" not in sentence]
    assert lost == (["Nothing was corrected: the file has its header alone."] if format == "changes" else [])


def test_a_cell_that_is_not_verified_any_more_is_told() -> None:
    cell = Corrected("a.jpg", "sea", LabelState.ABSENT, LabelState.PRESENT, "", "Ada", 0.0, None, None, None)
    again = replace(cell, verified_before=True, verified_after=False)
    wanted = replace(snapshot(), corrected=(cell, again))
    assert losses("changes", wanted) == [
        "Cells that are not verified any more, which `correct` marks as verified: 1."
    ]


def test_a_label_that_only_annotations_could_name_as_absent_is_lost_in_label_studio() -> None:
    wanted = snapshot(("cat", "dog"), ((1, 0), (1, 0)), verified=((1, 1), (1, 1)))
    assert losses("label-studio", wanted) == ["Labels that no image has are not written: dog."]
    assert losses("coco", wanted) == losses("imagefolder", wanted) == []
