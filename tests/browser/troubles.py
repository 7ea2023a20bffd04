"""The galleries of trouble in the data, worked by keyboard, each decision checked against the database."""

import csv
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from core.actor import NOBODY
from core.services import corrections, datasets, trouble
from core.services.trouble import Kind
from db.records import CellValue, Image
from db.terms import LabelState, Part
from tests.browser import planted
from tests.browser.acting import LONG_MS, Gallery
from tests.browser.conftest import Served


class Trouble(Gallery):
    """The galleries of trouble: one pill a kind, one list of pictures."""

    def scanned(self) -> None:
        """The scan has begun by itself when the import ended: wait for all that it found."""
        self.page.goto(f"{self.errata.url}/data?dataset={self.dataset_id}&view=trouble")
        expect(self.pill(Kind.DARK)).to_be_visible(timeout=LONG_MS)
        words = [*(kind.value for kind in Kind), "too few examples", "not imported"]
        told = (
            self.page.get_by_role("radiogroup", name="Kind of trouble").get_by_role("radio").all_inner_texts()
        )
        assert [word.rpartition(" ")[0] for word in told] == words

    def pill(self, word: str) -> Locator:
        """The button of a kind."""
        group = self.page.get_by_role("radiogroup", name="Kind of trouble")
        return group.get_by_role("radio", name=re.compile(rf"^{word} (\d+|✓ done)$"))

    def open(self, kind: Kind, count: int, *wanted: str) -> None:
        """Open a gallery by its pill, which tells a number; in it are the planted images, perhaps among others."""
        expect(self.pill(kind)).to_have_text(f"{kind.value} {count}")
        if self.pill(kind).get_attribute("aria-checked") != "true":
            asked = f"kind={kind.value.replace(' ', '+')}&"
            with self.page.expect_response(
                lambda answer: "/errata/trouble?" in answer.url and asked in answer.url
            ):
                self.pill(kind).click()
        self.ready()
        assert set(wanted) <= set(self.keys()), self.keys()

    def keys(self) -> list[str]:
        """The images of the list, in order."""
        tiles = self.root.locator(".tile:not(.skeleton)").all()
        return [(tile.get_attribute("aria-label") or "").split(", ")[0] for tile in tiles]

    def go_to(self, key: str) -> int:
        """Put the cursor on an image; its place."""
        place = self.keys().index(key)
        self.press("Home")
        for _ in range(place):
            self.press("ArrowRight")
        expect(self.inspector.locator("figcaption")).to_contain_text(key)
        return place

    def decide_on(self, key: str, pressed: str) -> Image:
        """Decide on an image by one key; what the database holds once the page says that it is saved."""
        place = self.go_to(key)
        self.press(pressed)
        expect(self.badge(place)).to_contain_text("saved")
        return self.image(key)

    def image(self, key: str) -> Image:
        """An image as the database holds it now."""
        return by_key(self.errata, self.dataset_id)[key]

    def left(self, kind: Kind, count: int) -> None:
        """The pill tells how many are left, and so says the database."""
        expect(self.pill(kind)).to_have_text(f"{kind.value} {count or '✓ done'}")
        found = trouble.overview(self.errata.store, self.errata.settings, NOBODY, self.dataset_id)
        assert found is not None
        assert sum(one.open for one in found.kinds if one.kind is kind) == count

    def reload(self) -> None:
        """Look at the same gallery again."""
        self.page.reload()
        expect(self.pill("not imported")).to_be_visible()


def downloaded_table(page: Page, button: str) -> list[dict[str, str]]:
    """The rows of a CSV file that a button hands out."""
    with page.expect_download() as arriving:
        page.get_by_role("button", name=button).click()
    with Path(arriving.value.path()).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def every_gallery(page: Page, errata: Served, number: int) -> None:
    """Wait for the scan that an import began, then decide on all that it found."""
    seen = Trouble(page, errata, number)
    seen.scanned()
    for decided in (conflicts, leaks, copies, lookalikes, dark_ones, other_odd_ones, implied, left_to_do):
        decided(seen)


def conflicts(seen: Trouble) -> None:
    """One of three copies lacks the sea: a key of the keyboard settles it, undo opens it again."""
    names = [f"conflict-{at}.png" for at in range(3)]
    seen.open(Kind.CONFLICTS, 3, *names)
    seen.decide_on(names[0], "Backspace")
    seen.left(Kind.CONFLICTS, 2)
    seen.decide_on(names[2], "Enter")
    assert cell(seen.errata, seen.dataset_id, names[2], "sea") == CellValue(LabelState.PRESENT, True)
    seen.left(Kind.CONFLICTS, 0)
    seen.press("z")
    seen.left(Kind.CONFLICTS, 2)
    seen.decide_on(names[2], seen.labels["sea"].key)
    assert cell(seen.errata, seen.dataset_id, names[2], "sea") == CellValue(LabelState.PRESENT, True)
    seen.left(Kind.CONFLICTS, 0)
    seen.reload()
    expect(seen.pill(Kind.CONFLICTS)).to_be_hidden()  # there are none any more


def leaks(seen: Trouble) -> None:
    """The look-alike of a training image judges no run."""
    seen.open(Kind.LEAKS, 1, "leak-train.png", "leak-val.png")
    assert seen.decide_on("leak-val.png", "Enter").part is Part.TRAIN
    seen.left(Kind.LEAKS, 0)


def copies(seen: Trouble) -> None:
    """Several in one step, which says first what it will do; all but the first of each group are left out."""
    names = [f"{word}-{at}.png" for word in ("conflict", "copy") for at in range(3)]
    seen.open(Kind.COPIES, 4, *names)
    seen.press("Home")
    for _ in range(len(seen.keys()) - 1):
        seen.press("Shift+ArrowRight")
    seen.press("Enter")
    expect(seen.root.locator(".hint")).to_contain_text("Leave out 4 pictures: ⏎ again to do it")
    seen.press("Enter")
    expect(seen.badge(5)).to_contain_text("saved")
    assert [seen.image(name).left_out for name in names] == [False, True, True] * 2
    seen.left(Kind.COPIES, 0)


def lookalikes(seen: Trouble) -> None:
    """Enter goes past the larger one and leaves the smaller one out; another is kept after a look."""
    seen.open(Kind.LOOKALIKES, 2, "alike-large.png", "alike-small.png")
    place = seen.go_to("alike-large.png")
    seen.press("Enter")
    expect(seen.root.locator(".hint")).to_contain_text("This one stays")
    seen.press("Enter")
    expect(seen.badge(place + 1)).to_contain_text("saved")
    assert seen.image("alike-small.png").left_out
    assert not seen.decide_on("leak-val.png", "Backspace").left_out
    seen.left(Kind.LOOKALIKES, 0)


def dark_ones(seen: Trouble) -> None:
    """Enter, X and Backspace, one taken back; a reload shows what is left of them."""
    seen.open(Kind.DARK, 3, "dark-0.png", "dark-1.png", "dark-2.png")
    assert seen.decide_on("dark-0.png", "Enter").left_out
    assert seen.decide_on("dark-1.png", "x").left_out
    assert not seen.decide_on("dark-2.png", "Backspace").left_out
    seen.left(Kind.DARK, 0)
    seen.press("z")
    seen.left(Kind.DARK, 1)
    seen.reload()
    seen.open(Kind.DARK, 1)
    assert seen.keys() == ["dark-2.png"]
    seen.decide_on("dark-2.png", "Backspace")
    seen.left(Kind.DARK, 0)
    seen.reload()
    expect(seen.page.get_by_text("All of these are decided.")).to_be_visible()
    expect(seen.inspector.locator(".look")).to_be_hidden()


def other_odd_ones(seen: Trouble) -> None:
    """A key each, and several at once."""
    for kind, name, pressed, out in (
        (Kind.BRIGHT, "bright.png", "Enter", True),
        (Kind.BLURRY, "blurry.png", "Enter", True),
        (Kind.GREY, "grey.png", "Backspace", False),
        (Kind.TINY, "tiny.png", "x", True),
        (Kind.EXTREME_ASPECT, "squashed.png", "Backspace", False),
    ):
        seen.open(kind, 1, name)
        assert seen.decide_on(name, pressed).left_out is out
        seen.left(kind, 0)
    names = ["blank-0.png", "blank-1.png"]
    known = int(seen.pill(Kind.LOW_INFORMATION).inner_text().rpartition(" ")[2])
    seen.open(Kind.LOW_INFORMATION, known, *names)
    seen.press("Home")
    for _ in range(known):
        seen.press("Space")
        seen.press("ArrowRight")
    seen.press("x")
    expect(seen.badge(known - 1)).to_contain_text("saved")
    assert all(seen.image(name).left_out for name in names)
    seen.left(Kind.LOW_INFORMATION, 0)


def implied(seen: Trouble) -> None:
    """A boat is at sea."""
    seen.open(Kind.IMPLIED, 1, "boat.png")
    seen.decide_on("boat.png", "Enter")
    assert cell(seen.errata, seen.dataset_id, "boat.png", "sea") == CellValue(LabelState.PRESENT, True)
    seen.left(Kind.IMPLIED, 0)


def left_to_do(seen: Trouble) -> None:
    """Nothing is open after a reload but what no key can mend: rare labels and unreadable files, with their ways on."""
    seen.reload()
    found = trouble.overview(seen.errata.store, seen.errata.settings, NOBODY, seen.dataset_id)
    assert found is not None
    assert {one.kind: one.open for one in found.kinds if one.open} == {}
    seen.pill("not imported").click()
    expect(seen.page.get_by_text(planted.BROKEN)).to_be_visible()
    kinds = [line["kind"] for line in downloaded_table(seen.page, "Download all that was noted as CSV")]
    assert {"unreadable image", "missing image"} <= set(kinds)
    seen.pill("too few examples").click()
    seen.page.get_by_role("button", name=re.compile("^rare ")).click()
    expect(seen.title).to_have_text("2 pictures")


def by_key(errata: Served, number: int) -> dict[str, Image]:
    """The images of the database by their names."""
    return {image.key: image for image in datasets.images(errata.store, NOBODY, number)}


def cell(errata: Served, number: int, key: str, label: str) -> CellValue:
    """A label of an image as the database holds it now."""
    of = next(one for one in datasets.labels(errata.store, NOBODY, number) if one.name == label)
    row = by_key(errata, number)[key].row
    return corrections.values(errata.store, NOBODY, number, [row], [of.id])[0].value
