"""From anything countable on the Data page to the pictures behind it, in a real browser."""

import math
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.data.trouble import quality, scan
from core.data.trouble.duplicates import Duplicates
from core.data.trouble.quality import Quality
from core.data.trouble.scan import Scan
from db import datasets
from tests.browser.conftest import Served
from tests.conftest import Home
from tests.pages.sets import add_set

TITLE = ".gallery span.title"


@pytest.fixture(scope="module")
def scenes(errata: Served) -> int:
    """Ten scanned images along the middle of the map; image i carries label i % 3 of sea, sky, tree."""
    number = add_set(Home(errata.settings, errata.store), "scenes")
    nothing = np.zeros(0, np.int64)
    same = Duplicates(
        np.full(10, -1, np.int32), nothing, nothing, nothing.astype(np.float32), nothing.astype(np.int8),
        nothing != 0,
    )  # fmt: skip
    size = np.full(10, 8, np.int32)
    odd = Quality(np.full((10, len(quality.MEASURES)), 0.5, np.float32), size, size)
    places = np.column_stack([np.linspace(0.05, 0.95, 10), np.full(10, 0.5)]).astype(np.float32)
    folder = errata.settings.datasets_dir / datasets.get(errata.store, number).folder
    scan.write(folder, Scan(odd, same, places))
    return number


def opened(errata: Served, scenes: int, page: Page) -> None:
    page.goto(f"{errata.url}/data?dataset={scenes}")
    expect(page.get_by_role("button", name=re.compile("Open 10 in sight"))).to_be_visible()


def shows(page: Page, search: str, told: str) -> None:
    """The gallery stands open, with this search and this many pictures."""
    expect(page.locator(TITLE)).to_have_text(told)
    expect(page.get_by_placeholder(re.compile("^search: "))).to_have_value(search)


def test_a_bar_opens_the_images_behind_it(errata: Served, scenes: int, page: Page) -> None:
    opened(errata, scenes, page)
    plot = page.locator(".errata-charts").first.locator(".nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    plot.click(position={"x": 20, "y": box["height"] / 6})
    shows(page, "sea", "4 pictures")
    page.reload()
    shows(page, "sea", "4 pictures")


def test_an_area_that_is_drawn_on_the_map_opens_its_images(errata: Served, scenes: int, page: Page) -> None:
    opened(errata, scenes, page)
    canvas = page.locator(".map canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    across = min(box["width"], 1.8 * box["height"]) * 0.92
    left, middle = box["x"] + (box["width"] - across) / 2, box["y"] + box["height"] / 2
    page.mouse.move(left + 0.15 * across, middle)
    expect(page.locator(".map .peek img")).to_be_visible()
    centre, radius = left + 0.2 * across, 0.12 * across  # around the second and the third
    page.mouse.move(centre + radius, middle)
    page.mouse.down()
    for step in range(1, 25):
        page.mouse.move(
            centre + radius * math.cos(step * math.pi / 12), middle - 60 * math.sin(step * math.pi / 12)
        )
    page.mouse.up()
    page.get_by_role("button", name=re.compile("Open 2 in the area")).click()
    expect(page.locator(TITLE)).to_have_text("2 pictures")
    expect(page).to_have_url(re.compile("search=map"))


def test_a_map_is_opened_without_a_mouse(errata: Served, scenes: int, page: Page) -> None:
    opened(errata, scenes, page)
    page.locator(".map canvas").focus()
    page.keyboard.press("Enter")
    expect(page.locator(TITLE)).to_have_text("10 pictures")


def test_a_search_is_mended_where_it_is_told_to_be_wrong(errata: Served, scenes: int, page: Page) -> None:
    page.goto(f"{errata.url}/annotate?dataset={scenes}&view=all")
    field = page.get_by_placeholder(re.compile("^search: "))
    field.fill("sea | trees")
    field.press("Enter")
    expect(page.get_by_text("There is no label “trees”: did you mean tree?")).to_be_visible()
    field.fill("!sea & !tree")
    field.press("Enter")
    shows(page, "!sea & !tree", "3 pictures")
