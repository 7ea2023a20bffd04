"""The history page: who changed what, and the way back."""

from pathlib import Path

from sqlalchemy import insert, update
from streamlit.testing.v1 import AppTest

from core.actor import Actor
from core.implications import Way
from core.services import correction_files, corrections, implied, labels, sittings
from core.services.corrections import Operation
from db import datasets, findings, models, placements, revisions
from db.records import CellChange, CellValue, Place
from db.terms import Cause, LabelState, Part
from tests.conftest import Home
from tests.pages.errors_sets import analyse, button, open_page, said
from tests.pages.sets import add_run, add_set

MOST_EACH = 30  # of an opened sitting, as the page has it
ABSENT, PRESENT = CellValue(LabelState.ABSENT), CellValue(LabelState.PRESENT, True)


def correct(home: Home, author: str, row: int, reason: str = "") -> int:
    change = CellChange(row, 2, ABSENT, PRESENT)
    operation = Operation(f"client-{row}-{author}", "set", changes=(change,), reason=reason)
    (answer,) = corrections.operate(home.store, Actor(author), 1, [operation])
    assert answer.batch is not None
    return answer.batch.id


def bodies(seen: AppTest) -> str:
    return "".join(
        str(one.value) if hasattr(one, "value") else str(one.proto.body) for one in seen.get("html")
    )


def test_every_batch_is_listed_with_its_author_and_reason(home: Home) -> None:
    add_set(home, "scenes")
    correct(home, "Bob <b>", 3, "looked *twice*")
    text = said(open_page("history"))
    assert "corrected 1 label: sky: absent → present" in text
    assert "revision 2" in text
    assert "Bob <b>" in text
    assert "looked *twice*" in text
    assert "imported" in text


def test_an_import_offers_no_undo(home: Home) -> None:
    add_set(home, "scenes")
    assert [one.label for one in open_page("history").button] == ["Show"]


def test_undo_needs_a_name_then_brings_the_old_label_back(home: Home) -> None:
    add_set(home, "scenes")
    correct(home, "Bob", 3)
    seen = open_page("history")
    assert button(seen, "Undo").disabled
    assert "Undo is grey until you say who you are" in said(seen)
    seen.text_input[0].set_value("Cleo").run()
    button(seen, "Undo").click().run()
    assert "Revision 2 is undone." in said(seen)
    assert "undid revision 2: sky: present → absent" in said(seen)
    assert "undone by revision 3" in said(seen)
    assert revisions.values(home.store, 1, [(3, 2)])[0].value == ABSENT
    assert revisions.history(home.store, 1)[0].author == "Cleo"


def test_an_undo_that_comes_too_late_is_told_and_changes_nothing(home: Home) -> None:
    add_set(home, "scenes")
    correct(home, "Bob", 3)
    later = CellChange(3, 2, PRESENT, CellValue(LabelState.UNKNOWN, True))
    corrections.operate(home.store, Actor("Dora"), 1, [Operation("client-later", "set", changes=(later,))])
    seen = open_page("history")
    seen.text_input[0].set_value("Cleo").run()
    [one for one in seen.button if one.label == "Undo"][1].click().run()  # Bob's, the older one
    assert "Dora" in said(seen)
    assert revisions.values(home.store, 1, [(3, 2)])[0].value.state is LabelState.UNKNOWN


def test_an_address_opens_a_batch_with_before_and_after(home: Home) -> None:
    add_set(home, "scenes")
    batch = correct(home, "Bob", 3)
    seen = open_page("history", batch=batch)
    body = bodies(seen)
    assert "– absent → <b>✓ present, verified</b>" in body
    folder = datasets.get(home.store, 1).folder
    assert f"/errata/thumbnail/1/{folder}/3" in body


def test_each_line_of_a_file_shows_its_own_reason(home: Home, tmp_path: Path) -> None:
    add_set(home, "scenes")
    labels, images = datasets.labels(home.store, 1), datasets.images(home.store, 1, [3, 5])
    file = tmp_path / "fixes.csv"
    lines = [f"{image.key},{labels[1].name},unknown,<i>reason {image.row}</i>" for image in images]
    file.write_text("\n".join(["image,label,state,reason", *lines]))
    correction_files.apply(home.store, Actor("Bob"), 1, file)
    seen = open_page("history", batch=revisions.history(home.store, 1)[0].id)
    shown = [figure for figure in bodies(seen).split("<figure>") if "reason" in figure]
    assert ["&lt;i&gt;reason 3&lt;/i&gt;" in shown[0], "&lt;i&gt;reason 5&lt;/i&gt;" in shown[1]] == [
        True
    ] * 2
    assert "From the file fixes.csv" in said(seen)


def test_one_author_can_be_looked_at_alone(home: Home) -> None:
    add_set(home, "scenes")
    correct(home, "Bob", 3)
    correct(home, "Dora", 5)
    text = said(open_page("history", author="Dora"))
    assert "**Dora**" in text
    assert "**Bob**" not in text


def test_a_row_of_a_single_change_shows_its_picture_and_a_keep_is_no_correction(home: Home) -> None:
    add_set(home, "scenes")
    keep = CellChange(5, 2, ABSENT, CellValue(LabelState.ABSENT, True))
    corrections.operate(home.store, Actor("Bob"), 1, [Operation("keep", "set", changes=(keep,))])
    seen = open_page("history")
    assert "kept 1 label: sky: kept absent" in said(seen)
    both = tuple(CellChange(row, 2, ABSENT, PRESENT) for row in (0, 2))
    corrections.operate(home.store, Actor("Bob"), 1, [Operation("both", "set", changes=both)])
    text = said(open_page("history", batch=revisions.history(home.store, 1)[0].id))
    assert "3 corrections on 3 images: sky: 2 absent → present, 1 kept absent" in text
    assert "corrected 2 labels: sky: absent → present" in text
    assert "kept 1 label: sky: kept absent" in text
    assert f"/errata/thumbnail/1/{datasets.get(home.store, 1).folder}/5" in bodies(seen)


def test_a_bulk_change_is_counted_by_direction(home: Home) -> None:
    add_set(home, "scenes")
    changes = [CellChange(row, 2, ABSENT, PRESENT) for row in (0, 2, 3)]
    changes += [CellChange(5, 2, ABSENT, CellValue(LabelState.ABSENT, True))]
    changes += [CellChange(0, 1, CellValue(LabelState.PRESENT), CellValue(LabelState.UNKNOWN, True))]
    bulk = Operation("bulk", "set", changes=tuple(changes))
    corrections.operate(home.store, Actor("Bob"), 1, [bulk])
    assert "corrected 5 labels: 3 absent → present, 1 present → unknown, 1 kept absent" in said(
        open_page("history")
    )


def test_a_verdict_that_was_taken_back_speaks_of_no_revision(home: Home) -> None:
    add_set(home, "scenes")
    run = add_run(home, 1)
    analyse(home, run, 1)
    finding = findings.everything(home.store, run)[0]
    moved = Operation(
        "move", "verdict", finding_id=finding.id, seen_cause=finding.cause, cause=Cause.UNKNOWN, run_id=run
    )
    (answer,) = corrections.operate(home.store, Actor("Bob"), 1, [moved])
    assert answer.batch is not None
    corrections.undo(home.store, Actor("Bob"), answer.batch.id, "undo")
    text = said(open_page("history"))
    assert "moved an error to another cause · :small[undone]" in text
    assert "took back the move of an error to another cause" in text


SEA, SKY, TREE = 1, 2, 3
BOB = Actor("Bob")


def test_changes_of_the_labels_themselves_are_told_in_words(home: Home) -> None:
    add_set(home, "scenes")
    labels.rename(home.store, BOB, 1, SKY, "heaven")
    labels.merge(home.store, BOB, 1, SKY, SEA)
    _, pond = labels.add(home.store, BOB, 1, "pond", default_state=LabelState.UNKNOWN)
    labels.split(home.store, BOB, 1, SEA, "bay", implies=True)
    labels.describe(home.store, BOB, 1, pond, description="Still *water*.", examples=[1])
    labels.set_key(home.store, BOB, 1, pond, "7")
    labels.imply(home.store, BOB, 1, pond, [SEA])
    labels.remove(home.store, BOB, 1, TREE)
    text = said(open_page("history"))
    for line in (
        "renamed “sky” to “heaven”",
        "merged “heaven” into “sea”: 3 images",
        "added “pond”",
        "split “bay” off “sea”",
        "described “pond”",
        "gave “pond” the key 7",
        "“pond” implies “sea”",
        "removed “tree”",
    ):
        assert line in text


def test_a_label_is_called_as_it_was_called_then(home: Home) -> None:
    add_set(home, "scenes")
    correct(home, "Bob", 3)
    batch = revisions.history(home.store, 1)[0]
    labels.rename(home.store, BOB, 1, SKY, "heaven")
    correct(home, "Bob", 5)
    text = said(open_page("history"))
    assert "corrected 1 label: sky: absent → present" in text
    assert "corrected 1 label: heaven: absent → present" in text
    assert "<b>sky</b>" in bodies(open_page("history", batch=batch.id))


def test_undone_changes_of_labels_say_what_came_back(home: Home) -> None:
    add_set(home, "scenes")
    done = [
        labels.rename(home.store, BOB, 1, SKY, "heaven"),
        labels.merge(home.store, BOB, 1, SKY, SEA),
        labels.remove(home.store, BOB, 1, TREE),
    ]
    done.append(labels.add(home.store, BOB, 1, "pond", default_state=LabelState.ABSENT)[0])
    for at, batch in enumerate(reversed(done)):
        answer = corrections.undo(home.store, BOB, batch.id, f"undo-{at}")
        assert answer.status == "saved", answer.message
    text = said(open_page("history"))
    for line in (
        "undid revision 5: removed “pond”",
        "undid revision 4: brought back “tree”",
        "undid revision 3: “heaven” is a label beside “sea” again",
        "undid revision 2: renamed “heaven” to “sky”",
    ):
        assert line in text


def test_the_list_of_labels_is_brought_back_from_the_page(home: Home) -> None:
    add_set(home, "scenes")
    labels.merge(home.store, BOB, 1, SKY, SEA)
    seen = open_page("history")
    seen.text_input[0].set_value("Cleo").run()
    button(seen, "Undo").click().run()
    assert "Revision 2 is undone." in said(seen)
    assert [one.name for one in datasets.labels(home.store, 1)] == ["sea", "sky", "tree"]


def test_a_description_is_read_where_its_batch_is_opened(home: Home) -> None:
    add_set(home, "scenes")
    batch = labels.describe(home.store, BOB, 1, SKY, description="Above, *open*.", examples=[])
    assert "described “sky”: Above, *open*." in said(open_page("history", batch=batch.id))


def test_mended_implications_give_their_reason(home: Home) -> None:
    add_set(home, "scenes")
    labels.imply(home.store, BOB, 1, SEA, [SKY])
    implied.mend(home.store, BOB, 1, SEA, SKY, Way.PRESENT)
    text = said(open_page("history"))
    assert "corrected 4 labels: sky: absent → present" in text
    assert "“sea” implies “sky”: “sky” set present" in text


def test_images_that_were_left_out_or_moved_are_told_and_shown(home: Home) -> None:
    add_set(home, "scenes")
    train = Place(Part.TRAIN)
    by = {"author": "Bob", "reason": ""}
    out = placements.move(
        home.store, 1, {row: Place(Part.TRAIN, left_out=True) for row in (0, 1)}, client_id="a", **by
    )
    placements.move(home.store, 1, {8: train}, client_id="b", **by)
    placements.move(home.store, 1, {0: train, 7: train}, client_id="c", **by)
    corrections.undo(home.store, BOB, revisions.history(home.store, 1)[0].id, "undo")
    text = said(open_page("history"))
    for line in (
        "left out 2 images",
        "moved 1 image from validation to training",
        "moved 2 images between the parts",
        "undid revision 4: moved 2 images between the parts",
    ):
        assert line in text
    body = bodies(open_page("history", batch=out.batch.id))
    assert "training → <b>left out</b>" in body
    assert "1.jpg" in body


def sitting(
    home: Home, *rows: int, author: str = "Bob", pause_s: float = 1.0, began: float = 1e9
) -> list[int]:
    """Single corrections of one person, one a pause; their batches, the oldest first."""
    made = [correct(home, author, row) for row in rows]
    with home.store.write() as connection:
        for at, number in enumerate(made):
            when = update(models.batches).where(models.batches.c.id == number)
            connection.execute(when.values(created_at=began + at * pause_s))
    return made


def test_what_was_corrected_key_by_key_is_one_row_with_each_change_behind_it(home: Home) -> None:
    add_set(home, "scenes")
    made = sitting(home, 0, 2, 3)
    seen = open_page("history")
    text = said(seen)
    assert "3 corrections on 3 images: sky: absent → present" in text
    assert "revisions 2 to 4" in text
    assert "corrected 1 label" not in text
    button(seen, "Show").click().run()
    assert seen.query_params["sitting"] == str(made[0])
    assert said(seen).count("corrected 1 label: sky: absent → present") == 3
    assert [one.label for one in seen.button].count("Undo") == 3
    button(seen, "Hide").click().run()
    assert "corrected 1 label" not in said(seen)


def test_a_pause_another_person_and_another_reason_end_a_sitting(home: Home) -> None:
    add_set(home, "scenes")
    sitting(home, 0, 2)
    sitting(home, 3, 5, began=1e9 + 1000)
    sitting(home, 6, began=1e9 + 1002, author="Dora")
    sitting(home, 8, began=1e9 + 1003)
    correct(home, "Bob", 9, "because")
    text = said(open_page("history"))
    assert text.count("2 corrections on 2 images") == 2
    assert text.count("corrected 1 label: sky: absent → present") == 3


def test_one_change_of_a_sitting_is_undone_alone_and_then_all_that_are_left(home: Home) -> None:
    add_set(home, "scenes")
    made = sitting(home, 0, 2, 3)
    seen = open_page("history", sitting=made[1])  # any of its changes opens it
    seen.text_input[0].set_value("Cleo").run()
    [one for one in seen.button if one.label == "Undo"][1].click().run()
    assert "Revision 3 is undone." in said(seen)
    assert "1 undone" in said(seen)
    assert [revisions.values(home.store, 1, [(row, 2)])[0].value for row in (0, 2, 3)] == [
        PRESENT,
        ABSENT,
        PRESENT,
    ]
    button(seen, "Undo all").click().run()
    assert "2 changes are undone." in said(seen)
    assert [revisions.values(home.store, 1, [(row, 2)])[0].value for row in (0, 2, 3)] == [ABSENT] * 3
    assert "undid 3 changes on 3 images: sky: present → absent" in said(seen)
    assert revisions.history(home.store, 1)[0].author == "Cleo"


def test_undoing_a_sitting_leaves_what_somebody_changed_since(home: Home) -> None:
    add_set(home, "scenes")
    sitting(home, 0, 2, 3)
    later = CellChange(2, 2, PRESENT, CellValue(LabelState.UNKNOWN, True))
    corrections.operate(home.store, Actor("Dora"), 1, [Operation("client-later", "set", changes=(later,))])
    seen = open_page("history")
    seen.text_input[0].set_value("Cleo").run()
    button(seen, "Undo all").click().run()
    assert "2 changes are undone. 1 other stays: " in said(seen)
    states = [revisions.values(home.store, 1, [(row, 2)])[0].value.state for row in (0, 2, 3)]
    assert states == [LabelState.ABSENT, LabelState.UNKNOWN, LabelState.ABSENT]


def test_pages_of_the_history_end_between_sittings(home: Home) -> None:
    add_set(home, "scenes")
    for at, row in enumerate((0, 2, 3, 5, 6)):
        sitting(home, row, began=1e9 + 1000 * at)
    dataset = [(one.first.id, one.last.id) for one in sittings.history(home.store, BOB, 1, limit=9)]
    assert len(dataset) == 6
    sitting(home, 8, 9, began=1e9 + 1000 * 4 + 2)
    page = sittings.history(home.store, BOB, 1, limit=2)
    assert [len(one.batches) for one in page] == [3, 1]
    rest = sittings.history(home.store, BOB, 1, limit=9, before=page[-1].first.id)
    assert [len(one.batches) for one in rest] == [1, 1, 1, 1]


def test_a_long_sitting_shows_a_page_of_its_changes_and_more_on_request(home: Home) -> None:
    add_set(home, "scenes")
    with home.store.write() as connection:
        for at in range(MOST_EACH + 5):
            connection.execute(
                insert(models.batches).values(
                    dataset_id=1,
                    source="correction",
                    author="Bob",
                    created_at=1e9 + at,
                    reason="",
                    client_id=f"c{at}",
                    size=1,
                )
            )
    seen = open_page("history", sitting=10)
    assert [one.label for one in seen.button].count("Undo") == MOST_EACH
    button(seen, "Show 5 more of 5").click().run()
    assert [one.label for one in seen.button].count("Undo") == MOST_EACH + 5
