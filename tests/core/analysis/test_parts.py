"""Each cause on its own: the rate of wrong labels, the slice test, the gap in training, the suspects."""

from dataclasses import replace

import numpy as np

from bench import worlds
from core.analysis import Inputs, analyse, causes, margins, sentences, space
from db.terms import Cause, ErrorKind, LabelState
from tests.core.analysis import worlds_small


def _nobody(share: float, what: str) -> None:
    """Ignore progress."""


def test_the_rate_of_missing_labels_is_estimated() -> None:
    inputs = worlds_small.make(n=3000, missing=0.15, seed=2)
    said = causes.judge(space.build(inputs), _nobody)
    assert 0.06 <= said.rates[True].mean() <= 0.2  # rather too low than too high


def test_no_missing_labels_are_imagined_where_there_are_none() -> None:
    said = causes.judge(space.build(worlds_small.make(n=3000, seed=2)), _nobody)
    assert said.rates[True].mean() < 0.02


def test_missing_labels_are_ranked_above_the_mistakes_of_the_model() -> None:
    clean, noisy = worlds_small.make(n=3000, seed=4), worlds_small.make(n=3000, missing=0.15, seed=4)
    assert (clean.scores == noisy.scores).all()
    found = [f for f in analyse(noisy).findings if f.kind is ErrorKind.FP]
    flipped = np.array([clean.states[f.row, f.label] != noisy.states[f.row, f.label] for f in found])
    chance = np.array([f.p_mislabel for f in found])
    assert chance[flipped].mean() > 2 * chance[~flipped].mean()
    called = [flip for flip, f in zip(flipped, found, strict=True) if f.cause is Cause.MISLABEL]
    assert len(called) >= 20
    assert np.mean(called) >= 0.85


def test_a_kind_that_training_lacks_is_called_sparse() -> None:
    world = worlds.make(worlds.PLANTS["sparse"], seed=2, train=4000, validation=1000)
    sparse = [f for f in analyse(world.inputs).findings if f.cause is Cause.SPARSITY]
    right = sum(world.cause[f.row, f.label] == "sparsity" for f in sparse)
    assert len(sparse) >= 8
    assert right / len(sparse) >= 0.7
    assert all(f.label == worlds.SPARSE and f.kind is ErrorKind.FN for f in sparse)
    assert "similar training image" in sparse[0].evidence


def test_suspects_are_training_cells_most_contradicted_first() -> None:
    clean, noisy = worlds_small.make(n=1500, seed=6), worlds_small.make(n=1500, missing=0.1, seed=6)
    found = analyse(noisy).suspects
    chances = [s.p_mislabel for s in found]
    assert chances == sorted(chances, reverse=True)
    margins_of = [s.aum for s in found if s.aum is not None and s.p_mislabel > 0]
    assert margins_of == sorted(margins_of)
    assert all(noisy.part[s.row] == 0 for s in found)
    first = [s for s in found if s.kind is ErrorKind.FP][:40]
    wrong = [clean.states[s.row, s.label] == 1 for s in first]
    assert np.mean(wrong) >= 0.8
    assert all(s.suggested_state is LabelState.PRESENT for s in first)


def test_suspects_stop_at_the_limit_and_skip_what_a_person_verified() -> None:
    inputs = worlds_small.make(n=700, missing=0.1)
    first = analyse(inputs, limit=10).suspects
    assert len(first) == 10
    verified = inputs.verified.copy()
    verified[first[0].row, first[0].label] = True
    again = analyse(replace(inputs, verified=verified), limit=10).suspects
    assert [(s.row, s.label) for s in again[:9]] == [(s.row, s.label) for s in first[1:]]


def test_a_model_no_better_than_chance_calls_no_training_label_wrong() -> None:
    inputs = worlds_small.make(n=400, validation=0.2, seed=8)
    shuffled = replace(inputs, states=np.random.default_rng(1).permutation(inputs.states))
    aum = inputs.aum * np.where(shuffled.states == inputs.states, 1, -1)
    said = analyse(replace(shuffled, aum=aum))
    assert len(said.suspects) > 100
    assert not any(s.p_mislabel for s in said.suspects)
    assert any("is called wrong" in note and "“label 0”" in note for note in said.notes)
    assert max(s.p_mislabel for s in analyse(worlds_small.make(n=1500, missing=0.1, seed=6)).suspects) > 0.8


def test_a_label_with_four_validation_images_calls_no_training_label_wrong() -> None:
    inputs = worlds_small.make(n=1500, missing=0.1, seed=6)
    states = inputs.states.copy()
    carriers = np.flatnonzero((states[:, 0] == 1) & (inputs.part == 1))
    states[carriers[4:], 0] = -1
    said = analyse(replace(inputs, states=states)).suspects
    assert any(s.label == 0 for s in said)
    assert {s.label for s in said if s.p_mislabel > 0} == {1, 2}
    called = [s.p_mislabel > 0 for s in said]
    assert called == sorted(called, reverse=True)  # what cannot be judged comes last


def test_a_suspect_like_most_others_is_told_without_a_percentile() -> None:
    said = [
        sentences.suspect("sea", present=False, mean_margin=-1.0, lower_than=share, probability=0.9)
        for share in (0.5, 0.97)
    ]
    assert ["More contradicted" in text for text in said] == [False, True]


def test_one_training_image_is_singular_in_the_sentence_of_sparsity() -> None:
    text = sentences.sparsity("tree", similar=1, usual=10, held_out=19, of=20, expected=5.0)
    assert text == (
        "Only 1 similar training image carries “tree”, where a recognised one usually has 10. Of the 20 images "
        "with “tree” most like it, 1 is from training; about 15 would be usual."
    )


def test_verified_labels_are_not_expected_to_be_wrong() -> None:
    inputs = worlds_small.make(n=1500, missing=0.1, seed=6)
    whole, half = analyse(inputs).suspects, analyse(_verified(inputs)).suspects
    expected, left = (sum(s.p_mislabel for s in found) for found in (whole, half))
    assert 0.4 * expected < left < 0.6 * expected
    assert not any(s.row % 2 for s in half)


def _verified(inputs: Inputs) -> Inputs:
    """Every second training image was looked at."""
    seen = (inputs.part == 0) & (np.arange(len(inputs.part)) % 2 == 1)
    return replace(inputs, verified=inputs.verified | seen[:, None])


def test_a_margin_is_towards_the_label_as_it_is_now() -> None:
    aum = np.array([[2.0, -3.0, 1.0, np.nan, 4.0]])
    trained, now = np.array([[1, 0, 1, -1, 0]]), np.array([[1, 1, -1, 1, 0]])
    assert np.array_equal(margins(aum, trained, now), [[2.0, 3.0, 1.0, np.nan, 4.0]], equal_nan=True)


def test_without_training_dynamics_suspects_fall_back_to_the_training_score() -> None:
    found = analyse(replace(worlds_small.make(missing=0.1), aum=None))
    assert found.suspects
    assert all(s.aum is None and "not known" in s.evidence for s in found.suspects)
    assert any("AUM" in note for note in found.notes)


def test_nearest_leaves_the_image_itself_out_and_sorts() -> None:
    points = np.array([[0.0], [1.0], [3.0], [7.0]], dtype=np.float32)
    rows, distance = space.nearest(points, np.array([0, 2]), np.arange(4), 4)
    assert rows.tolist() == [[1, 2, 3, -1], [1, 0, 3, -1]]
    assert distance[0, :3].tolist() == [1.0, 3.0, 7.0]


def test_probabilities_are_written_short_and_never_as_certain() -> None:
    assert [sentences.share(v) for v in (0.97, 0.5, 0.999, 0.001)] == [".97", ".50", "over .99", "under .01"]


def test_one_look_alike_is_singular() -> None:
    text = sentences.mislabel("sea", agree=1, seen=1, suggest_present=True, probability=0.97)
    assert text == "1 of 1 validation look-alike carries “sea”; the model gives it .97."
