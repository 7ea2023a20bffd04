"""Data in a browser: two archives come in, trouble is decided on, parts are drawn anew, labels go out."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.actor import NOBODY, Actor
from core.services import corrections, datasets, labels, splitting
from core.services.corrections import Operation
from db.records import CellChange, CellValue
from db.terms import LabelState, Part
from tests.browser import acting, planted, troubles
from tests.browser.acting import LONG_MS, Gallery
from tests.browser.conftest import Served, end, serve
from tests.browser.troubles import by_key, cell, downloaded_table

AUTHOR = "Ada"
NAME = "planted"


@pytest.fixture(scope="module")
def errata(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Errata whose worker waits for the next job of the story, and is not started anew for each."""
    served, process = serve(tmp_path_factory.mktemp("served") / "home", ERRATA_WORKER_IDLE_S="60")
    yield served
    end(served, process)


def test_two_archives_come_in_and_every_gallery_of_trouble_is_used(
    errata: Served, page: Page, tmp_path: Path
) -> None:
    page.context.add_cookies([{"name": "errata_author", "value": AUTHOR, "url": errata.url}])
    number = first_archive(page, errata, planted.first(tmp_path))
    declared_and_verified(errata, number)
    second_archive(page, errata, number, planted.second(tmp_path))
    told_by_history(page, errata, number)
    troubles.every_gallery(page, errata, number)
    left_out(page, errata, number)
    parts_drawn_and_undone(page, errata, number)
    exported(page, errata, number)


# --- What comes in


def first_archive(page: Page, errata: Served, path: Path) -> int:
    """Upload the zip, rename a label, leave one out, keep the list of problems, import; the number of the data set."""
    page.goto(f"{errata.url}/data?view=import")
    looked_at(page, path)
    assert acting.figure(page, "Copies") == "4"
    assert acting.figure(page, "Unreadable files") == "1"
    wheres = {line["file"] for line in downloaded_table(page, "Download all 2 as CSV")}
    assert wheres == {planted.BROKEN, "labels.csv"}
    in_the_table(page, "sea_view", "Becomes", "sea")
    expect(page.get_by_text("5 labels become 5.")).to_be_visible()
    in_the_table(page, "junk", "Leave out", "")
    expect(page.get_by_text("Left out: junk.")).to_be_visible()
    acting.import_as(page, NAME)
    made = datasets.by_name(errata.store, NOBODY, NAME)
    assert made.images == planted.FIRST
    assert [label.name for label in datasets.labels(errata.store, NOBODY, made.id)] == [
        "boat",
        "rare",
        "sea",
        "sky",
    ]
    assert by_key(errata, made.id)["leak-val.png"].part is Part.VALIDATION
    return made.id


def looked_at(page: Page, path: Path) -> None:
    """Upload an archive and wait for the preview of what it would bring."""
    page.get_by_text("Upload an archive").click()
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text(f"Ready: {path.name}")).to_be_visible()
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("Nothing is stored yet.")).to_be_visible(timeout=LONG_MS)


def in_the_table(page: Page, label: str, column: str, typed: str) -> None:
    """Type into a cell of the table of labels, or tick it; the table is a canvas, worked by keyboard."""
    table = page.get_by_test_id("stDataFrame")
    if not table.is_visible():
        page.get_by_text("Rename, merge or leave out labels").click()
    canvas = table.get_by_test_id("data-grid-canvas")
    expect(canvas.locator("td", has_text=label)).not_to_have_count(0)  # once it is opened wide
    names = canvas.locator("tbody tr td:first-child").all_text_contents()
    columns = canvas.locator("thead th").all_text_contents()
    row_px = 35
    table.locator(".dvn-scroller").click(position={"x": 40, "y": row_px * (1.5 + names.index(label))})
    for _ in range(columns.index(column)):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    if typed:
        field = page.locator("#portal textarea")
        field.fill(typed)
        field.press("Enter")
    acting.settled(page)


def declared_and_verified(errata: Served, number: int) -> None:
    """A boat implies the sea; and of the cells that the second archive contradicts, a person has verified one."""
    known = {label.name: label for label in datasets.labels(errata.store, NOBODY, number)}
    labels.imply(errata.store, Actor(AUTHOR), number, known["boat"].id, [known["sea"].id])
    row = by_key(errata, number)[planted.VERIFIED].row
    seen = CellValue(LabelState.PRESENT, False)
    keep = CellChange(row, known["sea"].id, seen, CellValue(LabelState.PRESENT, True))
    (answer,) = corrections.operate(
        errata.store, Actor(AUTHOR), number, [Operation("keep-1", "set", (keep,))]
    )
    assert answer.status == "saved"


def second_archive(page: Page, errata: Served, number: int, path: Path) -> None:
    """Import the tar.gz into the same data set: new images, changed labels; what a person verified stays."""
    before = datasets.get(errata.store, NOBODY, number)
    page.goto(f"{errata.url}/data?dataset={number}&view=import&into=1")
    looked_at(page, path)
    numbers = {
        title: acting.figure(page, title) for title in ("New images", "Labels changed", "Verified, kept")
    }
    assert numbers == {"New images": str(planted.NEW), "Labels changed": "2", "Verified, kept": "1"}
    page.get_by_role("button", name=f"Add {planted.NEW} images and change 2 labels").click()
    expect(page.get_by_role("heading", name=NAME, exact=True)).to_be_visible(timeout=LONG_MS)
    after = datasets.get(errata.store, NOBODY, number)
    assert (after.images, after.revision) == (before.images + planted.NEW, before.revision + 1)
    assert cell(errata, number, planted.CHANGED, "sea").state is LabelState.PRESENT
    assert cell(errata, number, planted.VERIFIED, "boat").state is LabelState.PRESENT
    assert cell(errata, number, planted.VERIFIED, "sea") == CellValue(LabelState.PRESENT, True)


def told_by_history(page: Page, errata: Served, number: int) -> None:
    """The second import is one revision, told as such, that can be undone."""
    page.goto(f"{errata.url}/history?dataset={number}")
    revision = datasets.get(errata.store, NOBODY, number).revision
    expect(page.get_by_text(f"revision {revision}", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("imported .* more annotation"))).to_be_visible()
    expect(page.get_by_role("button", name="Undo").first).to_be_enabled()


# --- Left out, parts, out again


def left_out(page: Page, errata: Served, number: int) -> None:
    """Images that are left out count in no part, are found by a search, and taken back by a key."""
    rows = splitting.left_out(errata.store, NOBODY, number)
    found = datasets.overview(errata.store, NOBODY, number)
    assert sum(found.images.values()) == planted.FIRST + planted.NEW - len(rows)
    page.goto(f"{errata.url}/annotate?dataset={number}&view=all&search=left_out")
    gallery = Gallery(page, errata, number).ready()
    expect(gallery.title).to_have_text(f"{len(rows)} pictures")
    key = gallery.inspector.locator("figcaption").inner_text().split(" · ")[0]
    gallery.inspector.get_by_role("button", name="take back").click()
    gallery.all_saved()
    assert not by_key(errata, number)[key].left_out
    assert len(splitting.left_out(errata.store, NOBODY, number)) == len(rows) - 1


def parts_drawn_and_undone(page: Page, errata: Served, number: int) -> None:
    """A split is looked at, applied, and taken back in the history."""
    before = {key: image.place for key, image in by_key(errata, number).items()}
    page.goto(f"{errata.url}/data?dataset={number}&view=split")
    field = page.get_by_role("spinbutton", name="Validation (%)")
    field.fill("30")
    field.press("Enter")
    acting.settled(page)
    page.get_by_role("button", name="Show what would move").click()
    revision = datasets.get(errata.store, NOBODY, number).revision + 1
    page.get_by_role("button", name=f"Apply as revision {revision}").click()
    expect(page.get_by_text(re.compile(f"Revision {revision}: .* moved"))).to_be_visible()
    counts = datasets.overview(errata.store, NOBODY, number).images
    assert abs(counts[Part.VALIDATION] - 0.3 * sum(counts.values())) < 3  # every label keeps its share
    page.get_by_role("link", name="Undo it on the History page").click()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text(f"Revision {revision} is undone.")).to_be_visible()
    assert {key: image.place for key, image in by_key(errata, number).items()} == before


def exported(page: Page, errata: Served, number: int) -> None:
    """A file for another tool holds the images that a search finds, and their labels of now."""
    page.goto(f"{errata.url}/data?dataset={number}")
    page.get_by_role("button", name="Export", exact=True).click()
    dialog = page.get_by_role("dialog")
    acting.choose(page, "Format", "coco")
    field = dialog.get_by_label("Only images that match", exact=True)
    field.fill("boat & part:train")
    field.press("Enter")
    acting.settled(page)
    dialog.get_by_role("button", name="Make the file").click()
    link = dialog.get_by_role("link", name=re.compile("^Download"))
    expect(link).to_be_visible(timeout=LONG_MS)
    with page.expect_download() as arriving:
        link.click()
    content = of_coco(Path(arriving.value.path()))
    wanted = {
        key
        for key, image in by_key(errata, number).items()
        if image.part is Part.TRAIN
        and not image.left_out
        and cell(errata, number, key, "boat").state is LabelState.PRESENT
    }
    assert set(content) == wanted
    assert content["boat.png"] == {"boat", "sea"}


def of_coco(path: Path) -> dict[str, set[str]]:
    """The labels of each image of a file in COCO's format, which may come packed."""
    data = path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(".json")]
            data = archive.read(name)
    content = json.loads(data)
    names = {one["id"]: one["name"] for one in content["categories"]}
    found: dict[str, set[str]] = {one["file_name"]: set() for one in content["images"]}
    keys = {one["id"]: one["file_name"] for one in content["images"]}
    for one in content["annotations"]:
        found[keys[one["image_id"]]].add(names[one["category_id"]])
    return found
