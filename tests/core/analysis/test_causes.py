"""Errors get the cause that was planted, or unknown; what they say can be counted again."""

import re
from dataclasses import replace

import numpy as np
import pytest

from bench import worlds
from core.analysis import Analysis, analyse
from db.terms import Cause, ErrorKind, LabelState
from tests.core.analysis import worlds_small


@pytest.fixture(scope="module")
def world() -> worlds.World:
    return worlds.make(worlds.PLANTS["all"], seed=0, train=2500, validation=900)


@pytest.fixture(scope="module")
def said(world: worlds.World) -> Analysis:
    return analyse(world.inputs)


def test_the_findings_are_exactly_the_errors(world: worlds.World, said: Analysis) -> None:
    assert {(f.row, f.label) for f in said.findings} == worlds_small.errors(world.inputs)
    assert len(said.findings) == len({(f.row, f.label) for f in said.findings})


def test_the_three_chances_leave_room_for_unknown(said: Analysis) -> None:
    for f in said.findings:
        chances = (f.p_mislabel, f.p_sparsity, f.p_wrong_pattern)
        assert min(chances) >= 0
        assert sum(chances) <= 1 + 1e-9
        assert 0 <= f.confidence <= 1
        assert f.second_cause is None or f.second_cause is not f.cause


def test_decided_causes_are_mostly_the_planted_ones(world: worlds.World, said: Analysis) -> None:
    decided = [f for f in said.findings if f.cause is not Cause.UNKNOWN]
    right = sum(world.cause[f.row, f.label] == f.cause for f in decided)
    assert len(decided) >= 100
    assert right / len(decided) >= 0.8


def test_a_world_with_nothing_planted_is_left_unknown() -> None:
    world = worlds.make(worlds.PLANTS["null"], seed=1, train=1500, validation=600)
    found = analyse(world.inputs).findings
    assert len(found) > 100
    assert np.mean([f.cause is not Cause.UNKNOWN for f in found]) <= 0.05


def test_the_planted_shortcut_is_named_first(world: worlds.World, said: Analysis) -> None:
    first = said.shortcuts[0]
    assert first.label == worlds.SHORTCUT
    assert first.name == "high upper half bright"
    assert first.members == len(first.rows) >= 8
    assert "“clouds”" in first.sentence


def test_the_slice_sentence_counts_its_members(world: worlds.World, said: Analysis) -> None:
    given = world.inputs
    checked = 0
    for f in said.findings:
        if f.cause is Cause.WRONG_PATTERN:
            hits, members = map(int, re.search(r"in (\d+) of (\d+) validation images", f.evidence).groups())
            rows = np.array(f.slice)
            wrong = (given.scores[rows, f.label] >= 0.5) != (given.states[rows, f.label] == 1)
            assert (hits, members) == (wrong.sum(), len(rows))
            assert f.row in f.slice
            checked += 1
    assert checked > 20


def test_look_alike_sentences_count_the_held_out_rows(world: worlds.World, said: Analysis) -> None:
    given, checked = world.inputs, set()
    for f in said.findings:
        carry = int((given.states[list(f.held_out), f.label] == 1).sum())
        expected = None
        if f.cause is Cause.UNKNOWN:
            expected = carry
        elif f.cause is Cause.MISLABEL:
            expected = carry if f.kind is ErrorKind.FP else len(f.held_out) - carry
        if expected is not None and f.held_out:
            assert f"{expected} of the {len(f.held_out)} validation look-alikes carr" in f.evidence
            checked.add(f.cause)
        assert f"“{given.labels[f.label]}”" in f.evidence
        assert len(f.evidence) <= 230
    assert checked == {Cause.UNKNOWN, Cause.MISLABEL}


def test_look_alikes_are_held_out_and_got_the_same_prediction(world: worlds.World, said: Analysis) -> None:
    given = world.inputs
    for f in said.findings:
        rows = list(f.held_out)
        assert f.row not in rows
        assert len(rows) <= 12
        assert (given.part[rows] == 1).all()
        assert ((given.scores[rows, f.label] >= 0.5) == (f.kind is ErrorKind.FP)).all()


def test_examples_come_from_training_and_say_what_they_claim(world: worlds.World, said: Analysis) -> None:
    given = world.inputs
    for f in said.findings:
        assert (given.states[list(f.with_label), f.label] == 1).all()
        assert (given.states[list(f.without_label), f.label] == 0).all()
        doubt = list(f.same_doubt)
        assert len(doubt) == len(set(doubt)) <= 60
        assert (given.states[doubt, f.label] == (f.annotation is LabelState.PRESENT)).all()
        assert (given.part[[*f.with_label, *f.without_label, *doubt]] == 0).all()


def test_the_doubted_training_labels_are_wrong_more_often_than_the_rest(
    said: Analysis, world: worlds.World
) -> None:
    given = world.inputs
    said_wrong = [f for f in said.findings if f.cause is Cause.MISLABEL]
    assert any(f.same_doubt for f in said_wrong)
    for f in said.findings:
        rows = list(f.same_doubt)
        assert ((given.scores[rows, f.label] >= 0.5) != (f.kind is ErrorKind.FN)).all()
    offered = [world.flipped[row, f.label] for f in said_wrong for row in f.same_doubt]
    assert np.mean(offered) > 4 * world.flipped[given.part == 0].mean()


def test_a_verified_label_is_never_called_wrong() -> None:
    inputs = worlds_small.make(n=1500, missing=0.15)
    assert any(f.cause is Cause.MISLABEL for f in analyse(inputs).findings)
    kept = replace(inputs, verified=np.ones_like(inputs.verified))
    found = analyse(kept)
    assert all(f.p_mislabel == 0 and f.cause is not Cause.MISLABEL for f in found.findings)
    assert found.suspects == ()


def test_every_error_keeps_the_bar_that_its_likeliest_cause_did_or_did_not_reach(said: Analysis) -> None:
    assert {f.cause is Cause.UNKNOWN for f in said.findings} == {True, False}
    for f in said.findings:
        top = max(f.p_mislabel, f.p_sparsity, f.p_wrong_pattern)
        assert (f.bar is not None and top >= f.bar) == (f.cause is not Cause.UNKNOWN)
    assert all("cause" not in f.evidence for f in said.findings if f.cause is Cause.UNKNOWN)


def test_the_same_inputs_give_the_same_analysis() -> None:
    inputs = worlds_small.make(missing=0.1)
    assert analyse(inputs) == analyse(inputs)


def test_decided_errors_come_first_and_the_surest_of_them_before() -> None:
    world = worlds.make(worlds.PLANTS["shortcut"], seed=3, train=1500, validation=600)
    found = analyse(world.inputs).findings
    decided = [f for f in found if f.cause is not Cause.UNKNOWN]
    assert list(found[: len(decided)]) == decided
    assert [f.confidence for f in decided] == sorted((f.confidence for f in decided), reverse=True)


def test_progress_only_moves_forward() -> None:
    news: list[float] = []
    analyse(worlds_small.make(), progress=lambda share, what: news.append(share))
    assert news == sorted(news)
    assert news[-1] == 1.0
