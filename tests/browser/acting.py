"""What a person does in the browser, step by step: import, train, decide on errors by keyboard, retrain."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Locator, Page, expect

from core.actor import NOBODY
from core.config import PRESET_HELP
from core.services import corrections, datasets, runs
from db.records import CellValue, Label, Run
from db.terms import Cause, JobState
from tests.browser.conftest import Served

Found = TypeVar("Found")
LONG_MS = 180_000  # for what a busy machine works at: an import, a run, an analysis
POINTS = (
    "Math.max(0, ...[...document.querySelectorAll('.errata-charts .js-plotly-plot')]"
    ".flatMap((plot) => plot.data.filter((line) => !/^(predicting nothing|always )/.test(line.name)))"
    ".map((line) => line.x.length))"
)


def soon(wanted: Callable[[], Found], within_s: float = 60.0) -> Found:
    """What `wanted` returns as soon as it is true."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if found := wanted():
            return found
        time.sleep(0.05)
    raise AssertionError(f"still not after {within_s:.0f} s: {wanted()}")


def settled(page: Page) -> None:
    """Wait until the page's script has run to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


# --- Data


def look_at(page: Page, errata: Served, folder: Path) -> None:
    """Give the Data page a folder and wait for the preview of what it would bring."""
    page.goto(f"{errata.url}/data?view=import")
    field = page.get_by_label("Path or URL", exact=True)
    field.fill(str(folder))
    field.press("Enter")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("Nothing is stored yet.")).to_be_visible(timeout=LONG_MS)


def figure(page: Page, title: str) -> str:
    """The number that stands under a title."""
    metric = page.get_by_test_id("stMetric").filter(has=page.get_by_text(title, exact=True))
    return metric.get_by_test_id("stMetricValue").inner_text()


def import_as(page: Page, name: str) -> None:
    """Import what the preview shows under a name, and wait until the data set is there."""
    field = page.get_by_label("Name", exact=True)
    field.fill(name)
    field.press("Enter")
    page.get_by_role("button", name="Import ", exact=False).last.click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=LONG_MS)


# --- Train


def choose(page: Page, label: str, option: str) -> None:
    """Pick an option of a select box by the beginning of its text."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option").filter(has_text=option).first.click()


def start_training(page: Page, errata: Served, settings: Mapping[str, str], preset: str = "demo") -> Run:
    """Launch a run of a preset with some settings of one's own from the Train page."""
    page.get_by_role("link", name="Train", exact=True).click()
    choose(page, "Preset", preset)
    expect(page.get_by_text(PRESET_HELP[preset])).to_be_visible()
    settled(page)  # until then the fields below are those of the preset before
    page.get_by_text("Settings", exact=True).click()
    for title, value in settings.items():
        field = page.get_by_role("spinbutton", name=title, exact=True)
        field.fill(value)
        field.press("Enter")
        settled(page)
    before = len(runs.listing(errata.store, NOBODY))
    page.get_by_role("button", name="Train on revision").click()
    soon(lambda: len(runs.listing(errata.store, NOBODY)) > before)
    return runs.listing(errata.store, NOBODY)[0]


def points(page: Page) -> int:
    """How many epochs the curves on the page show."""
    return int(page.evaluate(POINTS))


def await_end(page: Page, run: Run) -> None:
    """Watch a run until the page says that it has finished."""
    expect(page.get_by_text(f"run {run.id} ·").first).to_be_visible()
    expect(page.get_by_role("link", name="See why it is wrong →")).to_be_visible(timeout=LONG_MS)


def finished(errata: Served, run: Run) -> bool:
    """True when the database says so, too."""
    return runs.get(errata.store, NOBODY, run.id).state is JobState.FINISHED


# --- Errors and Annotate


@dataclass(frozen=True)
class Cell:
    """The cell under the cursor: what the inspector says and what the database holds."""

    index: int  # of the tile
    row: int
    label: Label
    value: CellValue


class Gallery:
    """The gallery on the page, worked by keyboard, its words checked against the database."""

    def __init__(self, page: Page, errata: Served, dataset_id: int) -> None:
        self.page, self.errata, self.dataset_id = page, errata, dataset_id
        self.root = page.locator(".gallery")
        self.inspector = self.root.locator(".inspector")
        self.labels = {label.name: label for label in datasets.labels(errata.store, NOBODY, dataset_id)}
        self.rows = {image.key: image.row for image in datasets.images(errata.store, NOBODY, dataset_id)}

    def ready(self) -> "Gallery":
        """Wait for pictures, one of them under the cursor."""
        expect(self.root.locator(".tile.cursor:not(.skeleton)")).to_have_count(1)
        self.root.locator(".grid").focus()
        return self

    def tile(self, index: int) -> Locator:
        """The tile of an index, where it is in sight."""
        return self.root.locator(f'.tile[data-index="{index}"]')

    def badge(self, index: int) -> Locator:
        """What the corner of a tile says."""
        return self.tile(index).locator(".badge")

    @property
    def title(self) -> Locator:
        """What the toolbar says of the list."""
        return self.root.locator(".toolbar .title")

    @property
    def pictures(self) -> int:
        """How many pictures the list holds, as the toolbar says it."""
        return int(self.title.inner_text().split()[0].replace(",", ""))

    def cell(self) -> Cell:
        """The cell under the cursor."""
        index = int(self.root.locator(".tile.cursor").get_attribute("data-index") or -1)
        key = self.inspector.locator("figcaption").inner_text().split(" · ")[0]
        label = self.labels[self.inspector.locator(".headline strong").inner_text()]
        return Cell(index, self.rows[key], label, self.stored(self.rows[key], label))

    def stored(self, row: int, label: Label) -> CellValue:
        """A cell as the database holds it now."""
        found = corrections.values(self.errata.store, NOBODY, self.dataset_id, [row], [label.id])
        return found[0].value

    def press(self, key: str) -> None:
        """A key, as the reader presses it."""
        self.page.keyboard.press(key)

    def decide(self, key: str) -> Cell:
        """Decide on the cell under the cursor; as soon as the page shows it as saved, it is in the database."""
        before = self.cell()
        self.press(key)
        expect(self.badge(before.index)).to_contain_text("saved")
        now = self.stored(before.row, before.label)
        assert now.verified, f"the page says saved, the database {now}"
        return Cell(before.index, before.row, before.label, now)

    def next_with_suggestion(self) -> Cell:
        """Move on to an error whose label is suggested to be changed."""
        accept = self.inspector.locator(".decide .accept.changes")
        for _ in range(self.pictures):
            if accept.is_visible() and accept.is_enabled():
                return self.cell()
            self.press("ArrowRight")
        raise AssertionError("No error comes with a suggestion to change its label.")

    def sign(self, name: str) -> None:
        """Answer who is correcting."""
        self.page.get_by_role("textbox", name="Your name").fill(name)
        self.page.keyboard.press("Enter")

    def all_saved(self) -> None:
        """Wait until nothing is on its way."""
        expect(self.root.locator(".saving")).to_have_text("✓ saved")


def open_errors(page: Page, errata: Served, run: Run, **address: str) -> Gallery:
    """The errors of a run, as soon as their causes are known."""
    words = "".join(f"&{name}={value}" for name, value in address.items())
    page.goto(f"{errata.url}/errors?run={run.id}{words}")
    expect(cards(page).first).to_be_visible(timeout=LONG_MS)
    return Gallery(page, errata, run.dataset_id).ready()


def errors(number: int) -> str:
    """A count of errors as the gallery writes it."""
    return f"{number:,} error{'' if number == 1 else 's'}"


@contextmanager
def other_pictures(page: Page, asked: str) -> Iterator[None]:
    """Wait until the gallery was sent the list that a click asks for: the one before it may hold as many."""
    with page.expect_response(lambda answer: "/errata/items?" in answer.url and asked in answer.url):
        yield


def cards(page: Page) -> Locator:
    """The cards of the causes."""
    return page.get_by_role("group", name="Causes").get_by_role("button")


def card_counts(page: Page) -> dict[Cause, int]:
    """How many errors each card names."""
    return {
        Cause(card.locator(".word").inner_text()): int(card.locator(".count").inner_text().replace(",", ""))
        for card in cards(page).all()
    }
