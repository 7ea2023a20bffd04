"""A data set that was exported and imported again holds the same labels, as far as its format carries them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from core.actor import Actor
from core.data.exporters import EXPORTERS, Pictures
from core.services import corrections, exporting
from core.services.corrections import Operation
from core.services.exporting import ExportRequest
from core.services.importing import ImportRequest
from core.states import States, matrix
from core.work import import_ as work
from db import datasets
from db.records import CellChange, CellValue, Dataset
from db.terms import LabelState, Part
from tests.conftest import Home

ADA = Actor("Ada")
FORMATS = [format for format in EXPORTERS if format != "changes"]
STATES = (LabelState.PRESENT, LabelState.ABSENT, LabelState.UNKNOWN)
Import = Callable[[Path, str], Dataset]


@pytest.fixture
def imported(home: Home) -> Import:
    """Import a source by its name, as the worker does."""

    def run(source: Path, name: str) -> Dataset:
        request = ImportRequest(source, name, unlisted=LabelState.ABSENT)
        return work.store_import(home.store, home.settings, ADA, request, lambda share, doing: None)

    return run


@pytest.fixture
def corrected(home: Home, tmp_path: Path, imported: Import) -> Dataset:
    """Twelve images in three parts under data/, with every state verified and not."""
    root = tmp_path / "first"
    lines = ["image,labels,split"]
    for row in range(12):
        key = f"data/im{row}.png"
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        Picture.new("RGB", (16, 16), (20 * row, 90, 255 - 20 * row)).save(root / key)
        lines.append(f"{key},{('sea', 'sky|sea', '', 'tree')[row % 4]}|,{tuple(Part)[row % 3].value}")
    (root / "labels.csv").write_text("\n".join(lines))
    dataset = imported(root, "first")
    labels = datasets.labels(home.store, dataset.id)
    named = [(row, label.id) for row in range(8) for label in labels]
    seen = corrections.values(home.store, ADA, dataset.id, range(8), [label.id for label in labels])
    wanted = [CellValue(STATES[(row + at) % 3], True) for at, (row, _) in enumerate(named)]
    changes = tuple(
        CellChange(row, label_id, cell.value, value)
        for (row, label_id), cell, value in zip(named, seen, wanted, strict=True)
    )
    (answer,) = corrections.operate(home.store, ADA, dataset.id, [Operation("fix", "set", changes)])
    assert answer.status == "saved"
    return dataset


def by_key(home: Home, dataset: Dataset) -> tuple[list[str], States]:
    return [image.key for image in datasets.images(home.store, dataset.id)], matrix(home.store, dataset.id)


@pytest.mark.parametrize("format", FORMATS)
def test_a_data_set_comes_back(
    home: Home, tmp_path: Path, imported: Import, corrected: Dataset, format: str
) -> None:
    exporter = EXPORTERS[format]
    root = tmp_path / "second"
    root.mkdir()
    (root / "data").symlink_to(tmp_path / "first" / "data")
    out = root / f"labels{exporter.suffix}" if exporter.suffix else root
    exporting.export(home.store, home.settings, ADA, corrected.id, ExportRequest(format, out))
    again = imported(root, "second")
    assert again.format == format
    (keys, first), (same_keys, second) = by_key(home, corrected), by_key(home, again)
    assert same_keys == keys
    assert second.names == first.names
    lost = np.zeros(first.states.shape, bool) if exporter.carries.unknown else first.states == -1
    if exporter.carries.unseen:
        lost &= ~lost.all(axis=1, keepdims=True)
    assert (second.states == np.where(lost, 0, first.states)).all()
    if exporter.carries.verified:
        assert (second.verified == (first.verified & ~lost)).all()
    if exporter.carries.parts:
        assert (second.parts == first.parts).all()


@pytest.mark.parametrize("format", ["imagefolder", "fiftyone"])
def test_a_folder_with_its_images_is_a_source_of_its_own(
    home: Home, tmp_path: Path, imported: Import, corrected: Dataset, format: str
) -> None:
    request = ExportRequest(format, tmp_path / "out", pictures=Pictures.COPY)
    exporting.export(home.store, home.settings, ADA, corrected.id, request)
    again = imported(tmp_path / "out", "second")
    assert (again.images, again.format) == (12, format)
    assert by_key(home, again)[0] == by_key(home, corrected)[0]
