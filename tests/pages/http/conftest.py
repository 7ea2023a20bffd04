"""A small house with one data set, one analysed run, and a client that is allowed to write."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core import files
from core.data.thumbnails import ThumbnailWriter
from core.settings import Settings
from db import datasets, findings, runs
from db.records import Image, NewFinding
from db.store import Store, migrate, open_store
from db.terms import Cause, ErrorKind, LabelState, Part
from pages.http import middleware, routes, token

ORIGIN = "http://127.0.0.1:8501"
IMAGES = 12
LABELS = (("sea", "s"), ("<b>tree</b> 🌲", "t"), ("night", ""))


def jpeg(shade: int, side_px: int = 16) -> bytes:
    file = io.BytesIO()
    Picture.new("RGB", (side_px, side_px), (shade, 80, 120)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"ERRATA_HOME": str(tmp_path / "home"), "ERRATA_MAX_UPLOAD_MB": "1"})


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema: copied, it saves each test the migrations."""
    path = tmp_path_factory.mktemp("schema") / "errata.sqlite"
    empty = open_store(f"sqlite:///{path}")
    migrate(empty)
    empty.close()
    return path


@pytest.fixture
def store(settings: Settings, tmp_path: Path, schema: Path) -> Iterator[Store]:
    settings.home.mkdir()
    shutil.copy(schema, settings.home / schema.name)
    opened = open_store(settings.database_url)
    root = tmp_path / "root"
    root.mkdir()
    for row in range(IMAGES):
        (root / f"{row:02}.jpg").write_bytes(jpeg(row * 20, 32))
    _fill(opened, settings, root)
    yield opened
    opened.close()


def _fill(store: Store, settings: Settings, root: Path) -> None:
    images = [
        Image(0, row, f"{row:02}.jpg", Part.VALIDATION if row < 6 else Part.TRAIN, f"{row:064x}", 32, 32, 900)
        for row in range(IMAGES)
    ]
    datasets.create(
        store,
        name="scenes",
        folder="d1",
        source="a test",
        root=str(root),
        format="csv",
        default_state=LabelState.ABSENT,
        labels=LABELS,
        images=images,
        cells=[
            (0, 0, LabelState.PRESENT, False),
            (7, 0, LabelState.PRESENT, False),
            (1, 1, LabelState.UNKNOWN, False),
        ],
        author="Ada",
        client_id="import-1",
    )
    folder = settings.datasets_dir / "d1"
    folder.mkdir(parents=True)
    with ThumbnailWriter(folder) as pack:
        pack.append([jpeg(row * 20) for row in range(IMAGES)])
    _run(store, settings)


def _run(store: Store, settings: Settings) -> None:
    scores = np.linspace(0.05, 0.95, IMAGES * 3, dtype=np.float32).reshape(IMAGES, 3)
    files.save_array(settings.runs_dir / "r1" / "scores.npy", scores)
    files.save_array(
        settings.runs_dir / "r1" / "where.npy", np.array([[[0.0, 2.0], [-4.0, 1.0]]], np.float16)
    )
    files.save_json(settings.runs_dir / "r1" / "where.json", [(0, 0)])
    run = runs.create_finished(
        store,
        dataset_id=1,
        name="first",
        preset="scratch",
        config={},
        folder="r1",
        threshold=[0.5] * 3,
        author="Ada",
        revision=1,
        train={},
        validation={},
    )
    found = [finding(row, label_id) for row in range(5) for label_id in (1, 2)]
    findings.replace(store, run.id, found, revision=1, notes=[])


def finding(row: int, label_id: int) -> NewFinding:
    present = row == 0 and label_id == 1
    return NewFinding(
        part=Part.VALIDATION,
        row=row,
        label_id=label_id,
        kind=ErrorKind.FN if present else ErrorKind.FP,
        annotation=LabelState.PRESENT if present else LabelState.ABSENT,
        probability=0.1 if present else 0.9,
        threshold=0.5,
        cause=Cause.MISLABEL if label_id == 1 else Cause.UNKNOWN,
        confidence=0.9 - row / 10,
        second_cause=Cause.SPARSITY,
        p_mislabel=0.6,
        p_sparsity=0.2,
        p_wrong_pattern=0.1,
        suggested_state=LabelState.ABSENT if present else LabelState.PRESENT,
        evidence="11 of 12 look-alikes say otherwise.",
        rank=row * 2 + label_id - 1,
        data={"with_label": [7], "without_label": [8, 9], "held_out": [1], "same_doubt": [6, 7, 8]},
    )


@pytest.fixture
def client(settings: Settings, store: Store) -> TestClient:
    """A browser on our own page: right host, origin and token."""
    app = Starlette(routes=routes(settings, store), middleware=middleware(settings))
    headers = {"Origin": ORIGIN, "X-Errata-Token": token(settings)}
    return TestClient(app, base_url=ORIGIN, headers=headers, raise_server_exceptions=False)
