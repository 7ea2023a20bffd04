"""What may be named as the source of an import."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import BadInput
from core.services.datasets import ImportRequest
from core.settings import Settings
from core.work import import_


def silent(_share: float, _doing: str) -> None:
    return None


def test_a_table_may_be_named_whatever_separates_its_columns(tmp_path: Path) -> None:
    settings = Settings.load({"ERRATA_HOME": str(tmp_path / "home")})
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "0.png")
    for name, text in (("a.csv", "image,labels\n0.png,sea"), ("b.tsv", "image\tlabels\n0.png\tsea")):
        (tmp_path / name).write_text(text)
        found = import_.preview(settings, ImportRequest(tmp_path / name, "x"), silent)
        assert found.labels == (("sea", 1),)


def test_a_file_that_is_neither_table_nor_zip_is_a_sentence(tmp_path: Path) -> None:
    settings = Settings.load({"ERRATA_HOME": str(tmp_path / "home")})
    (tmp_path / "x.tar").write_bytes(b"ustar" * 1000)
    with pytest.raises(BadInput, match=r"x\.tar is not a whole zip file"):
        import_.preview(settings, ImportRequest(tmp_path / "x.tar", "x"), silent)
