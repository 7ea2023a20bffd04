"""Charts: names of people are text in every hover and beside every axis, and a click still gives the name itself."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from pages.ui.charts import figures, heat, shades
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
    monkeypatch.setattr(heat, "draw", draw)
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
    clicked = heat.heatmap("key", [[1, 2]], ["sky", "sea"], [NAME], value_title="images", clickable=True)
    trace = dict(drawn[0].data[0])
    assert hover(trace, trace["customdata"][0][0]).startswith(f"{SAFE} × sky:")
    assert clicked == (NAME, "sky")


def test_a_cell_says_what_it_was_given_to_say_as_text(drawn: list[Panel]) -> None:
    heat.heatmap(
        "key", [[1, None]], ["sky", "sea"], ["x"], value_title="%", hovers=[[f"64 % have {NAME}", ""]]
    )
    trace = drawn[0].data[0]
    assert trace["hovertemplate"].startswith("%{text}<")
    assert trace["text"][0][0] == f"64 % have {SAFE}"
    assert trace["hoverongaps"] is False


def test_every_number_on_a_heat_map_can_be_read(drawn: list[Panel]) -> None:
    values = [[float(10 * y + x) for x in range(10)] for y in range(10)]
    names = [str(at) for at in range(10)]
    heat.heatmap("key", values, names, names, value_title="%")
    cells, *written = drawn[0].data
    assert sorted(int(text) for trace in written for text in trace["text"]) == list(range(100))
    assert cells["colorscale"] == shades.scale()
    for trace in written:
        ink = (0.0,) * 3 if trace["textfont"]["color"] == shades.DARK else (1.0,) * 3
        for text in trace["text"]:
            assert shades.contrast(ink, shades.at(float(text) / 99)) >= 4.5, text


def test_the_contrast_of_two_colours_is_that_of_the_guidelines() -> None:
    assert shades.contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    grey = 0x77 / 255
    assert shades.contrast((grey, grey, grey), (1, 1, 1)) == pytest.approx(4.48, abs=0.005)


def test_a_line_is_named_as_text_where_it_ends_and_in_its_hover() -> None:
    panel = figures.lines("id", "title", [figures.Line(NAME, [1, 2], [0.1, 0.2])], x_title="epoch")
    assert panel.layout["annotations"][0]["text"] == SAFE
    assert panel.data[0]["hovertemplate"].startswith(SAFE.replace("%", "&#37;"))


def curve(values: list[float], form: str = ".0%", **more: Any) -> Panel:
    measures = [("subset", figures.BLUE, values, values)]
    epochs = list(range(1, len(values) + 1))
    return figures.curves("id", "title", measures, epochs, epochs_wanted=14, y_format=form, **more)


def test_the_ticks_of_a_narrow_range_have_the_digits_that_tell_them_apart() -> None:
    assert curve([0.23, 0.26]).layout["yaxis"]["tickformat"] == ".1%"
    assert curve([0.2, 0.8]).layout["yaxis"]["tickformat"] == ".0%"
    assert curve([0.21, 0.23], ".2f").layout["yaxis"]["tickformat"] == ".3f"


def test_the_names_stand_beside_the_plot_in_the_order_of_the_ends_and_none_covers_another() -> None:
    levels = [
        figures.Level("predicting nothing", "nothing", 0.501),
        figures.Level("always sea", "all sea", 0.499, "dot"),
    ]
    panel = curve([0.2, 0.5], levels=levels)
    notes = panel.layout["annotations"]
    assert [note["text"] for note in notes] == ["nothing 50.1 %", "train", "validation", "all sea 49.9 %"]
    assert all((note["xref"], note["x"]) == ("paper", 1) for note in notes)
    top, bottom = panel.layout["yaxis"]["range"][1], panel.layout["yaxis"]["range"][0]
    plot = panel.height_px - panel.layout["margin"]["t"] - panel.layout["margin"]["b"]
    places = [(top - note["y"]) / (top - bottom) * plot - note["yshift"] for note in notes]
    assert all(below - above > 12.9 for above, below in pairwise(places))
    assert max(places) <= plot + 0.01


def test_every_plot_of_a_run_is_equally_wide() -> None:
    margins = [curve(values, form).layout["margin"] for values, form in (([0.2], ".2f"), ([0.9, 1.0], ".1%"))]
    assert margins[0] == margins[1]


def test_a_pair_of_bars_is_named_as_text(drawn: list[Panel], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "draw", lambda key, panels: drawn.extend(panels))
    figures.pairs(
        "key", [NAME], [("before", [3], figures.PALE), ("after", [2], figures.BLUE)], value_title="n"
    )
    first, second = (dict(trace) for trace in drawn[0].data)
    assert hover(first, first["customdata"][0]).startswith(f"{SAFE}, before:")
    assert (first["x"], second["x"], second["text"]) == ([3], [2], ["2"])
    assert drawn[0].layout["yaxis"]["ticktext"] == [figures.short(NAME)]
