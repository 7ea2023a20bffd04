"""Charts: names of people are text in every hover and beside every axis, and a click still gives the name itself."""

from collections.abc import Sequence
from typing import Any

import pytest

from pages.ui.charts import figures
from pages.ui.charts.component import Panel

NAME = '<a href="https://evil.example">sea</a> & %{x}'
SAFE = '&lt;a href="https://evil.example"&gt;sea&lt;/a&gt; &amp; %{x}'


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Panel]:
    """The panels that were drawn; each was clicked at its first mark."""
    panels: list[Panel] = []

    def draw(key: str, wanted: Sequence[Panel], *, clickable: bool) -> Any:
        panels.extend(wanted)
        first = wanted[0].data[0]["customdata"][0]
        return first[0] if wanted[0].data[0]["type"] == "heatmap" else first

    monkeypatch.setattr(figures, "draw", draw)
    return panels


def hover(trace: dict[str, Any], mark: list[str]) -> str:
    """What the hover of a mark says, as Plotly fills the template in."""
    said = str(trace["hovertemplate"])
    for place, value in enumerate(mark):
        said = said.replace(f"%{{customdata[{place}]}}", value)
    return said


def test_a_bar_is_named_as_text_and_clicked_by_its_name(drawn: list[Panel]) -> None:
    clicked = figures.bars("key", [NAME, "sky"], [3, 2], value_title="images", clickable=True)
    trace = dict(drawn[0].data[0])
    assert hover(trace, trace["customdata"][0]).startswith(f"{SAFE}:")
    assert clicked == NAME


def test_a_cell_of_a_heat_map_is_named_as_text_and_clicked_by_its_names(drawn: list[Panel]) -> None:
    clicked = figures.heatmap("key", [[1, 2]], ["sky", "sea"], [NAME], value_title="images", clickable=True)
    trace = dict(drawn[0].data[0])
    assert hover(trace, trace["customdata"][0][0]).startswith(f"{SAFE} × sky:")
    assert clicked == (NAME, "sky")


def test_a_line_is_named_as_text_where_it_ends_and_in_its_hover() -> None:
    panel = figures.lines("id", "title", [figures.Line(NAME, [1, 2], [0.1, 0.2])], x_title="epoch")
    assert panel.layout["annotations"][0]["text"] == SAFE
    assert panel.data[0]["hovertemplate"].startswith(SAFE.replace("%", "&#37;"))
