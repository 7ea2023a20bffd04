"""Two runs judged by the old and the new labels, from the database and the scores on disk."""

from pathlib import Path

import numpy as np
import pytest

from core.actor import NOBODY
from core.errors import BadInput
from core.files import save_array
from core.services import compare, rescore
from core.services.compare import Comparison
from core.settings import Settings
from db import corrections, datasets, placements, revisions, runs
from db.records import CellChange, CellValue, Image, Place, Run
from db.store import Store, migrate, open_store
from db.terms import LabelState, Part
from pages.ui import rescoring

LABELS = ("sea", "sky")
IMAGES, TRAIN = 40, 20
PRESENT, ABSENT = CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT)


class World:
    """A data set of 40 images, 20 to validate, image i carrying label i % 2; and runs with chosen scores."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings.load({"ERRATA_HOME": str(home)})
        home.mkdir()
        self.store: Store = open_store(self.settings.database_url)
        migrate(self.store)
        made = datasets.create(
            self.store,
            name="small",
            folder="set",
            source="",
            root="",
            format="csv",
            default_state=LabelState.ABSENT,
            labels=[(name, "") for name in LABELS],
            images=[
                Image(0, i, f"{i}.jpg", Part.TRAIN if i < TRAIN else Part.VALIDATION, f"{i:064x}", 8, 8, 9)
                for i in range(IMAGES)
            ],
            cells=[(i, i % 2, LabelState.PRESENT, False) for i in range(IMAGES)],
            author="Ada",
            client_id="import",
        )
        self.dataset = made.id
        self.labels = datasets.labels(self.store, made.id)
        self.truth = np.array([[i % 2 == 0, i % 2 == 1] for i in range(IMAGES)], float)  # (N, L)

    def run(self, scores: np.ndarray, preset: str = "imported", **config: object) -> Run:
        """A finished run with these scores (N, L) on the labels as they are now."""
        folder = f"run-{len(runs.listing(self.store))}"
        save_array(self.settings.runs_dir / folder / "scores.npy", scores.astype(np.float32))
        return runs.create_finished(
            self.store,
            dataset_id=self.dataset,
            name="",
            preset=preset,
            config=config,
            folder=folder,
            threshold=[0.5, 0.5],
            author="Ada",
            revision=datasets.get(self.store, self.dataset).revision,
            train={},
            validation={},
        )

    def correct(self, row: int, label: int, seen: CellValue, wanted: CellValue) -> None:
        change = CellChange(row, self.labels[label].id, seen, wanted)
        corrections.apply(self.store, self.dataset, [change], author="Ada", client_id=f"{row}-{label}")

    def compare(self, a: Run, b: Run) -> Comparison:
        return compare.compare(self.store, self.settings, NOBODY, a.id, b.id)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "home")


def wrong_at(world: World, *cells: tuple[int, int]) -> np.ndarray:
    """Perfect scores but for these cells."""
    scores = 0.1 + 0.8 * world.truth
    for row, label in cells:
        scores[row, label] = 1 - scores[row, label]
    return scores


def cells(listed: tuple[compare.ComparedCell, ...]) -> list[int]:
    return [cell.row for cell in listed]


def test_a_corrected_validation_label_is_the_labels_part_alone(world: World) -> None:
    # The model was right to see no sky in image 21: then its label is corrected, and the same model scores more.
    a = world.run(wrong_at(world, (21, 1)))
    world.correct(21, 1, PRESENT, ABSENT)
    b = world.run(wrong_at(world, (21, 1)))
    found = world.compare(a, b)
    effect = found.effect("subset_accuracy")
    assert (effect.before, effect.labels, effect.model) == pytest.approx((0.95, 0.05, 0.0))
    assert cells(found.right_by_relabelling) == [21]
    assert (found.validation_corrections, found.training_corrections) == (1, 0)
    assert "+5.0 points because of 1 corrected validation label" in found.sentence
    assert "the same training labels" in found.sentence


def test_a_better_model_is_the_models_part_alone(world: World) -> None:
    a = world.run(wrong_at(world, (20, 0), (21, 1), (22, 0)))
    world.correct(1, 1, PRESENT, ABSENT)
    b = world.run(wrong_at(world, (22, 0), (23, 1)))
    found = world.compare(a, b)
    assert found.effect("subset_accuracy").labels == 0
    assert found.effect("subset_accuracy").model == pytest.approx(0.05)
    assert (sorted(cells(found.fixed)), cells(found.broken), cells(found.still_wrong)) == (
        [20, 21],
        [23],
        [22],
    )
    assert found.training_corrections == 1
    assert "no validation label was corrected" in found.sentence
    assert "trained with 1 corrected training label" in found.sentence


def test_corrections_after_the_new_run_judge_it_but_did_not_teach_it(world: World) -> None:
    a = world.run(wrong_at(world))
    b = world.run(wrong_at(world, (30, 0)))
    world.correct(1, 1, PRESENT, ABSENT)
    world.correct(30, 0, PRESENT, ABSENT)
    found = world.compare(a, b)
    assert (found.validation_corrections, found.training_corrections) == (1, 0)
    assert cells(found.fixed) == [30]
    assert found.new_revision == datasets.get(world.store, world.dataset).revision


def test_the_largest_change_comes_first(world: World) -> None:
    before, after = wrong_at(world, (20, 0), (21, 1)), wrong_at(world)
    before[20, 0] = 0.45
    assert cells(world.compare(world.run(before), world.run(after)).fixed) == [21, 20]


def test_only_images_that_both_runs_scored_count_and_that_is_said(world: World) -> None:
    partly = wrong_at(world)
    partly[20:25] = np.nan
    found = world.compare(world.run(wrong_at(world, (20, 0))), world.run(partly))
    assert found.images == 15
    assert found.effect("subset_accuracy").before == 1.0
    assert any("Only 15 of 20" in warning for warning in found.warnings)


def test_a_change_within_chance_is_called_so(world: World) -> None:
    found = world.compare(world.run(wrong_at(world, (20, 0))), world.run(wrong_at(world, (21, 1))))
    assert found.answer == (
        "Cannot be told apart from chance on 20 images: subset accuracy 0.0 ± "
        f"{100 * (found.effect('subset_accuracy').chance or 0):.1f} points by the same labels; no other metric either."
    )


def test_a_change_beyond_chance_is_answered_with_yes_or_no(world: World) -> None:
    bad = world.run(wrong_at(world, *((row, 0) for row in range(20, 30))))
    good = world.run(wrong_at(world))
    assert world.compare(bad, good).answer.startswith(
        "Yes: the new model is better by more than chance: subset accuracy +50.0 ± "
    )
    assert world.compare(good, bad).answer.startswith("No: the new model is worse by more than chance")


def test_swapped_runs_say_which_corrections_each_saw(world: World) -> None:
    a = world.run(wrong_at(world))
    world.correct(1, 1, PRESENT, ABSENT)
    world.correct(21, 1, PRESENT, ABSENT)
    b = world.run(wrong_at(world))
    found = world.compare(b, a)
    assert (
        "no validation label changed since run 2, which saw 1 correction that run 1 did not" in found.numbers
    )
    assert "trained without 1 corrected training label" in found.numbers
    assert "trained with 1 corrected training label" in world.compare(a, b).numbers


def test_an_undone_correction_is_not_called_a_correction(world: World) -> None:
    for row, label in ((1, 1), (21, 1)):
        world.correct(row, label, PRESENT, ABSENT)
    a = world.run(wrong_at(world))
    for batch in revisions.history(world.store, world.dataset)[:2]:
        corrections.undo(world.store, world.dataset, batch.id, author="Ada", client_id=f"undo {batch.id}")
    found = world.compare(a, world.run(wrong_at(world)))
    assert "because of 1 validation label whose correction was undone" in found.numbers
    assert "trained with 1 training label whose correction was undone" in found.numbers


def test_other_settings_and_older_labels_are_warned_of(world: World) -> None:
    a = world.run(wrong_at(world), epochs=3)
    world.correct(1, 1, PRESENT, ABSENT)
    b = world.run(wrong_at(world), epochs=5)
    found = world.compare(a, b)
    assert found.settings == ("epochs: 3 and 5",)
    assert found.warnings[0].startswith("Runs 1 and 2 differ in settings, too (epochs: 3 and 5)")
    assert any("swap them" in warning for warning in world.compare(b, a).warnings)


def test_other_training_images_are_warned_of(world: World) -> None:
    a = world.run(world.truth, preset="scratch")
    elsewhere = {0: Place(Part.VALIDATION), 30: Place(Part.TRAIN), 31: Place(Part.TRAIN)}
    placements.move(world.store, world.dataset, elsewhere, author="Ada", client_id="move", reason="")
    b = world.run(world.truth, preset="scratch")
    found = world.compare(a, b)
    (warning,) = found.warnings
    assert "2 that run 1 did not have, and not from 1 that it had" in warning
    assert "trained on other images (2 more, 1 of before missing), no label corrected" in found.sentence
    assert "same training labels" not in found.sentence
    assert world.compare(b, world.run(world.truth, preset="scratch")).warnings == ()


def test_labels_of_which_nothing_is_known_any_more_judge_nobody(world: World) -> None:
    a, b = world.run(world.truth), world.run(world.truth)
    unknown = CellValue(LabelState.UNKNOWN)
    changes = [
        CellChange(row, label.id, PRESENT if row % 2 == at else ABSENT, unknown)
        for row in range(TRAIN, IMAGES)
        for at, label in enumerate(world.labels)
    ]
    corrections.apply(world.store, world.dataset, changes, author="Ada", client_id="unknown")
    with pytest.raises(BadInput, match="none is known any more"):
        world.compare(a, b)
    found = rescore.rescore(world.store, world.settings, NOBODY, a.id)
    assert (found.changed, found.now) == (40, {})
    assert "nothing judges it" in rescoring.sentence(found)


def test_images_left_out_since_a_run_are_said_where_it_is_judged_again(world: World) -> None:
    a = world.run(world.truth)
    out = {30: Place(Part.VALIDATION, left_out=True)}
    placements.move(world.store, world.dataset, out, author="Ada", client_id="move", reason="")
    found = rescore.rescore(world.store, world.settings, NOBODY, a.id)
    assert (found.changed, found.left_out) == (0, 1)
    assert "on the same images): 1 validation image left out since, 0 validation" in rescoring.sentence(found)


def test_predicting_nothing_stands_beside(world: World) -> None:
    found = world.compare(world.run(wrong_at(world)), world.run(wrong_at(world, (20, 0))))
    assert (found.nothing["micro_f1"], found.nothing["subset_accuracy"]) == (0, 0)


def test_runs_that_cannot_be_compared_say_why(world: World) -> None:
    a = world.run(wrong_at(world))
    nothing = np.full((IMAGES, 2), np.nan)
    with pytest.raises(BadInput, match="with itself"):
        world.compare(a, a)
    with pytest.raises(BadInput, match="no validation image in common"):
        world.compare(a, world.run(nothing))


def test_where_every_validation_image_is_left_out_nothing_is_compared_and_nothing_judges(
    world: World,
) -> None:
    a, b = world.run(world.truth), world.run(world.truth)
    out = {row: Place(Part.VALIDATION, left_out=True) for row in range(TRAIN, IMAGES)}
    placements.move(world.store, world.dataset, out, author="Ada", client_id="out", reason="")
    with pytest.raises(BadInput, match="share is left out: take some back"):
        world.compare(a, b)
    found = rescore.rescore(world.store, world.settings, NOBODY, a.id)
    assert (dict(found.now), found.left_out) == ({}, 20)
    assert "nothing judges it" in rescoring.sentence(found)
