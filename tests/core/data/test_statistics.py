"""The numbers that describe a picture mean what their names say."""

from pathlib import Path

import numpy as np
import pytest

from core.data.statistics import FILE, STATISTICS, open_statistics, statistics
from core.errors import BadInput


def measured(pixels: np.ndarray, aspect: float = 1.0) -> dict[str, float]:
    values = statistics(pixels[None], np.array([aspect], np.float32))
    assert values.shape == (1, len(STATISTICS))
    assert values.dtype == np.float32
    return dict(zip(STATISTICS, values[0].tolist(), strict=True))


def plain(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((128, 128, 3), (red, green, blue), np.uint8)


def test_brightness_runs_from_black_to_white() -> None:
    assert measured(plain(0, 0, 0))["brightness"] == 0
    assert abs(measured(plain(255, 255, 255))["brightness"] - 1) < 1e-4


def test_grey_has_no_saturation_and_no_hue() -> None:
    found = measured(plain(90, 90, 90))
    assert found["saturation"] == found["hue_sin"] == found["hue_cos"] == 0


def test_red_stands_at_hue_zero_and_is_warm() -> None:
    found = measured(plain(255, 0, 0))
    assert abs(found["hue_cos"] - 1) < 1e-4
    assert found["warmth"] == 1


def test_a_blue_sky_over_a_green_meadow() -> None:
    picture = plain(20, 200, 20)
    picture[:64] = (80, 120, 255)
    found = measured(picture)
    assert found["blueness_upper"] > 0.5 > 0 > found["blueness_lower"]
    assert found["greenness_lower"] > 0.6 > 0 > found["greenness_upper"]


def test_edges_and_their_direction() -> None:
    stripes = plain(0, 0, 0)
    stripes[:, ::2] = 255
    assert measured(stripes)["vertical_lines"] == 1
    assert measured(stripes.transpose(1, 0, 2).copy())["vertical_lines"] == 0
    assert measured(stripes)["edge_density"] > measured(plain(9, 9, 9))["edge_density"] == 0


def test_a_bright_frame_is_a_positive_vignette() -> None:
    picture = plain(255, 255, 255)
    picture[32:96, 32:96] = 0
    assert measured(picture)["vignette"] > 0.2


def test_dark_and_bright_shares() -> None:
    picture = plain(0, 0, 0)
    picture[:32] = 255
    found = measured(picture)
    assert (found["dark_share"], found["bright_share"]) == (0.75, 0.25)


def test_aspect_is_zero_for_a_square_and_signed() -> None:
    assert measured(plain(1, 2, 3), 1.0)["aspect"] == 0
    assert measured(plain(1, 2, 3), 2.0)["aspect"] == 1
    assert measured(plain(1, 2, 3), 0.5)["aspect"] == -1


def test_every_statistic_is_finite_on_noise_and_extremes() -> None:
    rng = np.random.default_rng(0)
    block = np.stack(
        [rng.integers(0, 256, (128, 128, 3), dtype=np.uint8), plain(0, 0, 0), plain(255, 255, 255)]
    )
    assert np.isfinite(statistics(block, np.array([1.0, 30.0, 0.03], np.float32))).all()


def test_missing_cut_or_foreign_statistics_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"stats\.npy is missing .*doctor --repair"):
        open_statistics(tmp_path)
    np.save(tmp_path / FILE, np.zeros((3, len(STATISTICS)), np.float32))
    assert open_statistics(tmp_path).shape == (3, len(STATISTICS))
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:-1])
    with pytest.raises(BadInput, match=r"ends too early: 367 of 368 bytes.*doctor --repair"):
        open_statistics(tmp_path)
    np.save(tmp_path / FILE, np.zeros((3, 2), np.float32))
    with pytest.raises(BadInput, match=r"shape \(3, 2\)"):
        open_statistics(tmp_path)
