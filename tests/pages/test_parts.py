"""The split view: what the parts hold, a look before anything is stored, what it means, and the ways back."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import states
from core.actor import Actor
from core.services import splitting
from db import datasets
from tests.conftest import Home
from tests.core.services.test_splitting import add
from tests.pages.sets import add_run, add_set
from tests.pages.test_train import buttons, press, said

ADA = Actor("Ada")


@pytest.fixture(autouse=True)
def no_other_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The view stands alone here, so that there is no page to link to."""
    monkeypatch.setattr(st, "page_link", lambda *page, **how: None)


def _page() -> None:
    from pages.ui.dataset import parts
    from pages.ui.header import header

    ctx = header("Data", "What do I have?")
    assert ctx.dataset is not None
    parts.draw(ctx, ctx.dataset)


def view() -> AppTest:
    seen = AppTest.from_function(_page, default_timeout=30).run()
    assert not seen.exception
    return seen


def shown(seen: AppTest) -> str:
    """All that is drawn as HTML."""
    return "".join(element.proto.body for element in seen.get("html"))


def field(seen: AppTest, name: str):  # type: ignore[no-untyped-def]
    return next(one for one in seen.number_input if one.label == name)


def counts(home: Home, dataset: int) -> list[int]:
    parts = states.matrix(home.store, dataset).parts
    return [int((parts == code).sum()) for code in (0, 1, 2, -1)]


def test_the_parts_are_shown_beside_what_was_wanted_and_scarce_labels_are_marked(home: Home) -> None:
    add_set(home, "small")
    seen = view()
    assert "<td>sea</td><td class=number>⚠ 2</td>" in shown(seen)
    assert "⚠ fewer than 5 images" in said(seen)
    assert "In validation, fewer than 5 images have" in said(seen)


def test_nothing_is_stored_before_it_was_seen(home: Home) -> None:
    dataset = add(home)
    seen = view()
    field(seen, "Test (%)").set_value(20).run()
    assert field(seen, "Train (%)").value == 60
    assert "Apply as revision 2" not in buttons(seen)
    press(seen, "Show what would move")
    assert "24 images of 60 would move: 12 from training to validation, 12 from training to test." in said(
        seen
    )
    assert "60 → 36" in shown(seen)
    assert "No run was trained on the present parts." in said(seen)
    assert counts(home, dataset) == [60, 0, 0, 0]
    press(seen, "Apply as revision 2")
    assert counts(home, dataset) == [36, 12, 12, 0]
    assert "Revision 2: 24 images moved." in [element.value.replace("\\", "") for element in seen.success]
    assert "Show what would move" in buttons(seen)


def test_the_effect_follows_the_wish_once_it_was_asked_for(home: Home) -> None:
    add(home)
    seen = press(view(), "Show what would move")
    assert "12 images of 60 would move" in said(seen)
    field(seen, "Validation (%)").set_value(50).run()
    assert "30 images of 60 would move" in said(seen)


def test_a_wish_that_moves_nothing_says_so_and_cannot_be_applied(home: Home) -> None:
    dataset = add(home)
    service = splitting.propose(home.store, home.settings, ADA, dataset, splitting.SplitWish())
    splitting.apply(home.store, ADA, dataset, service, "one")
    seen = press(view(), "Show what would move")
    assert "Nothing would move: every image is where this split puts it." in said(seen)
    assert not [name for name in buttons(seen) if name.startswith("Apply")]


def test_what_a_split_means_for_the_runs_there_are_is_said(home: Home) -> None:
    dataset = add_set(home, "small")
    add_run(home, dataset)
    seen = view()
    field(seen, "Validation (%)").set_value(20).run()
    press(seen, "Show what would move")
    assert "1 run keeps the images that it was judged on." in said(seen)
    assert "Compare sets them beside old ones on the validation images that both share" in said(seen)


def test_a_column_of_the_source_is_offered_with_the_number_of_its_values(home: Home) -> None:
    add(home, sites=12)
    seen = view()
    box = next(box for box in seen.selectbox if box.label == "Keep together")
    assert "site: 12 values" in box.options
    box.select("site").run()
    press(seen, "Show what would move")
    assert "would move" in said(seen)
    box = next(box for box in seen.selectbox if box.label == "Keep together")
    box.select(splitting.LOOKALIKES).run()
    assert "scan the data set first" in said(seen)


def test_shares_that_cannot_be_are_a_sentence(home: Home) -> None:
    add(home)
    seen = view()
    field(seen, "Validation (%)").set_value(60).run()
    field(seen, "Test (%)").set_value(50).run()
    press(seen, "Show what would move")
    assert "The split gives train no share" in said(seen)


def test_left_out_images_are_counted_and_taken_back(home: Home) -> None:
    dataset = add(home)
    splitting.place(home.store, ADA, dataset, [3, 4], part=None, left_out=True, client_id="out", reason="odd")
    seen = view()
    assert "2 images are left out: neither learned from nor judged." in said(seen).replace("**", "")
    press(seen, "Take back all")
    assert counts(home, dataset) == [60, 0, 0, 0]
    assert "Take back all" not in buttons(seen)
    assert datasets.get(home.store, dataset).revision == 3


def test_what_was_seen_is_not_applied_to_what_changed_meanwhile(home: Home) -> None:
    dataset = add(home)
    seen = press(view(), "Show what would move")
    splitting.place(home.store, ADA, dataset, [3], part=None, left_out=True, client_id="out", reason="odd")
    press(seen, "Apply as revision 2")
    assert counts(home, dataset) == [59, 0, 0, 1]
    assert datasets.get(home.store, dataset).revision == 2
    assert "Apply as revision 3" in buttons(seen)


def test_a_large_set_is_drawn_only_when_asked(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.ui.dataset import parts

    monkeypatch.setattr(parts, "LIVE_UP_TO", 10)
    add(home)
    seen = press(view(), "Show what would move")
    assert "12 images of 60 would move" in said(seen)
    field(seen, "Validation (%)").set_value(50).run()
    assert "would move" not in said(seen)
    press(seen, "Show what would move")
    assert "30 images of 60 would move" in said(seen)


def test_folds_are_shown(home: Home) -> None:
    add(home)
    seen = view()
    seen.segmented_control[0].set_value("folds").run()
    assert not seen.exception
    assert "fold 5" in shown(seen)
    field(seen, "Folds").set_value(3).run()
    assert "fold 4" not in shown(seen)
    assert "<td>all images</td><td class=number>20</td>" in shown(seen)


def test_asking_for_a_test_part_takes_it_from_train_and_leaves_validation_alone(home: Home) -> None:
    dataset = add(home)
    first = splitting.propose(home.store, home.settings, ADA, dataset, splitting.SplitWish())
    splitting.apply(home.store, ADA, dataset, first, "one")
    seen = press(view(), "Show what would move")
    assert "choose “draw every image anew”" in said(seen)
    field(seen, "Test (%)").set_value(20).run()
    assert "12 images of 60 would move: 12 from training to test." in said(seen)
    next(one for one in seen.radio).set_value(splitting.Draws.EVERY).run()
    assert "12 images of 60 would move: 12 from training to test." not in said(seen)
