"""What an import would bring, before it is stored; and the last questions."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.services.importing import ImportRequest
from db.records import Job
from db.terms import LabelState, Part
from pages.ui import charts, state, tables, theme
from pages.ui.dataset import splitting
from pages.ui.header import Context

MOST_BARS = 40
MOST_SHOWN = 200  # problems of a kind


def draw(ctx: Context, job: Job) -> ImportRequest | None:
    """Draw a finished preview; returns what to import in the run in which that was asked for."""
    found = job.result
    _figures(found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _labels(found)
    with right:
        request = _questions(job, found)
    _copies(found)
    _problems(found)
    return request


def _figures(found: Mapping[str, Any]) -> None:
    bad = _unreadable(found)
    other = len(found["problems"]) - bad
    with st.container(horizontal=True, gap="large"):
        for title, number, help in (
            ("Images", found["images"], "Readable images, each decoded once."),
            ("Labels", len(found["labels"]), "Different labels in the annotations."),
            ("Without any label", found["without_label"], "They teach what none of the labels looks like."),
            ("Exact duplicates", found["duplicates"], "The same file again; all copies go to training."),
            ("Unreadable files", bad, "Left out, each named below with its reason."),
            ("Other findings", other, "Annotation lines that could not be taken as they stand."),
        ):
            st.metric(title, theme.count(number), help=help, width="content")
    st.caption(f"Read as: {theme.plain(found['title'])}. Nothing is stored yet.")


def _unreadable(found: Mapping[str, Any]) -> int:
    return sum(kind == "unreadable image" for kind, _, _ in found["problems"])


def _labels(found: Mapping[str, Any]) -> None:
    listed = sorted(found["labels"], key=lambda item: -item[1])
    if not listed:
        st.warning("No labels were found: add an annotations folder or a CSV file, then look again.")
        return
    shown = listed[:MOST_BARS]
    charts.bars(
        "errata-preview-labels",
        [name for name, _ in shown],
        [count for _, count in shown],
        value_title="images",
        title="Images that carry each label",
        texts=[theme.count(count) for _, count in shown],
    )
    if len(listed) > len(shown):
        st.caption(f"The {len(shown)} most frequent of {len(listed)} labels.")


def _questions(job: Job, found: Mapping[str, Any]) -> ImportRequest | None:
    """Name, meaning of silence, split; then the button."""
    params = job.params
    name = st.text_input(
        "Name", value=str(params.get("name", "")), key=state.key("data", f"name:{job.id}"), max_chars=100
    )
    unlisted = st.radio(
        "An image that is not listed for a label",
        [LabelState.ABSENT, LabelState.UNKNOWN],
        format_func=lambda word: (
            "does not have it" if word is LabelState.ABSENT else "may have it: nobody looked"
        ),
        key=state.key("data", f"unlisted:{job.id}"),
        help="Unknown cells teach nothing and count in no metric.",
    )
    shares = _shares(job, found)
    if shares is not False:
        _outlook(found, shares or splitting.given_shares(found["given_parts"]))
    ready = bool(name.strip()) and shares is not False
    wanted = st.button(
        f"Import {theme.counted(found['images'], 'image')}",
        type="primary",
        key=state.key("data", "import"),
        disabled=not ready,
        help=f"About {theme.duration(max(1, found['seconds_guess']))} on this machine.",
    )
    if not wanted or shares is False:
        return None
    return ImportRequest(
        source=ImportRequest.from_params(params).source,
        name=name,
        format=found["format"],
        unlisted=LabelState(unlisted),
        shares=shares or None,
        upload=bool(params.get("upload")),
        file=str(params.get("file", "")),
    )


def _outlook(found: Mapping[str, Any], shares: Mapping[Part, float]) -> None:
    """What the split would make of the images, and the labels that it cannot help."""
    copies = found["duplicates"] + len(found.get("copies", ()))  # each group has one that is no copy
    st.caption(splitting.outlook(found["images"], shares, copies))
    few = splitting.too_few(splitting.expected_few(found["labels"], shares), expected=True)
    if few:
        st.warning(theme.plain(few))


def _copies(found: Mapping[str, Any]) -> None:
    """The files that are the same, by name: somebody may want one of them gone."""
    groups = found.get("copies", ())  # a preview of an earlier Errata has none
    if groups:
        with st.expander(
            f"Exact duplicates: {theme.count(found['duplicates'])}", key=state.key("data", "copies")
        ):
            rows = [[keys[0], ", ".join(keys[1:6]) + (" …" if len(keys) > 6 else "")] for keys in groups]
            tables.table(["File", "The same again"], rows, words=2)
            if sum(len(keys) - 1 for keys in groups) < found["duplicates"]:
                st.caption("The first of them.")


def _shares(job: Job, found: Mapping[str, Any]) -> dict[Part, float] | bool:
    """The split that was asked for; {} for the source's own; False while the numbers do not fit."""
    given = found["given_parts"]
    if given:
        said = ", ".join(f"{theme.count(count)} {part}" for part, count in given.items())
        if st.toggle(
            f"Split as the source says: {said}", value=True, key=state.key("data", f"given:{job.id}")
        ):
            return {}
    left, right = st.columns(2)
    validation = left.number_input(
        "Validation, %",
        min_value=1,
        max_value=80,
        value=20,
        key=state.key("data", f"val:{job.id}"),
        help="Images that judge every run and teach none. Every label keeps its share in every part.",
    )
    test = right.number_input(
        "Test, %",
        min_value=0,
        max_value=50,
        value=0,
        key=state.key("data", f"test:{job.id}"),
        help="Put aside for the end: it is scored only when you ask, and every look is counted.",
    )
    if validation + test >= 100:
        st.warning("Nothing is left to train on: make validation and test smaller.")
        return False
    shares = {Part.TRAIN: (100 - validation - test) / 100, Part.VALIDATION: validation / 100}
    return shares | ({Part.TEST: test / 100} if test else {})


def _problems(found: Mapping[str, Any]) -> None:
    """What could not be taken, by kind, each with its reason; and what the importer noticed."""
    kinds = defaultdict(list)
    for kind, where, reason in found["problems"]:
        kinds[kind].append((where, reason))
    for kind, listed in kinds.items():
        with st.expander(
            f"{kind.capitalize()}: {theme.count(len(listed))}",
            expanded=len(listed) <= 12,
            key=state.key("data", f"problems:{kind}"),
        ):
            tables.table(["Where", "What is wrong"], listed[:MOST_SHOWN], words=2)
            if len(listed) > MOST_SHOWN:
                st.caption(f"… and {theme.count(len(listed) - MOST_SHOWN)} more.")
    for note in found["notes"]:
        st.caption(theme.plain(note))
