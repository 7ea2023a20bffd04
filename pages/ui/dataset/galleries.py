"""Trouble in the data: how much of each kind there is, and the pictures of one, with one key for each decision."""

import streamlit as st

from core.services import datasets, jobs, trouble
from core.services.trouble import GROUPED, WHY, Kind, Overview
from db.records import Dataset
from db.terms import JobKind, JobState
from pages.ui import state, theme, working
from pages.ui import trouble as telling
from pages.ui.gallery import author, filters, gallery
from pages.ui.header import Context

PAGE = "trouble"
_STYLE = """<style>
.stApp [data-testid="stMainBlockContainer"] { padding-bottom: .5rem; }
</style>"""


def draw(ctx: Context, dataset: Dataset) -> None:
    """The whole view: the scan, what it found, and the pictures."""
    st.html(_STYLE)
    job = jobs.latest(ctx.store, ctx.actor, JobKind.SCAN, dataset_id=dataset.id)
    if job is not None and not job.state.ended:
        st.markdown(
            "Looking through all images for copies, look-alikes and odd ones. You can go on meanwhile."
        )
        working.follow(ctx, job.id)
        return
    if job is not None and job.state is JobState.FAILED:
        st.error(theme.plain(job.message))
    found = trouble.overview(ctx.store, ctx.settings, ctx.actor, dataset.id)
    if found is None:
        _not_scanned(ctx, dataset)
    else:
        _found(ctx, dataset, found)


def _start(ctx: Context, dataset: Dataset) -> None:
    with telling.shown():
        trouble.start(ctx.store, ctx.settings, ctx.actor, dataset.id)
        jobs.ensure_worker(ctx.store, ctx.settings)
        st.rerun()


def _not_scanned(ctx: Context, dataset: Dataset) -> None:
    st.markdown(
        "**Nobody has looked for trouble yet.** A scan finds copies and look-alikes (those with different labels, and "
        "those on two sides of the split), dark, bright, blurry, grey, empty, tiny and squashed images. It takes about "
        f"{theme.duration(max(2.0, dataset.images / 500))} and changes nothing."
    )
    if st.button("Look for trouble", type="primary", key=state.key(PAGE, "scan")):
        _start(ctx, dataset)


def _found(ctx: Context, dataset: Dataset, found: Overview) -> None:
    if found.scanned_images < found.images:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(
                f"{theme.counted(found.images - found.scanned_images, 'image')} came after the last scan: scan again "
                "to see them here.",
                width="stretch",
            )
            if st.button("Scan again", key=state.key(PAGE, "rescan")):
                _start(ctx, dataset)
    _few(found)
    if not found.kinds:
        st.success(
            "The scan found no copies, no look-alikes, no odd images and no implied label that is missing."
        )
        return
    _galleries(ctx, dataset)


@st.fragment
def _galleries(ctx: Context, dataset: Dataset) -> None:
    found = trouble.overview(ctx.store, ctx.settings, ctx.actor, dataset.id)
    if found is None or not found.kinds:
        st.rerun()
        return
    kinds = {one.kind.value: one for one in found.kinds}
    key = state.key(PAGE, "kind")
    if state.get(key) not in kinds:
        first = next((one for one in found.kinds if one.open), found.kinds[0])
        state.put(key, filters.read("kind", list(kinds), first.kind.value))
    chosen = str(
        st.pills(
            "Kind of trouble",
            list(kinds),
            key=key,
            format_func=lambda word: f"{word} {theme.count(kinds[word].open)}",
            required=True,
            label_visibility="collapsed",
            on_change=lambda: filters.write("kind", str(state.get(key) or "")),
        )
        or next(iter(kinds))
    )
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        st.caption(WHY[Kind(chosen)])
    with right:
        only_open = filters.only_open(PAGE)
    count = kinds[chosen]
    name = gallery(
        state.key(PAGE, "gallery"),
        dataset=dataset,
        labels=datasets.labels(ctx.store, ctx.actor, dataset.id),
        source="trouble",
        query={"dataset": dataset.id, "kind": chosen, "open": "1" if only_open else "0"},
        token=ctx.token,
        author=author.name_of(ctx.actor),
        # Of a group all are shown, as long as one is open.
        total=count.open if only_open and Kind(chosen) not in GROUPED else None if only_open else count.found,
        reason=trouble.reason(Kind(chosen)),
        empty="All of these are decided. Choose another kind, or show the decided ones too.",
    )
    author.heard(name)


def _few(found: Overview) -> None:
    if not found.few:
        return
    names = {"train": "training", "val": "validation", "test": "test"}
    listed = [f"{label} {count} in {names[part.value]}" for label, part, count in found.few[:8]]
    more = f" and {len(found.few) - 8} more" if len(found.few) > 8 else ""
    st.warning(
        theme.plain(
            f"Labels with fewer than {trouble.HANDFUL} images in a part: {', '.join(listed)}{more}. Nothing can be "
            "learned from, or said of, so few: add images, or split anew."
        )
    )
