"""One metric from before to after in two steps, the model's with its interval."""

import streamlit as st

from core.comparison import Effect
from core.services.compare import Comparison
from pages.ui import charts, state, theme
from pages.ui.charts.figures import BLUE, GREEN, PALE, VERMILION

_WHISKER = "#7d8288"  # 3 : 1 or more on a light ground and on a dark one
_NAMES = ("before", "labels", "model", "after")


def draw(found: Comparison) -> None:
    """The picker of the metric, and its figure."""
    titles = {effect.metric: effect.title for effect in found.effects}
    metric = st.selectbox(
        "Metric",
        list(titles),
        format_func=lambda name: titles[name],
        key=state.key("compare", "metric"),
        label_visibility="collapsed",
        width=220,
    )
    charts.draw("errata-waterfall", [panel(found.effect(metric))])


def panel(effect: Effect) -> charts.Panel:
    """Points for before and after, floating bars for the two parts: a bar's length is its true size."""
    middle = effect.before + effect.labels
    share = effect.metric in ("subset_accuracy", "hamming_accuracy")
    scale = 100 if share else 1
    written = theme.percent if share else theme.f1
    chance = effect.chance or 0.0
    shown = [effect.before, middle, effect.after, effect.after - chance, effect.after + chance]
    low, high = min(shown), max(shown)
    room = max((high - low) * 0.25, 0.005)
    # A gain rises in green, a loss falls in vermilion; their signs stand beside, so colour is not alone.
    colours = [GREEN if part >= 0 else VERMILION for part in (effect.labels, effect.model)]
    bars = {
        "type": "bar",
        "x": ["labels", "model"],
        "y": [scale * effect.labels, scale * effect.model],
        "base": [scale * effect.before, scale * middle],
        "marker": {"color": colours, "opacity": 0.85},
        "width": 0.5,
        "error_y": {
            "type": "data",
            "array": [0, scale * chance],
            "thickness": 1.5,
            "width": 6,
            "color": _WHISKER,
        },
        "hovertemplate": "%{x}: %{y:+.3f}<extra></extra>",
    }
    ends = {
        "type": "scatter",
        "mode": "markers+text",
        "x": ["before", "after"],
        "y": [scale * effect.before, scale * effect.after],
        "text": [written(effect.before), written(effect.after)],
        "textposition": "top center",
        "marker": {"size": 11, "color": [PALE, BLUE]},
        "cliponaxis": False,
        "hovertemplate": "%{x}: %{text}<extra></extra>",
    }
    between = {
        "type": "scatter",
        "mode": "lines",
        "x": ["before", "labels", "model", "after"],
        "y": [scale * effect.before, scale * middle, scale * effect.after, scale * effect.after],
        "line": {"shape": "hv", "width": 1, "dash": "dot", "color": PALE},
        "hoverinfo": "skip",
    }
    notes = [
        _note("labels", scale * max(effect.before, middle), _part(effect.labels, share)),
        _note(
            "model",
            scale * (max(middle, effect.after, effect.after + chance)),
            theme.within(_part(effect.model, share), _size(chance, share)),
        ),
    ]
    return charts.Panel(
        id=f"waterfall-{effect.metric}",
        title="",
        data=[between, bars, ends],
        layout={
            "xaxis": {"categoryorder": "array", "categoryarray": list(_NAMES), "showgrid": False},
            "yaxis": {
                "range": [scale * (low - room), scale * (high + 1.6 * room)],
                "nticks": 6,
                "ticksuffix": " %" if share else "",
            },
            "annotations": notes,
            "bargap": 0.3,
        },
        height_px=260,
        description=f"{effect.title} from {written(effect.before)} to {written(effect.after)}: labels "
        f"{_part(effect.labels, share)}, model {theme.within(_part(effect.model, share), _size(chance, share))}",
    )


def _note(x: str, y: float, text: str) -> dict[str, object]:
    return {"x": x, "y": y, "text": text, "yanchor": "bottom", "yshift": 3}


def _part(value: float, share: bool) -> str:
    return theme.points(value) if share else theme.gain(value)


def _size(value: float, share: bool) -> str:
    return theme.points_size(value) if share else theme.f1(value)
