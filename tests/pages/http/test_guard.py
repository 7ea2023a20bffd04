"""Who is answered, and who may write."""

import stat
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.settings import Settings
from pages.http import middleware
from pages.http.guard import token
from tests.pages.http.conftest import ORIGIN

BODY = {"dataset": 1, "folder": "d1", "author": "Ada", "operations": []}


@pytest.fixture
def streamlit(settings: Settings) -> Iterator[TestClient]:
    """What else is served: a page, a place for uploads and the socket, all of them without a token."""

    async def page(_: Request) -> Response:
        return PlainTextResponse("here")

    async def socket(peer: WebSocket) -> None:
        await peer.accept()
        await peer.send_text("here")

    routes = [Route("/", page), Route("/_stcore/upload_file", page, methods=["PUT"])]
    app = Starlette(
        routes=[*routes, WebSocketRoute("/_stcore/stream", socket)], middleware=middleware(settings)
    )
    with TestClient(app, base_url=ORIGIN) as client:
        yield client


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


FOREIGN = ["https://evil.example", "http://127.0.0.1:9999", "http://localhost:8501", "null", ""]
SOCKET = "ws://127.0.0.1:8501/_stcore/stream"


def refused(streamlit: TestClient, headers: dict[str, str]) -> str:
    """Why the socket is not opened."""
    with pytest.raises(WebSocketDisconnect) as closed, streamlit.websocket_connect(SOCKET, headers=headers):
        pass
    return closed.value.reason


def test_our_own_page_reaches_the_socket(streamlit: TestClient) -> None:
    with streamlit.websocket_connect(SOCKET, headers={"Origin": ORIGIN}) as peer:
        assert peer.receive_text() == "here"


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_from_elsewhere_does_not_reach_the_socket(streamlit: TestClient, origin: str) -> None:
    assert "another origin" in refused(streamlit, {"Origin": origin})


def test_who_names_no_origin_does_not_reach_the_socket(streamlit: TestClient) -> None:
    assert "another origin" in refused(streamlit, {})


def test_a_foreign_host_name_reaches_neither_the_page_nor_the_socket(streamlit: TestClient) -> None:
    headers = {"Host": "evil.example:8501", "Origin": "http://evil.example:8501"}
    assert streamlit.get("/", headers=headers).status_code == 403
    assert "ERRATA_ALLOWED_HOSTS" in refused(streamlit, headers)
    assert streamlit.get("/").text == "here"


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_from_elsewhere_uploads_nothing(streamlit: TestClient, origin: str) -> None:
    sent = {"Origin": origin}
    assert streamlit.put("/_stcore/upload_file", headers=sent, content=b"x").status_code == 403
    assert streamlit.put("/_stcore/upload_file", headers={"Origin": ORIGIN}, content=b"x").text == "here"


@pytest.mark.parametrize("path", ["/errata/", "/errata/no-such", "/errata/items/1", "/errata/labels"])
def test_where_nothing_is_a_sentence_says_so(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"message": f"There is nothing at {path} that answers to GET."}


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
