"""A folder of links into a store of pictures works all the way: it is imported, shown and exported."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from core.actor import NOBODY
from core.data.exporters import Pictures
from core.errors import BadInput
from core.services import datasets, exporting
from core.services.exporting import ExportRequest
from core.services.importing import ImportRequest
from core.work import import_
from db.records import Dataset
from tests.conftest import Home


def picture(path: Path, shade: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), (shade, 90, 20)).save(path)
    return path


@pytest.fixture
def linked(home: Home, tmp_path: Path) -> Dataset:
    """0.png itself, 1.png a link, far/2.png in a linked folder, 3.png a link within; and links in circles."""
    store, root = tmp_path / "store", tmp_path / "set"
    picture(root / "0.png", 0)
    (root / "1.png").symlink_to(picture(store / "a.png", 60))
    picture(store / "deep" / "2.png", 120)
    (root / "far").symlink_to(store / "deep")
    picture(root / "near" / "x.png", 180)
    (root / "3.png").symlink_to(root / "near" / "x.png")
    (root / "4.png").symlink_to(root / "4.png")
    (root / "round").symlink_to(root)
    (store / "deep" / "back").symlink_to(root / "far")
    request = ImportRequest(root, "linked", format="images")
    return import_.store_import(home.store, home.settings, NOBODY, request, lambda share, doing: None)


def keys(home: Home, dataset: Dataset) -> list[str]:
    return [image.key for image in datasets.images(home.store, NOBODY, dataset.id)]


def shown(home: Home, dataset: Dataset, row: int) -> Path | None:
    return datasets.image_path(home.store, home.settings, NOBODY, dataset.id, row)


def export(home: Home, dataset: Dataset, out: Path, pictures: Pictures) -> None:
    request = ExportRequest("imagefolder", out, pictures=pictures)
    exporting.export(home.store, home.settings, NOBODY, dataset.id, request)


def test_links_are_imported_and_shown_and_circles_end(home: Home, tmp_path: Path, linked: Dataset) -> None:
    assert keys(home, linked) == ["0.png", "1.png", "3.png", "far/2.png", "near/x.png"]
    store, root = tmp_path / "store", tmp_path / "set"
    wanted = ["0.png", store / "a.png", "near/x.png", store / "deep/2.png", "near/x.png"]
    assert [shown(home, linked, row) for row in range(5)] == [root / place for place in wanted]


@pytest.mark.parametrize("how", list(Pictures))
def test_what_links_lead_to_is_exported(home: Home, tmp_path: Path, linked: Dataset, how: Pictures) -> None:
    export(home, linked, tmp_path / "out", how)
    for key in keys(home, linked):
        assert (tmp_path / "out" / key).read_bytes() == (tmp_path / "set" / key).read_bytes()


def test_a_link_to_another_file_than_was_imported_is_neither_shown_nor_exported(
    home: Home, tmp_path: Path, linked: Dataset
) -> None:
    secret = tmp_path / "store" / "a.png"
    same_size = bytearray(secret.read_bytes())
    same_size[-1] ^= 1
    secret.write_bytes(same_size)
    (tmp_path / "set" / "0.png").unlink()
    (tmp_path / "set" / "0.png").symlink_to("/dev/zero")
    assert [shown(home, linked, row) for row in (0, 1)] == [None, None]
    with pytest.raises(BadInput, match=r"2 of the 5 images .* links that lead out of there: 0\.png, 1\.png"):
        export(home, linked, tmp_path / "out", Pictures.COPY)
    assert not (tmp_path / "out").exists()


def test_a_store_that_moved_is_found_again_by_new_links(home: Home, tmp_path: Path, linked: Dataset) -> None:
    shutil.move(tmp_path / "store", tmp_path / "moved")
    assert shown(home, linked, 1) is None
    (tmp_path / "set" / "1.png").unlink()
    (tmp_path / "set" / "1.png").symlink_to(tmp_path / "moved" / "a.png")
    assert shown(home, linked, 1) == tmp_path / "moved" / "a.png"
