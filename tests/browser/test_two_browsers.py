"""Two people at once, labels with strange names, and pages from elsewhere: nothing is overwritten unseen."""

import csv
import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.actor import NOBODY
from core.services import datasets, runs
from db.terms import LabelState
from tests.browser import acting
from tests.browser.acting import Gallery
from tests.browser.conftest import PATIENCE_MS, Served

NAMES = (
    "<b>sea</b> <img src=x onerror=\"window.fooled='sea'\">",
    '"tree" & \'leaf\' <script>window.fooled="tree"</script>',
    "🌊 *river* `${1}` :red[stream] $x^2$",
)
IMAGES = 60


@pytest.fixture(scope="module")
def strange(errata: Served, tmp_path_factory: pytest.TempPathFactory) -> int:
    """A run on a set whose labels have markup, quotes and emoji in their names."""
    folder = tmp_path_factory.mktemp("strange")
    chance = np.random.default_rng(3)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["filename", *NAMES])
        for number in range(IMAGES):
            pixels = chance.integers(0, 255, (32, 32, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{number:02}.png")
            table.writerow([f"{number:02}.png", *chance.integers(0, 2, len(NAMES))])
    errata.cli("import", str(folder), "--name", "<i>strange</i>", "--split", "train=.5,val=.5")
    quick = ("epochs=1", "side_px=32", "width=8", "batch=8", "threads=1")
    number = int(errata.cli("train", "--dataset", "1", "--preset", "demo", "--set", *quick, "--wait"))
    errata.cli("analyse", str(number))
    return number


@pytest.fixture
def other(browser: Browser) -> Iterator[Page]:
    """A second person with a browser of their own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def sign_in(context: BrowserContext, errata: Served, name: str) -> None:
    """The cookie that a browser has once it was asked for a name."""
    context.add_cookies([{"name": "errata_author", "value": name, "url": errata.url}])


def test_the_second_of_two_is_told_and_overwrites_nothing_unseen(
    errata: Served, strange: int, page: Page, other: Page
) -> None:
    run = runs.get(errata.store, NOBODY, strange)
    sign_in(page.context, errata, "Ada")
    sign_in(other.context, errata, "Grace")
    hers = acting.open_errors(page, errata, run)
    theirs = acting.open_errors(other, errata, run)
    cell = hers.cell()
    assert theirs.cell() == cell

    toggled = hers.decide(cell.label.key)
    theirs.press(f"Shift+{cell.label.key.upper()}")
    told = other.get_by_role("alert")
    expect(told).to_contain_text("Ada")
    expect(told).to_contain_text(f"you wanted unknown, it is {toggled.value.state.value} now")
    expect(theirs.badge(cell.index)).to_contain_text("changed by others")
    assert theirs.stored(cell.row, cell.label) == toggled.value

    told.get_by_role("button", name="Set mine all the same").click()  # now it was seen
    expect(theirs.badge(cell.index)).to_contain_text("saved")
    assert theirs.stored(cell.row, cell.label).state is LabelState.UNKNOWN
    assert hers.stored(cell.row, cell.label) == theirs.stored(cell.row, cell.label)


def test_the_second_of_two_who_agree_is_not_bothered(
    errata: Served, strange: int, page: Page, other: Page
) -> None:
    run = runs.get(errata.store, NOBODY, strange)
    sign_in(page.context, errata, "Ada")
    sign_in(other.context, errata, "Grace")
    hers = acting.open_errors(page, errata, run)
    theirs = acting.open_errors(other, errata, run)
    cell = hers.cell()
    toggled = hers.decide(cell.label.key)
    theirs.press(cell.label.key)
    expect(theirs.badge(cell.index)).to_contain_text("saved")
    expect(other.get_by_role("alert")).to_have_count(0)
    assert theirs.stored(cell.row, cell.label) == toggled.value


@pytest.mark.parametrize("where", ["data", "errors", "predict", "annotate?view=all", "train", ""])
def test_a_label_name_is_shown_as_text_never_as_markup(
    errata: Served, strange: int, page: Page, where: str
) -> None:
    page.goto(f"{errata.url}/{where}{'&' if '?' in where else '?'}dataset=1&run={strange}")
    SHOWS[where.split("?")[0]](page)
    assert page.evaluate("window.fooled") is None
    assert page.locator("img[src='x']").count() == 0
    assert page.get_by_test_id("stException").count() == 0


def on_data(page: Page) -> None:
    """The heading, the table of parts, the charts and the examples."""
    expect(page.get_by_role("heading", name="<i>strange</i>", exact=True)).to_be_visible()
    page.locator(".errata-charts[data-drawn]").first.wait_for()
    for name in NAMES:
        expect(page.locator(".errata-table td").get_by_text(name, exact=True)).to_be_visible()
        expect(page.locator(".errata-charts text").get_by_text(name[:6]).first).to_be_visible()


def on_errors(page: Page) -> None:
    """The tile, the headline and the chips of the inspector."""
    headline = page.locator(".inspector .headline strong")
    expect(headline).to_be_visible()
    assert headline.inner_text() in NAMES
    assert set(page.locator(".inspector .label .text").all_inner_texts()) == set(NAMES)


def on_annotate(page: Page) -> None:
    """The chips of the inspector."""
    expect(page.locator(".inspector .label .text").first).to_be_visible()
    assert set(page.locator(".inspector .label .text").all_inner_texts()) == set(NAMES)


def on_predict(page: Page) -> None:
    """The bars, and the sentence above the picture."""
    page.get_by_role("button", name="Take a validation image").click()
    for name in NAMES:
        expect(page.locator(".errata-bars .name").filter(has_text=name)).to_be_visible(timeout=120_000)


def on_train(page: Page) -> None:
    """What is most wrong now."""
    expect(page.locator(".errata-wrong figcaption").first).to_be_visible()
    shown = " ".join(page.locator(".errata-wrong figcaption").all_inner_texts())
    assert any(name[:10] in shown for name in NAMES)


def on_overview(page: Page) -> None:
    """The data set's own name, in the picker."""
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("<i>strange</i>")


SHOWS = {
    "data": on_data,
    "errors": on_errors,
    "predict": on_predict,
    "annotate": on_annotate,
    "train": on_train,
    "": on_overview,
}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """A page of somebody else's, at another origin of this machine."""
    (tmp_path / "index.html").write_text("<!doctype html><title>elsewhere</title>")
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server that writes no log."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def test_a_page_from_elsewhere_cannot_write(errata: Served, strange: int, page: Page, elsewhere: str) -> None:
    made = datasets.get(errata.store, NOBODY, 1)
    label = datasets.labels(errata.store, NOBODY, 1)[0]
    sign_in(page.context, errata, "Ada")
    gallery: Gallery = acting.open_errors(page, errata, runs.get(errata.store, NOBODY, strange))
    row = gallery.cell().row
    body = {
        "dataset": 1,
        "author": "Mallory",
        "operations": [
            {
                "client_id": "from-elsewhere-1",
                "action": "set",
                "cells": [
                    {
                        "row": row,
                        "label": label.id,
                        "seen": seen(gallery, row),
                        "state": "unknown",
                        "verified": True,
                    }
                ],
            }
        ],
    }
    answers: list[int] = []
    page.goto(elsewhere)
    page.on("response", lambda answer: answers.append(answer.status) if "/errata/" in answer.url else None)
    send = """([url, body]) => fetch(url, {method: 'POST', mode: 'no-cors', credentials: 'include', body})
        .then((answer) => answer.type)"""
    assert page.evaluate(send, [f"{errata.url}/errata/labels", json.dumps(body)]) == "opaque"
    assert answers == [403]
    assert datasets.get(errata.store, NOBODY, 1).revision == made.revision


def seen(gallery: Gallery, row: int) -> dict[str, object]:
    """The value of a cell as a request names it."""
    value = gallery.stored(row, next(iter(gallery.labels.values())))
    return {"state": value.state.value, "verified": value.verified}
