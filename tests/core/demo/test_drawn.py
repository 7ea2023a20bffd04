"""Which demo set lies in a folder, and what becomes of it when another one is asked for."""

from pathlib import Path

import pytest

from core.actor import NOBODY
from core.demo import draw, drawn
from core.demo.drawn import Drawing
from core.errors import Refused
from core.services import datasets
from core.settings import Settings
from core.work import demo
from db import jobs
from db.store import Store, migrate, open_store
from db.terms import JobState
from tests.small import small_dataset


def _drawn(folder: Path, **arguments: int) -> Path:
    draw(folder, side_px=16, workers=1, **arguments)
    return folder


def _silent(share: float, doing: str) -> None:
    pass


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"ERRATA_HOME": str(tmp_path)})


@pytest.fixture
def store(settings: Settings) -> Store:
    store = open_store(settings.database_url)
    migrate(store)
    return store


def a_demo_set_of(settings: Settings, store: Store, **arguments: int) -> None:
    _drawn(settings.home / drawn.FOLDER, **arguments)
    small_dataset(store, name="demo", demo=True)


def test_a_folder_tells_what_it_was_drawn_with(tmp_path: Path) -> None:
    assert drawn.read(_drawn(tmp_path / "demo", images=12, seed=7)) == Drawing(12, 16, 7)


@pytest.mark.parametrize("text", ["", "[1]", '{"images": "many"}'])
def test_what_cannot_be_read_is_no_drawing(tmp_path: Path, text: str) -> None:
    (tmp_path / drawn.FILE).write_text(text)
    assert drawn.read(tmp_path) is None


def test_a_set_that_is_there_is_kept_and_another_one_takes_its_place(tmp_path: Path) -> None:
    folder = _drawn(tmp_path / "demo", images=12, seed=7)
    mark = folder / "mark"
    mark.touch()
    demo._draw(folder, Drawing(12, 16, 7), _silent)
    assert mark.exists()
    demo._draw(folder, Drawing(12, 16, 8), _silent)
    assert not mark.exists()
    assert drawn.read(folder) == Drawing(12, 16, 8)


def test_other_pictures_are_refused_while_a_demo_set_is_here(settings: Settings, store: Store) -> None:
    a_demo_set_of(settings, store, images=12, seed=7)
    with pytest.raises(Refused, match="12 pictures with seed 7 is here: delete it first"):
        datasets.start_demo(store, settings, NOBODY, seed=8)
    job = datasets.start_demo(store, settings, NOBODY, images=12, seed=7)
    assert (job.state, dict(job.params)) == (JobState.QUEUED, {"images": 12, "seed": 7})


def test_other_pictures_are_refused_while_some_are_drawn(settings: Settings, store: Store) -> None:
    first = datasets.start_demo(store, settings, NOBODY, images=40)
    assert datasets.start_demo(store, settings, NOBODY).id == first.id
    with pytest.raises(Refused, match="40 pictures with seed 2020 is being drawn"):
        datasets.start_demo(store, settings, NOBODY, images=50)
    assert [job.id for job in jobs.listing(store)] == [first.id]


def test_pictures_that_another_data_set_shows_are_not_replaced(settings: Settings, store: Store) -> None:
    folder = _drawn(settings.home / drawn.FOLDER, images=12, seed=7)
    small_dataset(store, name="mine", root=str(folder / "set"))
    with pytest.raises(Refused, match=r"“mine” was imported from .*: delete it first"):
        demo._refuse_in_use(store, folder)
