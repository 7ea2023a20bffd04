"""What a spreadsheet would take for a formula is written so that it cannot, and comes back as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import neutral

cells = st.text(st.one_of(st.sampled_from("'=+-@\t\r a"), st.characters()), max_size=8)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(cells, st.booleans())
def test_every_cell_comes_back_as_it_went(cell: str, formulas: bool) -> None:
    written = neutral.neutralise(cell, formulas=formulas)
    assert neutral.restore(written) == cell
    assert not formulas or written[:1] not in tuple(neutral.STARTS)


@pytest.mark.parametrize("cell", ["'tis", "''", "'", "", "a=b", "rock 'n' roll", "' =x"])
def test_an_apostrophe_that_hides_no_formula_is_left_alone(cell: str) -> None:
    assert neutral.restore(cell) == cell
    assert neutral.neutralise(cell, formulas=True) == cell


@pytest.mark.parametrize(
    ("cell", "formulas", "written"),
    [("=x", True, "'=x"), ("=x", False, "=x"), ("'=x", True, "''=x"), ("'=x", False, "''=x")],
)
def test_a_real_apostrophe_before_a_sign_gets_one_of_its_own(cell: str, formulas: bool, written: str) -> None:
    assert neutral.neutralise(cell, formulas=formulas) == written
