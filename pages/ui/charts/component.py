"""The component that draws figures, mounted from Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.charts import plotly_js

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "errata.charts",
    js=(_HERE / "charts.mjs").read_text(encoding="utf-8"),
    css=(_HERE / "charts.css").read_text(encoding="utf-8"),
    isolate_styles=False,  # plotly puts the styles of its hover and buttons into the page's head
)


@dataclass(frozen=True)
class Panel:
    """One figure: `data` and `layout` as in Plotly's JSON."""

    id: str  # the same id keeps the same node, and with it the reader's zoom
    title: str
    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any] = field(default_factory=dict)
    height_px: int = 200
    description: str = ""  # for screen readers, when the title does not say it


def draw(
    key: str, panels: Sequence[Panel], *, column_px: int = 260, columns: int = 3, clickable: bool = False
) -> Any:
    """Draw panels in as many columns of at least `column_px` as fit, at most `columns`.

    Returns the `customdata` of a mark in the run after it was clicked, else None.
    """
    result = _mount(
        key=key,
        data={
            "library": st.get_option("server.baseUrlPath").rstrip("/") + plotly_js.address(),
            "column_px": column_px,
            "columns": min(columns, len(panels)) or 1,
            "clickable": clickable,
            "panels": [
                {
                    "id": panel.id,
                    "title": panel.title,
                    "description": panel.description,
                    "data": [dict(trace) for trace in panel.data],
                    "layout": dict(panel.layout),
                    "height_px": panel.height_px,
                }
                for panel in panels
            ],
        },
        on_clicked_change=lambda: None,
    )
    return getattr(result, "clicked", None)
