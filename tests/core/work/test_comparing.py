"""Which image of a data set a file is: by key and content, then by content, each image once."""

from hashlib import sha256

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.work import comparing
from core.work.comparing import CLASHING, NEW
from db.additions import Known
from db.terms import Part

Files = dict[str, str]  # content by key


def digests(files: Files) -> np.ndarray:
    joined = b"".join(sha256(content.encode()).digest() for content in files.values())
    return np.frombuffer(joined, np.uint8).reshape(-1, 32)


def matched(held: Files, files: Files) -> comparing.Matched:
    known = Known(list(held), digests(held).tobytes(), [Part.TRAIN] * len(held), [False] * len(held))
    return comparing.match(known, list(files), digests(files))


def test_key_and_content_come_before_content_alone() -> None:
    found = matched({"a": "1", "b": "1"}, {"b": "1", "c": "1"})
    assert found.rows.tolist() == [1, 0]
    assert found.renamed.tolist() == [False, True]


def test_a_further_copy_is_new_and_a_taken_key_clashes() -> None:
    found = matched({"a": "1", "b": "2"}, {"a": "1", "b": "1", "c": "1"})
    assert found.rows.tolist() == [0, CLASHING, NEW]
    assert found.gone.tolist() == [1]


def test_swapped_names_are_followed() -> None:
    found = matched({"a": "1", "b": "2"}, {"a": "2", "b": "1"})
    assert found.rows.tolist() == [1, 0]
    assert found.gone.size == 0


def test_an_empty_side_is_no_trouble() -> None:
    assert matched({}, {"a": "1"}).rows.tolist() == [NEW]
    assert matched({"a": "1"}, {}).gone.tolist() == [0]


FILES = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("1234"), max_size=6)


@given(FILES, FILES)
def test_every_image_is_matched_at_most_once_and_only_by_its_content(held: Files, files: Files) -> None:
    found = matched(held, files)
    rows = [row for row in found.rows.tolist() if row >= 0]
    assert len(rows) == len(set(rows))
    assert sorted([*rows, *found.gone.tolist()]) == list(range(len(held)))
    for (key, content), row in zip(files.items(), found.rows.tolist(), strict=True):
        if row >= 0:
            assert list(held.values())[row] == content
        elif row == NEW:
            assert key not in held
        else:
            assert held[key] != content or list(held.values()).count(content) <= rows.count(row) + len(rows)
