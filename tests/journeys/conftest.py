"""A house of its own for every journey, and a small set of pictures."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.journeys.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "home")
    yield house
    house.leave()


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty pictures of 32 px: red skies and blue seas, some with both; every tenth annotation is wrong."""
    folder = tmp_path_factory.mktemp("photos")
    chance = np.random.default_rng(7)
    lines = ["image,labels"]
    for i in range(80):
        pixels = chance.integers(0, 90, (32, 32, 3))
        shown = {"sky": chance.random() < 0.5, "sea": chance.random() < 0.5}
        pixels[:16, :, 0] += 160 * shown["sky"]
        pixels[16:, :, 2] += 160 * shown["sea"]
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{i:02}.png")
        if i % 10 == 0:
            shown["sea"] = not shown["sea"]
        lines.append(f"{i:02}.png,{'|'.join(name for name, there in shown.items() if there)}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder
