"""The gallery under the hands: all in sight that a decision needs, every key as the map says, a way out of faults."""

import csv
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.actor import NOBODY
from core.services import datasets, runs
from db import revisions
from db.terms import LabelState
from tests.browser import acting
from tests.browser.acting import Gallery
from tests.browser.conftest import Served

LABELS = (  # the report's fourteen
    *("baby", "bird", "car", "clouds", "dog", "female", "flower"),
    *("male", "night", "people", "portrait", "river", "sea", "tree"),
)
IMAGES = 80
IN_SIGHT = """() => {
    const root = document.querySelector('[data-testid=stMain]'), inspector = root.querySelector('.inspector') ??
        [...root.querySelectorAll('*')].map((e) => e.shadowRoot?.querySelector('.inspector')).find(Boolean);
    const gallery = inspector.closest('.gallery'), grid = gallery.querySelector('.grid').getBoundingClientRect();
    const facts = inspector.querySelector('.scroll'), floor = facts.getBoundingClientRect().bottom;
    const box = (node) => node.getBoundingClientRect();
    const whole = (node) => box(node).top >= grid.top && box(node).bottom <= grid.bottom;
    return {
        hidden: Math.max(0, facts.scrollHeight - facts.clientHeight),
        labels: [...inspector.querySelectorAll('.label')].filter((one) => box(one).bottom <= floor).length,
        pictures: [...gallery.querySelectorAll('.tile')].filter(whole).length,
        foot: box(inspector.querySelector('.decide')).bottom <= window.innerHeight,
    };
}"""
# The longest evidence that the analysis of the demo set wrote, and a cause beside it that comes second.
LONG_EVIDENCE = (
    "Only 1 similar training image carries “people”, where a recognised one usually has 10. Of the 20 images "
    "with “people” most like it, 1 is from training; about 15 would be usual. And a word more."
)


@pytest.fixture(scope="module")
def drawn(errata: Served, tmp_path_factory: pytest.TempPathFactory) -> int:
    """A run on noise with fourteen labels: errors without end."""
    folder = tmp_path_factory.mktemp("noise")
    chance = np.random.default_rng(5)
    with (folder / "labels.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["filename", *LABELS])
        for number in range(IMAGES):
            pixels = chance.integers(0, 255, (32, 48, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{number:02}.png")
            table.writerow([f"{number:02}.png", *chance.integers(0, 2, len(LABELS))])
    errata.cli("import", str(folder), "--name", "noise", "--split", "train=.5,val=.5")
    quick = ("epochs=1", "side_px=32", "width=8", "batch=8", "threads=1")
    number = int(errata.cli("train", "--dataset", "1", "--preset", "demo", "--set", *quick, "--wait"))
    errata.cli("analyse", str(number))
    return number


def opened(errata: Served, page: Page, run: int, *, author: str = "Ada") -> Gallery:
    """The errors of the run, seen by somebody whose name the browser knows (or not)."""
    if author:
        page.context.add_cookies([{"name": "errata_author", "value": author, "url": errata.url}])
    return acting.open_errors(page, errata, runs.get(errata.store, NOBODY, run))


def revision(errata: Served) -> int:
    """The revision of the labels, which every saved change moves."""
    return datasets.get(errata.store, NOBODY, 1).revision


@pytest.mark.parametrize("width", [1440, 900])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_that_a_decision_needs_is_in_sight(
    errata: Served, drawn: int, page: Page, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    gallery = opened(errata, page, drawn)
    expect(gallery.inspector.locator(".strip img").first).to_be_visible()
    gallery.inspector.locator(".evidence").evaluate(
        "(node, text) => { node.textContent = text; }", LONG_EVIDENCE
    )
    seen = page.evaluate(IN_SIGHT)
    assert (seen["hidden"], seen["labels"], seen["foot"]) == (0, len(LABELS), True), seen
    assert seen["pictures"] >= (24 if width == 1440 else 6)


def test_the_picture_gives_way_where_more_is_said_than_usual(errata: Served, drawn: int, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    gallery = opened(errata, page, drawn)
    expect(gallery.inspector.locator(".strip img").first).to_be_visible()
    evidence = gallery.inspector.locator(".evidence")
    evidence.evaluate("(node, text) => { node.textContent = text; }", LONG_EVIDENCE)
    picture = gallery.inspector.locator(".stage")
    height = picture.bounding_box()["height"]  # type: ignore[index]
    evidence.evaluate("(node, text) => { node.textContent = text; }", f"{LONG_EVIDENCE} {LONG_EVIDENCE[:70]}")
    seen = page.evaluate(IN_SIGHT)
    assert (seen["hidden"], seen["labels"]) == (0, len(LABELS)), seen
    assert picture.bounding_box()["height"] < height  # type: ignore[index]


def test_a_first_page_that_failed_can_be_asked_for_again(errata: Served, drawn: int, page: Page) -> None:
    page.route("**/errata/items?*", lambda route: route.abort())
    page.goto(f"{errata.url}/errors?run={drawn}")
    expect(page.get_by_text("The server does not answer.")).to_be_visible(timeout=acting.LONG_MS)
    page.unroute("**/errata/items?*")
    page.get_by_role("button", name="Try again").click()
    Gallery(page, errata, 1).ready()
    expect(page.get_by_text("The server does not answer.")).to_be_hidden()


def test_a_picture_of_another_home_is_never_taken_for_this_ones(
    errata: Served, drawn: int, page: Page
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/errata/" in request.url else None)
    gallery = opened(errata, page, drawn)
    expect(gallery.tile(0).locator("img")).to_have_attribute("src", re.compile("^blob:"))
    expect(gallery.inspector.locator("img.whole")).to_have_attribute("src", re.compile("/errata/image/"))
    folder = datasets.get(errata.store, NOBODY, 1).folder
    pictures = [url for url in asked if "/thumbnails/" in url or "/image/" in url]
    assert pictures
    assert all(f"/1/{folder}" in url for url in pictures)


def test_arrows_move_shift_selects_escape_drops(errata: Served, drawn: int, page: Page) -> None:
    gallery, number = opened(errata, page, drawn), revision(errata)
    columns = gallery.root.locator(".tile").evaluate_all(
        "(tiles) => new Set(tiles.map((tile) => tile.getBoundingClientRect().left)).size"
    )
    for key, index in (("ArrowRight", 1), ("ArrowDown", 1 + columns), ("ArrowLeft", columns), ("ArrowUp", 0)):
        gallery.press(key)
        assert gallery.cell().index == index, key
    gallery.press("Shift+ArrowRight")
    gallery.press("Shift+ArrowRight")
    expect(gallery.title).to_contain_text("3 selected")
    gallery.press("Escape")
    expect(gallery.title).not_to_contain_text("selected")
    gallery.press("Control+a")
    expect(gallery.title).to_contain_text("selected")
    gallery.press("Escape")
    assert revision(errata) == number


def test_a_label_its_shift_and_undo(errata: Served, drawn: int, page: Page) -> None:
    gallery = opened(errata, page, drawn)
    before = gallery.cell()
    other = next(label for label in gallery.labels.values() if label.id != before.label.id and label.key)
    was = gallery.stored(before.row, other)
    chip = gallery.inspector.locator(".label", has_text=other.name)
    gallery.press(other.key)
    toggled = LabelState.ABSENT if was.state is LabelState.PRESENT else LabelState.PRESENT
    gallery.all_saved()
    assert gallery.stored(before.row, other).state is toggled
    gallery.press(f"Shift+{other.key.upper()}")
    gallery.all_saved()
    assert gallery.stored(before.row, other).state is LabelState.UNKNOWN
    expect(chip).to_have_class(re.compile(r"\bunknown\b"))
    for _ in range(2):
        gallery.press("z" if all(label.key != "z" for label in gallery.labels.values()) else "Control+z")
    gallery.all_saved()
    assert gallery.stored(before.row, other) == was


def test_enter_accepts_backspace_keeps_and_digits_move_to_another_cause(
    errata: Served, drawn: int, page: Page
) -> None:
    gallery = opened(errata, page, drawn)
    kept = gallery.decide("Backspace")
    assert kept.value.verified
    assert gallery.cell().index == kept.index + 1  # auto-advance
    accepting = gallery.next_with_suggestion()
    accepted = gallery.decide("Enter")
    assert accepted.value.state is not accepting.value.state
    cause = gallery.inspector.get_by_role("combobox", name="Move to another cause")
    for digit, word in enumerate(("mislabel", "sparsity", "wrong pattern", "unknown"), 1):
        gallery.press(str(digit))
        expect(cause).to_have_value(word)


def test_the_map_of_keys_is_one_key_away_and_leaves_with_it(errata: Served, drawn: int, page: Page) -> None:
    gallery = opened(errata, page, drawn)
    map_of_keys = page.get_by_role("dialog", name="Map of keys")
    for leaving in ("Escape", "?"):
        gallery.press("?")
        expect(map_of_keys).to_be_visible()
        gallery.press(leaving)
        expect(map_of_keys).to_be_hidden()
    gallery.press("ArrowRight")  # the keys belong to the pictures again
    assert gallery.cell().index == 1


def test_what_is_typed_into_a_field_acts_on_no_picture(errata: Served, drawn: int, page: Page) -> None:
    gallery = opened(errata, page, drawn, author="")
    before, number = gallery.cell(), revision(errata)
    typed = "".join(label.key for label in gallery.labels.values()) + "z1?"
    search = page.get_by_placeholder("search files")
    search.focus()
    page.keyboard.type(typed)
    expect(search).to_have_value(typed)
    search.fill("")
    gallery.ready()
    assert gallery.cell() == before

    gallery.press("Backspace")  # nobody has said who they are: the name is asked for
    gallery.press("F2")
    name = page.get_by_role("textbox", name="Your name")
    expect(name).to_be_focused()
    page.keyboard.type(typed)
    expect(name).to_have_value(typed)
    assert page.get_by_role("dialog", name="Map of keys").is_hidden()
    expect(gallery.root.locator(".saving")).to_contain_text("1 not saved yet")
    assert revision(errata) == number


def test_the_field_for_the_name_takes_no_key_from_the_pictures(
    errata: Served, drawn: int, page: Page
) -> None:
    gallery, number = opened(errata, page, drawn, author=""), revision(errata)
    decided = gallery.cell()
    gallery.press("Backspace")
    name = page.get_by_role("textbox", name="Your name")
    expect(name).to_be_visible()
    expect(gallery.root.locator(".saving")).to_contain_text("1 not saved yet")
    label = next(label for label in gallery.labels.values() if label.key)
    toggled = gallery.cell()
    assert toggled.index == decided.index + 1
    was = gallery.stored(toggled.row, label).state
    gallery.press(label.key)  # the next key is a label's, as it was before the field appeared
    expect(gallery.root.locator(".saving")).to_contain_text("2 not saved yet")
    expect(name).to_have_value("")
    expect(name).not_to_be_focused()
    gallery.press("F2")
    gallery.sign("Bea")
    gallery.all_saved()
    assert revision(errata) == number + 2
    assert gallery.stored(decided.row, decided.label).verified
    assert gallery.stored(toggled.row, label).state is not was
    newest = revisions.history(errata.store, 1, limit=2)
    assert {batch.author for batch in newest} == {"Bea"}


def test_the_name_once_given_saves_what_waited_and_hands_the_keys_back(
    errata: Served, drawn: int, page: Page
) -> None:
    gallery, number = opened(errata, page, drawn, author=""), revision(errata)
    kept = gallery.cell()
    gallery.press("Enter")
    gallery.press("F2")
    page.keyboard.type("Ada")
    expect(page.get_by_role("textbox", name="Your name")).to_have_value("Ada")
    gallery.press("Enter")
    gallery.all_saved()
    assert revision(errata) == number + 1
    assert gallery.stored(kept.row, kept.label).verified
    expect(gallery.title).to_contain_text(", 1 reviewed just now")
    other = next(label for label in gallery.labels.values() if label.key)
    was = gallery.stored(gallery.cell().row, other).state
    gallery.press(other.key)
    said = "removed" if was is LabelState.PRESENT else "added"
    expect(gallery.root.locator(".hint")).to_contain_text(f"{other.name} {said} · ")
    gallery.all_saved()


def test_a_bulk_accept_says_what_it_will_do_and_the_second_one_does_it(
    errata: Served, drawn: int, page: Page
) -> None:
    gallery = opened(errata, page, drawn)
    hint = gallery.root.locator(".hint")
    number = revision(errata)
    gallery.press("Shift+ArrowRight")
    gallery.press("Shift+ArrowRight")
    gallery.press("Enter")
    expect(hint).to_contain_text("⏎ again to do it, Esc not.")
    gallery.press("Escape")
    expect(hint).to_be_hidden()
    expect(gallery.title).to_contain_text("3 selected")
    gallery.press("Enter")
    expect(hint).to_contain_text("⏎ again")
    assert revision(errata) == number
    gallery.press("Enter")
    expect(gallery.badge(1)).to_contain_text("saved")
    assert revision(errata) == number + 1
    gallery.press("Control+z")
    gallery.all_saved()


def test_a_corrected_error_says_under_its_picture_what_it_is_now(
    errata: Served, drawn: int, page: Page
) -> None:
    gallery = opened(errata, page, drawn)
    gallery.next_with_suggestion()
    accepted = gallery.decide("Enter")
    chip = gallery.tile(accepted.index).locator(".chip")
    done = "✓ added" if accepted.value.state is LabelState.PRESENT else "– removed"
    expect(chip).to_contain_text(done)
    expect(chip.locator(".kind")).to_have_text("")
    gallery.press("Control+z")
    gallery.all_saved()


@pytest.mark.parametrize("way_back", ["Escape", "ArrowRight", "Backspace", "click", "leave"])
def test_a_look_alike_is_marked_as_one_until_the_reader_is_back(
    errata: Served, drawn: int, page: Page, way_back: str
) -> None:
    gallery = opened(errata, page, drawn)
    banner = gallery.inspector.locator(".peek")
    expect(banner).to_be_hidden()
    neighbour = gallery.inspector.locator(".strip button").first
    neighbour.hover()
    expect(banner).to_contain_text("Esc or click: back to the error")
    if way_back != "leave":
        neighbour.click()
        gallery.title.hover()
        expect(banner).to_be_visible()
    if way_back == "leave":
        gallery.title.hover()
    elif way_back == "click":
        banner.click()
    else:
        gallery.press(way_back)
    expect(banner).to_be_hidden()
    key = gallery.inspector.locator("figcaption").inner_text().split(" · ")[0]
    assert key in gallery.rows
    if way_back == "Backspace":
        gallery.press("Control+z")
        gallery.all_saved()


def test_a_narrow_tile_drops_its_numbers_before_the_name_of_its_label(
    errata: Served, drawn: int, page: Page
) -> None:
    page.set_viewport_size({"width": 900, "height": 900})
    page.context.add_cookies([{"name": "errata_author", "value": "Ada", "url": errata.url}])
    page.goto(f"{errata.url}/annotate?run={drawn}")
    gallery = Gallery(page, errata, 1).ready()
    expect(gallery.title).to_contain_text("image–label pairs, 0 convincing")
    names = gallery.root.locator(".tile .name")
    cut = names.evaluate_all("(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length")
    assert (names.count() > 5, cut) == (True, 0)
    tab = page.get_by_test_id("stButtonGroup").get_by_text("all images")
    assert tab.evaluate(WHOLE_TAB)


def test_tab_goes_from_the_filters_to_the_pictures_to_the_decision_and_is_seen(
    errata: Served, drawn: int, page: Page
) -> None:
    gallery = opened(errata, page, drawn)
    page.get_by_placeholder("search files").focus()
    order = []
    for _ in range(40):
        page.keyboard.press("Tab")
        order.append(page.evaluate(FOCUSED))
        if "keep" in order[-1][0]:
            break
    names = [name for name, _ in order]
    wanted = ["keys", "Pictures", "where it looked", "Move to another cause", "baby", "keep"]
    places = [next(i for i, name in enumerate(names) if word in name) for word in wanted]
    assert places == sorted(places)
    assert all(outlined for name, outlined in order[1:]), order
    expect(gallery.root).to_be_visible()


WHOLE_TAB = """(tab) => {
    const column = tab.closest('[data-testid=stColumn]').getBoundingClientRect();
    return tab.getBoundingClientRect().right <= column.right && tab.scrollWidth <= tab.clientWidth + 1;
}"""
FOCUSED = """() => {
    let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    const style = getComputedStyle(node);
    const name = node.getAttribute('aria-label') || node.textContent.trim();
    return [name, style.outlineStyle !== 'none' || style.boxShadow !== 'none'];
}"""
