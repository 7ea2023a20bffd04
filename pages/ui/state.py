"""What a browser session remembers; the only file that spells a session-state key.

A page asks for a name of its own with `key("errors", "label")` and uses it as a widget's key or with `get` and `put`.
"""

from typing import Any

import streamlit as st

from db.terms import LARGEST

_PREFIX = "errata"


def key(page: str, name: str) -> str:
    """The session-state key of one thing on one page, e.g. `errata:train:preset`."""
    return f"{_PREFIX}:{page}:{name}"


DATASET_PICKER = key("header", "dataset")
RUN_PICKER = key("header", "run")
_DATASET = key("chosen", "dataset")
_RUN = key("chosen", "run")


def get(key: str, default: Any = None) -> Any:
    """What is remembered under a key of `key()`, or the default."""
    return st.session_state.get(key, default)


def put(key: str, value: Any) -> None:
    """Remember a value under a key of `key()`."""
    st.session_state[key] = value


def forget(key: str) -> None:
    """Forget what is remembered under a key of `key()`, if anything is."""
    st.session_state.pop(key, None)


def chosen() -> tuple[int | None, int | None]:
    """The ids of the data set and the run that were chosen last, on any page."""
    return get(_DATASET), get(_RUN)


def choose(dataset_id: int | None, run_id: int | None) -> None:
    """Make a data set and a run the chosen ones, in this session and in its address."""
    for key, name, value in ((_DATASET, "dataset", dataset_id), (_RUN, "run", run_id)):
        put(key, value)
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != str(value):
            st.query_params[name] = str(value)


def number_in_address(name: str) -> int | None:
    """The number under a name in the page's address, or None when there is none that anything can have."""
    text = st.query_params.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))):
        return None
    return int(text) if int(text) <= LARGEST else None
