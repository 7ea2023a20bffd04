"""Charts of one make: plotly's own JavaScript in a component that keeps its node, so a reader's zoom survives updates.

Figures are plain dictionaries in Plotly's JSON, and plotly's Python is never imported: that alone takes half a second.
"""

from pages.ui.charts.component import Panel, draw
from pages.ui.charts.figures import Line, bars, curves, heatmap, lines

__all__ = ["Line", "Panel", "bars", "curves", "draw", "heatmap", "lines"]
