"""The figures that pages draw: lines with their names at their ends, bars, and the curves of a run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pages.ui.charts.component import Panel, draw

BLUE, VERMILION, GREEN, PALE = "#0072B2", "#D55E00", "#009E73", "#9AA0A6"
_LABEL_PX = 13  # two labels at line ends stand at least this far apart
_NAMES_PX = 104  # for the names, the same beside every plot
_TOP_PX, _BOTTOM_PX = 8, 34


@dataclass(frozen=True)
class Line:
    """One line of a panel; `x` and `y` of the same length."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    colour: str = BLUE
    width: float = 2.0
    dash: str = "solid"
    points: bool = False
    opacity: float = 1.0
    labelled: bool = True  # its name stands at its end
    end: str = ""  # what stands there instead, if it is not the name


@dataclass(frozen=True)
class Level:
    """A score that a model has to beat, drawn across the panel."""

    name: str  # in the hover
    short: str  # beside the plot, before its value
    value: float
    dash: str = "dash"


def lines(
    id: str,
    title: str,
    drawn: Sequence[Line],
    *,
    x_title: str,
    y_title: str = "",
    y_format: str = "",
    levels: Sequence[Level] = (),
    x_to: float | None = None,
    height_px: int = 200,
) -> Panel:
    """A panel of lines and of levels to beat, all named beside the plot in the order in which they end."""
    last_x = max((line.x[-1] for line in drawn if line.x), default=1)
    x_range = [0.5, max(x_to or 0, last_x, 2) + 0.5]
    drawn = [*drawn, *(_level(level, x_range, y_format) for level in levels)]
    y_range = _room([y for line in drawn for y in line.y if y is not None])
    y_axis = {
        "title": {"text": y_title},
        "tickformat": _fine(y_format, y_range),
        "nticks": 6,
        "range": y_range,
        "automargin": False,  # margins that follow the ticks would give each plot another width
    }
    return Panel(
        id=id,
        title=title,
        data=[_trace(line, y_format) for line in drawn],
        layout={
            "xaxis": {"title": {"text": x_title}, "range": x_range, "dtick": _step(x_range[1]), "tick0": 0},
            "yaxis": y_axis,
            "hovermode": "x unified",
            "margin": {"l": 48, "r": _NAMES_PX, "t": _TOP_PX, "b": _BOTTOM_PX},
            "annotations": _names(drawn, y_range, height_px - _TOP_PX - _BOTTOM_PX),
        },
        height_px=height_px,
    )


def _level(level: Level, x_range: Sequence[float], y_format: str) -> Line:
    value = f"{100 * level.value:.1f} %" if "%" in y_format else f"{level.value:.3f}".removeprefix("0")
    values = [level.value, level.value]
    return Line(level.name, x_range, values, PALE, 1.5, level.dash, end=f"{level.short} {value}")


def _room(values: Sequence[float]) -> list[float]:
    """The range of an axis: what is drawn and a little room, never less than nothing where all is positive."""
    if not values:
        return [0, 1]  # nothing to fit yet
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 0.05
    return [max(low - room, -0.02 * (high - low)) if low >= 0 else low - room, high + room]


def _fine(y_format: str, y_range: Sequence[float]) -> str:
    """The format of the ticks with as many digits as tell two of them apart: `.0%` of a narrow range is `.1%`."""
    if not y_format:
        return ""
    digits, kind = int(y_format[1]), y_format[2:]
    step = (y_range[1] - y_range[0]) / 6 * (100 if kind == "%" else 1)
    while digits < 4 and step < 10**-digits:
        digits += 1
    return f".{digits}{kind}"


def _step(last: float) -> int:
    """The distance of the ticks on an axis of whole numbers: about six, never between two of them."""
    return next((step for step in (1, 2, 5, 10, 20, 50, 100) if last / step <= 8), 200)


def _trace(line: Line, y_format: str) -> dict[str, Any]:
    form = f":{y_format}" if y_format else ":.3f"
    return {
        "type": "scatter",
        "mode": "lines+markers" if line.points or len(line.x) == 1 else "lines",
        "name": line.name,
        "x": list(line.x),
        "y": list(line.y),
        "opacity": line.opacity,
        "line": {"color": line.colour, "width": line.width, "dash": line.dash},
        "marker": {"size": 5},
        "hovertemplate": f"{_in_template(line.name)} %{{y{form}}}<extra></extra>",
    }


def _names(drawn: Sequence[Line], y_range: Sequence[float], plot_px: float) -> list[dict[str, Any]]:
    """The names beside the plot, each at the height of its line's end, moved apart where two would cover each other."""
    ends = [(line, _last(line)) for line in drawn if line.labelled]
    named = sorted([(y, line) for line, y in ends if y is not None], key=lambda end: -end[0])
    scale = plot_px / (y_range[1] - y_range[0])
    at = [(y_range[1] - y) * scale for y, _ in named]  # px from the top down
    places = _apart(at, plot_px)
    return [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 5,
            "y": y,
            "yshift": place - moved,
            "text": as_text(line.end or line.name),
            "font": {"color": line.colour, "size": 11},
            "showarrow": False,
        }
        for (y, line), place, moved in zip(named, at, places, strict=True)
    ]


def _apart(places: Sequence[float], plot_px: float) -> list[float]:
    """Places from the top down, at least a line's height apart and none below the plot where there is room above."""
    down: list[float] = []
    for place in places:
        down.append(max(place, down[-1] + _LABEL_PX) if down else place)
    floor, up = plot_px, []
    for place in reversed(down):
        up.append(min(place, floor))
        floor = up[-1] - _LABEL_PX
    return up[::-1]


def _last(line: Line) -> float | None:
    return next((y for y in reversed(line.y) if y is not None), None)


def curves(
    id: str,
    title: str,
    measures: Sequence[tuple[str, str, Sequence[float | None], Sequence[float | None]]],
    epochs: Sequence[int],
    *,
    epochs_wanted: int,
    y_format: str = "",
    levels: Sequence[Level] = (),
    others: Sequence[Line] = (),
) -> Panel:
    """The curves of a run: (name, colour, train, validation) each; train thin, validation thick, other runs pale."""
    alone = len(measures) == 1
    drawn = [replace(other, colour=PALE, width=1.2, opacity=0.55, labelled=False) for other in others]
    for name, colour, train, validation in measures:
        train_name, validation_name = ("train", "validation") if alone else (f"{name} train", name)
        drawn.append(Line(train_name, epochs, train, colour, 1.3, opacity=0.65))
        drawn.append(Line(validation_name, epochs, validation, colour, 2.6, points=True))
    return lines(
        id,
        title,
        drawn,
        x_title="epoch",
        y_format=y_format,
        levels=levels,
        x_to=epochs_wanted,
        height_px=210,
    )


def bars(
    key: str,
    names: Sequence[str],
    values: Sequence[float],
    *,
    value_title: str,
    title: str = "",
    colours: str | Sequence[str] = BLUE,
    texts: Sequence[str] | None = None,
    upright: bool = False,
    height_px: int | None = None,
    clickable: bool = False,
) -> str | None:
    """Bars, one a name: lying unless `upright`. Returns the name of a bar that was clicked just now, else None."""
    names, values = list(names), list(values)
    written = list(texts) if texts is not None else [f"{value:,.6g}" for value in values]
    trace: dict[str, Any] = {
        "type": "bar",
        "customdata": [[name, as_text(name)] for name in names],  # for the click, for the hover
        "text": written,
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": colours if isinstance(colours, str) else list(colours)},
        "hovertemplate": "%{customdata[1]}: %{text}<extra></extra>",
    }
    shown = [short(name) for name in names]
    value_axis = {"title": {"text": value_title}, "rangemode": "tozero", "nticks": 6}
    name_axis = {"tickvals": list(range(len(names))), "ticktext": shown, "showgrid": False, "ticks": ""}
    place = list(range(len(names)))
    if upright:
        trace |= {"orientation": "v", "x": place, "y": values}
        layout = {"xaxis": name_axis, "yaxis": value_axis, "margin": {"l": 44, "r": 8, "t": 18, "b": 34}}
    else:
        trace |= {"orientation": "h", "y": place, "x": values}
        layout = {
            "xaxis": value_axis,
            "yaxis": {**name_axis, "autorange": "reversed"},
            "margin": {"l": 44, "r": 44, "t": 6, "b": 34},
        }
    height = height_px or (240 if upright else 60 + 22 * max(1, len(names)))
    panel = Panel(key, title, [trace], layout, height, f"{title or value_title}, one bar a name")
    clicked = draw(key, [panel], clickable=clickable)
    return None if clicked is None else str(clicked[0])


def pairs(
    key: str,
    names: Sequence[str],
    sides: Sequence[tuple[str, Sequence[float], str]],
    *,
    value_title: str,
    title: str = "",
    height_px: int | None = None,
) -> None:
    """Two bars a name, lying, one below the other: sides of (name, values, colour); told apart by a line above."""
    names = list(names)
    shown = [as_text(name) for name in names]
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": side,
            "y": list(range(len(names))),
            "x": list(values),
            "customdata": [[name, as_text(side)] for name in shown],
            "text": [f"{value:,.6g}" for value in values],
            "textposition": "outside",
            "textfont": {"size": 10},
            "constraintext": "none",
            "cliponaxis": False,
            "marker": {"color": colour},
            "hovertemplate": "%{customdata[0]}, %{customdata[1]}: %{text}<extra></extra>",
        }
        for side, values, colour in sides
    ]
    layout = {
        "barmode": "group",
        "bargap": 0.25,
        "bargroupgap": 0,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        "xaxis": {"title": {"text": value_title}, "rangemode": "tozero", "nticks": 6},
        "yaxis": {
            "tickvals": list(range(len(names))),
            "ticktext": [short(name) for name in names],
            "showgrid": False,
            "ticks": "",
            "autorange": "reversed",
        },
        "margin": {"l": 44, "r": 48, "t": 26, "b": 34},
    }
    height = height_px or 86 + 30 * max(1, len(names))
    described = f"{title or value_title}, {' and '.join(side for side, *_ in sides)} a name"
    draw(key, [Panel(key, title, data, layout, height, described)])


def short(name: str) -> str:
    """A name that fits beside an axis."""
    return as_text(name if len(name) <= 24 else name[:23] + "…")


def as_text(name: str) -> str:
    """A name that Plotly writes as it is: in all its texts it takes <b>, <a href> and the like for markup."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _in_template(name: str) -> str:
    """A name within a template of a hover, where %{…} would be looked up."""
    return as_text(name).replace("%", "&#37;")
