"""What became of each cell: fixed, broken, still wrong, right by relabelling, with the pictures."""

from collections.abc import Sequence

import streamlit as st

from core.services.compare import ComparedCell, Comparison
from db.records import Dataset, Run
from pages.ui import state, theme
from pages.ui.header import Context
from pages.ui.strips import Group, Tile, strips

MOST = 60
# (list, its name, what it means, whose errors page holds them)
_LISTS = (
    ("fixed", "Fixed", "The old model was wrong, the new one is right.", "a"),
    ("broken", "Broken", "The old model was right, the new one is wrong.", "b"),
    ("still_wrong", "Still wrong", "Both models are wrong, by the newest labels.", "b"),
    (
        "right_by_relabelling",
        "Right by relabelling",
        "The old model was right all along: its label was corrected.",
        "a",
    ),
)


def draw(ctx: Context, dataset: Dataset, found: Comparison) -> None:
    """The picker of the list, and its first pictures."""
    names = {name: title for name, title, _, _ in _LISTS}
    listed: dict[str, Sequence[ComparedCell]] = {name: getattr(found, name) for name in names}
    asked = st.query_params.get("list", "")
    chosen = st.segmented_control(
        "Labels that became",
        list(names),
        default=asked if asked in names else next((name for name in names if listed[name]), "fixed"),
        format_func=lambda name: f"{names[name]} {len(listed[name]):,}",
        key=state.key("compare", "list"),
        label_visibility="collapsed",
        required=True,
    )
    meaning, side = next((text, side) for name, _, text, side in _LISTS if name == chosen)
    shown = listed[chosen][:MOST]
    run = found.run_a if side == "a" else found.run_b
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{meaning} {_how_many(len(shown), len(listed[chosen]))}", width="content")
        if listed[chosen]:
            _link(run)
    if shown:
        labels = {label.id: label.name for label in found.labels}
        tiles = tuple(_tile(cell, labels[cell.label_id]) for cell in shown)
        strips(f"errata-compare-{chosen}", dataset, [Group("", "", tiles)], side_px=118)


def _how_many(shown: int, there: int) -> str:
    if there == 0:
        return "There is none."
    return f"The first {shown} of {there:,}, the largest difference first." if shown < there else ""


def _link(run: Run) -> None:
    st.page_link(
        "pages/errors.py",
        label=f"Errors of run {run.id} →",
        query_params={"dataset": str(run.dataset_id), "run": str(run.id)},
    )


def _tile(cell: ComparedCell, label: str) -> Tile:
    before, after = cell.old_state, cell.new_state
    relabelled = f"{before.value}, now {after.value}" if before is not after else before.value
    mark = (
        theme.STATE_MARKS[after]
        if before is after
        else f"{theme.STATE_MARKS[before]}→{theme.STATE_MARKS[after]}"
    )
    old, new = theme.f1(cell.old_probability), theme.f1(cell.new_probability)
    sentence = f"{label}: annotated {relabelled}; the old model says {old}, the new one {new}"
    return Tile(
        cell.row, f"{mark} {label}", f"{_two(cell.old_probability)} → {_two(cell.new_probability)}", sentence
    )


def _two(probability: float) -> str:
    """A probability in two digits: what fits under a small picture."""
    return "1.0" if probability >= 0.995 else f"{probability:.2f}".removeprefix("0")
