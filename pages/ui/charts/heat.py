"""Heat maps: a value for every pair of names, in colours and in numbers that can be read on them."""

from collections.abc import Sequence
from typing import Any

from pages.ui.charts import shades
from pages.ui.charts.component import Panel, draw
from pages.ui.charts.figures import as_text, short

MOST_NUMBERS = 225  # cells of a heat map that has its numbers written on it


def heatmap(
    key: str,
    values: Sequence[Sequence[float | None]],
    x_names: Sequence[str],
    y_names: Sequence[str],
    *,
    value_title: str,
    title: str = "",
    x_title: str = "",
    y_title: str = "",
    hovers: Sequence[Sequence[str]] | None = None,
    value_format: str = ",.0f",
    height_px: int | None = None,
    clickable: bool = False,
) -> tuple[str, str] | None:
    """A heat map of values[y][x]. Returns the (y name, x name) of a cell that was clicked just now, else None.

    hovers[y][x]: what the hover of a cell says, as it is; None: its names and its value.
    """
    known = [value for row in values for value in row if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    trace = {
        "type": "heatmap",
        "z": [list(row) for row in values],
        "x": list(range(len(x_names))),
        "y": list(range(len(y_names))),
        "customdata": [
            [[name, x_name, as_text(name), as_text(x_name)] for x_name in x_names] for name in y_names
        ],
        "hoverongaps": False,
        "colorscale": shades.scale(),
        "zmin": low,
        "zmax": high,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"title": {"text": value_title, "side": "right"}, "thickness": 10, "outlinewidth": 0},
        "hovertemplate": f"%{{customdata[2]}} × %{{customdata[3]}}: %{{z:{value_format}}}<extra></extra>",
    }
    if hovers is not None:
        trace |= {"text": [[as_text(said) for said in row] for row in hovers]}
        trace |= {"hovertemplate": "%{text}<extra></extra>"}
    axes = {
        name: {
            "title": {"text": axis_title},
            "tickvals": list(range(len(ticks))),
            "ticktext": [short(tick) for tick in ticks],
            "showgrid": False,
            "ticks": "",
        }
        for name, axis_title, ticks in (("xaxis", x_title, x_names), ("yaxis", y_title, y_names))
    }
    axes["yaxis"]["autorange"] = "reversed"
    axes["margin"] = {"t": 30}  # the buttons stand above the scale, not on it
    height = height_px or min(720, 130 + 24 * len(y_names))
    written = _numbers(values, low, high, value_format) if len(x_names) * len(y_names) <= MOST_NUMBERS else []
    panel = Panel(key, title, [trace, *written], axes, height, f"{title or value_title} as a heat map")
    clicked = draw(key, [panel], clickable=clickable)
    return None if clicked is None else (str(clicked[0]), str(clicked[1]))


def _numbers(
    values: Sequence[Sequence[float | None]], low: float, high: float, value_format: str
) -> list[dict[str, Any]]:
    """The values written on the cells: Plotly's own choice of a colour cannot be read in the middle of the scale."""
    written: dict[str, list[tuple[int, int, float]]] = {shades.DARK: [], shades.LIGHT: []}
    for y, row in enumerate(values):
        for x, value in enumerate(row):
            if value is not None:
                written[shades.written((value - low) / (high - low or 1))].append((x, y, value))
    return [
        {
            "type": "scatter",
            "mode": "text",
            "x": [x for x, _, _ in cells],
            "y": [y for _, y, _ in cells],
            "text": [f"{value:{value_format}}" for _, _, value in cells],
            "textfont": {"color": colour},
            "hoverinfo": "skip",  # hover and click go to the cell below
        }
        for colour, cells in written.items()
        if cells
    ]
