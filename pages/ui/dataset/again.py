"""What importing once more would do to a data set: its images, and its labels by the direction of change."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from db.terms import Part
from pages.ui import state, tables, theme

MOST_CHANGES = 60
MOST_NAMED = 8


def draw(again: Mapping[str, Any], name: str) -> None:
    """The numbers of a comparison; name: of the data set, as Markdown."""
    st.markdown(f"**Beside “{name}”**")
    with st.container(horizontal=True, gap="medium", key="errata-again"):
        for title, number, help in (
            ("New images", again["new"], "They are added."),
            ("The same", again["same"], "Same name, same content: nothing happens to the image."),
            (
                "Same, other name",
                again["renamed"],
                "Found by its content; it keeps the name that it has here.",
            ),
            ("Other picture", again["clashing"], "Its name is another picture's here: left out, and listed."),
            (
                "Not in this source",
                again["gone"],
                "Images of the data set that the source lacks: they stay as they are, and are listed.",
            ),
            ("Labels changed", again["changed"], "Single labels of images that are there already."),
            ("Verified, kept", again["kept"], "Labels that differ, but a person has verified them here."),
        ):
            st.metric(title, theme.count(number), help=help, width="content")
    for sentence in sentences(again):
        st.caption(theme.plain(sentence))


def sentences(again: Mapping[str, Any]) -> list[str]:
    """What numbers alone do not say."""
    said = []
    if again["new_labels"]:
        said.append(f"New labels: {_some(again['new_labels'])}; unknown on the images that the source lacks.")
    if again["silent_labels"]:
        said.append(f"Labels that the source does not name, and that stay: {_some(again['silent_labels'])}.")
    if again["parts"]:
        parts = ", ".join(f"{theme.count(count)} {Part(part).noun}" for part, count in again["parts"].items())
        said.append(
            f"The new images go to: {parts}. Images that are there keep their part, and copies join them."
        )
    if again["left_out"]:
        one = again["left_out"] == 1
        was, they, them = ("was", "stays", "it") if one else ("were", "stay", "them")
        said.append(
            f"{theme.counted(again['left_out'], 'image')} of the source {was} left out of the data set, and {they} "
            f"so: History brings {them} back."
        )
    return said


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def changes(again: Mapping[str, Any]) -> None:
    """The labels that would change, by direction."""
    rows = [
        [label, f"{old} → {new}" if old != new else f"{old}, verified", theme.count(count)]
        for label, old, new, count in again["changes"]
    ]
    if not rows:
        return
    with st.expander(
        f"Changed labels: {theme.count(again['changed'])}", expanded=True, key=state.key("data", "changed")
    ):
        tables.table(["Label", "Change", "Images"], rows[:MOST_CHANGES], words=2)
        if len(rows) > MOST_CHANGES:
            st.caption(f"… and {theme.count(len(rows) - MOST_CHANGES)} more kinds of change.")
