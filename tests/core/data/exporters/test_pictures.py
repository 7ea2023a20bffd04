"""Formats whose layout holds the images can take them along: copied, or linked, all of them or none."""

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from core.data import disk, exporters
from core.data.exporters import Options, Pictures, Snapshot
from core.errors import BadInput
from tests.core.data.exporters.made import snapshot

LAYOUT = {"imagefolder": "a/1.jpg", "fiftyone": "data/a/1.jpg"}


def there(root: Path) -> Snapshot:
    """Two images that lie under root."""
    wanted = snapshot(states=((1, 1), (0, 0)), keys=("a/1.jpg", "2.jpg"))
    for key, _ in wanted.images:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_text(f"the picture {key}")
    return replace(wanted, files=lambda row: root / wanted.images[row][0])


@pytest.mark.parametrize("how", list(Pictures))
@pytest.mark.parametrize("format", LAYOUT)
def test_the_images_come_along(tmp_path: Path, format: str, how: Pictures) -> None:
    out = tmp_path / "out"
    exporters.exporter(format).write(out, there(tmp_path / "root"), Options(pictures=how))
    image = out / LAYOUT[format]
    assert image.read_text() == "the picture a/1.jpg"
    assert image.is_symlink() == (how is Pictures.SYMLINK)
    assert image.samefile(tmp_path / "root" / "a" / "1.jpg") == (how is not Pictures.COPY)
    assert len([path for path in out.rglob("*") if path.is_file()]) == 3


@pytest.mark.parametrize("how", list(Pictures))
@pytest.mark.parametrize("format", LAYOUT)
def test_one_image_that_is_gone_leaves_nothing(tmp_path: Path, format: str, how: Pictures) -> None:
    wanted = there(tmp_path / "root")
    (tmp_path / "root" / "2.jpg").unlink()
    with pytest.raises(BadInput, match=r"1 of the 2 images are not where they were .* there: 2\.jpg"):
        exporters.exporter(format).write(tmp_path / "out", wanted, Options(pictures=how))
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


def test_a_folder_with_something_in_it_is_not_replaced_even_by_force(tmp_path: Path) -> None:
    wanted = there(tmp_path / "root")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match="not empty: a folder with images is made anew"):
        exporters.exporter("imagefolder").write(
            tmp_path / "out", wanted, Options(force=True, pictures=Pictures.COPY)
        )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_copies_are_asked_for_room_and_links_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = there(tmp_path / "root")
    needs: list[int] = []
    monkeypatch.setattr(disk, "require", lambda folder, need: needs.append(need))
    (tmp_path / "root" / "2.jpg").write_bytes(b"0" * 100_000)
    for how in (Pictures.COPY, Pictures.HARDLINK):
        exporters.exporter("imagefolder").write(tmp_path / how.value, wanted, Options(pictures=how))
    assert needs[0] > 100_000 > needs[1]


def test_a_copy_that_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.data.exporters import pictures

    wanted = there(tmp_path / "root")

    def fails(original: Path, into: Path) -> None:
        into.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(pictures._WAYS, Pictures.COPY, fails)
    with pytest.raises(BadInput, match="The disk is full"):
        exporters.exporter("imagefolder").write(tmp_path / "out", wanted, Options(pictures=Pictures.COPY))
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.EXDEV, "lies on another disk, where no hard link leads"),
        (errno.EPERM, "belongs to somebody else, or lies on a disk without hard links"),
    ],
)
def test_a_hard_link_that_the_system_refuses_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    from core.data.exporters import pictures

    def refuses(original: Path, into: Path) -> None:
        raise OSError(number, "refused")

    monkeypatch.setitem(pictures._WAYS, Pictures.HARDLINK, refuses)
    with pytest.raises(BadInput, match=rf"a/1\.jpg {says}.*: copy the images, or make symbolic links"):
        exporters.exporter("imagefolder").write(
            tmp_path / "out", there(tmp_path / "root"), Options(pictures=Pictures.HARDLINK)
        )
