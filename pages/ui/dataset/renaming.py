"""Labels under other names before they are stored: renamed, merged, or left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core.data.importers.names import LABEL_CHARS
from core.services.importing import ImportRequest
from db.records import Job
from pages.ui import state, theme

MOST_NAMED = 6
_LABEL, _IMAGES, _BECOMES, _DROP = "Label", "Images", "Becomes", "Leave out"


def draw(job: Job, found: Mapping[str, Any]) -> dict[str, str | None] | None:
    """The table of labels to edit; returns what differs from the source, None where nothing does."""
    labels = found.get("source_labels", found["labels"])  # a preview of an earlier Errata was not mapped
    if not labels:
        return None
    asked, names = ImportRequest.from_params(job.params), [name for name, _ in labels]
    before = asked.mapping_of(names)
    earlier = replace(asked, mapping=None).mapping_of(names)  # what the last import chose, not somebody here
    if earlier:
        before = _as_before(job, before, earlier)
    fresh = found["again"]["new_labels"] if found.get("again") else []  # a data set may call them otherwise
    with st.expander(
        f"Rename, merge or leave out labels{f': {_told(before)}' if before else ''}",
        expanded=bool(fresh),
        key=state.key("data", f"renaming:{job.id}"),
    ):
        if fresh:
            st.caption(theme.plain(_ask_about(fresh)))
        edited = st.data_editor(
            rows(labels, before),
            key=state.key("data", f"mapping:{job.id}:{len(before)}"),  # cleared, it is another table
            hide_index=True,
            disabled=[_LABEL, _IMAGES],
            height=min(38 + 35 * len(labels), 420),
            column_config={
                _LABEL: st.column_config.TextColumn(width="medium"),
                _IMAGES: st.column_config.NumberColumn(format="localized", width="small"),
                _BECOMES: st.column_config.TextColumn(
                    help="Another name. Two labels of one name become one label.",
                    max_chars=LABEL_CHARS,
                    width="medium",
                ),
                _DROP: st.column_config.CheckboxColumn(help="The images stay, without it.", width="small"),
            },
        )
        mapping = chosen(*(edited[column].tolist() for column in (_LABEL, _BECOMES, _DROP)))
        for sentence in outlook(names, mapping):
            st.caption(theme.plain(sentence))
    return mapping or None


def _as_before(
    job: Job, before: dict[str, str | None], earlier: Mapping[str, str | None]
) -> dict[str, str | None]:
    """Say that the last import's mapping is in force, or was cleared; returns what the table begins with."""
    key = state.key("data", f"cleared:{job.id}")
    cleared = bool(state.get(key))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(theme.plain(told(earlier, cleared=cleared)), width="content")
        if st.button(
            "As in the last import" if cleared else "Clear",
            key=state.key("data", f"clear:{job.id}"),
            help="Every label under the source's own name." if not cleared else None,
        ):
            state.put(key, not cleared)
            st.rerun()
    return {name: new for name, new in before.items() if name not in earlier} if cleared else before


def told(earlier: Mapping[str, str | None], *, cleared: bool) -> str:
    """What the last import of the source made of its labels."""
    ways = [f"{name} → {new}" if new else f"{name} left out" for name, new in earlier.items()]
    more = f" and {len(ways) - MOST_NAMED} more" if len(ways) > MOST_NAMED else ""
    those = f"{', '.join(ways[:MOST_NAMED])}{more}"
    return (
        f"Not as in the last import of this source: {those}."
        if cleared
        else f"As in the last import: {those}."
    )


def rows(labels: Sequence[tuple[str, int]], before: Mapping[str, str | None]) -> pd.DataFrame:
    """One row a label, as it was mapped before."""
    return pd.DataFrame(
        {
            _LABEL: [name for name, _ in labels],
            _IMAGES: [count for _, count in labels],
            _BECOMES: [before.get(name, name) or name for name, _ in labels],
            _DROP: [name in before and before[name] is None for name, _ in labels],
        }
    )


def chosen(
    labels: Sequence[str], becomes: Sequence[str | None], dropped: Sequence[bool]
) -> dict[str, str | None]:
    """What differs from the source; an emptied name means the label's own."""
    found: dict[str, str | None] = {}
    for label, name, drop in zip(labels, becomes, dropped, strict=True):
        new = None if drop else (name or "").strip() or label
        if new != label:
            found[label] = new
    return found


def outlook(labels: Sequence[str], mapping: Mapping[str, str | None]) -> list[str]:
    """What becomes of the labels, in sentences; none where nothing does."""
    if not mapping:
        return []
    names = {label: mapping.get(label, label) for label in labels}
    sizes = Counter(name for name in names.values() if name is not None)
    said = []
    for name in [name for name, count in sizes.items() if count > 1][:MOST_NAMED]:
        those = [label for label in labels if names[label] == name]
        said.append(f"{', '.join(those)} become one label: {name}.")
    if gone := [label for label in labels if names[label] is None]:
        more = f" and {len(gone) - MOST_NAMED} more" if len(gone) > MOST_NAMED else ""
        said.append(f"Left out: {', '.join(gone[:MOST_NAMED])}{more}.")
    alone = [
        f"{label} becomes {name}"
        for label, name in names.items()
        if name not in (None, label) and sizes[name] == 1
    ]
    if alone:
        more = f" and {len(alone) - MOST_NAMED} more" if len(alone) > MOST_NAMED else ""
        said.append(f"{', '.join(alone[:MOST_NAMED])}{more}.")
    return [*said, f"{theme.counted(len(labels), 'label')} become {theme.count(len(sizes))}."]


def _ask_about(fresh: Sequence[str]) -> str:
    more = f" and {len(fresh) - MOST_NAMED} more" if len(fresh) > MOST_NAMED else ""
    names = f"{', '.join(fresh[:MOST_NAMED])}{more}"
    return f"New in this data set: {names}. If it has one of them by another name, write that name under {_BECOMES}."


def _told(mapping: Mapping[str, str | None]) -> str:
    return theme.counted(len(mapping), "change")
