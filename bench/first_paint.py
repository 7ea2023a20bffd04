"""First paint: from asking for a page to its title on screen, in a real Chromium against a warm server."""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.conftest import end, serve

GOAL_S = 1.5
PAGES = ("", "data", "train", "errors", "compare", "annotate", "history", "predict")


def first_paint(browser: Browser, url: str) -> float:
    """Seconds until a newcomer, with an empty cache, sees the page's title."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator("h1").first.wait_for(state="visible", timeout=30_000)
    took = time.perf_counter() - began
    context.close()
    return took


def main() -> None:
    """Serve an empty home, or measure the address given, and print a row a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="an Errata that is served already")
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args()
    path = chromium.find()
    if path is None:
        raise SystemExit("There is no Chromium to measure with: install the package chromium.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        served, process = (None, None) if given.url else serve(Path(folder) / "home")
        url = given.url or (served.url if served else "")
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        try:
            print(f"{'page':<10} {'median':>7} {'slowest':>8}   goal {GOAL_S} s, {given.times} visits each")
            for name in PAGES:
                first_paint(browser, f"{url}/{name}")  # warms the server
                took = [first_paint(browser, f"{url}/{name}") for _ in range(given.times)]
                print(f"{name or 'overview':<10} {statistics.median(took):7.2f} {max(took):8.2f}")
        finally:
            browser.close()
            if served and process:
                end(served, process)


if __name__ == "__main__":
    main()
