"""First paint: from asking for a page to its title on screen, in a real Chromium against a warm server.

The peer is the smallest page that Streamlit can serve: one title, nothing else.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.conftest import end, free_port, serve

GOAL_S = 1.5
PAGES = ("", "data", "train", "errors", "compare", "annotate", "history", "predict")
PEER = """import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
if get_script_run_ctx(suppress_warning=True) is not None:
    st.title("Title")
else:
    app = st.App(__file__)
"""


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


def row(browser: Browser, name: str, url: str, times: int) -> None:
    """Print the median and the slowest of some visits, after one that warms the server."""
    first_paint(browser, url)
    took = [first_paint(browser, url) for _ in range(times)]
    print(f"{name:<10} {statistics.median(took):7.2f} {max(took):8.2f}", flush=True)


@contextlib.contextmanager
def peer(folder: Path) -> Iterator[str]:
    """The address of a bare Streamlit page."""
    (folder / "bare.py").write_text(PEER)
    port = free_port()
    words = [sys.executable, "-m", "uvicorn", "bare:app", "--port", str(port), "--no-access-log"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(words, cwd=folder, stdout=quiet, stderr=quiet)
    try:
        time.sleep(5)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def errata(folder: Path, url: str | None) -> Iterator[str]:
    """The address given, or one of an Errata with an empty home."""
    if url is not None:
        yield url
        return
    served, process = serve(folder / "home")
    try:
        yield served.url
    finally:
        end(served, process)


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
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        print(
            f"{'page':<10} {'median':>7} {'slowest':>8}   goal {GOAL_S} s, {given.times} visits each, empty caches"
        )
        with peer(Path(folder)) as url:
            row(browser, "bare page", url, given.times)
        with errata(Path(folder), given.url) as url:
            for name in PAGES:
                row(browser, name or "overview", f"{url}/{name}", given.times)
        browser.close()


if __name__ == "__main__":
    main()
