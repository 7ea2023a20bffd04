"""Odd images are told from sound ones, each for its own reason."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from core.data.trouble import quality
from core.data.trouble.quality import KINDS, THRESHOLDS, Odd, Quality
from tests.core.data.trouble.drawn import picture, squashed


def examined(*images: Image.Image) -> Quality:
    sides = np.array([image.size for image in images], np.int32)
    measures = quality.measure(squashed(*images), sides[:, 0], sides[:, 1])
    return Quality(measures, sides[:, 0], sides[:, 1])


def kinds(found: Quality, row: int = 0) -> set[Odd]:
    return {kind for kind, odd in zip(KINDS, found.odd[row].tolist(), strict=True) if odd}


def shaded(image: Image.Image, low: int, high: int) -> Image.Image:
    return image.point(lambda value: low + value * (high - low) // 255)


def test_sharp_colourful_pictures_are_not_odd() -> None:
    found = examined(*[picture(seed) for seed in range(12)])
    assert not found.odd.any()
    assert found.scores.shape == (12, len(KINDS))
    assert ((found.scores >= 0) & (found.scores <= 1)).all()


def test_dark_and_bright_pictures() -> None:
    assert Odd.DARK in kinds(examined(shaded(picture(1), 0, 60)))
    assert Odd.BRIGHT in kinds(examined(shaded(picture(1), 240, 255)))


def test_a_pure_red_is_not_dark() -> None:
    some = picture(3).convert("L").point(lambda value: 255 if value > 99 else 0)
    red = Image.merge("RGB", (some, *[Image.new("L", some.size)] * 2))
    assert Odd.DARK not in kinds(examined(red))


def test_a_grey_picture_stored_as_colour_is_grey() -> None:
    grey = picture(2).convert("L").convert("RGB")
    assert kinds(examined(grey)) == {Odd.GREY}
    flag = grey.copy()
    flag.paste((255, 0, 0), (0, 0, 120, 120))  # a twentieth of it in colour
    assert Odd.GREY not in kinds(examined(flag))


@pytest.mark.parametrize("side", [128, 256, 512, 900])
@pytest.mark.parametrize("seed", [4, 5, 6])
def test_a_blurred_picture_is_blurry_at_any_size(seed: int, side: int) -> None:
    sharp = picture(seed).resize((side, side), Image.Resampling.LANCZOS)
    soft = sharp.filter(ImageFilter.GaussianBlur(0.015 * side))
    assert [Odd.BLURRY in kinds(examined(image)) for image in (sharp, soft)] == [False, True]


def test_a_picture_blurred_one_way_only_is_blurry() -> None:
    lines = np.asarray(picture(7)).astype(np.float32)
    moved = np.mean([np.roll(lines, step, axis=1) for step in range(24)], axis=0)
    assert Odd.BLURRY in kinds(examined(Image.fromarray(moved.astype(np.uint8))))


def test_a_sharp_thing_before_a_blurred_ground_is_not_blurry() -> None:
    blurred = picture(8).filter(ImageFilter.GaussianBlur(16))
    blurred.paste(picture(9).crop((100, 100, 400, 400)), (106, 106))
    assert Odd.BLURRY not in kinds(examined(blurred))


@pytest.mark.parametrize("side", [32, 48, 64, 100])
def test_a_small_picture_that_was_enlarged_is_not_blurry(side: int) -> None:
    small = picture(10).resize((side, side), Image.Resampling.LANCZOS)
    assert Odd.BLURRY not in kinds(examined(small))
    # The same pixels from a large file are blurred.
    pixels = squashed(small)
    if side <= 48:
        assert (
            quality.sharpness(pixels[..., 1].copy(), np.array([512]), np.array([512]))[0]
            < THRESHOLDS[Odd.BLURRY]
        )


def test_noise_does_not_hide_blur() -> None:
    soft = np.asarray(picture(11).filter(ImageFilter.GaussianBlur(10)).resize((128, 128)))
    noise = np.random.default_rng(0).normal(0, 4, (128, 128, 1))
    noisy = Image.fromarray(np.clip(soft + noise, 0, 255).astype(np.uint8))
    assert Odd.BLURRY in kinds(examined(noisy))


def test_an_empty_picture_has_low_information_and_no_edge_to_judge_blur_by() -> None:
    found = examined(Image.new("RGB", (300, 200), (90, 140, 60)))
    assert kinds(found) == {Odd.LOW_INFORMATION}
    assert np.isnan(found.measures[0, 2])


def test_tiny_is_measured_against_what_is_usual() -> None:
    usual, small = picture(1), picture(2).resize((60, 200))
    mixed = examined(usual, usual, small)
    assert [Odd.TINY in kinds(mixed, row) for row in range(3)] == [False, False, True]
    of_small = examined(*[picture(seed).resize((32, 32)) for seed in range(5)], picture(9).resize((12, 12)))
    assert [Odd.TINY in kinds(of_small, row) for row in range(6)] == [False] * 5 + [True]


def test_extreme_aspect() -> None:
    found = examined(
        picture(1).resize((900, 300)), picture(1).resize((300, 900)), picture(1).resize((800, 300))
    )
    assert [Odd.EXTREME_ASPECT in kinds(found, row) for row in range(3)] == [True, True, False]


def test_every_sentence_has_its_number() -> None:
    found = examined(
        shaded(picture(1), 0, 60),
        picture(4).filter(ImageFilter.GaussianBlur(10)),
        picture(2).convert("L"),
        picture(1).resize((40, 300)),
        Image.new("RGB", (128, 128), "white"),
    )
    said = [found.sentence(row, kind) for row in range(5) for kind in KINDS if kind in kinds(found, row)]
    assert any("darker than 2" in text and "below 32 %" in text for text in said)
    assert any("one pixel of 4 holds" in text for text in said)
    assert any("differ by at most 0.0 %" in text for text in said)
    assert any("40 × 300 pixels; tiny is a side below 64" in text for text in said)
    assert any("7.5 to 1; extreme is above 2.9 to 1" in text for text in said)
    assert any("brighter than 100 % of white" in text for text in said)
    assert any("0.0 bits" in text for text in said)


def test_rows_do_not_depend_on_their_neighbours() -> None:
    images = [picture(1), picture(2).resize((64, 64)), picture(3).resize((700, 60)), picture(4)]
    together = examined(*images).measures
    alone = np.concatenate([examined(image).measures for image in images])
    np.testing.assert_allclose(together, alone, rtol=1e-6)


def test_no_images_at_all() -> None:
    none = np.zeros(0, np.int32)
    found = Quality(quality.measure(np.zeros((0, 128, 128, 3), np.uint8), none, none), none, none)
    assert found.scores.shape == found.odd.shape == (0, len(KINDS))
