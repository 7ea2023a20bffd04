"""A page whose server is gone says what is gone and how it comes back."""

from pathlib import Path

from playwright.sync_api import Page, expect

from pages.ui import lost
from tests.browser.conftest import end, serve


def test_a_page_without_its_server_says_how_to_start_it(tmp_path: Path, page: Page) -> None:
    served, process = serve(tmp_path / "home")
    try:
        page.goto(f"{served.url}/data")
        expect(page.get_by_role("heading", name="Data")).to_be_visible(timeout=20_000)
        process.terminate()
        process.wait(30)
        error = page.get_by_role("dialog")
        expect(error).to_be_visible(timeout=60_000)
        said = error.locator("h2 + div > div").evaluate("e => getComputedStyle(e, '::after').content")
        assert said == f'"{lost.SENTENCE}"'
    finally:
        end(served, process)
