"""The parts of a data set: what each holds, drawing them anew after a look, images that are left out, folds."""

import json
import uuid

import streamlit as st

from core.data.split_table import HANDFUL, SplitTable
from core.services import runs, splitting
from core.services.splitting import Draws, Proposal, SplitWish
from db.records import Dataset
from pages.ui import state, tables, theme, trouble
from pages.ui.dataset import folding, wishing
from pages.ui.gallery import author
from pages.ui.header import Context

PAGE = "parts"
LIVE_UP_TO = 100_000  # images; more take seconds, and are drawn when asked for only
_VIEWS = {"parts": "Parts", "folds": "Folds"}
_TOLD = state.key(PAGE, "told")
_ASKED = state.key(PAGE, "asked")  # the wish that somebody wanted to see the outcome of, and its data set
_STYLE = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-errata-parts-table) { flex: 3 1 36rem; min-width: min(36rem, 100%); }
[data-testid="stLayoutWrapper"]:has(> .st-key-errata-parts-wish) { flex: 2 1 23rem; min-width: min(23rem, 100%); }
@media (max-width: 1100px) {  /* one below the other: what can be done comes first, the table of it below */
    [data-testid="stLayoutWrapper"]:has(> .st-key-errata-parts-wish) { order: -1; }
}
.st-key-errata-parts-shares > * { min-width: 4.5rem; }
.st-key-errata-parts-table .errata-table :is(th, td) { padding-inline: 0.4rem; }
</style>"""


def draw(ctx: Context, dataset: Dataset) -> None:
    """The whole view: the parts and what could become of them, or folds."""
    st.html(_STYLE)
    if told := state.get(_TOLD):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.success(theme.plain(told), width="stretch")
            _history(dataset)
        state.forget(_TOLD)
    key = state.key(PAGE, "view")
    view = st.segmented_control(
        "What to look at",
        list(_VIEWS),
        default="parts",
        key=key,
        format_func=lambda word: _VIEWS[word],
        required=True,
        label_visibility="collapsed",
    )
    with trouble.shown():
        if view == "folds":
            folding.draw(ctx, dataset)
        else:
            _parts(ctx, dataset)


@st.fragment
def _parts(ctx: Context, dataset: Dataset) -> None:
    with trouble.shown(), st.container(horizontal=True, gap="large"):
        left, right = st.container(key="errata-parts-table"), st.container(key="errata-parts-wish")
        with right:
            st.subheader("Draw the parts", anchor=False)
            wish = wishing.draw(ctx, dataset)
            proposal = _proposal(ctx, dataset, wish)
            if proposal is not None:
                _effect(ctx, dataset, proposal)
        with left:
            _held(ctx, dataset, proposal)
            _left_out(ctx, dataset)


def _held(ctx: Context, dataset: Dataset, proposal: Proposal | None) -> None:
    """Images and labels of each part beside what was wanted; with a proposal, what would become of each number."""
    if proposal is None or not proposal.moving:
        scanned = splitting.scanned_at(ctx.store, ctx.settings, ctx.actor, dataset.id)
        found = _table(dataset.id, dataset.revision, ctx.settings.database_url, scanned, ctx)
        st.subheader("What the parts hold", anchor=False)
        _draw_table(found)
        _warn(found)
        return
    st.subheader("What the parts would hold", anchor=False)
    _draw_table(proposal.after, proposal.before)


def _draw_table(found: SplitTable, before: SplitTable | None = None) -> None:
    """A table of labels by sides. before: what the numbers are now, where they would change."""
    head = ["Label", *(word for side in found.sides for word in (side, "wanted"))]
    rows = [_line("all images", found, before, None)]
    rarest = found.positives.sum(axis=0).argsort(kind="stable").tolist()  # where there is most to look at
    rows += [_line(found.labels[at], found, before, at) for at in rarest]
    with st.container(height=560 if len(rows) > 20 else "content", border=False):
        tables.table(head, rows)
    few = bool(found.few.any())
    marks = [f"⚠ fewer than {HANDFUL} images"] * few + ["wanted: the part's share of what there is"]
    st.caption(" · ".join(marks))


def _line(name: str, found: SplitTable, before: SplitTable | None, at: int | None) -> list[str]:
    cells = [name]
    for place, side in enumerate(found.sides):
        held, wanted = _numbers(found, place, at)
        was = None
        if before is not None:
            was = _numbers(before, before.sides.index(side), at)[0] if side in before.sides else 0
        mark = "⚠ " if at is not None and found.few[place, at] else ""
        change = "" if was is None or was == held else f"{was:,} → "
        cells += [f"{mark}{change}{held:,}", f"{wanted:,.0f}"]
    return cells


def _numbers(found: SplitTable, place: int, at: int | None) -> tuple[int, float]:
    """(held, wanted) images of a side, of a label or of all."""
    if at is None:
        return int(found.images[place]), float(found.images_wanted[place])
    return int(found.positives[place, at]), float(found.positives_wanted[place, at])


def _warn(found: SplitTable) -> None:
    if found.sentences:
        st.warning("\n\n".join(map(theme.plain, found.sentences)))


def _proposal(ctx: Context, dataset: Dataset, wish: SplitWish) -> Proposal | None:
    """What the wish would do, once somebody asked; while the data set is small, after each change of the wish too."""
    text = _text(wish)
    asked = state.get(_ASKED)
    if asked is None or asked[0] != dataset.id or (dataset.images > LIVE_UP_TO and asked[1] != text):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                "Show what would move",
                type="primary",
                key=state.key(PAGE, "look"),
                on_click=state.put,
                args=(_ASKED, (dataset.id, text)),
            )
            st.caption("Nothing is stored before you have seen it.", width="content")
        return None
    with trouble.shown():
        scanned = splitting.scanned_at(ctx.store, ctx.settings, ctx.actor, dataset.id)
        return _propose(dataset.id, dataset.revision, ctx.settings.database_url, scanned, text, ctx, wish)
    return None


def _effect(ctx: Context, dataset: Dataset, proposal: Proposal) -> None:
    """What moves, what it means, and the button that stores it."""
    if not proposal.moving:
        others = " To draw other parts of these sizes, choose “draw every image anew”."
        st.info(
            "Nothing would move: every image is where this split puts it."
            + (others if proposal.wish.draws is Draws.FEWEST else "")
        )
        return
    rows = []
    for place, side in enumerate(proposal.after.sides):
        before = proposal.before.sides
        was = int(proposal.before.images[before.index(side)]) if side in before else 0
        held, wanted = _numbers(proposal.after, place, None)
        rows.append([side, theme.count(was), theme.count(held), theme.count(round(wanted))])
    tables.table(["Images", "now", "then", "wanted"], rows)
    st.markdown(theme.plain(_moves(proposal)))
    st.caption(theme.plain(_meaning(ctx, dataset)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width="content"):
            actor = author.asked(ctx.actor, "The history says who drew the split.")
        # Another proposal has another button: a click never applies what was not on the screen.
        wanted = st.button(
            f"Apply as revision {dataset.revision + 1}",
            type="primary",
            key=state.key(PAGE, f"apply:{proposal.revision}:{_text(proposal.wish)}"),
        )
    _warn(proposal.after)  # below the button, which many labels would push out of sight
    if wanted:
        with trouble.shown():
            batch = splitting.apply(ctx.store, actor, dataset.id, proposal, uuid.uuid4().hex)
            state.forget(_ASKED)
            state.put(_TOLD, f"Revision {batch.revision}: {theme.counted(batch.size, 'image')} moved.")
            st.rerun()


def _text(wish: SplitWish) -> str:
    """A wish as text, to tell it from others."""
    return json.dumps(wish.to_json() | {"draws": wish.draws}, sort_keys=True)


def _moves(proposal: Proposal) -> str:
    """`1,204 of 12,000 images move: 900 from training to test, 304 from validation to test.`"""
    ways = [f"{n:,} from {a.noun} to {b.noun}" for (a, b), n in proposal.moves.items()]
    moving = theme.counted(proposal.moving, "image")
    inside = len(proposal.held) - proposal.before.left_out
    return f"{moving} of {inside:,} would move: {', '.join(ways)}."


def _meaning(ctx: Context, dataset: Dataset) -> str:
    """What other parts mean for the runs there are."""
    count = len(runs.listing(ctx.store, ctx.actor, dataset.id))
    if not count:
        return "No run was trained on the present parts. Images that a later import adds follow this split."
    keep = (
        "1 run keeps the images that it was" if count == 1 else f"{count} runs keep the images that they were"
    )
    return (
        f"{keep} judged on. Runs on the new parts are judged on others: Compare sets them beside old ones on the "
        "validation images that both share. Start them from random weights, as an old run may have learned from what "
        "would judge it now."
    )


def _left_out(ctx: Context, dataset: Dataset) -> None:
    """The images that count nowhere, and the ways to them and back."""
    rows = _out(dataset.id, dataset.revision, ctx.settings.database_url, ctx)
    if not rows:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        are = "is" if len(rows) == 1 else "are"
        st.markdown(
            f"**{theme.counted(len(rows), 'image')}** {are} left out: neither learned from nor judged.",
            width="content",
        )
        st.page_link(
            "pages/annotate.py",
            label="Look at them",
            query_params={"dataset": str(dataset.id), "view": "all", "search": "left_out"},
        )
        if st.button(
            "Take back all",
            key=state.key(PAGE, f"take-back:{dataset.revision}"),
            help="Each returns to the part it was in.",
        ):
            with trouble.shown():
                batch = splitting.place(
                    ctx.store,
                    author.known(ctx.actor),
                    dataset.id,
                    rows,
                    part=None,
                    left_out=False,
                    client_id=uuid.uuid4().hex,
                    reason="All taken back",
                )
                state.put(
                    _TOLD, f"Revision {batch.revision}: {theme.counted(batch.size, 'image')} taken back."
                )
                st.rerun()


def _history(dataset: Dataset) -> None:
    st.page_link(
        "pages/history.py", label="Undo it on the History page", query_params={"dataset": str(dataset.id)}
    )


@st.cache_data(show_spinner=False, max_entries=16)
def _table(
    dataset_id: int, revision: int, database_url: str, scanned: int | None, _ctx: Context
) -> SplitTable:
    return splitting.table(_ctx.store, _ctx.settings, _ctx.actor, dataset_id)


@st.cache_data(show_spinner="Drawing the split …", max_entries=16)
def _propose(
    dataset_id: int,
    revision: int,
    database_url: str,
    scanned: int | None,
    wish_text: str,
    _ctx: Context,
    _wish: SplitWish,
) -> Proposal:
    return splitting.propose(_ctx.store, _ctx.settings, _ctx.actor, dataset_id, _wish)


@st.cache_data(show_spinner=False, max_entries=16)
def _out(dataset_id: int, revision: int, database_url: str, _ctx: Context) -> list[int]:
    return splitting.left_out(_ctx.store, _ctx.actor, dataset_id)
