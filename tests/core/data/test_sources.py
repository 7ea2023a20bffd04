"""Sources elsewhere: S3 as moto's server speaks it, other drivers, and what goes wrong on the way."""

import io
import re
import tarfile
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import fsspec
import pytest
from moto.server import ThreadedMotoServer

from core.data import importers, sources
from core.data.sources import EVERYTHING, FetchLimits, fetching, remote
from core.errors import BadInput, Interrupted, Refused

SET = {
    "set/images/im1.jpg": b"one" * 100,
    "set/images/im2.jpg": b"two" * 100,
    "set/annotations/sea.txt": b"1\n",
    "set/annotations/night.txt": b"2\n",
}


class Bucket:
    """A bucket of moto's server, filled by Amazon's own client."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self.name = client, name
        client.create_bucket(Bucket=name)

    def put(self, members: Mapping[str, bytes]) -> None:
        for key, data in members.items():
            self._client.put_object(Bucket=self.name, Key=key, Body=data)

    def remove(self, key: str) -> None:
        self._client.delete_object(Bucket=self.name, Key=key)

    def url(self, key: str = "") -> str:
        return f"s3://{self.name}/{key}"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture
def s3(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A client; and the environment, from which alone Errata takes its credentials."""
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "AKIAERRATATEST",
        "AWS_SECRET_ACCESS_KEY": "not-to-be-shown",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }.items():
        monkeypatch.setenv(name, value)
    return boto3.client("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> Bucket:
    return Bucket(s3, re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[-50:].strip("-"))


def quiet(share: float, text: str) -> None:
    assert 0 <= share <= 1


def fetch(url: str, into: Path, **others: Any) -> sources.Fetched:
    return sources.fetch(url, into, others.pop("progress", quiet), **others)


def said(url: str, into: Path, **others: Any) -> str:
    with pytest.raises((BadInput, Refused, Interrupted)) as caught:
        fetch(url, into, **others)
    # What a log would hold, too: drivers keep whole requests in their errors.
    assert "not-to-be-shown" not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def tarred(members: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return whole.getvalue()


def test_a_folder_of_a_bucket_becomes_a_folder_here(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put({**SET, "other/im3.jpg": b"3", "set/": b"", "set/.hidden": b"x", "setting.jpg": b"x"})
    done = fetch(bucket.url("set"), tmp_path / "into")
    assert contents(done.source) == {key.removeprefix("set/"): data for key, data in SET.items()}
    assert (done.files, done.copied, done.problems) == (4, 4, ())
    parsed = importers.parse(done.source)
    assert (parsed.format, parsed.labels, len(parsed.images)) == ("label-files", ("night", "sea"), 2)
    assert list((tmp_path / "into" / "drafts").iterdir()) == []


def test_what_is_here_already_is_not_fetched_again(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put(SET)
    fetch(bucket.url("set/"), tmp_path / "into")
    bucket.put({"set/images/im1.jpg": b"ONE" * 100, "set/images/im3.jpg": b"3"})
    bucket.remove("set/images/im2.jpg")
    done = fetch(bucket.url("set/"), tmp_path / "into")
    assert (done.files, done.copied) == (4, 2)
    assert (done.source / "images" / "im1.jpg").read_bytes() == b"ONE" * 100
    assert not (done.source / "images" / "im2.jpg").exists()


def test_a_fetch_that_was_stopped_goes_on_where_it_ended(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put({f"set/{at:03}.jpg": bytes([at]) * 1000 for at in range(200)})

    def stop(share: float, text: str) -> None:
        if share > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(bucket.url("set"), tmp_path / "into", progress=stop)
    with (tmp_path / "into" / "fetched.jsonl").open("a") as record:
        record.write('["199.jp')  # as a killed process leaves it
    done = fetch(bucket.url("set"), tmp_path / "into")
    assert done.files == 200
    assert 0 < done.copied < 200


def test_more_than_one_page_of_keys(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put({f"{at:04}.txt": b"" for at in range(1005)})
    heard: list[str] = []
    done = fetch(bucket.url(), tmp_path / "into", progress=lambda share, text: heard.append(text))
    assert done.files == 1005
    assert "listing, 1,000 files so far" in heard
    assert any(text.startswith("fetching, 1,005 of 1,005 files") for text in heard)


def test_names_with_spaces_and_letters_of_everywhere_are_kept(bucket: Bucket, tmp_path: Path) -> None:
    names = [
        "my photos/im 1.jpg",
        "größe/夜の海.jpg",
        "a+b&c%20=d.jpg",
        "x?y#z.jpg",
        "back\\slash.jpg",
        "q'\".jpg",
    ]
    bucket.put({f"my set/{name}": name.encode() for name in names})
    done = fetch(bucket.url("my set"), tmp_path / "into")
    assert contents(done.source) == {name: name.encode() for name in names}
    assert done.problems == ()


def test_no_name_leads_out_of_the_folder(bucket: Bucket, tmp_path: Path) -> None:
    bad = [
        "../evil.jpg",
        "a/../../evil.jpg",
        "..\\evil.jpg",
        "/" * 3 + "../evil.jpg",
        "c:/evil.jpg",
        "x" * 300,
    ]
    bucket.put({"set/ok.jpg": b"1", **{f"set/{name}": b"2" for name in bad}})
    done = fetch(bucket.url("set"), tmp_path / "into")
    assert contents(done.source) == {"ok.jpg": b"1"}
    assert len(done.problems) == len(bad)
    assert {problem.kind for problem in done.problems} == {"file name"}
    assert not list(tmp_path.rglob("evil*"))


def test_keys_that_are_one_path_here_are_told(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put({"set/a.jpg": b"1", "set//a.jpg": b"2", "set/b": b"file", "set/b/c.jpg": b"in it"})
    done = fetch(bucket.url("set"), tmp_path / "into")
    assert [problem.reason for problem in done.problems if problem.file == "a.jpg"] == [
        "Another file has this name too; left out."
    ]
    assert [problem.kind for problem in done.problems if problem.file in ("b", "b/c.jpg")] == ["not fetched"]
    assert done.files == 2


def test_a_key_that_vanishes_on_the_way_is_a_problem_and_the_rest_arrives(
    bucket: Bucket, tmp_path: Path
) -> None:
    bucket.put(SET)

    def remove(share: float, text: str) -> None:
        if text.startswith("fetching"):
            bucket.remove("set/images/im2.jpg")

    done = fetch(bucket.url("set"), tmp_path / "into", progress=remove)
    assert done.files == 3
    assert [(p.kind, p.file, p.reason) for p in done.problems] == [
        ("not fetched", "images/im2.jpg", "It was listed, and is gone now; left out.")
    ]


def test_an_object_that_changes_on_the_way_is_not_kept(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put(SET)

    def change(share: float, text: str) -> None:
        if text.startswith("fetching"):
            bucket.put({"set/images/im2.jpg": b"longer than it was listed" * 100})

    done = fetch(bucket.url("set"), tmp_path / "into", progress=change)
    assert "It changed while it was fetched (2,500 bytes, not 300)" in done.problems[0].reason
    assert not (done.source / "images" / "im2.jpg").exists()


def test_an_archive_in_a_bucket_is_unpacked_and_taken_once(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put({"a set.bin": tarred(SET)})
    done = fetch(bucket.url("a set.bin"), tmp_path / "into")
    assert contents(done.source) == {key.removeprefix("set/"): data for key, data in SET.items()}
    assert contents(tmp_path / "into" / "files") == {}
    again = fetch(bucket.url("a set.bin"), tmp_path / "into")
    assert (again.source, again.copied) == (done.source, 0)
    bucket.put({"a set.bin": tarred({"b/new.jpg": b"1"})})
    assert contents(fetch(bucket.url("a set.bin"), tmp_path / "into").source) == {"new.jpg": b"1"}


def test_a_damaged_archive_is_called_by_its_name_and_fetched_anew(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put({"a.tgz": tarred(SET)[:-20]})
    assert "a.tgz is not a whole gzip file" in said(bucket.url("a.tgz"), tmp_path / "into")
    bucket.put({"a.tgz": tarred(SET)})
    assert fetch(bucket.url("a.tgz"), tmp_path / "into").copied == 1


def test_a_table_brings_the_folder_that_it_lies_in(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put({"set/labels.csv": b"image,labels\na.jpg,sea\n", "set/a.jpg": b"1", "other.jpg": b"2"})
    done = fetch(bucket.url("set/labels.csv"), tmp_path / "into")
    assert done.source.name == "labels.csv"
    assert set(contents(done.source.parent)) == {"labels.csv", "a.jpg"}


def test_a_missing_bucket_folder_or_bucket_name_is_a_sentence(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put(SET)
    assert "there is no bucket 'no-such-bucket'" in said("s3://no-such-bucket/set", tmp_path / "a")
    assert "no-such-bucket" in said("s3://no-such-bucket", tmp_path / "b")
    assert f"{bucket.url('nowhere')} does not exist" in said(bucket.url("nowhere"), tmp_path / "c")
    assert "names no bucket" in said("s3://", tmp_path / "d")


def test_without_credentials_it_says_how_to_give_some(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    sentence = said(bucket.url("set"), tmp_path / "into")
    assert "there are no credentials for s3. To give some, set AWS_ACCESS_KEY_ID" in sentence


def test_a_server_that_is_not_there_is_a_sentence(bucket: Bucket, tmp_path: Path) -> None:
    options = {"endpoint_url": "http://127.0.0.1:9", "config_kwargs": {"retries": {"max_attempts": 1}}}
    sentence = said(bucket.url("set"), tmp_path / "into", options=options)
    assert sentence.endswith("cannot be reached: check its name and the network.")


def test_limits_on_count_and_bytes(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put(SET)
    sentence = said(bucket.url("set"), tmp_path / "into", limits=FetchLimits(files=3))
    assert "holds more than 3 files" in sentence
    sentence = said(bucket.url("set"), tmp_path / "into", limits=FetchLimits(total_bytes=500))
    assert "holds more than 500 bytes" in sentence
    deep = fetch(bucket.url("set"), tmp_path / "into2", limits=FetchLimits(depth=2))
    assert deep.files == 4


def test_a_server_that_breaks_off_is_told_with_what_is_here(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put(SET)
    copy = remote.Remote.copy

    def broken(self: remote.Remote, found: Any, *others: Any) -> None:
        if found.key.endswith("im2.jpg"):
            raise ConnectionResetError("Authorization: not-to-be-shown")
        copy(self, found, *others)

    monkeypatch.setattr(remote.Remote, "copy", broken)
    sentence = said(bucket.url("set"), tmp_path / "into")
    assert "cannot be reached" in sentence
    assert "start again, and only the rest is fetched" in sentence


@pytest.fixture
def memory() -> Iterator[Any]:
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    yield files
    files.store.clear()


def test_any_driver_of_fsspec_serves(memory: Any, tmp_path: Path) -> None:
    for key, data in SET.items():
        memory.pipe(f"/{key}", data)
    done = fetch("memory://set", tmp_path / "into", allow=EVERYTHING)
    assert contents(done.source) == {key.removeprefix("set/"): data for key, data in SET.items()}
    assert fetch("memory://set", tmp_path / "into", allow=EVERYTHING).copied == 0
    assert "no such" not in said("memory://nowhere", tmp_path / "b", allow=EVERYTHING)


def test_a_folder_by_url_follows_no_links(tmp_path: Path) -> None:
    (tmp_path / "set" / "images").mkdir(parents=True)
    (tmp_path / "set" / "images" / "a.jpg").write_bytes(b"1")
    (tmp_path / "set" / "round").symlink_to(tmp_path / "set")
    done = fetch(f"file://{tmp_path / 'set'}", tmp_path / "into", allow=EVERYTHING)
    assert contents(done.source) == {"images/a.jpg": b"1"}
    assert [(p.kind, p.file) for p in done.problems] == [("not a file", "round")]
    (tmp_path / "empty").mkdir()
    assert "holds no files" in said(f"file://{tmp_path / 'empty'}", tmp_path / "b", allow=EVERYTHING)


def test_a_missing_driver_and_an_unknown_protocol_are_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fetching.remote.fsspec, "get_filesystem_class", missing)
    assert "pip install s3fs" in said("s3://bucket/set", tmp_path / "into")
    monkeypatch.undo()
    assert "there is no protocol nosuch://" in said("nosuch://x", tmp_path / "into", allow=EVERYTHING)


def test_a_full_disk_is_told_before_anything_is_fetched(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put(SET)
    usage = type("Usage", (), {"free": 10})()
    monkeypatch.setattr("core.data.disk.shutil.disk_usage", lambda folder: usage)
    assert "The disk is full" in said(bucket.url("set"), tmp_path / "into")
