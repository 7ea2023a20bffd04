"""What could not be taken, as a table of its first rows and a button that hands all of it out as CSV."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.ui import tables, theme

MOST_SHOWN = 200


def table(head: Sequence[str], rows: Sequence[Sequence[str]], total: int) -> None:
    """The first of the rows, whose last column is a sentence, and how many of the total are not among them."""
    shown = rows[:MOST_SHOWN]
    tables.table(head, shown, words=len(head), wrapped=[len(head) - 1])
    if total > len(shown):
        st.caption(f"… and {theme.count(total - len(shown))} more: in the list below.")


def download(path: Path | None, label: str, *, key: str, help: str = "") -> None:
    """The button that hands out a list of `core.data.problem_list`; a sentence where the list is not there."""
    try:
        content = path.read_bytes() if path is not None else None
    except OSError:  # cleaned up since, or not ours to read
        content = None
    if content is None:
        st.caption("The whole list is not there any more: look at the source again to have it made anew.")
        return
    st.download_button(
        label,
        content,
        file_name="problems.csv",
        mime="text/csv",
        key=key,
        on_click="ignore",
        help=help or None,
    )
