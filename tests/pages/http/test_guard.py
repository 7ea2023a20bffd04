"""Who is answered, and who may write."""

import stat

import pytest
from starlette.testclient import TestClient

from core.settings import Settings
from pages.http.guard import token

BODY = {"dataset": 1, "folder": "d1", "author": "Ada", "operations": []}


def test_our_own_page_may_write(client: TestClient) -> None:
    assert client.post("/errata/labels", json=BODY).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]:8501", "localhost@evil.example"]
)
def test_a_foreign_host_name_is_not_answered_on_any_route(client: TestClient, host: str) -> None:
    for path in ("/errata/health", "/errata/items?run=1", "/errata/image/1/0", "/errata/no-such"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 403
        assert "ERRATA_ALLOWED_HOSTS" in answer.json()["message"]


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "[::1]:9000", "LOCALHOST"])
def test_every_name_of_this_machine_is_answered(client: TestClient, host: str) -> None:
    assert client.get("/errata/health", headers={"Host": host}).json() == {"status": "ok"}


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null", ""])
@pytest.mark.parametrize("path", ["/errata/labels", "/errata/upload?name=x.zip"])
def test_a_cross_site_write_is_refused(client: TestClient, path: str, origin: str) -> None:
    answer = client.post(path, json=BODY, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "another origin" in answer.json()["message"]


@pytest.mark.parametrize("secret", ["", "guess", "é"])
def test_a_write_without_the_token_is_refused(client: TestClient, secret: str) -> None:
    answer = client.post("/errata/labels", json=BODY, headers={"X-Errata-Token": secret.encode()})
    assert answer.status_code == 403
    assert "reload" in answer.json()["message"]


def test_the_token_is_made_once_and_is_its_owners_alone(settings: Settings) -> None:
    first = token(settings)
    assert token(settings) == first
    assert len(first) >= 32
    assert stat.S_IMODE((settings.home / "token").stat().st_mode) == 0o600
    assert [path.name for path in settings.home.glob(".token*")] == []
