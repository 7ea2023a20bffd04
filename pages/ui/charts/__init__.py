"""Charts of one make: plotly's own JavaScript in a component that keeps its node, so a reader's zoom survives updates.

Figures are plain dictionaries in Plotly's JSON; making one needs nothing of plotly's Python.
"""

from pages.ui.charts.component import Panel, draw
from pages.ui.charts.figures import Level, Line, bars, curves, lines, pairs
from pages.ui.charts.heat import heatmap

__all__ = ["Level", "Line", "Panel", "bars", "curves", "draw", "heatmap", "lines", "pairs"]
