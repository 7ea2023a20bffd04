"""Lists and pictures: what the gallery is fed."""

import errno
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.actor import Actor
from core.data.thumbnails import ThumbnailPack
from core.services import corrections
from core.services.corrections import Operation
from core.settings import Settings
from db.store import Store
from db.terms import Cause
from tests.pages.http.conftest import jpeg


def rows(answer: dict) -> list[int]:
    return [item["row"] for item in answer["items"]]


def test_items_come_by_rank_and_page_by_page(client: TestClient) -> None:
    first = client.get("/errata/items?run=1&limit=4").json()
    assert rows(first) == [0, 0, 1, 1]
    second = client.get(f"/errata/items?run=1&limit=500&after={first['next']}").json()
    assert rows(second) == [2, 2, 3, 3, 4, 4]
    assert second["next"] is None


def test_an_item_says_all_that_one_decision_needs(client: TestClient) -> None:
    item = client.get("/errata/items?run=1&limit=1").json()["items"][0]
    assert item["key"] == "00.jpg"
    assert item["cells"] == "paa"
    assert item["neighbours"]["without_label"] == [8, 9]
    assert item["doubts"] == 3
    assert item["shares"] == {"mislabel": 0.6, "sparsity": 0.2, "wrong pattern": 0.1}


def test_filters_narrow_the_list(client: TestClient) -> None:
    assert rows(client.get("/errata/items?run=1&cause=unknown&label=2&min=0.65").json()) == [0, 1, 2]
    assert rows(client.get("/errata/items?run=1&kind=FN").json()) == [0]
    assert rows(client.get("/errata/items?run=1&search=03&reviewed=0").json()) == [3, 3]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("run=x", 400), ("run=1&cause=guess", 400), ("run=1&min=2", 400), ("run=99", 404),
     ("run=1&limit=0", 400), ("run=1&after=99999999999999999999", 400)],
)  # fmt: skip
def test_a_query_that_makes_no_sense_gets_a_sentence(client: TestClient, query: str, status: int) -> None:
    answer = client.get(f"/errata/items?{query}")
    assert answer.status_code == status
    assert len(answer.json()["message"]) > 15


def test_the_doubt_of_an_error_leads_to_unreviewed_training_images_with_the_same_annotation(
    client: TestClient,
) -> None:
    item = next(
        i for i in client.get("/errata/items?run=1").json()["items"] if i["kind"] == "FP" and i["label"] == 1
    )
    near = client.get(f"/errata/doubt/{item['id']}").json()["items"]
    assert [one["row"] for one in near] == [6, 8]  # 7 carries the label: it is no such doubt
    assert {one["suggested"] for one in near} == {"present"}
    assert client.get("/errata/doubt/999").status_code == 404


@pytest.mark.parametrize("cause", ["sparsity", "wrong pattern", "unknown"])
def test_no_change_is_suggested_where_the_cause_is_no_wrong_label(
    client: TestClient, store: Store, cause: str
) -> None:
    item = next(
        i for i in client.get("/errata/items?run=1").json()["items"] if i["kind"] == "FP" and i["label"] == 1
    )
    corrections.operate(
        store,
        Actor("Ada"),
        1,
        [
            Operation(
                "moved",
                "verdict",
                finding_id=item["id"],
                seen_cause=Cause(item["cause"]),
                cause=Cause(cause),
            )
        ],
    )
    near = client.get(f"/errata/doubt/{item['id']}").json()["items"]
    assert [(one["row"], one["suggested"]) for one in near] == [(6, None), (8, None)]


def test_any_image_can_be_browsed_by_label_state_and_part(client: TestClient) -> None:
    assert rows(client.get("/errata/browse?dataset=1&label=1&state=present").json()) == [0, 7]
    train = client.get("/errata/browse?dataset=1&part=train&limit=2").json()
    assert rows(train) == [6, 7]
    assert rows(client.get(f"/errata/browse?dataset=1&part=train&after={train['next']}").json()) == [
        8,
        9,
        10,
        11,
    ]
    assert client.get("/errata/browse?dataset=1&state=present").status_code == 400
    assert client.get("/errata/browse?dataset=7").status_code == 404


def test_thumbnails_come_in_one_pack_in_the_order_asked(client: TestClient) -> None:
    answer = client.get("/errata/thumbnails/1/d1?rows=5,0,5")
    body = answer.content
    length = int.from_bytes(body[:4], "little")
    sizes = json.loads(body[4 : 4 + length])["sizes"]
    assert body[4 + length :] == jpeg(100) + jpeg(0) + jpeg(100)
    assert sum(sizes) == len(body) - 4 - length
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("wanted", ["", "x", "-1", "1,,2", "12", "٣", ",".join(["1"] * 201)])
def test_thumbnails_that_are_not_there_get_a_sentence(client: TestClient, wanted: str) -> None:
    answer = client.get("/errata/thumbnails/1/d1", params={"rows": wanted})
    assert answer.status_code in (400, 404)
    assert answer.json()["message"]


def test_the_original_is_shown_and_the_thumbnail_when_it_is_gone(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/errata/image/1/d1/3").content == jpeg(60, 32)
    (tmp_path / "root" / "03.jpg").unlink()
    assert client.get("/errata/image/1/d1/3").content == jpeg(60)
    assert client.get("/errata/image/1/d1/12").status_code == 404


def test_a_file_that_is_no_picture_is_never_sent_as_it_is(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "root" / "04.jpg").write_bytes(b"<script>alert(1)</script>")
    answer = client.get("/errata/image/1/d1/4")
    assert answer.content == jpeg(80)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_link_out_of_the_root_is_not_followed(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(jpeg(255, 64))
    inside = tmp_path / "root" / "05.jpg"
    inside.unlink()
    inside.symlink_to(tmp_path / "secret.jpg")
    assert client.get("/errata/image/1/d1/5").content == jpeg(100)


@pytest.mark.parametrize(
    "path", ["where/{}", "doubt/{}", "thumbnails/{}/d1", "image/{}/d1/0", "image/1/d1/{}"]
)
def test_a_number_beyond_every_column_gets_a_sentence(client: TestClient, path: str) -> None:
    answer = client.get(f"/errata/{path.format('9' * 20)}?rows=0")
    assert answer.status_code == 404
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "path",
    [
        "image/1/d1/../../token",
        "image/1/d1/%2e%2e%2ftoken",
        "thumbnail/1/d1/-1",
        "image/1/d1/0.jpg",
    ],
)
def test_only_numbers_name_pictures(client: TestClient, path: str) -> None:
    assert client.get(f"/errata/{path}").status_code == 404


def test_where_the_model_looked_is_told_once_it_was_recorded(client: TestClient) -> None:
    items = client.get("/errata/items?run=1&limit=2").json()["items"]
    assert client.get(f"/errata/where/{items[0]['id']}").json() == {
        "height": 2,
        "width": 2,
        "values": [0.0, 0.5, -1.0, 0.25],
    }
    missing = client.get(f"/errata/where/{items[1]['id']}")
    assert missing.status_code == 404
    assert "not recorded" in missing.json()["message"]


@pytest.mark.parametrize("path", ["thumbnails/1/{}?rows=0", "thumbnail/1/{}/0", "image/1/{}/0"])
def test_a_picture_is_never_shown_for_another_data_set_of_that_number(client: TestClient, path: str) -> None:
    assert client.get(f"/errata/{path.format('d1')}").status_code == 200
    other = client.get(f"/errata/{path.format('of-another-home')}")
    assert other.status_code == 409
    assert "reload the page" in other.json()["message"]
    assert other.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("opened_before", [True, False])
def test_a_deleted_pack_of_thumbnails_is_a_sentence(
    client: TestClient, settings: Settings, opened_before: bool
) -> None:
    if opened_before:
        assert client.get("/errata/thumbnails/1/d1?rows=0").status_code == 200
    (settings.datasets_dir / "d1" / "thumbnails.bin").unlink()
    answer = client.get("/errata/thumbnails/1/d1?rows=0")
    assert answer.status_code == 404
    assert "`python -m core doctor --repair` makes" in answer.json()["message"]


def test_a_disk_that_fails_is_a_sentence(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> list[bytes]:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(ThumbnailPack, "many", fails)
    answer = client.get("/errata/thumbnails/1/d1?rows=0")
    assert answer.status_code == 503
    assert "Input/output error" in answer.json()["message"]
