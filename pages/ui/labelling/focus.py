"""The first field of a dialog has the keyboard as soon as the dialog is there: Streamlit leaves it outside."""

from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "errata_first_field", js=(Path(__file__).parent / "focus.mjs").read_text(encoding="utf-8")
)


def first_field(key: str, *, done: str = "") -> None:
    """Put the keyboard into the first field of the dialog that this is drawn in; done: one to pass over, by its label.

    Once for each value of `done`: where the reader goes afterwards, nothing takes the keyboard away.
    """
    _mount(key=key, data={"done": done})
