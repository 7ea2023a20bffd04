"""The page of labels: the table's data, every dialog with its numbers, and implications with their mending."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from core.actor import Actor
from core.services import labels
from db import corrections, datasets, revisions
from db.records import CellChange, CellValue, Image, Label
from db.terms import LabelState, Part
from pages.ui import state
from tests.conftest import Home
from tests.pages.errors_sets import button, open_page, said
from tests.pages.sets import add_run, add_set
from tests.small import small_dataset

SEA, SKY, TREE = 1, 2, 3
BOB = Actor("Bob")
ABSENT, PRESENT = CellValue(LabelState.ABSENT), CellValue(LabelState.PRESENT)


def table_data(seen: AppTest) -> dict[str, object]:
    found = [one.proto for one in seen.get("bidi_component") if one.proto.component_name == "errata_labels"]
    assert len(found) == 1
    return json.loads(found[0].json)


def open_dialog(what: str, label_id: int, name: str = "Cleo") -> AppTest:
    """The dialog of an action, opened by its address, with somebody who acts."""
    seen = open_page("labels", do=what, label=label_id)
    field(seen, "Your name").set_value(name).run()
    return seen


def field(seen: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(one for one in (*seen.text_input, *seen.text_area) if one.label.startswith(label))


def names(home: Home) -> list[str]:
    return [one.name for one in datasets.labels(home.store, 1)]


def label(home: Home, label_id: int) -> Label:
    return next(one for one in datasets.every_label(home.store, 1) if one.id == label_id)


def put(home: Home, row: int, label_id: int, value: CellValue) -> None:
    (now,) = revisions.values(home.store, 1, [(row, label_id)])
    change = CellChange(row, label_id, now.value, value)
    corrections.apply(home.store, 1, [change], author="Ada", client_id=f"put-{row}-{label_id}")


def test_without_a_data_set_the_page_says_so(home: Home) -> None:
    assert "no labels" in said(open_page("labels"))


def test_the_table_has_every_label_with_its_counts(home: Home) -> None:
    add_set(home, "scenes")
    labels.describe(home.store, BOB, 1, SKY, description="Open air.", examples=[4])
    labels.imply(home.store, BOB, 1, SKY, [SEA])
    put(home, 3, SKY, CellValue(LabelState.UNKNOWN, True))
    data = table_data(open_page("labels"))
    sky = data["labels"][1]  # type: ignore[index]
    assert sky == {
        "id": SKY,
        "position": 1,
        "name": "sky",
        "key": "s",
        "present": 3,
        "verified": 1,
        "unknown": 1,
        "description": "Open air.",
        "examples": [4],
        "implies": ["sea"],
    }
    assert data["gallery"] == "/annotate?dataset=1&view=all"


def test_a_rename_is_done_told_and_undone(home: Home) -> None:
    add_set(home, "scenes")
    seen = open_dialog("rename", SKY)
    field(seen, "Name").set_value("heaven")
    button(seen, "Rename").click().run()
    assert names(home) == ["sea", "heaven", "tree"]
    assert "Renamed “sky” to “heaven”." in said(seen)
    assert revisions.history(home.store, 1)[0].author == "Cleo"
    button(seen, "Undo").click().run()
    assert names(home) == ["sea", "sky", "tree"]
    assert "all is as it was before" in said(seen)


def test_a_taken_name_is_refused_in_the_dialog(home: Home) -> None:
    add_set(home, "scenes")
    seen = open_dialog("rename", SKY)
    field(seen, "Name").set_value("sea")
    button(seen, "Rename").click().run()
    assert "already a label “sea”" in said(seen)
    assert names(home) == ["sea", "sky", "tree"]


def test_nothing_can_be_saved_by_nobody(home: Home) -> None:
    add_set(home, "scenes")
    seen = open_page("labels", do="remove", label=SKY)
    assert button(seen, "Remove it").disabled


def test_a_key_of_the_gallery_is_refused_and_another_labels_taken_only_when_asked(home: Home) -> None:
    add_set(home, "scenes")
    seen = open_dialog("key", SKY)
    field(seen, "Key of").set_value("n")
    button(seen, "Save").click().run()
    assert "gallery's own: it goes to the next picture" in said(seen)
    field(seen, "Key of").set_value("t")
    button(seen, "Save").click().run()
    assert (label(home, SKY).key, label(home, TREE).key) == ("s", "t")
    next(one for one in seen.checkbox if "tree" in one.label).check()
    button(seen, "Save").click().run()
    assert (label(home, SKY).key, label(home, TREE).key) == ("t", "")


def test_a_label_is_described_with_examples(home: Home) -> None:
    add_set(home, "scenes")
    seen = open_dialog("describe", SKY)
    field(seen, "What does").set_value("Open air.").run()
    next(one for one in seen.checkbox if one.label == "image 4").check().run()
    button(seen, "Save").click().run()
    assert (label(home, SKY).description, label(home, SKY).examples) == ("Open air.", (4,))


def test_examples_that_were_ticked_stay_when_others_are_drawn(home: Home) -> None:
    add_set(home, "scenes")
    seen = open_dialog("describe", SKY)
    next(one for one in seen.checkbox if one.label == "image 4").check().run()
    button(seen, "Other pictures").click().run()
    assert next(one for one in seen.checkbox if one.label == "image 4").value
    button(seen, "Save").click().run()
    assert label(home, SKY).examples == (4,)


def test_a_merge_says_its_numbers_before(home: Home) -> None:
    add_set(home, "scenes")
    put(home, 3, SKY, PRESENT)
    seen = open_dialog("merge", SKY)
    seen.selectbox(key=state.key("labels", f"into:{SKY}")).set_value(SEA).run()
    text = said(seen)
    assert "**7 images** will have “sea”: 4 have it now, and 3 have only “sky”." in text
    assert "1 image has both." in text
    assert "On **6 images** one is present and the other absent" in text
    assert names(home) == ["sea", "sky", "tree"]
    button(seen, "Merge them").click().run()
    assert names(home) == ["sea", "tree"]
    assert "Merged “sky” into “sea”: 3 images." in said(seen)


def test_a_split_leads_to_the_images_to_look_at(home: Home) -> None:
    add_set(home, "scenes")
    seen = open_dialog("split", SEA)
    field(seen, "New label").set_value('"bay"')
    assert "**unknown on the 4 images** that have “sea”" in said(seen)
    assert "**absent on 6 images** without “sea”" in said(seen)
    button(seen, "Split it off").click().run()
    assert label(home, 4).implies == (SEA,)
    link = next(one.proto for one in seen.get("page_link") if "Look at the 4 images" in one.proto.label)
    assert "label=1" in link.query_string
    assert "search=sea+%26+%3F%22%5C%22bay%5C%22%22" in link.query_string


@pytest.mark.parametrize("begins", [LabelState.UNKNOWN, LabelState.ABSENT])
def test_a_new_label_begins_as_its_author_says(home: Home, begins: LabelState) -> None:
    add_set(home, "scenes")
    seen = open_dialog("add", 0)
    field(seen, "Name").set_value("snow")
    next(one for one in seen.radio if one.label.startswith("To begin")).set_value(begins)
    button(seen, "Add it").click().run()
    assert names(home)[-1] == "snow"
    assert label(home, 4).default_state is begins
    assert "Added “snow”." in said(seen)


@pytest.mark.parametrize(("what", "says"), [("add", "Add it"), ("split", "Split it off")])
def test_a_label_without_a_name_is_asked_for_one(home: Home, what: str, says: str) -> None:
    add_set(home, "scenes")
    seen = open_dialog(what, SKY)
    button(seen, says).click().run()
    assert "Write a name first." in said(seen)
    assert names(home) == ["sea", "sky", "tree"]


def test_a_removal_says_what_goes_and_comes_back(home: Home) -> None:
    add_set(home, "scenes")
    add_run(home, 1)
    labels.imply(home.store, BOB, 1, TREE, [SKY])
    seen = open_dialog("remove", SKY)
    text = said(seen)
    assert "**3 images** have “sky”, and 0 cells" in text
    assert "1 run learned it and keeps it." in text
    assert "“tree” no longer implies it." in text
    button(seen, "Remove it").click().run()
    assert names(home) == ["sea", "tree"]
    button(seen, "Undo").click().run()
    assert names(home) == ["sea", "sky", "tree"]


def test_violations_are_listed_and_mended(home: Home) -> None:
    add_set(home, "scenes")
    labels.imply(home.store, BOB, 1, SEA, [SKY])
    seen = open_page("labels")
    assert "**“sea” implies “sky”**: on 4 images “sky” is absent." in said(seen)
    assert button(seen, "Set “sky” present on 4 images").disabled
    field(seen, "Your name").set_value("Cleo").run()
    link = next(one.proto for one in seen.get("page_link") if one.proto.label.startswith("Look at each"))
    assert "search=sea+%26+%21sky" in link.query_string
    button(seen, "Set “sky” present on 4 images").click().run()
    assert "The implication that is declared holds on every image." in said(seen)
    assert "Corrected 4 labels: sky: absent → present." in said(seen)


def test_an_implication_is_chosen_and_a_cycle_refused(home: Home) -> None:
    add_set(home, "scenes")
    labels.imply(home.store, BOB, 1, SKY, [SEA])
    seen = open_dialog("imply", SEA)
    seen.multiselect[0].set_value([SKY]).run()
    button(seen, "Save").click().run()
    assert "they are the same label: merge them instead" in said(seen)
    seen.multiselect[0].set_value([TREE]).run()
    button(seen, "Save").click().run()
    assert label(home, SEA).implies == (TREE,)


def test_labels_that_imply_each_other_are_offered_for_merging(home: Home) -> None:
    add_set(home, "scenes")
    _, pond = labels.add(home.store, BOB, 1, "pond", default_state=LabelState.ABSENT)
    labels.imply(home.store, BOB, 1, SEA, [SKY])
    labels.imply(home.store, BOB, 1, pond, [SEA])
    labels.merge(home.store, BOB, 1, SKY, pond)
    seen = open_page("labels")
    assert "“sea” and “pond” imply each other" in said(seen)
    button(seen, "Merge…").click().run()
    assert any(one.label == "Merge “pond” into" for one in seen.selectbox)


def test_what_the_data_suggest_can_be_declared(home: Home) -> None:
    images = [Image(0, row, f"{row}.jpg", Part.TRAIN, f"{row:064x}", 8, 8, 100) for row in range(100)]
    cells = [(row, at, LabelState.PRESENT, False) for at, size in ((0, 30), (1, 60)) for row in range(size)]
    small_dataset(home.store, labels=[("female", "f"), ("people", "p")], images=images, cells=cells)
    seen = open_page("labels")
    assert "“female” implies “people”: 30 of its images have it, 100.0 %." in said(seen)
    field(seen, "Your name").set_value("Cleo").run()
    button(seen, "Declare it").click().run()
    assert label(home, 1).implies == (2,)


def test_two_hundred_labels_are_one_table(home: Home) -> None:
    small_dataset(home.store, labels=[(f"label {at}", "") for at in range(200)])
    assert len(table_data(open_page("labels"))["labels"]) == 200  # type: ignore[arg-type]


def test_names_of_people_are_no_markup(home: Home) -> None:
    add_set(home, "scenes")
    labels.rename(home.store, BOB, 1, SKY, "**<b>sky</b>**")
    seen = open_page("labels", do="remove", label=SKY)
    bold = [str(one.value) for one in seen.markdown if "sky" in str(one.value)]
    assert bold
    assert all("\\*\\*\\<b\\>" in text for text in bold)
