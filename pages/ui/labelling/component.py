"""The table of labels as a component: what it is handed, and the action that a click asks for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from core.services.datasets import DatasetSummary
from db.records import Dataset
from db.terms import Part
from pages.ui import state

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "errata_labels",
    js=(_HERE / "table.mjs").read_text(encoding="utf-8"),
    css=(_HERE / "table.css").read_text(encoding="utf-8"),
)


def table(key: str, dataset: Dataset, found: DatasetSummary, asked: Callable[[str, int], None]) -> None:
    """Show every label; a click on one of its actions calls `asked` with the action and the label's id."""

    def clicked() -> None:
        wish: Mapping[str, Any] = (state.get(key) or {}).get("act") or {}
        asked(str(wish.get("do", "")), int(wish.get("label", 0)))

    base = st.get_option("server.baseUrlPath").rstrip("/")
    data = {
        "labels": _rows(found),
        "thumbnails": f"{base}/errata/thumbnail/{dataset.id}/{dataset.folder}",
        "gallery": f"{base}/annotate?dataset={dataset.id}&view=all",
    }
    _mount(key=key, data=data, on_act_change=clicked)


def _rows(found: DatasetSummary) -> list[dict[str, Any]]:
    names = {label.id: label.name for label in found.labels}
    unknown, verified = (
        sum((counts[part] for part in Part if part in counts), start=0 * found.present_total)
        for counts in (found.unknown, found.verified)
    )
    return [
        {
            "id": label.id,
            "position": label.position,
            "name": label.name,
            "key": label.key,
            "present": int(found.present_total[label.position]),
            "verified": int(verified[label.position]),
            "unknown": int(unknown[label.position]),
            "description": label.description,
            "examples": list(label.examples),
            "implies": [names[one] for one in label.implies if one in names],
        }
        for label in found.labels
    ]
