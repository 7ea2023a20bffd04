"""A number and what it counts agree."""

import pytest

from core.words import counted, those


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 images are"), (1, "1 image is"), (2, "2 images are"), (12_000, "12,000 images are")],
)
def test_a_count_its_noun_and_its_verb_agree(number: int, words: str) -> None:
    assert those(number, "image", "is", "are") == words


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert counted(2, "copy", "copies") == "2 copies"
