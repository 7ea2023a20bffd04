"""Once round the loop in a real browser, on a small drawn set."""

from pathlib import Path

from playwright.sync_api import Page

from core.demo import draw
from tests.browser.conftest import Served
from tests.browser.story import once_round

IMAGES = 240


def test_once_round_the_loop_on_a_drawn_set(errata: Served, page: Page, tmp_path: Path) -> None:
    draw(tmp_path / "drawn", images=IMAGES, side_px=64, seed=2020)
    once_round(page, errata, tmp_path / "drawn" / "set", IMAGES)
