"""The embedding map: its modules, and the route that feeds it."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from db.terms import LabelState
from pages.http import middleware, routes, token
from pages.ui.map import component
from tests.conftest import Home
from tests.core.search import worlds
from tests.core.search.worlds import World
from tests.core.services.test_searching import add_scan
from tests.pages.gallery.test_modules import node

__all__ = ["node"]

HERE = Path(__file__).parent
ORIGIN = "http://127.0.0.1:8501"


def test_the_maps_own_tests_pass_under_node(node: str) -> None:
    done = subprocess.run(
        [node, "--test", str(HERE / "points.test.mjs")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_both_modules_make_one_valid_module(node: str, tmp_path: Path) -> None:
    whole = tmp_path / "map.mjs"
    whole.write_text(component.bundle(), "utf-8")
    done = subprocess.run([node, "--check", str(whole)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^(import|export) .*", component.bundle(), re.MULTILINE) == ["export"]
    assert "innerHTML" not in component.bundle()


@pytest.fixture
def world(home: Home) -> World:
    return worlds.make(home.store)


@pytest.fixture
def client(home: Home) -> TestClient:
    app = Starlette(routes=routes(home.settings, home.store), middleware=middleware(home.settings))
    return TestClient(app, base_url=ORIGIN, headers={"X-Errata-Token": token(home.settings)})


def test_the_points_come_packed_with_what_they_are_coloured_by(
    home: Home, world: World, client: TestClient
) -> None:
    assert client.get(f"/errata/map/{world.dataset_id}/world?colour=part").status_code == 404
    add_scan(home)
    body = client.get(f"/errata/map/{world.dataset_id}/world?colour=width").content
    length = int.from_bytes(body[:4], "little")
    header, rest = json.loads(body[4 : 4 + length]), body[4 + length :]
    assert (header["n"], header["images"], header["kind"]) == (60, 60, "number")
    assert 40 <= header["low"] < header["high"] <= 99
    assert np.frombuffer(rest[:240], "<u4").tolist() == list(range(60))
    assert np.frombuffer(rest[720:], "<f4").tolist() == list(range(40, 100))


@pytest.mark.parametrize(
    ("address", "status"), [("world", 400), ("world?colour=label:x", 400), ("other?colour=part", 409)]
)
def test_a_map_that_cannot_be_drawn_is_a_sentence(
    home: Home, world: World, client: TestClient, address: str, status: int
) -> None:
    add_scan(home)
    answer = client.get(f"/errata/map/{world.dataset_id}/{address}")
    assert answer.status_code == status
    assert answer.json()["message"].endswith(".")


def test_a_point_says_its_file_and_its_labels(home: Home, world: World, client: TestClient) -> None:
    found = client.get(f"/errata/map/{world.dataset_id}/world/4").json()
    names = {label.id: label.name for label in world.labels}
    present = [names[number] for number, state in world.states[4].items() if state is LabelState.PRESENT]
    assert found == {"key": world.images[4].key, "labels": present}
    assert client.get(f"/errata/map/{world.dataset_id}/world/60").status_code == 404
    assert client.get(f"/errata/map/{world.dataset_id}/other/4").status_code == 409
