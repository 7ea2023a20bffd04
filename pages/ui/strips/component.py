"""The component that shows thumbnails in strips or grids, mounted from Python."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from db.records import Dataset

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "errata_strips",
    js=(_HERE / "strips.mjs").read_text(encoding="utf-8"),
    css=(_HERE / "strips.css").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture: its row in the data set, two short lines under it, and the sentence that they stand for."""

    row: int
    title: str = ""
    detail: str = ""
    sentence: str = ""  # what a screen reader and a resting pointer are told


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that belong together, under a name with a number beside it."""

    title: str
    note: str
    tiles: tuple[Tile, ...]


def strips(
    key: str, dataset: Dataset, groups: Sequence[Group], *, side_px: int = 96, one_line: bool = False
) -> None:
    """Show groups of pictures; `one_line`: each group in one strip that scrolls sideways."""
    _mount(
        key=key,
        data={
            "dataset": f"{dataset.id}/{dataset.folder}",  # as addresses of pictures name it
            "base": st.get_option("server.baseUrlPath").rstrip("/"),
            "side": side_px,
            "oneLine": one_line,
            "groups": [asdict(group) for group in groups],
        },
    )
