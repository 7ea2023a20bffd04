"""Copies are found however they were changed a little, and different pictures are not taken for copies."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from core.data.trouble import candidates, descriptor, duplicates
from core.data.trouble.duplicates import Duplicates, Sameness
from tests.core.data.trouble.drawn import picture, squashed


def found(pixels: np.ndarray, sha256: list[str] | None = None) -> Duplicates:
    coefficients = descriptor.describe(descriptor.luma(descriptor.colour_cells(pixels)))
    names = sha256 or [str(row) for row in range(len(pixels))]
    return duplicates.find(pixels, coefficients, duplicates.digests(pixels), names)


def compressed(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=30)
    return Image.open(file)


def marked(image: Image.Image) -> Image.Image:
    with_mark = image.copy()
    ImageDraw.Draw(with_mark).text((120, 230), "SAMPLE", fill="white", font_size=70)
    return with_mark


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "resized": lambda image: image.resize((200, 200)),
    "compressed": compressed,
    "cropped": lambda image: image.crop((40, 10, 500, 470)),
    "mirrored": ImageOps.mirror,
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.3),
    "less contrast": lambda image: ImageEnhance.Contrast(image).enhance(0.5),
    "grey": lambda image: image.convert("L"),
    "marked": marked,
    "framed": lambda image: ImageOps.expand(image, 20, "white"),
    "softened": lambda image: image.filter(ImageFilter.GaussianBlur(3)),
    "mirrored, cropped and darker": lambda image: ImageEnhance.Brightness(
        ImageOps.mirror(image.crop((0, 20, 480, 500)))
    ).enhance(0.7),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_changed_copy_is_found(change: str) -> None:
    pixels = squashed(*[picture(seed) for seed in range(8)], CHANGES[change](picture(3)))
    result = found(pixels)
    assert [rows.tolist() for rows in result.groups] == [[3, 8]]
    assert (result.one.tolist(), result.other.tolist()) == ([3], [8])
    assert result.similarity[0] > 0.6
    assert bool(result.mirrored[0]) == ("mirrored" in change)
    assert ("mirrored" in result.sentence(0)) == ("mirrored" in change)


def test_different_pictures_are_no_duplicates() -> None:
    result = found(squashed(*[picture(seed) for seed in range(60)]))
    assert result.groups == []
    assert len(result.one) == 0


def horizon(seed: int, at: int = 70) -> np.ndarray:
    """A sky over a dark ground of other texture each time: the same slow waves."""
    rng = np.random.default_rng(seed)
    image = np.full((128, 128, 3), 190.0)
    image[at:] = 40
    image[at + 4 :] += rng.normal(0, 12, (124 - at, 128, 1))
    return np.clip(image, 0, 255).astype(np.uint8)


def test_a_common_horizon_is_no_proof() -> None:
    pixels = np.stack([horizon(seed) for seed in range(6)])
    coefficients = descriptor.describe(descriptor.luma(descriptor.colour_cells(pixels)))
    assert len(candidates.find(coefficients, np.arange(6)).one) > 5  # they do look alike from afar
    assert found(pixels).groups == []


def test_equal_files_and_equal_pixels() -> None:
    pixels = squashed(picture(0), picture(1), picture(0), picture(0), picture(2))
    result = found(pixels, ["a", "b", "a", "c", "d"])
    assert [rows.tolist() for rows in result.groups] == [[0, 2, 3]]
    kinds = {
        (int(a), int(b)): Sameness(int(k))
        for a, b, k in zip(result.one, result.other, result.sameness, strict=True)
    }
    assert kinds == {(0, 2): Sameness.FILE, (0, 3): Sameness.PIXELS}
    assert (result.similarity == 1).all()
    assert "byte by byte" in result.sentence(0)


def test_an_equal_digest_alone_makes_no_duplicate() -> None:
    pixels = squashed(picture(0), picture(1))
    coefficients = descriptor.describe(descriptor.luma(descriptor.colour_cells(pixels)))
    result = duplicates.find(pixels, coefficients, np.zeros(2, np.uint64), ["a", "b"])
    assert result.groups == []


def test_empty_pictures_of_other_colours_are_no_duplicates() -> None:
    colours = [(0, 0, 0), (255, 255, 255), (90, 90, 90), (200, 30, 30)]
    assert found(squashed(*[Image.new("RGB", (200, 200), colour) for colour in colours])).groups == []


def test_many_copies_are_one_group_with_their_exact_copies() -> None:
    rng = np.random.default_rng(0)
    copies = []
    for _ in range(30):
        x, y = rng.integers(0, 30, 2).tolist()
        copies.append(picture(5).crop((x, y, x + 480, y + 480)))
    pixels = squashed(*[picture(seed) for seed in range(5)], *copies, copies[7])
    result = found(pixels)
    assert [rows.tolist() for rows in result.groups] == [list(range(5, 36))]


def test_the_same_input_gives_the_same_groups_and_pairs() -> None:
    pixels = squashed(
        *[CHANGES["cropped"](picture(seed)) for seed in range(5)], *[picture(seed) for seed in range(5)]
    )
    first, second = found(pixels), found(pixels)
    assert np.array_equal(first.group, second.group)
    assert np.array_equal(first.similarity, second.similarity)
    assert (first.one < first.other).all()


def test_the_index_for_large_sets_finds_what_the_blocks_find(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = squashed(
        *[picture(seed) for seed in range(60)], *[CHANGES["cropped"](picture(s)) for s in range(0, 60, 6)]
    )
    blocks = found(pixels)
    monkeypatch.setattr(candidates, "EXACT_UP_TO", 10)
    index = found(pixels)
    assert len(blocks.groups) == 10
    assert [rows.tolist() for rows in index.groups] == [rows.tolist() for rows in blocks.groups]


def test_a_set_of_nearly_the_same_picture_is_searched_without_putting_all_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candidates, "_CROWD", 1)
    rng = np.random.default_rng(1)
    base = squashed(picture(1))[0].astype(np.int16)
    frames = np.stack([np.clip(base + rng.integers(-6, 7, base.shape), 0, 255) for _ in range(20)]).astype(
        np.uint8
    )
    assert [rows.tolist() for rows in found(frames).groups] == [list(range(20))]


def test_progress_grows_to_the_whole() -> None:
    pixels = squashed(picture(0), picture(1), CHANGES["cropped"](picture(0)))
    told: list[float] = []
    coefficients = descriptor.describe(descriptor.luma(descriptor.colour_cells(pixels)))
    duplicates.find(pixels, coefficients, duplicates.digests(pixels), ["a", "b", "c"], told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_images_to_have_duplicates(count: int) -> None:
    pixels = squashed(picture(0))[:count]
    result = found(pixels)
    assert result.groups == []
    assert result.group.tolist() == [-1] * count
