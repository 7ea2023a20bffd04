"""Trouble in the data: how much of each kind there is, and the pictures of one, with one key for each decision."""

from collections.abc import Mapping

import streamlit as st

from core.errors import BadInput
from core.services import datasets, jobs, trouble
from core.services.trouble import GROUPED, WHY, Kind, KindCount, Overview
from db.records import Dataset
from db.terms import JobKind, JobState
from pages.ui import search, state, theme, working
from pages.ui import trouble as telling
from pages.ui.dataset import not_taken
from pages.ui.gallery import author, filters, gallery
from pages.ui.header import Context

PAGE = "trouble"
_FEW, _NOT_TAKEN = "too few examples", "not imported"
_MOST_FEW = 40
_DONE = "✓ done"
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
    _scanned(ctx, dataset)


@st.fragment
def _scanned(ctx: Context, dataset: Dataset) -> None:
    """What a scan found by the labels of now: drawn anew by itself after every decision."""
    try:
        found = trouble.overview(ctx.store, ctx.settings, ctx.actor, dataset.id)
    except BadInput as error:  # its file is damaged, or of another Errata: a new scan replaces it
        st.error(theme.plain(str(error)))
        _not_scanned(ctx, dataset, "The last scan cannot be read.")
        return
    if found is None:
        _not_scanned(ctx, dataset, "Nobody has looked for trouble yet.")
    else:
        _found(ctx, dataset, found)


def _start(ctx: Context, dataset: Dataset) -> None:
    with telling.shown():
        trouble.start(ctx.store, ctx.settings, ctx.actor, dataset.id)
        jobs.ensure_worker(ctx.store, ctx.settings)
        st.rerun()


def _not_scanned(ctx: Context, dataset: Dataset, why: str) -> None:
    st.markdown(
        f"**{why}** A scan finds copies and look-alikes (those with different labels, and "
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
    lost = not_taken.count(ctx, dataset)
    if not (found.kinds or found.few or lost):
        st.success(
            "The scan found no copies, no look-alikes, no odd images and no implied label that is missing."
        )
        return
    _galleries(ctx, dataset, found, lost)


def _galleries(ctx: Context, dataset: Dataset, found: Overview, lost: int) -> None:
    key = state.key(PAGE, "kind")
    looked_at = state.get(key) or filters.read("kind", list(Kind))
    kinds = {one.kind.value: one for one in found.kinds}
    if looked_at in list(Kind):  # it stays when its last is decided: an undo is to be seen
        kinds.setdefault(looked_at, KindCount(Kind(looked_at), 0, 0))
    open_ones = {kind.value: kinds[kind].open for kind in Kind if kind in kinds}
    if found.few:
        open_ones[_FEW] = len({label for label, _, _ in found.few})
    if lost:
        open_ones[_NOT_TAKEN] = lost
    if state.get(key) not in open_ones:
        first = next((word for word, count in open_ones.items() if count), next(iter(open_ones)))
        state.put(key, filters.read("kind", list(open_ones), first))
    chosen = str(
        st.pills(
            "Kind of trouble",
            list(open_ones),
            key=key,
            format_func=lambda word: f"{word} {theme.count(open_ones[word]) if open_ones[word] else _DONE}",
            required=True,
            label_visibility="collapsed",
            on_change=lambda: filters.write("kind", str(state.get(key) or "")),
        )
        or next(iter(open_ones))
    )
    if chosen == _FEW:
        _few(dataset, found)
    elif chosen == _NOT_TAKEN:
        not_taken.draw(ctx, dataset)
    else:
        _pictures(ctx, dataset, chosen, kinds[chosen], _after(chosen, open_ones))


def _after(chosen: str, open_ones: Mapping[str, int]) -> tuple[str, int] | None:
    """The kind to go on with and how many of it are open: the next in the row, else the first. None: all is decided."""
    words = list(open_ones)
    behind = words.index(chosen) + 1
    ordered = words[behind:] + words[:behind]
    return next(((word, open_ones[word]) for word in ordered if open_ones[word]), None)


def _decided(count: KindCount, after: tuple[str, int] | None) -> None:
    """That nothing of a kind is open any more, and the way to the next."""
    all_of_it = f"All {theme.count(count.found)} decided." if count.found else "All decided."
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{all_of_it}**" + ("" if after else " No other kind is open."), width="content")
        if after:
            word, still_open = after
            st.button(
                f"Next: {word} ({theme.count(still_open)})",
                key=state.key(PAGE, "next"),
                icon=":material/arrow_forward:",
                on_click=_go_to,
                args=(word,),
            )


def _go_to(word: str) -> None:
    state.put(state.key(PAGE, "kind"), word)
    filters.write("kind", word)


def _pictures(
    ctx: Context, dataset: Dataset, chosen: str, count: KindCount, after: tuple[str, int] | None
) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        if not count.open:
            _decided(count, after)
        st.caption(WHY[Kind(chosen)])
    with right:
        only_open = filters.only_open(PAGE)
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


def _few(dataset: Dataset, found: Overview) -> None:
    """The labels that are too rare in a part, each with the way to its images."""
    st.caption(
        f"With fewer than {trouble.HANDFUL} images a label can hardly be learned, and what is said of it is mostly "
        "chance. Add images of it, or draw the split anew (Split). A label opens its images."
    )
    lacking: dict[str, list[str]] = {}
    for label, part, count in found.few:
        lacking.setdefault(label, []).append(f"{theme.count(count)} in {part.noun}")
    with st.container(horizontal=True, gap="small"):
        for label, counts in list(lacking.items())[:_MOST_FEW]:
            words = f"**{theme.plain(label)}** {', '.join(counts)}"
            if st.button(words, key=state.key(PAGE, f"few:{label}"), help="Its images"):
                search.to_gallery(dataset, search.quoted(label))
    if len(lacking) > _MOST_FEW:
        st.caption(f"… and {theme.counted(len(lacking) - _MOST_FEW, 'more label')}.")
