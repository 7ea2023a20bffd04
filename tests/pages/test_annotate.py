"""The annotate page: training suspects with a reason, or any image."""

from core.actor import Actor
from core.services import labels
from db import datasets
from db.terms import Part
from tests.conftest import Home
from tests.pages.errors_sets import analyse, gallery_data, open_page, said
from tests.pages.sets import add_run, add_set


def test_without_a_run_all_images_are_shown_and_the_page_says_what_suspects_need(home: Home) -> None:
    assert "nothing to annotate" in said(open_page("annotate"))
    dataset = add_set(home, "scenes")
    assert gallery_data(open_page("annotate"))["query"]["dataset"] == dataset
    assert "train a run first" in said(open_page("annotate", view="suspects"))


def test_the_queue_asks_for_training_suspects_of_the_run(home: Home) -> None:
    dataset = add_set(home, "scenes")
    run = add_run(home, dataset)
    analyse(home, run, dataset, Part.TRAIN)
    data = gallery_data(open_page("annotate", run=run, label=1))
    assert data["source"] == "items"
    assert data["query"] == {"run": run, "part": "train", "label": "1", "reviewed": "0"}
    assert (data["total"], data["convincing"]) == (4, 2)


def test_any_label_of_any_image_can_be_looked_at(home: Home) -> None:
    dataset = add_set(home, "scenes")
    data = gallery_data(
        open_page("annotate", dataset=dataset, view="all", label=3, state="present", part="val")
    )
    assert data["source"] == "browse"
    assert data["query"] == {"dataset": dataset, "label": "3", "state": "present", "part": "val"}


def test_labels_come_with_their_keys(home: Home) -> None:
    dataset = add_set(home, "scenes")
    data = gallery_data(open_page("annotate", dataset=dataset, view="all"))
    assert [(label["name"], label["key"]) for label in data["labels"]] == [
        ("sea", "s"),
        ("sky", "s"),
        ("tree", "t"),
    ]


def test_labels_come_with_what_they_mean(home: Home) -> None:
    dataset = add_set(home, "scenes")
    folder = datasets.get(home.store, dataset).folder
    labels.describe(home.store, Actor("Bob"), dataset, 2, description="Open air.", examples=[4])
    labels.imply(home.store, Actor("Bob"), dataset, 2, [1])
    sky = gallery_data(open_page("annotate", dataset=dataset, view="all"))["labels"][1]
    assert (sky["description"], sky["implies"]) == ("Open air.", ["sea"])
    assert sky["examples"] == [f"/errata/thumbnail/{dataset}/{folder}/4"]
