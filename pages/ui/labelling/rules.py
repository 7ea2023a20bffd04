"""Implications between labels: what breaks them and how it is mended, cycles, and what the data suggest."""

import streamlit as st

from core.implications import Way
from core.services import implied, labels
from core.services.implied import Broken, Proposal, Rules
from db.records import Dataset
from pages.ui import state, theme
from pages.ui.header import Context
from pages.ui.labelling import doing
from pages.ui.labelling.doing import PAGE, quoted
from pages.ui.strips import Group, Tile, strips

MOST_BROKEN = 12
MOST_PROPOSALS = 8


def standing(ctx: Context, dataset: Dataset) -> Rules:
    """How the implications stand at the newest revision."""
    return _rules(dataset.id, dataset.revision, ctx.settings.database_url, ctx)


def pointer(found: Rules) -> str:
    """What waits further down, in a sentence; "" where nothing does."""
    waiting = len(found.broken) + len(found.cycles)
    if waiting:
        broken = theme.counted(waiting, "implication does", "implications do")
        return f" **{broken} not hold**: see below the table."
    return ""


def draw(ctx: Context, dataset: Dataset, found: Rules) -> None:
    """The whole section, under the table."""
    st.subheader("What implies what", anchor=False)
    if not found.declared and not found.proposals:
        st.caption(
            "No implication is declared, and the data suggest none. If having one label always means having another "
            "(a daisy is a flower), click – in the column “implies” of the table."
        )
        return
    _cycles(found)
    nobody = bool(found.broken or found.proposals) and doing.who(ctx, "rules") is None
    _broken(ctx, dataset, found, nobody=nobody)
    _proposals(ctx, dataset, found, nobody=nobody)
    if nobody:
        st.caption("The buttons are grey until you say who you are: the history names who changed a label.")


@st.cache_data(show_spinner=False, max_entries=16)
def _rules(dataset_id: int, revision: int, database_url: str, _ctx: Context) -> Rules:
    return implied.rules(_ctx.store, _ctx.actor, dataset_id)


def _cycles(found: Rules) -> None:
    for group in found.cycles:
        names = " and ".join(quoted(one) for one in group)
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", key=f"errata-cycle-{group[0].id}"
        ):
            st.markdown(f"{names} imply each other: they mean the same, so they should be one label.")
            if st.button("Merge…", key=state.key(PAGE, f"cycle:{group[0].id}")):
                doing.ask("merge", group[1].id)
                st.rerun()


def _broken(ctx: Context, dataset: Dataset, found: Rules, *, nobody: bool) -> None:
    if not found.declared:
        return
    if not found.broken:
        st.markdown(f":material/check: {_holds(found.declared)}")
        return
    for one in found.broken[:MOST_BROKEN]:
        _one(ctx, dataset, one, nobody=nobody)
    if len(found.broken) > MOST_BROKEN:
        st.caption(f"The {MOST_BROKEN} most broken of {len(found.broken)} implications.")


def _holds(declared: int) -> str:
    if declared == 1:
        return "The implication that is declared holds on every image."
    return f"All {declared} implications hold on every image."


def _one(ctx: Context, dataset: Dataset, one: Broken, *, nobody: bool) -> None:
    own, other = quoted(one.label), quoted(one.implied)
    with st.container(border=True):
        st.markdown(f"**{own} implies {other}**: {_counts(one)}")
        tiles = tuple(Tile(row, sentence=f"{one.label.name}, without {one.implied.name}") for row in one.rows)
        key = f"errata-broken-{one.label.id}-{one.implied.id}"
        strips(key, dataset, [Group("", "", tiles)], side_px=72, one_line=True)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            images = one.absent + one.unknown
            if st.button(
                f"Set {other} present on {theme.counted(images, 'image')}",
                key=state.key(PAGE, f"{key}-present"),
                disabled=nobody,
                help="With all that it implies in turn; one change, which can be undone.",
            ):
                _mend(ctx, dataset, one, Way.PRESENT)
            if one.absent and st.button(
                f"Take {own} away on {theme.counted(one.absent, 'image')}",
                key=state.key(PAGE, f"{key}-away"),
                disabled=nobody,
                help="With all that implies it; one change, which can be undone.",
            ):
                _mend(ctx, dataset, one, Way.AWAY)
            # "!" is "not present": where nobody has said, too.
            st.page_link(
                "pages/annotate.py",
                label="Look at each →",
                query_params=doing.gallery_of(
                    dataset, one.label, doing.expression(("", one.label.name), ("!", one.implied.name))
                ),
            )


def _counts(one: Broken) -> str:
    other, parts = quoted(one.implied), []
    if one.absent:
        seen = f", {one.verified:,} of them verified" if one.verified else ""
        parts.append(f"on {theme.counted(one.absent, 'image')} {other} is absent{seen}")
    if one.unknown:
        parts.append(f"on {theme.counted(one.unknown, 'image')} nobody has said")
    return "; ".join(parts) + "."


def _mend(ctx: Context, dataset: Dataset, one: Broken, way: Way) -> None:
    actor = doing.known(ctx)
    assert actor is not None
    doing.carried_out(
        ctx,
        dataset,
        lambda: implied.mend(ctx.store, actor, dataset.id, one.label.id, one.implied.id, way),
    )


def _proposals(ctx: Context, dataset: Dataset, found: Rules, *, nobody: bool) -> None:
    if not found.proposals:
        return
    st.markdown(
        "**The data suggest** (:small[not declared; at least 90 % of at least 20 images, and more than chance]):"
    )
    for one in found.proposals[:MOST_PROPOSALS]:
        _proposal(ctx, dataset, one, nobody=nobody)
    if len(found.proposals) > MOST_PROPOSALS:
        st.caption(f"The {MOST_PROPOSALS} surest of {len(found.proposals)}.")


def _proposal(ctx: Context, dataset: Dataset, one: Proposal, *, nobody: bool) -> None:
    own, other = quoted(one.label), quoted(one.implied)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        same = " The other way round, too: perhaps they are one label." if one.both_ways else ""
        st.markdown(
            f"{own} implies {other}: {one.support:,} of its images have it, "
            f"{theme.percent(one.confidence)}.{same}",
            width="content",
        )
        key = f"{one.label.id}-{one.implied.id}"
        if st.button("Declare it", key=state.key(PAGE, f"declare:{key}"), disabled=nobody):
            actor = doing.known(ctx)
            assert actor is not None
            wanted = [*one.label.implies, one.implied.id]
            doing.carried_out(
                ctx, dataset, lambda: labels.imply(ctx.store, actor, dataset.id, one.label.id, wanted)
            )
        if one.both_ways and st.button("Merge…", key=state.key(PAGE, f"same:{key}")):
            doing.ask("merge", one.label.id)
            st.rerun()
