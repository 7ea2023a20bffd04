"""Which keys hold a text: as many as looking into each of them finds, however they are marked."""

import random
import re

import numpy as np
import pytest

from core.search.keys import Keys, fold


def keys_of(count: int, seed: int = 0) -> list[bytes]:
    """Names as cameras, web sites and people give them; a few with letters that are no ASCII."""
    chance = random.Random(seed)

    def one(row: int) -> str:
        kinds = (f"IM_{row:06}.jpg", f"{chance.randrange(10**10):010}_{chance.randbytes(5).hex()}.JPG",
                 f"Meer {chance.randrange(50)} Größe/straße{row % 7}.png", f"海{row % 40}.jpg", "a", "")  # fmt: skip
        return f"{chance.choice(('train', 'val', 'x/y'))}/{chance.choices(kinds, (9, 9, 4, 2, 1, 1))[0]}"

    return [fold(one(row)) for row in range(count)]


KEYS = keys_of(20_000)
PLACES = ((0, None), (0, 1), (5_000, 5_033), (31, 19_999), (777, 777), (9, 5))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "im",
        "im_0199",
        "9",
        "77",
        "ab",
        "4f3",
        "GRÖSSE/S",
        "海7.",
        "train/",
        "jpg",
        "zq",
        "no such",
        "aa",
    ],
)
@pytest.mark.parametrize(("start", "stop"), PLACES)
def test_a_text_is_found_in_every_key_that_holds_it(text: str, start: int, stop: int | None) -> None:
    wanted = [row for row in range(start, len(KEYS) if stop is None else stop) if fold(text) in KEYS[row]]
    assert Keys(KEYS).like(fold(text), start, stop).tolist() == wanted


def test_any_piece_of_any_key_is_found_where_it_is() -> None:
    chance, known = random.Random(1), Keys(KEYS)
    for _ in range(200):
        key = chance.choice(KEYS)
        begin = chance.randrange(len(key))
        piece = key[begin : begin + chance.randint(1, 12)]
        assert known.like(piece).tolist() == [row for row, one in enumerate(KEYS) if piece in one]


def test_stars_stand_for_anything_in_a_file_name_or_with_a_slash_in_a_key() -> None:
    known = Keys(KEYS)
    names = [key.rsplit(b"/", 1)[-1] for key in KEYS]
    fits = re.compile(rb"im_.*9\.jpg").fullmatch
    assert known.like(b"im_*9.jpg").tolist() == [row for row, name in enumerate(names) if fits(name)]
    assert known.like(b"*").tolist() == list(range(len(KEYS)))
    ours = [row for row, key in enumerate(KEYS) if key.startswith(b"train/im_") and row >= 400]
    assert known.like(b"train/im_*", 400).tolist() == ours


@pytest.mark.parametrize("had", [0, 1, 31, 32, 255, 256, 257, 8_191, 8_192, 8_500])
def test_keys_that_come_later_are_found_as_if_they_had_been_there(had: int) -> None:
    known, whole = Keys(KEYS[:had]).with_more(KEYS[had:9_000]), Keys(KEYS[:9_000])
    assert known.text == whole.text
    assert np.array_equal(known.ends, whole.ends)
    assert np.array_equal(known.marks, whole.marks)
