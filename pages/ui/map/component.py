"""The component that draws the map, mounted from Python; it fetches its points by itself."""

import re
from pathlib import Path

import streamlit as st

from db.records import Dataset

_HERE = Path(__file__).parent


def bundle() -> str:
    """Both modules as one text: the browser gets it inline, so there is nothing to build and nothing to fetch."""
    points, drawn = ((_HERE / name).read_text(encoding="utf-8") for name in ("points.mjs", "map.mjs"))
    return re.sub(r"^export (?!default)", "", points, flags=re.MULTILINE) + re.sub(
        r"^import .*\n", "", drawn, flags=re.MULTILINE
    )


_mount = st.components.v2.component(
    "errata_map",
    js=bundle(),
    css=(_HERE / "map.css").read_text(encoding="utf-8"),
)


def embedding_map(key: str, dataset: Dataset, *, colour: str, title: str, height_px: int = 460) -> str | None:
    """Draw the map. Returns the term of a search for an area in the run after it was opened, else None.

    colour: what the points are coloured by, a name as `searching.colours` takes it; title: the same in words.
    """
    result = _mount(
        key=key,
        data={
            "base": st.get_option("server.baseUrlPath").rstrip("/"),
            "dataset": f"{dataset.id}/{dataset.folder}",  # as addresses of pictures name it
            "revision": dataset.revision,
            "colour": colour,
            "title": title,
            "height_px": height_px,
        },
        on_opened_change=lambda: None,
    )
    opened = getattr(result, "opened", None)
    return str(opened) if opened else None
