"""Keys of labels: given by name, and refused where the gallery needs them itself."""

import re
from pathlib import Path

import pytest

from core import keys
from core.errors import BadInput

KEYMAP = Path(keys.__file__).parents[1] / "pages" / "ui" / "gallery" / "keymap.mjs"


@pytest.mark.parametrize("text", ["s", "S", " s ", "7", "é", "ж"])
def test_a_letter_or_digit_is_a_key(text: str) -> None:
    assert keys.check(text) == text.strip().lower()


def test_no_key_is_no_key() -> None:
    assert keys.check("") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("n", "N is the gallery's own: it goes to the next picture"),
        ("Z", "Z is the gallery's own: it undoes"),
        ("2", "2 is the gallery's own: it moves an error to another cause"),
        (" ", "Space is the gallery's own"),
        ("?", "opens the map of keys"),
        ("ab", "one letter or digit"),
        (";", "one letter or digit"),
        ("  ", "one letter or digit"),
    ],
)
def test_a_key_that_clashes_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)):
        keys.check(text)


def test_the_gallery_has_no_letter_that_a_label_could_be_given() -> None:
    letters = re.search(r"const LETTERS = \{(.*)\}", KEYMAP.read_text("utf-8"))
    assert letters
    assert set(re.findall(r"(\w):", letters[1])) == set(keys.RESERVED)


def test_a_further_label_gets_its_own_letter_else_any() -> None:
    assert keys.proposed("Sky", ["s"]) == "k"
    assert keys.proposed("nnn", []) == "a"
    assert keys.proposed("sky", [chr(code) for code in range(97, 123)]) == ""
