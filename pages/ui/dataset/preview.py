"""What an import would bring, before it is stored; and the last questions."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.services.importing import ImportRequest
from db.records import Job
from pages.ui import charts, state, tables, theme
from pages.ui.dataset import again, asking, rejected, renaming
from pages.ui.header import Context

MOST_BARS = 40


def draw(ctx: Context, job: Job) -> tuple[ImportRequest, bool] | None:
    """Draw a finished preview; returns a request in the run in which it was asked for, and whether to look only.

    True: to look at the source anew by other answers; False: to import it.
    """
    found = job.result
    request = ImportRequest.from_params(job.params)
    _figures(found)
    if request.into is not None:
        again.draw(found["again"], theme.plain(request.name))
    left, right = st.columns([3, 2], gap="large")
    with left:
        if request.into is not None:
            again.changes(found["again"])
        _labels(found)
        mapping = renaming.draw(job, found)
        _copies(found)
        rejected.draw(ctx, job)
    with right:
        return asking.draw(ctx, job, mapping)


def _figures(found: Mapping[str, Any]) -> None:
    bad, other = rejected.counted(found)
    known = f"{theme.count(found['verified'])} of them verified by a person." if found.get("verified") else ""
    with st.container(horizontal=True, gap="medium"):
        for title, number, help in (
            ("Images", found["images"], "Readable images, each decoded once."),
            ("Labels", len(found["labels"]), f"Different labels in the annotations. {known}"),
            ("Without any label", found["without_label"], "They teach what none of the labels looks like."),
            ("Copies", found["duplicates"], "The same file again; all copies go to training."),
            ("Unreadable files", bad, "Left out, each named below with its reason."),
            ("Other findings", other, "Annotation lines that could not be taken as they stand."),
        ):
            st.metric(title, theme.count(number), help=help, width="content")
    st.caption(f"Read as: {theme.plain(found['title'])}. Nothing is stored yet.")


def _labels(found: Mapping[str, Any]) -> None:
    listed = sorted(found["labels"], key=lambda item: -item[1])
    if not listed:
        st.info(
            "The source has no labels. Name those that you look for beside, or add them on the page Labels."
        )
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


def _copies(found: Mapping[str, Any]) -> None:
    """The files that are the same, by name: somebody may want one of them gone."""
    groups = found.get("copies", ())  # a preview of an earlier Errata has none
    if groups:
        with st.expander(f"Copies: {theme.count(found['duplicates'])}", key=state.key("data", "copies")):
            rows = [[keys[0], ", ".join(keys[1:6]) + (" …" if len(keys) > 6 else "")] for keys in groups]
            tables.table(["File", "The same again"], rows, words=2)
            if sum(len(keys) - 1 for keys in groups) < found["duplicates"]:
                st.caption("The first of them.")
