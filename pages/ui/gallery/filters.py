"""Filters that live in the address, so that a link or a reload reopens the same view."""

from collections.abc import Callable, Mapping, Sequence
from zlib import crc32

import streamlit as st

from db.records import CauseCount, Label
from pages.ui import state, theme


def read(name: str, allowed: Sequence[str], default: str = "") -> str:
    """A word of the address; the default where it is missing or none of the allowed."""
    value = st.query_params.get(name, default)
    return value if value in allowed else default


def write(name: str, value: str) -> None:
    """Put a word into the address, or take it out when it is empty."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def _keep(key: str, name: str, to_text: Callable[[object], str] = str) -> None:
    value = state.get(key)
    write(name, "" if value is None else to_text(value))


def one_of(page: str, label: str, name: str, options: Mapping[str, str]) -> str:
    """A select box over words of the address; the first option, "", means any."""
    # The browser names a choice by its text: a box whose texts have changed (they count) is another box, and finds
    # its choice in the address.
    key = state.key(page, f"{name}-{crc32(repr(options).encode()):x}")
    words = list(options)
    if state.get(key) not in words:
        state.put(key, read(name, words, words[0]))
    chosen = st.selectbox(
        label,
        words,
        key=key,
        format_func=lambda word: options.get(word, word),
        on_change=_keep,
        args=(key, name),
        label_visibility="collapsed",
    )
    return str(chosen or "")


def confidence(page: str) -> tuple[float, float]:
    """A range of confidence, 0..1; in the address as `min` and `max` in percent."""
    key = state.key(page, "confidence")
    if state.get(key) is None:
        low, high = (state.number_in_address(name) for name in ("min", "max"))
        low, high = min(100, low or 0), 100 if high is None else min(100, high)
        state.put(key, (min(low, high), max(low, high)))

    def keep() -> None:
        low, high = state.get(key)
        write("min", str(low) if low > 0 else "")
        write("max", str(high) if high < 100 else "")

    low, high = st.slider("confidence", 0, 100, step=5, key=key, format="%d %%", on_change=keep)
    return low / 100, high / 100


def only_open(page: str) -> bool:
    """True while only what nobody has looked at is shown; `reviewed=all` in the address shows the rest too."""
    key = state.key(page, "open")
    if state.get(key) is None:
        state.put(key, st.query_params.get("reviewed") != "all")
    st.checkbox("not reviewed", key=key, on_change=lambda: write("reviewed", "" if state.get(key) else "all"))
    return bool(state.get(key))


def search(page: str) -> str:
    """Part of a file's name."""
    key = state.key(page, "search")
    if state.get(key) is None:
        state.put(key, st.query_params.get("search", "")[:200])
    return st.text_input(
        "Search",
        key=key,
        placeholder="search files",
        on_change=_keep,
        args=(key, "search"),
        label_visibility="collapsed",
    ).strip()


def labels_to_choose(
    labels: Sequence[Label], counts: Sequence[CauseCount] | None = None, *, only_open: bool = False
) -> dict[str, str]:
    """ "" for any label, then each by its number; with counts, how many findings it has, the most first.

    only_open: those are counted that nobody has looked at, but a label stays when it is done.
    """
    if counts is None:
        return {"": "any label"} | {str(label.id): label.name for label in labels}
    tally = {label.id: sum(c.findings for c in counts if c.label_id == label.id) for label in labels}
    seen = {label.id: sum(c.reviewed for c in counts if c.label_id == label.id) for label in labels}
    ordered = sorted((label for label in labels if tally[label.id]), key=lambda label: -tally[label.id])
    return {"": "any label"} | {
        str(label.id): f"{label.name} · {theme.count(tally[label.id] - (seen[label.id] if only_open else 0))}"
        for label in ordered
    }
