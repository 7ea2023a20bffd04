"""The page of labels in a browser: one click opens each action, and what is said is seen while annotating."""

import pytest
from playwright.sync_api import Page, expect

from core.actor import Actor
from core.services import labels
from db import datasets
from tests.browser.acting import choose, settled
from tests.browser.conftest import Served
from tests.conftest import Home
from tests.pages.sets import add_set
from tests.small import small_dataset

SKY = 2


@pytest.fixture(scope="module")
def scenes(errata: Served) -> int:
    """Ten images; image i carries label i % 3 of sea, sky, tree."""
    return add_set(Home(errata.settings, errata.store), "scenes")


def names(errata: Served, dataset_id: int) -> list[str]:
    return [label.name for label in datasets.labels(errata.store, dataset_id)]


def test_a_label_is_described_from_the_table_and_the_sentence_shown_while_annotating(
    errata: Served, scenes: int, page: Page
) -> None:
    page.goto(f"{errata.url}/labels?dataset={scenes}")
    page.get_by_role("button", name="Describe: sky").click()
    dialog = page.get_by_role("dialog")
    name = dialog.get_by_role("textbox", name="Your name")
    name.fill("Cleo")
    name.press("Enter")
    settled(page)
    sentence = dialog.get_by_label("What does “sky” mean?")
    sentence.fill("Open air.")
    sentence.press("Control+Enter")
    dialog.get_by_text("image 4", exact=True).click()
    settled(page)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Described “sky”.")).to_be_visible()
    assert datasets.labels(errata.store, scenes)[1].examples == (4,)

    page.goto(f"{errata.url}/annotate?dataset={scenes}&view=all")
    chip = page.get_by_role("button", name="sky: ")
    chip.hover()
    card = page.locator(".meaning")
    expect(card).to_contain_text("Open air.")
    assert card.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    page.locator(".grid").focus()
    page.keyboard.press("?")
    expect(page.locator(".meanings")).to_contain_text("Open air.")


def test_two_labels_are_merged_by_two_clicks_and_one_undo_brings_both_back(
    errata: Served, scenes: int, page: Page
) -> None:
    page.context.add_cookies([{"name": "errata_author", "value": "Cleo", "url": errata.url}])
    page.goto(f"{errata.url}/labels?dataset={scenes}")
    page.get_by_role("button", name="Make one label of two: sky").click()
    choose(page, "Merge “sky” into", "sea")
    expect(page.get_by_text("will have “sea”")).to_be_visible()
    page.get_by_role("button", name="Merge them").click()
    expect(page.get_by_text("Merged “sky” into “sea”")).to_be_visible()
    expect(page.get_by_role("button", name="Rename: sky")).to_have_count(0)
    assert names(errata, scenes) == ["sea", "tree"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Rename: sky")).to_be_visible()
    assert names(errata, scenes) == ["sea", "sky", "tree"]


def test_a_label_is_renamed_by_the_keyboard_alone(errata: Served, scenes: int, page: Page) -> None:
    page.goto(f"{errata.url}/labels?dataset={scenes}")
    page.get_by_role("button", name="Rename: tree").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox", name="Your name")).to_be_focused()
    page.keyboard.type("Cleo")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    page.keyboard.type("forest")  # in place of the old name
    page.keyboard.press("Enter")
    expect(page.get_by_text("Renamed “tree” to “forest”.")).to_be_visible()
    assert "forest" in names(errata, scenes)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Rename: tree")).to_be_visible()
    page.get_by_role("button", name="Add a label").click()
    expect(dialog.get_by_role("textbox", name="Name", exact=True)).to_be_focused()


def test_the_images_that_break_an_implication_can_be_looked_at(
    errata: Served, scenes: int, page: Page
) -> None:
    labels.imply(errata.store, Actor("Ada"), scenes, SKY, [1])
    page.goto(f"{errata.url}/labels?dataset={scenes}")
    page.get_by_role("link", name="Look at each →").click()
    expect(page.locator(".toolbar .title")).to_contain_text("3 pictures")


def test_a_label_of_two_hundred_is_found_by_typing(errata: Served, page: Page) -> None:
    many = small_dataset(
        errata.store,
        name="many",
        folder="many",
        labels=[(f"label {at}", "") for at in range(200)],
        client_id="many",
    )
    page.goto(f"{errata.url}/labels?dataset={many.id}")
    expect(page.get_by_text("200 labels", exact=True)).to_be_visible()
    page.get_by_role("searchbox", name="Find a label").fill("label 14")  # 14, 114, 140 to 149
    expect(page.get_by_text("12 of 200 labels")).to_be_visible()
    page.get_by_role("button", name="Rename: label 142").click()
    expect(page.get_by_role("dialog").get_by_label("Name", exact=True)).to_have_value("label 142")
