"""Labels renamed, merged and dropped before they are stored."""

from pathlib import Path

import pytest

from core.data import importers
from core.data.importers import Parsed
from core.data.importers.mapping import mapped
from core.errors import BadInput
from tests.core.data.importers.trees import NO, UNKNOWN, YES, tree

TABLE = "filename,ocean,sea,tree\na.jpg,1,0,1\nb.jpg,0,0,0\nc.jpg,0,-1,1\nd.jpg,-1,1,\n"


@pytest.fixture
def parsed(tmp_path: Path) -> Parsed:
    return importers.parse(tree(tmp_path, {"x.csv": TABLE}, "a.jpg", "b.jpg", "c.jpg", "d.jpg"))


def test_a_merged_label_is_present_where_one_is_absent_where_all_are_else_unknown(parsed: Parsed) -> None:
    one = mapped(parsed, {"ocean": "sea", "tree": None})
    assert one.labels == ("sea",)
    assert one.by_key() == {
        "a.jpg": {"sea": YES},
        "b.jpg": {"sea": NO},
        "c.jpg": {"sea": UNKNOWN},
        "d.jpg": {"sea": YES},
    }
    assert one.notes[-2:] == ("Merged into 'sea': 'ocean', 'sea'.", "Labels dropped: 'tree'.")


def test_renaming_keeps_every_cell_and_the_order_of_names(parsed: Parsed) -> None:
    one = mapped(parsed, {"ocean": " zoo "})
    assert one.labels == ("sea", "tree", "zoo")
    assert {key: cells["zoo"] for key, cells in one.by_key().items()} == {
        key: cells["ocean"] for key, cells in parsed.by_key().items()
    }
    assert len(one.cells) == len(parsed.cells)
    assert "Renamed: 'ocean' to 'zoo'." in one.notes


def test_absent_by_one_and_not_listed_by_the_other_stays_not_listed(tmp_path: Path) -> None:
    table = "file_path,class_name,confidence,source\na.jpg,ocean,0,human\nb.jpg,sea,1,human\nb.jpg,ocean,1,\n"
    parsed = importers.parse(tree(tmp_path, {"x.csv": table}, "a.jpg", "b.jpg"))
    one = mapped(parsed, {"ocean": "sea"})
    assert one.by_key() == {"b.jpg": {"sea": YES}}
    assert one.verified_by_key() == {"b.jpg": {"sea"}}


def test_nothing_to_map_changes_nothing_and_all_may_be_dropped(parsed: Parsed) -> None:
    assert mapped(parsed, {}).by_key() == parsed.by_key()
    none = mapped(parsed, dict.fromkeys(parsed.labels))
    assert (none.labels, none.by_key(), len(none.images)) == ((), {}, 4)


@pytest.mark.parametrize(
    ("mapping", "said"),
    [({"lake": "sea"}, "no label 'lake', which is to be mapped"), ({"sea": " "}, "empty name")],
)
def test_names_that_are_not_there_and_names_that_cannot_be_are_sentences(
    parsed: Parsed, mapping: dict[str, str | None], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        mapped(parsed, mapping)
