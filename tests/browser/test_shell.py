"""The shell in a real browser: first visits by a link, charts that keep the reader's zoom, nothing from elsewhere."""

import contextlib
import http.client
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core import config, processes
from db import datasets, jobs, runs
from db.records import Epoch, Image
from db.terms import JobState, LabelState, Lane, Part
from tests.browser.conftest import ROOT, Served

PLOT = "document.querySelector('.errata-charts .js-plotly-plot')"


@pytest.fixture(scope="module")
def watched(errata: Served) -> int:
    """A run that this test plays the worker and the child of: claimed, alive, with two epochs."""
    jobs.add_worker(errata.store, *processes.this())  # while it lives, no page starts another
    made = datasets.create(
        errata.store,
        name="small",
        folder="small",
        source="a test",
        root="a test",
        format="csv",
        default_state=LabelState.ABSENT,
        labels=[("sea", "s"), ("sky", "k")],
        images=[
            Image(0, i, f"{i}.jpg", Part.TRAIN if i < 6 else Part.VALIDATION, f"{i:064x}", 8, 8, 1)
            for i in range(10)
        ],
        cells=[(i, i % 2, LabelState.PRESENT, False) for i in range(10)],
        author="Ada",
        client_id="import",
    )
    run = runs.create(
        errata.store,
        dataset_id=made.id,
        name="",
        preset="scratch",
        config=config.to_dict(config.PRESETS["scratch"]),
        folder="run",
        threshold=[0.5, 0.5],
        author="Ada",
    )
    claimed = jobs.claim(errata.store, Lane.LONG)
    assert claimed is not None
    assert claimed.id == run.job_id
    for epoch in (1, 2):
        add_epoch(errata, run.id, epoch)
    return run.id


def add_epoch(errata: Served, run_id: int, number: int) -> None:
    """The news of an epoch, as the child of a run would store it."""
    names = ("precision", "recall", "micro_f1", "macro_f1", "mean_ap", "subset_accuracy", "hamming_accuracy")
    measured = dict.fromkeys(names, 0.3 + 0.04 * number) | {"loss": 1 / number}
    runs.add_epoch(errata.store, Epoch(run_id, number, 1.0, measured, measured, ()))


def soon(wanted: Callable[[], object], within_s: float = 30.0) -> object:
    """What `wanted` returns as soon as it is true."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if found := wanted():
            return found
        time.sleep(0.1)
    raise AssertionError(f"still not: {wanted()}")


def zoom_by_mouse(page: Page) -> list[float]:
    """Drag over the middle of the first chart; the range of epochs that it shows then."""
    box = page.locator(".errata-charts .nsewdrag").first.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.2 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], middle, steps=8)
    page.mouse.up()
    whole = [0.5, 20.5]
    return list(soon(lambda: (now := page.evaluate(f"{PLOT}.layout.xaxis.range")) != whole and now))  # type: ignore[call-overload]


def test_the_first_visit_by_a_link_opens_that_page_within_the_shell(errata: Served, page: Page) -> None:
    # First in this file: no session has listed the pages in this server before.
    page.goto(f"{errata.url}/train")
    expect(page.get_by_role("heading", name="Train")).to_be_visible()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()
    expect(page.get_by_role("link", name="Predict")).to_be_visible()


def test_every_section_leads_to_its_pages(errata: Served, page: Page) -> None:
    page.goto(errata.url)
    for name in ("Data", "Train", "Errors", "Compare", "Annotate", "History", "Predict", "Overview"):
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0


def test_the_name_of_the_first_page_is_an_address_too(errata: Served, watched: int, page: Page) -> None:
    page.goto(f"{errata.url}/overview?run={watched}")
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    expect(page.get_by_text("Page not found")).to_have_count(0)
    page.wait_for_url(f"{errata.url}/?*run={watched}*")


@pytest.mark.parametrize("path", ["", "train"])
def test_every_page_says_that_it_is_errata(errata: Served, page: Page, path: str) -> None:
    page.goto(f"{errata.url}/{path}")
    logo = page.get_by_test_id("stSidebarLogo")
    expect(logo).to_be_visible()
    name = "(node) => getComputedStyle(node.parentElement, '::after').content"
    soon(lambda: logo.evaluate(name) == '"Errata"')


def test_the_focus_is_seen_on_the_pages_of_the_sidebar(errata: Served, page: Page) -> None:
    page.goto(errata.url)
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    page.get_by_role("link", name="Data", exact=True).first.focus()
    page.keyboard.press("Tab")  # focus by keyboard, on Train
    assert page.evaluate("document.activeElement.textContent") == "Train"
    soon(lambda: page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid")


def test_a_page_fetches_nothing_from_elsewhere(errata: Served, watched: int, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{errata.url}/train?run={watched}")
    page.locator(".errata-charts[data-drawn]").wait_for()
    assert [url for url in asked if not url.startswith((errata.url, "data:", "blob:"))] == []


def test_a_live_point_appears_and_the_readers_zoom_stays(errata: Served, watched: int, page: Page) -> None:
    page.goto(f"{errata.url}/train?run={watched}")
    page.locator(".errata-charts[data-drawn]").wait_for()
    points = f"Math.max(...{PLOT}.data.map((line) => line.x.length))"
    assert page.evaluate(points) == 2
    page.evaluate(f"window.kept = {PLOT}")
    zoomed = zoom_by_mouse(page)
    add_epoch(errata, watched, 3)
    soon(lambda: page.evaluate(points) == 3)
    assert page.evaluate(f"window.kept === {PLOT}")
    assert page.evaluate(f"{PLOT}.layout.xaxis.range") == zoomed


def test_a_reload_keeps_data_set_and_run(errata: Served, watched: int, page: Page) -> None:
    page.goto(f"{errata.url}/train")
    page.wait_for_url(f"**run={watched}*")
    page.reload()
    expect(page.get_by_text(f"run {watched} ·").first).to_be_visible()


def test_a_run_that_fails_says_why_without_a_reload(errata: Served, watched: int, page: Page) -> None:
    page.goto(f"{errata.url}/train?run={watched}")
    expect(page.get_by_role("button", name="Stop now")).to_be_visible()
    job = runs.get(errata.store, watched).job_id
    jobs.end(errata.store, job, JobState.FAILED, message="The process was killed by the system.")
    expect(page.get_by_text("The process was killed by the system.").first).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_a_foreign_host_gets_no_answer(errata: Served) -> None:
    ask = f"import http.client as h; c = h.HTTPConnection('{errata.url[7:]}'); "
    ask += (
        "c.request('GET', '/errata/health', headers={'Host': 'evil.example'}); print(c.getresponse().status)"
    )
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "403"


@pytest.mark.parametrize(
    ("origin", "status"), [("", 101), ("http://127.0.0.1:9", 403), ("https://evil.example", 403)]
)
def test_only_our_own_pages_reach_the_socket(errata: Served, origin: str, status: int) -> None:
    sent = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    sent |= {"Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==", "Origin": origin or errata.url}
    with contextlib.closing(http.client.HTTPConnection(errata.url.removeprefix("http://"))) as asking:
        asking.request("GET", "/_stcore/stream", headers=sent)
        assert asking.getresponse().status == status
