"""The search bar: what is found and counted, how a mistake is shown, and the ways that lead to it."""

from tests.conftest import Home
from tests.pages.errors_sets import gallery_data, open_page, said
from tests.pages.sets import add_run, add_set


def options(seen, label: str) -> list[str]:  # type: ignore[no-untyped-def]
    return next(box for box in seen.selectbox if box.label == label).options


def test_a_link_to_a_search_shows_what_it_means_and_how_much_of_it_there_is(home: Home) -> None:
    dataset = add_set(home, "scenes")
    seen = open_page("annotate", dataset=dataset, view="all", search="sea | sky")
    data = gallery_data(seen)
    assert data["query"] == {"dataset": dataset, "search": "sea | sky"}
    assert data["total"] == 7
    assert options(seen, "Label") == ["any label", "sea · 4", "sky · 3", "tree · 0"]
    assert options(seen, "Part") == ["any part", "training · 4", "validation · 3", "test · 0"]


def test_the_boxes_count_what_they_would_leave(home: Home) -> None:
    dataset = add_set(home, "scenes")
    seen = open_page("annotate", dataset=dataset, view="all", search="!tree", label=1, state="present")
    assert gallery_data(seen)["total"] == 4
    assert options(seen, "Part")[1:3] == ["training · 2", "validation · 2"]
    assert options(seen, "State") == ["any state · 7", "✓ present · 4", "– absent · 3", "? unknown · 0"]


def test_a_mistake_is_told_at_its_place_and_takes_no_filter_away(home: Home) -> None:
    dataset = add_set(home, "scenes")
    seen = open_page("annotate", dataset=dataset, view="all", search="sea & trees", part="val")
    assert "There is no label “trees”: did you mean tree?" in said(seen)
    assert "sea & **`trees`**" in said(seen)
    assert "Below is what the filters find." in said(seen)
    assert options(seen, "Label") == ["any label", "sea · 2", "sky · 1", "tree · 1"]
    assert gallery_data(seen)["query"] == {"dataset": dataset, "part": "val"}


def test_beside_a_mistake_the_last_search_that_could_be_read_stays(home: Home) -> None:
    dataset = add_set(home, "scenes")
    seen = open_page("annotate", dataset=dataset, view="all", search="sea | sky", part="val")
    field = next(one for one in seen.text_input if one.label == "Search")
    field.set_value("sea | sky &").run()
    assert "Below is what the last search that could be read finds: sea | sky." in said(seen)
    assert options(seen, "Part")[1:3] == ["training · 4", "validation · 3"]
    data = gallery_data(seen)
    assert (data["query"], data["total"]) == ({"dataset": dataset, "search": "sea | sky", "part": "val"}, 3)
    next(one for one in seen.text_input if one.label == "Search").set_value("sky").run()
    assert gallery_data(seen)["query"]["search"] == "sky"  # type: ignore[index]
    assert "Below is" not in said(seen)


def test_a_search_that_asks_a_model_names_the_run(home: Home) -> None:
    dataset = add_set(home, "scenes")
    assert "needs a run" in said(open_page("annotate", dataset=dataset, view="all", search="predicted:sea"))
    run = add_run(home, dataset)
    seen = open_page("annotate", dataset=dataset, run=run, view="all", search="sky")
    assert "run" not in gallery_data(seen)["query"]  # type: ignore[operator]


def test_a_file_that_is_called_like_a_question_to_a_model_asks_none(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    seen = open_page("annotate", dataset=dataset, run=run, view="all", search='!"predicted score"')
    assert "run" not in gallery_data(seen)["query"]  # type: ignore[operator]


def test_the_search_bar_of_the_data_page_leads_to_the_pictures_or_says_what_is_wrong(home: Home) -> None:
    add_set(home, "scenes")
    seen = open_page("data")
    field = next(one for one in seen.text_input if one.label == "Search")
    field.set_value("sea &").run()
    assert "After “sea &” a label is missing." in said(seen)
    field = next(one for one in seen.text_input if one.label == "Search")
    field.set_value("sea & !sky").run()
    assert not seen.exception
    assert gallery_data(seen)["query"]["search"] == "sea & !sky"  # type: ignore[index]
