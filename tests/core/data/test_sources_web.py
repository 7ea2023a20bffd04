"""Web addresses: what is fetched from one, and where a browser's may not lead."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.data import sources
from core.data.sources import EVERYTHING, Allowed, FetchLimits, addresses
from core.errors import BadInput, Interrupted, Refused
from tests.core.data.test_archive_tar import SMALL, packed


class Site:
    """A server on this machine; `answers` maps a path to (status, headers, body)."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.command, self.path))
                status, headers, body = site.answers.get(self.path, (404, {}, b"none"))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def bodies(self) -> int:
        return sum(method == "GET" for method, _ in self.asked)


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    yield served
    served.server.shutdown()
    served.server.server_close()


def quiet(share: float, text: str) -> None:
    assert 0 <= share <= 1


def said(url: str, into: Path, **others: object) -> str:
    with pytest.raises((BadInput, Refused, Interrupted)) as caught:
        sources.fetch(url, into, quiet, **{"allow": EVERYTHING, **others})
    return str(caught.value)


def test_an_archive_from_the_web_is_unpacked_and_taken_once(site: Site, tmp_path: Path) -> None:
    body = packed(tmp_path / "a", SMALL, "tar.xz").read_bytes()
    site.answers["/my%20photos.tar.xz?signature=abc"] = (200, {"ETag": '"1"'}, body)
    url = site.url("/my%20photos.tar.xz?signature=abc")
    done = sources.fetch(url, tmp_path / "into", quiet, allow=EVERYTHING)
    assert (done.source / "annotations" / "sea.txt").read_bytes() == b"1\n"
    assert sources.fetch(url, tmp_path / "into", quiet, allow=EVERYTHING).copied == 0
    assert site.bodies() == 1


def test_a_table_from_the_web_brings_the_images_that_it_names(site: Site, tmp_path: Path) -> None:
    table = b"image,labels\na b.jpg,sea\nin/c.jpg,sea\ngone.jpg,night\n../up.jpg,sea\nhttp://169.254.169.254/x,sea\n"
    site.answers = {
        "/set/labels.csv": (200, {"ETag": '"1"'}, table),
        "/set/a%20b.jpg": (200, {}, b"1"),
        "/set/in/c.jpg": (200, {}, b"2"),
        "/up.jpg": (200, {}, b"3"),
    }
    done = sources.fetch(site.url("/set/labels.csv"), tmp_path / "into", quiet, allow=EVERYTHING)
    assert done.source.name == "labels.csv"
    assert (done.source.parent / "in" / "c.jpg").read_bytes() == b"2"
    assert (done.files, done.copied) == (3, 3)
    assert [(p.kind, p.where) for p in done.problems] == [
        ("file name", "labels.csv:5"),
        ("file name", "labels.csv:6"),
        ("not fetched", "gone.jpg"),
    ]
    assert ("GET", "/up.jpg") not in site.asked


def test_a_page_a_missing_file_and_a_broken_server_are_sentences(site: Site, tmp_path: Path) -> None:
    site.answers = {
        "/page": (200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>"),
        "/closed.zip": (403, {}, b""),
        "/busy.zip": (503, {}, b""),
        "/words.zip": (200, {}, b"these are words"),
    }
    assert "is a web page" in said(site.url("/page"), tmp_path / "a")
    assert "does not exist" in said(site.url("/none.zip?token=s3cr3t"), tmp_path / "b")
    assert "s3cr3t" not in said(site.url("/none.zip?token=s3cr3t"), tmp_path / "b")
    assert "may not be read" in said(site.url("/closed.zip"), tmp_path / "c")
    assert "its server answers 503" in said(site.url("/busy.zip"), tmp_path / "d")
    assert "words.zip is no archive" in said(site.url("/words.zip"), tmp_path / "e")


def test_a_server_that_sends_more_than_is_allowed_is_stopped(site: Site, tmp_path: Path) -> None:
    site.answers["/a.zip"] = (200, {}, b"x" * 5000)
    assert "has more than 4 KiB" in said(
        site.url("/a.zip"), tmp_path / "a", limits=FetchLimits(total_bytes=4096)
    )
    site.answers["/b.csv"] = (200, {}, b"image,labels\na.jpg,x\n")
    site.answers["/a.jpg"] = (200, {}, b"x" * 50_000_000)
    sentence = said(site.url("/b.csv"), tmp_path / "b", limits=FetchLimits(total_bytes=4096))
    assert "brings more than 4 KiB: refused" in sentence


def test_a_server_that_is_silent_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.data.sources.remote._READ_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a.zip"
        assert "does not answer in time" in said(url, tmp_path / "into")


def test_a_connection_cut_within_a_file_can_be_taken_up_again(site: Site, tmp_path: Path) -> None:
    site.answers["/a.zip"] = (200, {"Content-Length": "5000"}, b"x" * 100)
    assert "start again" in said(site.url("/a.zip"), tmp_path / "into")


def test_a_browser_may_not_reach_this_machine_not_even_by_a_redirect_or_a_changed_name(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers["/secret.zip"] = (200, {}, b"PK")
    browser = {"allow": Allowed()}
    assert "leads to this machine or its own network" in said(site.url("/secret.zip"), tmp_path, **browser)
    # As when the name is looked up a second time and answers something else, or a server sends one on.
    monkeypatch.setattr(addresses, "_check_host", lambda url: None)
    assert "leads to this machine or its own network" in said(site.url("/secret.zip"), tmp_path, **browser)
    port = site.server.server_port
    name = f"http://localhost:{port}/secret.zip"
    assert "leads to this machine or its own network" in said(name, tmp_path, **browser)
    assert site.asked == []


def test_a_redirect_into_the_own_network_is_not_followed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = Site()
    inside.answers["/latest/meta-data"] = (200, {}, b"keys")
    site.answers["/a.zip"] = (302, {"Location": inside.url("/latest/meta-data")}, b"")
    outside = site.server.server_port
    fence = addresses.fenced_socket

    def as_if_outside(address):
        family, kind, proto, _, place = address
        return socket.socket(family, kind, proto) if place[1] == outside else fence(address)

    monkeypatch.setattr(addresses, "_check_host", lambda url: None)
    monkeypatch.setattr(addresses, "fenced_socket", as_if_outside)
    assert "leads to this machine" in said(site.url("/a.zip"), tmp_path / "into", allow=Allowed())
    assert inside.asked == []
    inside.server.shutdown()
    inside.server.server_close()


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1%eth0", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe"),
        *("64:ff9b::a9fe:a9fe", "2002:7f00:1::", "localhost", ""),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:220:1::1", "64:ff9b::808:808"])
def test_addresses_that_are(address: str) -> None:
    assert addresses.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://127.0.0.1/a.zip",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://[::1]:80/",
        ),
        *("https://[::ffff:169.254.169.254]/latest", "http://0/", "HTTP://127.0.0.1/"),
        *("http://169.254.169.254/latest/meta-data", "http://user:pw@8.8.8.8/a.zip", "file:///etc/passwd"),
        *("memory://x", "local:///etc", "sftp://host/x", "github://a:b@/x"),
        "abfs://container@evil.example/x",
    ],
)
def test_what_a_form_in_the_browser_refuses(url: str) -> None:
    with pytest.raises(Refused) as caught:
        sources.check_allowed(url)
    assert "pw" not in str(caught.value).replace("/etc/passwd", "")


@pytest.mark.parametrize(
    "url", ["zip://x::http://127.0.0.1/", "simplecache::s3://b/x", "http://", "http:///x"]
)
def test_what_is_no_single_url(url: str) -> None:
    with pytest.raises((BadInput, Refused)):
        sources.check_allowed(url)


def test_what_a_form_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(host: str, *_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        if host == "nowhere.example":
            raise socket.gaierror
        places = {"both.example": ("8.8.8.8", "10.0.0.1")}.get(host, ("8.8.8.8",))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 443)) for place in places]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    for url in ("s3://bucket/my set", "gs://bucket", "az://container/x", "https://example.org/a.zip?x=1@2"):
        sources.check_allowed(url)
    with pytest.raises(BadInput, match="there is no host 'nowhere"):
        sources.check_allowed("https://nowhere.example/a.zip")
    with pytest.raises(Refused, match="own network"):
        sources.check_allowed("https://both.example/a.zip")
    with pytest.raises(Refused, match="s3 is not among https://"):
        sources.check_allowed("s3://bucket", Allowed(protocols=("https",)))


def test_urls_are_told_from_paths_and_shown_without_secrets() -> None:
    assert all(map(sources.is_url, ["s3://b", " HTTPS://x/y ", "file:///a", "zip::s3://b/x", "abfs+x://a"]))
    assert not any(map(sources.is_url, ["/data/set", "set", "C:\\set", "a:b", "~/x", "1://x", ""]))
    url = "https://me:s3cr3t@example.org/a b.zip?X-Amz-Signature=s3cr3t#s3cr3t"
    assert sources.shown(url) == "https://example.org/a b.zip"
    words = f"cannot GET {url}, Authorization=AWS4wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
    assert "s3cr3t" not in addresses.scrubbed(words)
    assert "wJalr" not in addresses.scrubbed(words)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ftp://me:pa/ss?w@host/x", "ftp://host/x"),
        ("http://host:8080/a@b.zip", "http://host:8080/a@b.zip"),
        ("s3://bucket/me@home/a.jpg", "s3://bucket/me@home/a.jpg"),
        ("https://x/a?sig=a b#c d", "https://x/a"),
    ],
)
def test_passwords_and_queries_of_any_form_are_not_shown(url: str, shown: str) -> None:
    assert sources.shown(url) == shown
