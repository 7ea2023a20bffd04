"""What was looked at once and need not be told again: kept by the process, as a reload is a new session."""

import streamlit as st

from core.settings import Settings


def mark(settings: Settings, kind: str, *numbers: int) -> None:
    """Remember that a thing was looked at: `mark(settings, "comparison", 3)`."""
    _all().add((settings.database_url, kind, *numbers))


def was(settings: Settings, kind: str, *numbers: int) -> bool:
    """True if it was looked at since the server started."""
    return (settings.database_url, kind, *numbers) in _all()


@st.cache_resource
def _all() -> set[tuple[str | int, ...]]:
    return set()
