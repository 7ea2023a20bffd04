"""docs/formats.md says what the formats do: it is made by them, and nothing that is promised is missing."""

import os
from pathlib import Path

import pytest

from core.data.exporters import EXPORTERS
from core.data.importers import IMPORTERS
from core.processes import ROOT
from tests.conftest import Home
from tests.core.data import formats_page

PAGE = ROOT / "docs" / "formats.md"
ANEW = "ERRATA_WRITE_DOCS=1 .venv/bin/python -m pytest tests/core/data/test_formats_page.py"


@pytest.fixture
def writes() -> bool:
    return (
        os.environ.get("ERRATA_WRITE_DOCS") == "1"
    )  # asked before a home takes ERRATA_ from the environment


def test_the_page_says_what_the_formats_do(writes: bool, home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    made = formats_page.page(home, folder)
    if writes:
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made, f"docs/formats.md is out of date; {ANEW} writes it anew."


def test_every_format_that_is_promised_is_there() -> None:
    assert set(formats_page.IMPORTED) <= set(IMPORTERS)
    assert set(formats_page.EXPORTED) == set(EXPORTERS)
