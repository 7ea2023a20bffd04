"""What was exported and is imported again is the same in all that the format says that it carries."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.data import exporters, importers
from core.data.exporters import EXPORTERS, Options, Snapshot
from db.terms import LabelState
from tests.core.data.exporters.made import differences, photographs, snapshot, snapshots, target

READABLE = [
    format
    for format in EXPORTERS
    if format in importers.IMPORTERS and not EXPORTERS[format].carries.corrections
]
UNKNOWN = LabelState.UNKNOWN
TRICKY = snapshot(
    ("'=x", "+1", "-1", "=x", "@home", "a|b", "c;d", "e,f", "g h", '"', "海"),
    (*((1,) * 11, (0, 1) * 5 + (0,)), (-1,) * 11, (1,) + (-1,) * 10),
    verified=((1,) * 11, (0, 1) * 5 + (1,), (0,) * 11, (1, 1) + (0,) * 9),
    keys=("data/'=a 0.jpg", 'data/+ "b", 1.jpg', "data/@c/🌊 2.jpg", "data/d\ne 3.jpg"),
)


def came_back(format: str, wanted: Snapshot, options: Options) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        photographs(root, wanted)
        exporters.exporter(format).write(target(root, format), wanted, options)
        return differences(format, wanted, importers.parse(root, format))


@pytest.mark.parametrize("format", READABLE)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(wanted=snapshots(below="data/"), neutralise=st.booleans())
@example(wanted=TRICKY, neutralise=True)
@example(wanted=TRICKY, neutralise=False)
@example(wanted=snapshot(("traffic light",), ((1,),), keys=("data/1.jpg",)), neutralise=False)
@example(wanted=snapshot(('"',), ((1,),), keys=("data/1.jpg",)), neutralise=False)
@example(wanted=snapshot(("sky", "sky_r1"), ((1, 0),), keys=("data/1.jpg",)), neutralise=False)
@example(
    wanted=snapshot(("a", "b"), ((0, -1), (-1, -1)), UNKNOWN, keys=("data/1.jpg", "data/2.jpg")),
    neutralise=False,
)
def test_an_export_comes_back_as_it_went(format: str, wanted: Snapshot, neutralise: bool) -> None:
    carries = EXPORTERS[format].carries
    if not wanted.labels and format in ("csv-onehot",):
        return  # It has no column then, and says so.
    options = Options(neutralise=neutralise and carries.tables)
    assert came_back(format, wanted, options) == []


@pytest.mark.parametrize("format", [format for format in READABLE if EXPORTERS[format].carries.meta])
def test_further_columns_come_back(format: str) -> None:
    meta = ({"site": "=north", "who": "Ada"}, None, {"who": 'Bo, and "Cy"'})
    wanted = snapshot(meta=meta)
    assert came_back(format, wanted, Options(neutralise=EXPORTERS[format].carries.tables)) == []


def test_labels_named_as_columns_come_back_in_columns_of_their_own() -> None:
    wanted = snapshot(("file", "image", "part", "set", "split"), ((1, 0, -1, 1, 0), (0, 1, 1, -1, 1)))
    assert came_back("csv-onehot", wanted, Options()) == []
