"""The shell of the pages: sections, and the data set and run that follow the reader."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import Home
from tests.pages.sets import add_run, add_set

APP = Path(__file__).resolve().parents[2] / "app.py"


def opened(**address: str) -> AppTest:
    """The app as somebody sees it who opens it at this address."""
    seen = AppTest.from_file(APP, default_timeout=30)
    for name, value in address.items():
        seen.query_params[name] = value
    return seen.run()


def picked(seen: AppTest) -> tuple[object, object]:
    """What the two pickers at the top show."""
    boxes = {box.label: box.value for box in seen.selectbox}
    return boxes["Data set"], boxes["Run"]


def test_an_empty_home_opens_without_trouble(home: Home) -> None:
    seen = opened()
    assert not seen.exception
    assert seen.title[0].value == "Overview"
    assert picked(seen) == (None, None)


@pytest.mark.parametrize("page", ["data", "train", "errors", "compare", "annotate", "history", "predict"])
def test_every_page_says_its_name_and_its_question_before_there_is_data(home: Home, page: str) -> None:
    seen = opened()
    seen.switch_page(f"pages/{page}.py").run()
    assert not seen.exception
    assert seen.title[0].value == page.capitalize()
    assert seen.caption[0].value.endswith("?")


def test_the_address_chooses_data_set_and_run(home: Home) -> None:
    first, _ = add_set(home, "first"), add_set(home, "second")
    older, _ = add_run(home, first), add_run(home, first)
    seen = opened(dataset=str(first), run=str(older))
    assert picked(seen) == (first, older)


def test_a_link_with_a_run_alone_finds_its_data_set(home: Home) -> None:
    first, _ = add_set(home, "first"), add_set(home, "second")
    run = add_run(home, first)
    assert picked(opened(run=str(run))) == (first, run)


def test_a_link_to_a_deleted_run_opens_what_there_is(home: Home) -> None:
    only = add_set(home, "only")
    run = add_run(home, only)
    seen = opened(run="999")
    assert not seen.exception
    assert picked(seen) == (only, run)
    assert str(run) in seen.query_params["run"]


@pytest.mark.parametrize("more", [{}, {"run": "1"}])
@pytest.mark.parametrize(
    "page", ["overview", "data", "train", "errors", "compare", "annotate", "history", "predict"]
)
def test_a_link_to_a_deleted_data_set_says_so_on_every_page(
    home: Home, page: str, more: dict[str, str]
) -> None:
    only = add_set(home, "only")
    add_run(home, only)
    seen = opened()
    seen.query_params["dataset"] = "9999"
    for name, value in more.items():
        seen.query_params[name] = value
    seen.switch_page(f"pages/{page}.py").run()
    assert not seen.exception
    assert "There is no data set 9999 (any more)" in seen.toast[0].value
    assert picked(seen)[0] == only


@pytest.mark.parametrize("nonsense", ["-1", "1; drop table run", "²", "1e99"])
def test_nonsense_in_the_address_is_passed_over(home: Home, nonsense: str) -> None:
    only = add_set(home, "only")
    seen = opened(dataset=nonsense, run=nonsense)
    assert not seen.exception
    assert picked(seen) == (only, None)


@pytest.mark.parametrize("number", ["2147483648", "9" * 30])
def test_a_number_that_no_run_can_have_is_passed_over(home: Home, number: str) -> None:
    only = add_set(home, "only")
    run = add_run(home, only)
    seen = opened(run=number)
    assert not seen.exception
    assert picked(seen) == (only, run)
    assert not seen.toast


def test_the_choice_follows_to_the_next_page(home: Home) -> None:
    first, _ = add_set(home, "first"), add_set(home, "second")
    run = add_run(home, first)
    seen = opened()
    seen.selectbox(key="errata:header:dataset").select(first).run()
    assert picked(seen) == (first, run)
    seen.query_params.clear()  # as a click in the sidebar does
    seen.switch_page("pages/train.py").run()
    assert picked(seen) == (first, run)
    assert str(first) in seen.query_params["dataset"]


@pytest.mark.parametrize(
    ("page", "asked", "stays"),
    [
        (
            "annotate",
            {"view": "all", "search": "sea", "kind": "FP", "part": "val"},
            {"view", "search", "part"},
        ),
        ("annotate", {"search": "sea", "kind": "FP"}, {"kind"}),
        ("data", {"view": "trouble", "kind": "dark", "search": "sea"}, {"view", "kind"}),
        ("data", {"view": "split", "kind": "dark", "reviewed": "all"}, {"view"}),
        ("data", {"view": "all", "search": "sea"}, set()),
        ("errors", {"view": "all", "search": "7", "min": "20"}, {"search", "min"}),
        ("history", {"author": "Ada", "cause": "mislabel"}, {"author"}),
        ("overview", {"view": "trouble", "label": "1"}, set()),
    ],
)
def test_words_of_another_page_or_view_leave_the_address(
    home: Home, page: str, asked: dict[str, str], stays: set[str]
) -> None:
    add_run(home, add_set(home, "only"))
    seen = opened()
    seen.switch_page(f"pages/{page}.py")
    for name, value in asked.items():
        seen.query_params[name] = value
    seen.run()
    assert not seen.exception
    assert set(seen.query_params) == {"dataset", "run"} | stays


def test_another_data_set_is_not_asked_for_a_label_of_this_one(home: Home) -> None:
    first, _ = add_set(home, "first"), add_set(home, "second")
    seen = opened()
    seen.switch_page("pages/annotate.py")
    for name, value in {"view": "all", "label": "5", "state": "present", "part": "val"}.items():
        seen.query_params[name] = value
    seen.run()
    seen.selectbox(key="errata:header:dataset").select(first).run()
    assert set(seen.query_params) == {"dataset", "view", "part"}


def test_a_name_with_markup_is_shown_as_it_is(home: Home) -> None:
    name = "<b>**bold**</b> :material/home:"
    only = add_set(home, name)
    seen = opened()
    assert not seen.exception
    assert picked(seen) == (only, None)
    assert name in seen.selectbox(key="errata:header:dataset").options
