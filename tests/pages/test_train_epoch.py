"""What an epoch will see, on the train page: for the settings as they stand in the form, and only when opened."""

import pytest
from streamlit.testing.v1 import AppTest

from core.config import PRESETS
from core.services import previewing
from db import datasets
from pages.ui.training import epoch
from tests.conftest import Home
from tests.core.services.test_previewing import add_pixels
from tests.pages.sets import add_set
from tests.pages.test_train import press, said, train_page

OPEN = "errata:train:epoch:0"


@pytest.fixture
def dataset(home: Home) -> int:
    made = add_set(home, "small")
    add_pixels(home, made)
    return made


def opened() -> AppTest:
    seen = train_page()
    assert "An epoch shows" not in said(seen)
    seen.session_state[OPEN] = True
    seen.run()
    assert not seen.exception
    return seen


def drawn(seen: AppTest) -> str:
    return "".join(element.proto.body for element in seen.get("html") if "errata-epoch" in element.proto.body)


def test_the_counts_and_pictures_are_there_once_it_is_opened(home: Home, dataset: int) -> None:
    seen = opened()
    assert "An epoch shows 6 pictures of 6 images, one of each." in said(seen)
    assert drawn(seen).count("data:image/jpeg;base64,") == 6 * (1 + previewing.ALTERED)
    assert "<b>sea</b><br>shown once" in drawn(seen)


def test_they_follow_the_settings_as_they_stand_in_the_form(home: Home, dataset: int) -> None:
    seen = opened()
    seen.number_input(key="errata:train:scratch:versions").set_value(4)
    seen.number_input(key="errata:train:scratch:drop_probability").set_value(1.0)
    seen.text_input(key="errata:train:scratch:over_represented").set_value("sea").run()
    assert "An epoch shows 18 pictures of 6 images, at most 4 of each." in said(seen)
    assert "Undersampling drops 6 of 24 versions; every image keeps one." in said(seen)
    assert "dropped</figcaption>" in drawn(seen)


def test_others_shows_other_pictures(home: Home, dataset: int) -> None:
    seen = opened()
    before = drawn(seen)
    assert drawn(press(seen, "Others")) != before


def test_unchanged_settings_are_not_counted_twice(
    home: Home, dataset: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = previewing.epoch

    def counted(*words: object) -> previewing.EpochPreview:
        asked.append(1)
        return real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(previewing, "epoch", counted)
    press(opened().run(), "Others")
    assert len(asked) == 1


def test_a_label_that_is_not_there_is_a_sentence(home: Home, dataset: int) -> None:
    seen = opened()
    seen.text_input(key="errata:train:scratch:over_represented").set_value("dog").run()
    seen.number_input(key="errata:train:scratch:versions").set_value(2).run()
    assert "The over-represented label 'dog' is none of the data set's 3 labels" in said(seen)


def test_missing_pixels_are_a_sentence_beside_the_counts(home: Home) -> None:
    add_set(home, "small")
    seen = opened()
    assert "An epoch shows 6 pictures" in said(seen)
    assert "pixels.npy is missing" in said(seen)


def test_a_name_of_a_label_is_text(home: Home) -> None:
    found = previewing.Example(0, ("<b>x</b>",), 1, 1, (b"",), frozenset())
    assert "<b>x" not in epoch._row(found, PRESETS["scratch"]).removeprefix("<b>").replace("<b>&lt;", "")
    assert "&lt;b&gt;x" in epoch._row(found, PRESETS["scratch"])
    assert datasets.listing(home.store) == []
