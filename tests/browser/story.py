"""The loop as one story: import, train, errors by cause, correct ten by keyboard, undo, reload, retrain, compare."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from core.actor import NOBODY
from core.services import analysis, corrections, datasets, runs, sittings
from db import revisions
from db.records import Run
from db.terms import Cause, LabelState, Part, Source
from tests.browser import acting
from tests.browser.acting import LONG_MS, Cell, Gallery
from tests.browser.conftest import Served

SETTINGS = {"Epochs": "5", "Batch": "16"}
AUTHOR = "Ada Lovelace"
OTHER = {LabelState.PRESENT: LabelState.ABSENT, LabelState.ABSENT: LabelState.PRESENT}


def once_round(page: Page, errata: Served, folder: Path, images: int) -> None:
    """Go once round the loop on a folder of label files, in an Errata that is empty."""
    imported(page, errata, folder, images)
    run = trained(page, errata)
    on_validation = corrected_errors(page, errata, run)
    on_training = corrected_training(page, errata, run)
    undone(page, errata, run, on_training[-1])
    reopened(page, errata, run, [*on_validation, *on_training[:-1]])
    newer = retrained(page, errata, run)
    compared(page, run, newer)
    told_by_history(page, errata, run.dataset_id, changes=10)


def imported(page: Page, errata: Served, folder: Path, images: int) -> None:
    """Import the folder; nothing is stored before that is asked for."""
    acting.look_at(page, errata, folder)
    lines = [path.read_text().split() for path in sorted((folder / "annotations").glob("*.txt"))]
    labelled = {number for numbers in lines for number in numbers}
    assert acting.figure(page, "Images") == str(images)
    assert acting.figure(page, "Labels") == str(len(lines))
    assert acting.figure(page, "Without any label") == str(images - len(labelled))
    assert datasets.listing(errata.store, NOBODY) == []
    acting.import_as(page, "drawn")
    made = datasets.by_name(errata.store, NOBODY, "drawn")
    assert (made.images, made.revision) == (images, 1)
    counts = datasets.overview(errata.store, NOBODY, made.id).present_total
    assert sorted(counts) == sorted(map(len, lines))


def trained(page: Page, errata: Served) -> Run:
    """Train from the page; its curves appear by themselves."""
    run = acting.start_training(page, errata, SETTINGS)
    assert (run.config["epochs"], run.config["batch"], run.revision) == (5, 16, 1)
    # That points appear while it still learns is seen in test_shell: here a fast machine may be done by now.
    acting.soon(lambda: acting.points(page) >= 1, within_s=LONG_MS / 1000)
    acting.await_end(page, run)
    assert acting.finished(errata, run)
    acting.soon(lambda: acting.points(page) == 5)
    return run


def corrected_errors(page: Page, errata: Served, run: Run) -> list[Cell]:
    """Five errors, a different key each; every one is in the database when the page says so."""
    page.get_by_role("link", name="See why it is wrong →").click()
    expect(acting.cards(page).first).to_be_visible(timeout=LONG_MS)
    assert list(acting.card_counts(page)) == list(Cause)
    gallery = Gallery(page, errata, run.dataset_id).ready()
    assert sum(acting.card_counts(page).values()) == gallery.pictures

    first = gallery.cell()
    gallery.press("Backspace")
    assert gallery.stored(first.row, first.label) == first.value  # nobody has signed it yet
    gallery.sign(AUTHOR)
    expect(gallery.badge(first.index)).to_contain_text("saved")
    kept = gallery.stored(first.row, first.label)
    assert (kept.state, kept.verified) == (first.value.state, True)

    accepted = gallery.next_with_suggestion()
    wanted = gallery.decide("Enter")
    assert wanted.value.state is OTHER[accepted.value.state]

    before = gallery.cell()
    toggled = gallery.decide(before.label.key)
    assert toggled.value.state is OTHER[before.value.state]

    unsure = gallery.decide(f"Shift+{gallery.cell().label.key.upper()}")
    assert unsure.value.state is LabelState.UNKNOWN

    before = gallery.cell()
    also_kept = gallery.decide("Backspace")
    assert also_kept.value.state is before.value.state
    expect(page.get_by_text("3 validation corrections re-score; none teaches yet.")).to_be_visible()
    return [Cell(first.index, first.row, first.label, kept), wanted, toggled, unsure, also_kept]


def corrected_training(page: Page, errata: Served, run: Run) -> list[Cell]:
    """Follow a doubt into the training images: two decided there, three more among the suspects."""
    gallery = acting.open_errors(page, errata, run)
    share = gallery.inspector.locator("button.doubt")
    while not share.is_visible():
        gallery.press("ArrowRight")
    share.click()
    expect(gallery.title).to_contain_text("nearest first")
    shared = [gallery.decide(key) for key in (gallery.cell().label.key, "Backspace")]
    gallery.press("Escape")
    expect(gallery.title).not_to_contain_text("nearest first")

    with acting.other_pictures(page, "part=train"):
        page.get_by_role("link", name="Annotate", exact=True).click()
    expect(page.get_by_role("heading", name="Annotate")).to_be_visible()
    gallery = Gallery(page, errata, run.dataset_id).ready()
    suspects = [gallery.decide(f"Shift+{gallery.cell().label.key.upper()}")]
    suspects += [gallery.decide(gallery.cell().label.key) for _ in range(2)]
    gallery.all_saved()

    parts = {image.row: image.part for image in datasets.images(errata.store, NOBODY, run.dataset_id)}
    decided = shared + suspects
    assert {parts[cell.row] for cell in decided} == {Part.TRAIN}
    return decided


def undone(page: Page, errata: Served, run: Run, last: Cell) -> None:
    """One key takes the last decision back."""
    gallery = Gallery(page, errata, run.dataset_id)
    gallery.press("z")
    expect(gallery.badge(last.index)).to_have_text("")
    gallery.all_saved()
    now = gallery.stored(last.row, last.label)
    assert (now.state, now.verified) == (OTHER[last.value.state], False)
    batch = revisions.history(errata.store, run.dataset_id, limit=1)[0]
    assert (batch.source, batch.author) == (Source.UNDO, AUTHOR)


def reopened(page: Page, errata: Served, run: Run, decided: list[Cell]) -> None:
    """A link to one cause opens it again after a reload, at the same picture; nothing is lost."""
    counts = errors_left(errata, run)
    cause = max(counts, key=lambda cause: counts[cause])
    gallery = acting.open_errors(page, errata, run)
    with acting.other_pictures(page, "cause="):
        acting.cards(page).filter(has_text=cause.value).first.click()
    gallery.ready()
    expect(gallery.title).to_have_text(acting.errors(counts[cause]))
    gallery.press("ArrowRight")
    gallery.press("ArrowRight")
    here = gallery.cell()
    page.reload()
    expect(acting.cards(page).filter(has_text=cause.value).first).to_have_attribute("aria-pressed", "true")
    gallery = Gallery(page, errata, run.dataset_id).ready()
    expect(gallery.title).to_have_text(acting.errors(counts[cause]))
    acting.soon(lambda: gallery.cell() == here)
    for cell in decided:
        assert gallery.stored(cell.row, cell.label) == cell.value


def errors_left(errata: Served, run: Run) -> dict[Cause, int]:
    """How many errors of each cause nobody has looked at."""
    counts = analysis.counts(errata.store, NOBODY, run.id, Part.VALIDATION)
    return {cause: sum(c.findings - c.reviewed for c in counts if c.cause is cause) for cause in Cause}


def retrained(page: Page, errata: Served, run: Run) -> Run:
    """One click trains again on the corrected labels."""
    since = corrections.since_run(errata.store, NOBODY, run.id)
    assert (since.validation_cells, since.training_cells) == (3, 3)
    page.get_by_role("button", name=f"Train again on revision {since.revision}").click()
    page.wait_for_url("**/train**")
    newer = runs.listing(errata.store, NOBODY)[0]
    assert (newer.id, newer.revision) == (run.id + 1, since.revision)
    assert {**newer.config} == {**run.config}
    acting.await_end(page, newer)
    return newer


def compared(page: Page, run: Run, newer: Run) -> None:
    """The labels' part and the model's part are told apart, and every list can be opened."""
    page.get_by_role("link", name="Compare", exact=True).click()
    sentence = page.locator(".st-key-errata-sentence")
    expect(sentence).to_contain_text("Subset accuracy", timeout=LONG_MS)
    expect(sentence).to_contain_text("validation label")
    expect(sentence).to_contain_text("training label")
    heads = page.locator(".errata-table th")
    expect(heads.filter(has_text="Labels").first).to_be_visible()
    expect(heads.filter(has_text="Model ± chance")).to_be_visible()
    for name in ("Fixed", "Broken", "Still wrong", "Right by relabelling"):
        page.get_by_test_id("stMain").get_by_text(name).first.click()
    expect(page.get_by_text("The old model was right all along")).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0
    assert f"a={run.id}" in page.url and f"b={newer.id}" in page.url


def told_by_history(page: Page, errata: Served, dataset: int, changes: int) -> None:
    """History names who changed what: ten decisions in the rows of their sittings, one of them undone."""
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_text(AUTHOR).first).to_be_visible()
    expect(page.get_by_text(re.compile("imported [0-9,]+ annotations"))).to_be_visible()  # the last row
    decided, undone = (
        page.get_by_text(re.compile("(corrected|kept) 1 label")),
        page.get_by_text("undone by revision"),
    )
    found, gone = decided.count(), undone.count()
    for sitting in sittings.history(errata.store, NOBODY, dataset):
        if len(sitting.batches) > 1:
            room = page.locator(f".st-key-errata-sitting-{sitting.first.id}")
            closed = room.get_by_role("button", name="Show", exact=True)
            closed.click()
            expect(closed).to_have_count(len(sitting.batches))
            found, gone = found + room.locator(decided).count(), gone + room.locator(undone).count()
            room.get_by_role("button", name="Hide", exact=True).first.click()
            expect(closed).to_have_count(1)
    assert (found, gone) == (changes, 1)
