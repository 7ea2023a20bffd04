"""Odd inputs are analysed without a crash, and without claims they cannot carry."""

from dataclasses import replace

import numpy as np
import pytest

from core.analysis import Inputs, analyse
from core.errors import BadInput
from db.terms import Cause, ErrorKind
from tests.core.analysis import worlds_small


def _no_embeddings() -> Inputs:
    return replace(worlds_small.make(missing=0.1), embeddings=None, head_weight=None, head_bias=None)


def _unknown_label() -> Inputs:
    inputs = worlds_small.make()
    states = inputs.states.copy()
    states[:, 1] = -1
    return replace(inputs, states=states)


def _no_positive_in_training() -> Inputs:
    inputs = worlds_small.make()
    states = inputs.states.copy()
    states[inputs.part == 0, 0] = 0
    return replace(inputs, states=states)


def _unscored_test_part() -> Inputs:
    inputs = worlds_small.make()
    part, scores = inputs.part.copy(), inputs.scores.copy()
    part[:80] = 2
    scores[:80] = np.nan
    return replace(inputs, part=part, scores=scores)


def _only_validation_scored() -> Inputs:
    inputs = worlds_small.make(missing=0.1)
    scores = np.where(inputs.part[:, None] == 1, inputs.scores, np.nan).astype(np.float32)
    return replace(inputs, scores=scores, aum=None, head_weight=None, head_bias=None)


def _constant_scores() -> Inputs:
    inputs = worlds_small.make()
    return replace(inputs, scores=np.full_like(inputs.scores, 0.7))


def _bare() -> Inputs:
    return replace(_no_embeddings(), statistics=None, statistic_names=(), aum=None)


def _five_validation_images() -> Inputs:
    inputs = worlds_small.make()
    return replace(inputs, part=(np.arange(len(inputs.part)) < 5).astype(np.int8))


def _no_training_images() -> Inputs:
    inputs = worlds_small.make(n=60)
    return replace(inputs, part=np.ones_like(inputs.part))


def _nan_embeddings() -> Inputs:
    inputs = worlds_small.make()
    assert inputs.embeddings is not None
    return replace(inputs, embeddings=np.full_like(inputs.embeddings, np.nan))


CASES = {
    "no embeddings": _no_embeddings,
    "no embeddings, statistics or AUM": _bare,
    "a label that nobody annotated": _unknown_label,
    "a label without a positive in training": _no_positive_in_training,
    "a test part without scores": _unscored_test_part,
    "only validation scored": _only_validation_scored,
    "only validation scored, no embeddings": lambda: replace(_only_validation_scored(), embeddings=None),
    "constant scores": _constant_scores,
    "constant embeddings": _nan_embeddings,
    "a single label": lambda: worlds_small.make(size=1, missing=0.1),
    "a single label without embeddings": lambda: replace(
        worlds_small.make(size=1), embeddings=None, head_weight=None, head_bias=None
    ),
    "200 labels": lambda: worlds_small.make(n=60, size=200, width=210),
    "five validation images": _five_validation_images,
    "no training images": _no_training_images,
    "twelve images": lambda: worlds_small.make(n=12),
}


@pytest.mark.parametrize("case", list(CASES))
def test_every_error_is_found_and_explained_in_numbers(case: str) -> None:
    inputs = CASES[case]()
    found = analyse(inputs)
    assert {(f.row, f.label) for f in found.findings} == worlds_small.errors(inputs)
    for f in found.findings:
        assert np.isfinite([f.p_mislabel, f.p_sparsity, f.p_wrong_pattern, f.confidence, f.probability]).all()
        assert any(letter.isdigit() for letter in f.evidence)
        assert "nan" not in f.evidence
    for s in found.suspects:
        assert np.isfinite([s.p_mislabel, s.probability]).all()
        assert inputs.part[s.row] == 0


def test_without_errors_there_is_nothing_to_find() -> None:
    inputs = worlds_small.make()
    inputs = replace(inputs, scores=np.where(inputs.states == 1, 0.9, 0.1).astype(np.float32))
    assert analyse(inputs).findings == ()


def test_without_validation_images_the_analysis_says_so() -> None:
    inputs = worlds_small.make(n=30)
    found = analyse(replace(inputs, part=np.zeros_like(inputs.part)))
    assert found.findings == ()
    assert any("No validation image" in note for note in found.notes)


def test_without_embeddings_sparsity_is_never_claimed_and_the_note_says_why() -> None:
    found = analyse(_no_embeddings())
    assert all(f.p_sparsity == 0 for f in found.findings)
    assert any(note.startswith("No embeddings") for note in found.notes)


def test_a_label_that_training_never_showed_is_sparse_by_definition() -> None:
    missed = [
        f for f in analyse(_no_positive_in_training()).findings if f.label == 0 and f.kind is ErrorKind.FN
    ]
    assert missed
    for f in missed:
        assert f.cause is Cause.SPARSITY
        assert f.evidence.startswith("No training image carries “label 0”; ")


def test_training_images_without_scores_are_no_evidence() -> None:
    inputs = _only_validation_scored()
    found = analyse(inputs)
    assert found.findings
    assert all(f.with_label + f.without_label + f.same_doubt == () for f in found.findings)
    assert all(f.p_sparsity == 0 for f in found.findings)
    assert found.suspects == ()
    assert any("No training image is scored" in note and "nothing to compare" in note for note in found.notes)
    assert not any("No training image carries" in note for note in found.notes)


def test_the_scores_of_some_training_images_are_used_and_counted() -> None:
    inputs = _only_validation_scored()
    rows = np.flatnonzero(inputs.part == 0)[:50]
    scores = inputs.scores.copy()
    scores[rows] = worlds_small.make(missing=0.1).scores[rows]
    found = analyse(replace(inputs, scores=scores))
    shown = {row for f in found.findings for row in f.with_label + f.without_label + f.same_doubt}
    assert shown
    assert shown <= set(rows.tolist())
    assert any(note.startswith("Only 50 of ") for note in found.notes)


def test_five_validation_images_decide_nothing() -> None:
    assert all(f.cause is Cause.UNKNOWN for f in analyse(_five_validation_images()).findings)


def test_an_unknown_head_is_recovered_from_the_probabilities() -> None:
    inputs = replace(worlds_small.make(), head_weight=None, head_bias=None)
    assert any("The head was recovered" in note for note in analyse(inputs).notes)


def test_unrelated_embeddings_are_not_taken_for_a_head() -> None:
    inputs = worlds_small.make()
    noise = np.random.default_rng(1).normal(size=(400, 6))
    found = analyse(replace(inputs, embeddings=noise, head_weight=None, head_bias=None))
    assert any("explain only" in note for note in found.notes)


def test_arrays_that_disagree_are_refused_by_name() -> None:
    inputs = worlds_small.make()
    with pytest.raises(BadInput, match="'states' has shape"):
        analyse(replace(inputs, states=inputs.states[:-1]))
