"""The predict page: a picture dropped, probabilities with their thresholds, and where the model looked."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import ErrataError
from core.services import predict
from core.services.predict import Prediction
from db import datasets
from db.records import Label
from db.terms import JobState
from pages.ui.predicting import picture
from pages.ui.predicting.view import as_csv
from tests.conftest import Home
from tests.pages.sets import _jpeg, add_run, add_set
from tests.pages.test_train import APP, press, said

LABELS = [Label(i, 1, i, name, "") for i, name in enumerate(("sea", "<i>sky</i>", "tree"))]
ANSWER = Prediction((0.2, 0.9, 0.55), (False, True, False))


class Asked:
    """Stands for the process that holds the model: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.warmed: list[int] = []
        self.questions: list[tuple[list[str], int | None]] = []
        self.fails = ""

    def warm_up(self, store: object, settings: object, actor: object, run_id: int) -> None:
        self.warmed.append(run_id)

    def predict(
        self, store: object, settings: object, actor: object, run_id: int, images: Sequence[bytes],
        *, names: Sequence[str], where: int | None = None,
    ) -> list[Prediction]:  # fmt: skip
        if self.fails:
            raise ErrataError(self.fails)
        self.questions.append((list(names), where))
        heat = None if where is None else np.array([[1.0, -0.5], [0.0, 0.2]], np.float32)
        return [
            Prediction((), (), None, f"{name}: The file is empty.")
            if not data
            else Prediction(ANSWER.probabilities, ANSWER.predicted, heat)
            for name, data in zip(names, images, strict=True)
        ]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked = Asked()
    monkeypatch.setattr(predict, "predict", asked.predict)
    monkeypatch.setattr(predict, "warm_up", asked.warm_up)
    return asked


def predict_page(**address: object) -> AppTest:
    seen = AppTest.from_file(APP, default_timeout=30).run()
    seen.switch_page("pages/predict.py")
    for name, value in address.items():
        seen.query_params[name] = str(value)
    seen.run()
    assert not seen.exception
    return seen


def shown(seen: AppTest) -> str:
    return "".join(element.proto.body for element in seen.get("html"))


def drop(seen: AppTest, *files: tuple[str, bytes]) -> AppTest:
    seen.file_uploader[0].set_value([(name, data, "image/jpeg") for name, data in files]).run()
    assert not seen.exception
    return seen


def looking(seen: AppTest) -> AppTest:
    seen.toggle(key="errata:predict:looked").set_value(True).run()
    assert not seen.exception
    return seen


def test_without_a_run_the_page_leads_to_one(home: Home, asked: Asked) -> None:
    add_set(home, "small")
    assert "A trained run is needed" in said(predict_page())


def test_an_empty_home_leads_to_the_data_at_once(home: Home, asked: Asked) -> None:
    seen = predict_page()
    assert "import a data set" in said(seen)
    assert [link.proto.label for link in seen.get("page_link")] == ["Go to Data"]


def test_a_run_that_still_trains_is_waited_for(home: Home, asked: Asked) -> None:
    add_run(home, add_set(home, "small"), JobState.QUEUED)
    assert "has no model yet" in said(predict_page())
    assert asked.warmed == []


def test_the_model_is_loaded_while_the_reader_looks_for_a_picture(home: Home, asked: Asked) -> None:
    run = add_run(home, add_set(home, "small"))
    predict_page()
    assert set(asked.warmed) == {run}


def test_a_dropped_picture_is_shown_plain_with_a_bar_a_label(home: Home, asked: Asked) -> None:
    add_run(home, add_set(home, "small"))
    seen = drop(predict_page(), ("my *sea*.jpg", _jpeg(3)))
    assert "my *sea*.jpg** · sky" in said(seen)
    assert "sky: .900, predicted from .500 on" in shown(seen)
    assert "Where the model looked" not in shown(seen)
    assert asked.questions == [(["my *sea*.jpg"], None)]


def test_where_the_model_looked_is_shown_when_asked_for(home: Home, asked: Asked) -> None:
    add_run(home, add_set(home, "small"))
    seen = looking(drop(predict_page(), ("a.jpg", _jpeg(3))))
    assert "Where the model looked for sky" in shown(seen)
    assert asked.questions[-1] == (["a.jpg"], 1)
    next(box for box in seen.selectbox if box.label == "Label").select(2).run()
    assert asked.questions[-1] == (["a.jpg"], 2)


def test_a_picture_that_cannot_be_read_is_named_and_the_others_are_answered(home: Home, asked: Asked) -> None:
    add_run(home, add_set(home, "small"))
    seen = drop(predict_page(), ("torn.jpg", b""), ("good.jpg", _jpeg(3)))
    assert "torn.jpg: The file is empty." in said(seen)
    assert "good.jpg** · sky" in said(seen)


def test_a_model_that_does_not_answer_is_a_sentence(home: Home, asked: Asked) -> None:
    add_run(home, add_set(home, "small"))
    asked.fails = "The predictor of run 1 does not answer: try again."
    assert asked.fails in said(drop(predict_page(), ("a.jpg", _jpeg(3))))


def test_a_validation_image_serves_where_no_picture_is_at_hand(home: Home, asked: Asked) -> None:
    add_run(home, add_set(home, "small"))
    seen = press(predict_page(), "Take a validation image")
    row = int(seen.query_params["row"][0])
    assert row >= 6
    assert asked.questions[-1][0] == [f"image {row}"]  # its file is gone: the thumbnail stands in


def test_an_address_with_an_image_that_is_not_there_is_a_sentence(home: Home, asked: Asked) -> None:
    add_run(home, add_set(home, "small"))
    assert "There is no image number 99" in said(predict_page(row=99))


def test_bars_are_sorted_and_label_names_are_text() -> None:
    drawn = picture.bars(LABELS, ANSWER, [0.5, 0.5, 0.6])
    assert "<i>sky" not in drawn
    assert drawn.index("sky") < drawn.index("tree") < drawn.index("sea")
    assert "left:calc(60.0% - 1px)" in drawn
    assert "threshold: a label whose bar reaches it is predicted" in drawn


def test_bars_have_no_colour_of_the_heat_map() -> None:
    heat = {"#e69f00", "#0072b2"}  # speaks for, speaks against
    assert heat.isdisjoint(re.findall("#[0-9a-f]{6}", picture._STYLE.lower()))


def test_of_many_labels_the_predicted_ones_are_never_hidden() -> None:
    many = [Label(i, 1, i, f"label {i:03}", "") for i in range(60)]
    chances = tuple(1 - i / 100 for i in range(60))
    drawn = picture.bars(many, Prediction(chances, tuple(c > 0.6 for c in chances)), [0.6] * 60)
    assert ("label 039" in drawn, "label 040" in drawn) == (True, False)
    assert "20 labels below these" in drawn


def test_the_overlay_is_orange_for_and_blue_against() -> None:
    drawn = np.asarray(picture.overlay(np.array([[1.0, -0.5]], np.float32)))
    left, right = drawn[80, 5], drawn[80, -5]
    assert (tuple(left[:3]), tuple(right[:3])) == ((230, 159, 0), (0, 114, 178))
    assert left[3] > right[3] > 0
    assert np.asarray(picture.overlay(np.zeros((2, 2), np.float32)))[..., 3].max() == 0


def test_the_table_to_keep_is_the_command_lines() -> None:
    lines = as_csv([("a, b.jpg", ANSWER)], LABELS).splitlines()
    assert lines[0] == "image,label,probability,predicted"
    assert lines[2] == '"a, b.jpg",<i>sky</i>,0.9000,1'
    assert len(lines) == 4


def test_a_label_of_the_set_is_explained_by_position(home: Home, asked: Asked) -> None:
    dataset = add_set(home, "small")
    add_run(home, dataset)
    looking(drop(predict_page(), ("a.jpg", _jpeg(3))))
    assert [label.position for label in datasets.labels(home.store, dataset)] == [0, 1, 2]
    assert asked.questions[-1][1] == 1
