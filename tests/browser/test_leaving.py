"""A reader who decides and leaves in one breath finds the next page whole, however late the server hears of both."""

import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Served
from tests.browser.test_gallery import drawn, opened

__all__ = ["drawn"]


class Held:
    """The way to the server: words that go up wait while it is closed, then all go at once."""

    def __init__(self, page: Page) -> None:
        self.closed = False
        self._waiting: list[tuple[WebSocketRoute, str | bytes]] = []
        page.route_web_socket(re.compile("_stcore/stream"), self._between)

    def _between(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        server.on_message(browser.send)
        browser.on_message(lambda said: self._up(server, said))

    def _up(self, server: WebSocketRoute, said: str | bytes) -> None:
        if self.closed:
            self._waiting.append((server, said))
        else:
            server.send(said)

    def open(self) -> None:
        """Let through what waited."""
        self.closed = False
        for server, said in self._waiting:
            server.send(said)


@pytest.mark.parametrize("name", ["Annotate", "Train"])
def test_a_decision_and_a_link_in_one_breath(errata: Served, drawn: int, page: Page, name: str) -> None:
    way = Held(page)
    gallery = opened(errata, page, drawn)
    gallery.decide("Backspace")  # the gallery has told Python just now: the next word comes a second later
    way.closed = True
    gallery.press("Backspace")
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_timeout(2000)  # longer than the gallery keeps a word to itself
    way.open()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    page.wait_for_timeout(1000)  # a word that came too late would empty the page now
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
