"""The trouble view: before a scan, while it works, what it found, and the ways on."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.data import problem_list
from core.data.importers.records import Problem
from core.data.trouble import scan
from core.services import trouble
from core.services.trouble import Kind, Overview
from db import datasets, jobs, placements
from db.records import Placement
from db.terms import JobKind, JobState
from tests.pages.sets import Home, add_set, write_scan
from tests.pages.test_data import data_page, press, said


def pills(seen: AppTest) -> list[str]:
    (group,) = [one for one in seen.get("button_group") if one.key == "errata:trouble:kind"]
    return [option.content for option in group.proto.options]


def test_before_a_scan_one_button_looks_for_trouble(home: Home) -> None:
    dataset = add_set(home, "small")
    seen = data_page(view="trouble")
    assert "Nobody has looked for trouble yet" in said(seen)
    press(seen, "Look for trouble")
    (job,) = jobs.listing(home.store, kinds=[JobKind.SCAN])
    assert job.dataset_id == dataset
    jobs.end(home.store, job.id, JobState.FAILED, message="The disk is full.")
    assert "The disk is full." in said(data_page(view="trouble"))


def test_a_scan_shows_each_kind_with_the_number_that_is_open(home: Home) -> None:
    write_scan(home, add_set(home, "small"))
    assert pills(data_page(view="trouble"))[:3] == ["conflicting labels 4", "look-alikes 1", "dark 1"]


def test_the_chosen_kind_is_in_the_address_and_says_what_to_do(home: Home) -> None:
    write_scan(home, add_set(home, "small"))
    seen = data_page(view="trouble", kind="dark")
    assert "So dark that little can be seen. Enter leaves the image out." in said(seen)


def test_labels_with_too_few_images_lead_to_them(home: Home) -> None:
    write_scan(home, add_set(home, "small"))
    seen = data_page(view="trouble", kind="too few examples")
    assert any("**sea**" in button.label for button in seen.button)


@pytest.mark.parametrize(("images", "told"), [(10, False), (8, True)])
def test_images_that_came_after_the_scan_are_told(home: Home, images: int, told: bool) -> None:
    write_scan(home, add_set(home, "small"), images)
    assert ("2 images came after the last scan" in said(data_page(view="trouble"))) is told


def test_a_damaged_scan_is_said_with_the_way_out(home: Home) -> None:
    dataset = add_set(home, "small")
    write_scan(home, dataset)
    folder = home.settings.datasets_dir / datasets.get(home.store, dataset).folder
    (folder / scan.FILE).write_bytes(b"torn")
    seen = data_page(view="trouble")
    assert "scan the data set again" in said(seen)
    assert "Nobody has looked" not in said(seen)
    press(seen, "Look for trouble")
    assert len(jobs.listing(home.store, kinds=[JobKind.SCAN])) == 1


def test_the_kind_that_is_looked_at_stays_when_its_last_is_decided(home: Home) -> None:
    write_scan(home, add_set(home, "small"))
    seen = data_page(view="trouble", kind="leaks")
    assert "leaks ✓ done" in pills(seen)
    assert "Look-alikes on two sides of the split" in said(seen)


def test_a_kind_that_is_done_says_so_and_leads_to_the_next(home: Home) -> None:
    dataset = add_set(home, "small")
    write_scan(home, dataset)
    (image,) = datasets.images(home.store, dataset, [9])
    kept = [Placement(9, image.place, image.place)]
    reason = trouble.reason(Kind.DARK)
    placements.decide(home.store, dataset, kept, author="Ada", client_id="dark", reason=reason)
    seen = data_page(view="trouble", kind="dark")
    assert "dark ✓ done" in pills(seen)
    assert "All 1 decided." in said(seen)
    press(seen, "Next: too few examples (3)")
    assert "too few examples" in seen.query_params["kind"]
    assert "a label can hardly be learned" in said(seen)
    press(data_page(view="trouble", kind="leaks"), "Next: look-alikes (1)")


def test_what_is_found_is_counted_once_a_page(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scan(home, add_set(home, "small"))
    counted = []
    count = trouble.overview

    def overview(*asked: Any) -> Overview | None:
        counted.append(asked)
        return count(*asked)

    monkeypatch.setattr(trouble, "overview", overview)
    seen = data_page(view="trouble")
    counted.clear()
    seen.run()
    assert len(counted) == 1


def test_what_an_import_of_more_merely_notes_is_no_trouble(home: Home) -> None:
    dataset = add_set(home, "small")
    write_scan(home, dataset)
    path = home.settings.datasets_dir / datasets.get(home.store, dataset).folder / problem_list.FILE
    noted = [
        Problem("unreadable image", "torn.jpg", "It is torn."),
        Problem("no longer there", "1.jpg", "Kept."),
    ]
    problem_list.write(path, noted, revision=1)
    assert "not imported 1" in pills(data_page(view="trouble"))


@pytest.mark.parametrize("content", [b"", b"revision,kind", b"\x00\x89PNG\xff" * 99, b"1,2\n\n3"])
def test_a_damaged_list_of_what_was_not_imported_is_said_in_a_sentence(home: Home, content: bytes) -> None:
    dataset = add_set(home, "small")
    write_scan(home, dataset)
    path = home.settings.datasets_dir / datasets.get(home.store, dataset).folder / problem_list.FILE
    path.write_bytes(content)
    seen = data_page(view="trouble")
    assert "not imported 1" in pills(seen)
    seen.session_state["errata:trouble:kind"] = "not imported"
    seen.run()
    assert not seen.exception
    assert "it was edited or damaged" in "".join(one.value for one in seen.warning)
    path.unlink()
    seen.run()
    assert not seen.exception
