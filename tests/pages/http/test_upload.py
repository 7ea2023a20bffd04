"""Uploads: streamed to disk under our own name, whole or not at all."""

import errno
import shutil
from collections import namedtuple
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from core.settings import Settings
from pages.http import upload


def left(settings: Settings) -> list[str]:
    return (
        sorted(path.name for path in settings.uploads_dir.glob("*")) if settings.uploads_dir.exists() else []
    )


def test_an_archive_is_kept_under_a_name_of_our_own(client: TestClient, settings: Settings) -> None:
    answer = client.post("/errata/upload?name=../../etc/My Photos.ZIP", content=b"PK" * 1000).json()
    assert answer["bytes"] == 2000
    assert left(settings) == [answer["upload"]]
    assert answer["upload"].endswith(".zip")
    assert upload.path_of(settings, answer["upload"]).read_bytes() == b"PK" * 1000
    assert upload.path_of(settings, "../token") is None


@pytest.mark.parametrize("name", ["", "x.exe", "zip", "x.gz", "x.rar", "x.zip/..", "x.zip\0"])
def test_only_archives_are_taken(client: TestClient, settings: Settings, name: str) -> None:
    assert client.post("/errata/upload", params={"name": name}, content=b"x").status_code == 400
    assert left(settings) == []


@pytest.mark.parametrize("name", ["x.tar", "My Photos.TAR.GZ", "x.tgz", "x.tar.bz2", "x.txz", "x.tar.xz"])
def test_tars_are_taken_under_a_name_of_our_own_too(
    client: TestClient, settings: Settings, name: str
) -> None:
    answer = client.post("/errata/upload", params={"name": name}, content=b"ustar").json()
    assert left(settings) == [answer["upload"]]
    assert name.lower().endswith(answer["upload"][32:])


def test_a_table_without_its_images_is_told_what_is_missing(client: TestClient, settings: Settings) -> None:
    answer = client.post("/errata/upload?name=labels.csv", content=b"image,labels")
    assert answer.status_code == 400
    assert "“labels.csv” is a table alone, and its images are needed" in answer.json()["message"]
    assert left(settings) == []


def test_too_large_is_refused_before_it_is_read_and_while(client: TestClient, settings: Settings) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(12):
            yield b"x" * 100_000

    for content in (b"x" * 1_000_001, chunks()):
        answer = client.post("/errata/upload?name=x.zip", content=content)
        assert answer.status_code == 413
        assert "ERRATA_MAX_UPLOAD_MB" in answer.json()["message"]
    assert left(settings) == []


def test_an_empty_upload_leaves_nothing(client: TestClient, settings: Settings) -> None:
    assert client.post("/errata/upload?name=x.zip", content=b"").status_code == 400
    assert left(settings) == []


def test_a_disk_that_fills_up_on_the_way_is_a_sentence_and_leaves_nothing(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(upload, "_stream", full)
    answer = client.post("/errata/upload?name=x.zip", content=b"x")
    assert answer.status_code == 507
    assert "disk is full" in answer.json()["message"]
    assert left(settings) == []


def test_a_disk_without_room_is_told_before_anything_is_sent(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 0))
    assert client.post("/errata/upload?name=x.zip", content=b"x").status_code == 507


def test_an_upload_that_breaks_off_leaves_nothing(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_request: object, file: object, _most: int) -> int:
        raise upload.ClientDisconnect

    monkeypatch.setattr(upload, "_stream", gone)
    assert client.post("/errata/upload?name=x.zip", content=b"x").status_code == 400
    assert left(settings) == []
