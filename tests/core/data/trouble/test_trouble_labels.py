"""Labels with too few images are found in each part."""

import numpy as np

from core.data.trouble import labels
from core.data.trouble.labels import Scarce


def test_a_label_below_a_handful_is_named_in_each_part_that_has_images() -> None:
    given = np.zeros((20, 2), np.int8)
    given[:, 0] = 1
    given[:3, 1] = 1
    given[3:8, 1] = -1
    parts = np.array([0] * 10 + [1] * 10, np.int8)
    found = labels.scarce(given, parts)
    assert found == [Scarce(1, 0, 3), Scarce(1, 1, 0)]
    assert labels.scarce(given, parts, least=11) == [Scarce(0, 0, 10), Scarce(0, 1, 10), *found]


def test_images_that_are_left_out_count_in_no_part() -> None:
    given = np.ones((12, 1), np.int8)
    parts = np.array([0] * 6 + [-1] * 6, np.int8)
    assert labels.scarce(given, parts, least=7) == [Scarce(0, 0, 6)]
