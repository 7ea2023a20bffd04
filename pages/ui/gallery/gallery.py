"""The gallery component: its modules made one, and the data that Python hands it."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from db.records import Dataset, Label
from db.terms import Cause, LabelState
from pages.ui import theme

Source = Literal["items", "browse", "trouble"]

_HERE = Path(__file__).parent
# An order in which every module stands after those it needs; `bundle` makes one module of them.
MODULES = (
    "words", "places", "keymap", "selection", "layout", "operations", "values", "queue", "server", "thumbnails",
    "memory", "elements", "meaning", "overlay", "list", "grid", "tile", "inspector", "bars", "corrections", "keyboard",
    "actions", "view", "where", "commands", "gallery", "leaving", "main",
)  # fmt: skip
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./\w+\.mjs";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def bundle(modules: Sequence[str] = MODULES) -> str:
    """The modules as one text: the browser gets it inline, so there is nothing to build and nothing to fetch."""
    texts = [(_HERE / f"{name}.mjs").read_text("utf-8") for name in modules]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


_mount = st.components.v2.component(
    "errata_gallery",
    css=(_HERE / "gallery.css").read_text("utf-8"),
    js=bundle(),
)


def _label(label: Label, dataset: Dataset, names: Mapping[int, str]) -> dict[str, Any]:
    base = st.get_option("server.baseUrlPath").rstrip("/")
    return {
        "id": label.id,
        "position": label.position,
        "name": label.name,
        "key": label.key,
        "description": label.description,
        "examples": [
            f"{base}/errata/thumbnail/{dataset.id}/{dataset.folder}/{row}" for row in label.examples
        ],
        "implies": [names[one] for one in label.implies if one in names],
    }


def _words() -> dict[str, Any]:
    return {
        "causes": [
            {"word": cause.value, "mark": theme.CAUSE_MARKS[cause], "colour": theme.CAUSE_COLOURS[cause]}
            for cause in Cause
        ],
        "states": {state.value: theme.STATE_MARKS[state] for state in LabelState},
    }


def gallery(
    key: str,
    *,
    dataset: Dataset,
    labels: Sequence[Label],
    source: Source,
    query: Mapping[str, str | int | float | None],
    token: str,
    author: str,
    run_id: int | None = None,
    total: int | None = None,
    convincing: int | None = None,
    reason: str = "",
    empty: str = "No picture matches these filters.",
    on_saved: Callable[[], None] | None = None,
) -> str:
    """Show pictures to decide on, and return the name of whoever corrected something here ("" before that).

    `source` and `query` name the list that the component fetches by itself: /errata/items, /errata/browse or
    /errata/trouble. `total` is how many pictures it holds, where that is known, `convincing` how many of its suspects
    are called wrong; `reason` is kept with every decision. The script runs again, at most about once a second, after
    changes were saved; the component keeps its place, cursor and selection while `query` stays the same.
    """
    names = {label.id: label.name for label in labels}
    data = {
        "dataset": {"id": dataset.id, "folder": dataset.folder},
        "run": run_id,
        "source": source,
        "query": {name: value for name, value in query.items() if value not in (None, "")},
        "labels": [_label(label, dataset, names) for label in labels],
        **_words(),
        "token": token,
        "author": author,
        "total": total,
        "convincing": convincing,
        "reason": reason,
        "empty": empty,
    }
    # `total` is told once a list: a number that shrinks while the reader works would say what is on the screen wrongly.
    result = _mount(key=key, data=data, on_saved_change=on_saved or (lambda: None))
    saved = result.get("saved") or {}
    return str(saved.get("author", ""))
