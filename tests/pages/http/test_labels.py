"""Label operations over HTTP: saved whole, answered each, never twice, never over somebody else's."""

import json
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from db import datasets, findings, placements, runs
from db.findings import Filter as FindingQuery
from db.records import Image
from db.store import Store
from db.terms import LabelState, Part
from tests.pages.http.conftest import finding

NEW = finding(2, 1)
ABSENT = {"state": "absent", "verified": False}


def cell(row: int, label: int = 1, state: str = "present", seen: Any = None, **more: Any) -> dict[str, Any]:
    return {"row": row, "label": label, "seen": seen or ABSENT, "state": state, "verified": True, **more}


def put(*cells: dict[str, Any], client_id: str = "client-0001", **more: Any) -> dict[str, Any]:
    return {"client_id": client_id, "action": "set", "cells": list(cells), **more}


def send(client: TestClient, *operations: Any, author: str = "Ada") -> list[dict[str, Any]]:
    body = {"dataset": 1, "folder": "d1", "author": author, "operations": list(operations)}
    answer = client.post("/errata/labels", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["answers"]


def test_a_correction_is_saved_and_read_back(client: TestClient) -> None:
    (answer,) = send(client, put(cell(2), cell(2, label=2, state="unknown"), run=1, reason="looked"))
    assert answer["status"] == "saved"
    assert answer["revision"] == 2
    assert answer["cells"][0] == {"row": 2, "label": 1, "state": "present", "verified": True}
    item = next(i for i in client.get("/errata/items?run=1").json()["items"] if i["row"] == 2)
    assert item["cells"] == "PUa"


def test_the_same_change_sent_again_is_not_made_again(client: TestClient) -> None:
    first = send(client, put(cell(2)))[0]
    again = send(client, put(cell(2)))[0]
    assert (again["status"], again["batch"], again["revision"]) == ("repeated", first["batch"], 2)


def test_who_comes_second_is_told_who_was_first_and_nothing_is_overwritten(client: TestClient) -> None:
    send(client, put(cell(2, state="unknown")), author="Bob")
    (answer,) = send(client, put(cell(2), cell(3), client_id="client-0002"))
    assert answer["status"] == "conflict"
    assert "Bob" in answer["message"]
    assert [c["state"] for c in answer["cells"]] == ["unknown", "absent"]  # all or nothing


def test_one_refused_operation_does_not_stop_the_next(client: TestClient) -> None:
    answers = send(client, put(cell(999)), put(cell(4), client_id="client-0002"))
    assert [answer["status"] for answer in answers] == ["refused", "saved"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (put(cell(2), run=99), "no run number 99"),
        (put(cell(2), run=-1), "no run number -1"),
        (put(cell(2), cell(3, finding=12345)), "no error number 12345"),
        (put(cell(2), run=2), "Run 2 belongs to another data set"),
        (put(cell(2, finding=11)), "Error 11 belongs to another data set"),
    ],
)
def test_a_change_names_a_run_and_an_error_of_its_own_data_set(
    client: TestClient, store: Store, wrong: dict[str, Any], said: str
) -> None:
    another_set(store)
    (answer,) = send(client, wrong)
    assert answer["status"] == "refused"
    assert said in answer["message"]
    assert answer["cells"][0]["state"] == "absent"


def test_a_change_at_an_error_that_a_new_analysis_replaced_is_kept(client: TestClient, store: Store) -> None:
    old = findings.page(store, FindingQuery(1), limit=1)[0]
    findings.replace(store, 1, [NEW], revision=1, notes=[])
    assert send(client, put(cell(2, finding=old.id), run=1))[0]["status"] == "saved"


def another_set(store: Store) -> None:
    """Data set 2 with run 2, whose only error is number 11."""
    images = [Image(0, 0, "a.jpg", Part.VALIDATION, "x", 8, 8, 1)]
    fields = {"folder": "d2", "source": "a test", "root": "r", "format": "csv", "author": "Ada"}
    made = datasets.create(
        store,
        name="other",
        default_state=LabelState.ABSENT,
        labels=[("sea", "")],
        images=images,
        cells=[],
        client_id="import-2",
        **fields,
    )
    run = runs.create_finished(
        store,
        dataset_id=made.id,
        name="",
        preset="scratch",
        config={},
        folder="r2",
        threshold=[0.5],
        author="Ada",
        revision=1,
        train={},
        validation={},
    )
    label = datasets.labels(store, made.id)[0].id
    findings.replace(store, run.id, [replace(NEW, row=0, label_id=label)], revision=1, notes=[])
    assert findings.page(store, FindingQuery(run.id), limit=1)[0].id == 11


def test_undo_brings_the_old_label_back(client: TestClient) -> None:
    (first,) = send(client, put(cell(2)))
    (back,) = send(client, {"client_id": "client-0009", "action": "undo", "batch": first["batch"]})
    assert back["status"] == "saved"
    assert back["cells"] == [{"row": 2, "label": 1, "state": "absent", "verified": False}]


def test_an_error_is_moved_to_another_cause(client: TestClient) -> None:
    item = client.get("/errata/items?run=1&limit=1").json()["items"][0]
    move = {
        "client_id": "client-0003",
        "action": "verdict",
        "finding": item["id"],
        "seen": "mislabel",
        "cause": "sparsity",
    }
    assert send(client, move)[0]["status"] == "saved"
    moved = client.get("/errata/items?run=1&limit=1").json()["items"][0]
    assert (moved["cause"], moved["machine_cause"]) == ("sparsity", "mislabel")
    assert send(client, {**move, "client_id": "client-0004"})[0]["status"] == "conflict"


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"dataset": true, "folder": "d1", "author": "Ada", "operations": []}',
        b'{"dataset": 1, "folder": "d1", "author": "Ada", "operations": {}}',
        b'{"dataset": 1, "author": "Ada", "operations": []}',
        b'{"dataset": 1, "folder": "d1", "author": "Ada", "operations": [3]}',
        b'{"dataset": 1, "folder": "d1", "author": "Ada", "operations": [{"client_id": "short", "action": "set"}]}',
        b'{"dataset": 1, "folder": "", "author": "Ada", "operations": [{"client_id": "client-0001", "action": "no"}]}',
        b'{"dataset": 1, "folder": "d1", "author": "   ", "operations": []}',
    ],
)
def test_a_malformed_request_is_told_what_is_wrong(client: TestClient, wrong: bytes) -> None:
    answer = client.post("/errata/labels", content=wrong)
    assert answer.status_code == 400
    assert len(answer.json()["message"]) > 10


@pytest.mark.parametrize(
    "field",
    [
        {"state": "maybe"},
        {"verified": 1},
        {"row": "2"},
        {"row": True},
        {"seen": None},
        {"label": 1.5},
        {"finding": 2**63},
    ],
)
def test_a_wrong_field_names_its_operation(client: TestClient, field: dict[str, Any]) -> None:
    body = {"dataset": 1, "folder": "d1", "author": "Ada", "operations": [put({**cell(2), **field})]}
    answer = client.post("/errata/labels", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Operation 1")


@pytest.mark.parametrize("wrong", [r"\ud800", r"\u0000"])
@pytest.mark.parametrize("place", ["client_id", "reason", "author", "folder", "state"])
def test_half_a_character_is_refused_before_anything_is_done(
    client: TestClient, wrong: str, place: str
) -> None:
    second = put(cell(3), client_id="client-0002", reason="looked")
    body = {"dataset": 1, "folder": "d1", "author": "Ada", "operations": [put(cell(2)), second]}
    holder = body if place in body else second["cells"][0] if place == "state" else second
    holder[place] = "SPOILT-TEXT"
    sent = json.dumps(body).replace("SPOILT-TEXT", f"spoilt-{wrong}")
    answer = client.post("/errata/labels", content=sent)
    assert answer.status_code == 400
    assert f"“{place}” holds characters" in answer.json()["message"]
    assert send(client, put(cell(2)))[0]["status"] == "saved"  # not "repeated"


def test_names_are_cleaned_and_limited(client: TestClient) -> None:
    send(client, put(cell(2)), author="  Ada\n\tLovelace ")
    long = client.post(
        "/errata/labels", json={"dataset": 1, "folder": "d1", "author": "x" * 61, "operations": []}
    )
    assert long.status_code == 400
    assert "61" in long.json()["message"]


def test_a_body_past_the_limit_is_not_read_to_its_end(client: TestClient) -> None:
    answer = client.post("/errata/labels", content=b" " * (8 * 2**20 + 1))
    assert answer.status_code == 413


def test_a_missing_data_set_is_a_sentence(client: TestClient) -> None:
    answer = client.post(
        "/errata/labels", json={"dataset": 9, "folder": "d1", "author": "Ada", "operations": []}
    )
    assert answer.status_code == 404


def test_a_page_of_another_data_set_of_that_number_changes_nothing(client: TestClient) -> None:
    body = {"dataset": 1, "folder": "of-another-home", "author": "Ada", "operations": [put(cell(2))]}
    answer = client.post("/errata/labels", json=body)
    assert answer.status_code == 409
    assert "reload the page" in answer.json()["message"]
    item = next(i for i in client.get("/errata/items?run=1").json()["items"] if i["row"] == 2)
    assert item["cells"] == "aaa"


def move(*places: dict[str, Any], client_id: str = "client-9001", **more: Any) -> dict[str, Any]:
    return {"client_id": client_id, "action": "place", "places": list(places), **more}


def where(client: TestClient, row: int) -> tuple[str, bool]:
    item = next(i for i in client.get("/errata/browse?dataset=1").json()["items"] if i["row"] == row)
    return item["part"], item["left_out"]


def test_an_image_is_left_out_moved_and_taken_back(client: TestClient) -> None:
    part, out = where(client, 2)
    assert not out
    (answer,) = send(client, move({"row": 2, "seen": part, "wanted": f"{part} out"}, reason="dark"))
    assert (answer["status"], answer["revision"]) == ("saved", 2)
    assert answer["cells"] == [{"row": 2, "label": 0, "state": f"{part} out", "verified": True}]
    assert where(client, 2) == (part, True)
    (back,) = send(client, {"client_id": "client-9002", "action": "undo", "batch": answer["batch"]})
    assert back["cells"] == [{"row": 2, "label": 0, "state": part, "verified": False}]
    assert where(client, 2) == (part, False)


def test_an_image_that_is_kept_was_looked_at_and_that_is_no_revision(
    client: TestClient, store: Store
) -> None:
    part, _ = where(client, 2)
    (answer,) = send(client, move({"row": 2, "seen": part, "wanted": part}, reason="dark"))
    assert (answer["status"], answer["revision"]) == ("saved", 1)
    assert placements.decided(store, 1, ["dark", "grey"]) == {"dark": {2}, "grey": set()}
    send(client, {"client_id": "client-9002", "action": "undo", "batch": answer["batch"]})
    assert placements.decided(store, 1, ["dark"]) == {"dark": set()}


def test_an_image_that_somebody_moved_meanwhile_stays_there(client: TestClient) -> None:
    part, _ = where(client, 2)
    send(client, move({"row": 2, "seen": part, "wanted": "test"}))
    (answer,) = send(client, move({"row": 2, "seen": part, "wanted": f"{part} out"}, client_id="client-9002"))
    assert answer["status"] == "conflict"
    assert "moved this image since you saw it" in answer["message"]
    assert answer["cells"][0]["state"] == "test"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"row": 2, "seen": "train", "wanted": "nowhere"}, "none of train, val, test"),
        ({"row": "2", "seen": "train", "wanted": "val"}, "must be a whole number"),
        ({"row": 2, "wanted": "val"}, "“seen” must be a text"),
        ("row 2", "every place must be an object"),
    ],
)
def test_a_place_that_is_none_is_refused_with_a_sentence(client: TestClient, place: Any, said: str) -> None:
    body = {"dataset": 1, "folder": "d1", "author": "Ada", "operations": [move(place)]}
    answer = client.post("/errata/labels", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["message"]
