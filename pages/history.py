"""History: who changed what? Every batch of changes, what it changed, and a way back."""

import html
import time
import uuid
from collections.abc import Mapping, Sequence

import streamlit as st

from core.actor import NOBODY
from core.services import corrections, datasets
from db.records import Batch, CellValue, Change, Dataset, Place, Placement, VerdictChange
from db.revisions import Direction
from db.terms import Source
from pages.ui import state, telling, theme, trouble
from pages.ui.gallery import author, filters
from pages.ui.header import Context, header

PAGE = "history"
PER_PAGE = 30
MOST_SHOWN = 60  # changes of an opened batch
# What an undo takes back where it made no revision.
_SMALL = {Source.VERDICT: "The move of an error", Source.SPLIT: "That the images were kept"}
_STYLE = """<style>
.errata-changes { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 8px; }
.errata-changes figure { margin: 0; display: flex; gap: 10px; align-items: center; font-size: 14px; }
.errata-changes img { width: 64px; height: 64px; object-fit: cover; border-radius: 6px; flex: none; }
.errata-changes figcaption { min-width: 0; overflow-wrap: anywhere; }
.errata-one { min-height: 44px; }
.errata-one img { width: 44px; max-width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 6px; }
[class*="st-key-errata-history-show"] button, [class*="st-key-errata-history-undo"] button { padding-inline: 0.25rem; }
[class*="st-key-errata-history-show"] p, [class*="st-key-errata-history-undo"] p { overflow: visible; }
</style>"""


def main() -> None:
    """The page."""
    context = header("History", "Who changed what?")
    st.html(_STYLE)
    with trouble.shown():
        if context.dataset is None:
            trouble.nothing_here(
                "There is no data set yet: no history.", page="pages/data.py", label="Import a data set"
            )
        else:
            _history(context, context.dataset)


def _history(context: Context, dataset: Dataset) -> None:
    names = corrections.authors(context.store, context.actor, dataset.id)
    left, _, right = st.columns([2, 3, 2], vertical_alignment="center")
    with left:
        only = filters.one_of(PAGE, "Author", "author", {"": "everybody", **{name: name for name in names}})
    with right:
        actor = author.asked(context.actor, "An undo is a change too: the history says who made it.")
    told = state.get(state.key(PAGE, "told"))
    if told:
        (st.success if told[0] else st.warning)(theme.plain(told[1]))
        state.forget(state.key(PAGE, "told"))
    before = state.number_in_address("before")
    batches = corrections.history(
        context.store, context.actor, dataset.id, before=before, author=only or None, limit=PER_PAGE + 1
    )
    if not batches:
        st.info("Nothing was changed here.")
    if actor.name == NOBODY.name and any(batch.revision != 1 for batch in batches):
        st.caption("Undo is grey until you say who you are: the history names who made it.")
    _days(context, dataset, batches[:PER_PAGE], actor.name)
    _pages(batches, before)


def _days(context: Context, dataset: Dataset, batches: Sequence[Batch], name: str) -> None:
    day, known = "", telling.known(context, dataset.id, batches)
    for batch in batches:
        today = time.strftime("%A, %d %B %Y", time.localtime(batch.created_at))
        if today != day:
            st.subheader(today, anchor=False)
            day = today
        _batch(context, dataset, batch, name, known)


def _pages(batches: Sequence[Batch], before: int | None) -> None:
    with st.container(horizontal=True):
        if before is not None and st.button("← Newest"):
            filters.write("before", "")
            st.rerun()
        if len(batches) > PER_PAGE and st.button("Older →"):
            filters.write("before", str(batches[PER_PAGE - 1].id))
            st.rerun()


def _thumbnail(dataset: Dataset, mine: Sequence[Direction]) -> str:
    """The picture of a batch that changed one cell."""
    if sum(one.cells for one in mine) != 1:
        return ""
    return f'<img loading="lazy" alt="" src="{_address(dataset, mine[0].row)}">'


def _address(dataset: Dataset, row: int) -> str:
    return f"/errata/thumbnail/{dataset.id}/{dataset.folder}/{row}"


def _batch(context: Context, dataset: Dataset, batch: Batch, name: str, known: telling.Known) -> None:
    clock = time.strftime("%H:%M", time.localtime(batch.created_at))
    opened = state.number_in_address("batch") == batch.id
    mine = [one for one in known.directions if one.batch_id == batch.id]
    with st.container(border=opened):
        row = st.columns([0.9, 1.2, 0.9, 4.3, 1.8, 1.2, 1.2], vertical_alignment="center", gap="small")
        row[0].markdown(f":small[{clock}]")
        row[1].markdown(f"**{theme.plain(batch.author)}**")
        row[2].html(f'<div class="errata-one">{_thumbnail(dataset, mine)}</div>')
        reason = f"  \n:small[{theme.plain(batch.reason)}]" if batch.reason else ""
        row[3].markdown(f"{telling.sentence(batch, known)}{telling.undone(batch, known)}{reason}")
        run = f" · run {batch.run_id}" if batch.run_id else ""
        row[4].markdown(f":small[{telling.number(batch)}{run}]")
        row[5].button(
            "Hide" if opened else "Show",
            key=state.key(PAGE, f"show-{batch.id}"),
            help=f"{telling.number(batch).capitalize()}: before and after",
            on_click=filters.write,
            args=("batch", "" if opened else str(batch.id)),
            width="stretch",
        )
        # The first import is the data set itself.
        if batch.revision != 1 and batch.undone_by is None:
            _undo_button(context, batch, name, row[6])
        if opened:
            _changes(context, dataset, batch, known)


def _undo_button(context: Context, batch: Batch, name: str, place: st.delta_generator.DeltaGenerator) -> None:
    nobody = name == NOBODY.name
    what = telling.number(batch).capitalize() if batch.revision else _SMALL.get(batch.source, "The change")
    if place.button(
        "Undo",
        key=state.key(PAGE, f"undo-{batch.id}"),
        disabled=nobody,
        help="Say who you are first, above."
        if nobody
        else f"Bring back what was there before: {what.lower()}",
        width="stretch",
    ):
        actor = author.known(context.actor)
        answer = corrections.undo(context.store, actor, batch.id, uuid.uuid4().hex)
        good = answer.status in ("saved", "repeated")
        text = f"{what} is undone." if good else answer.message
        state.put(state.key(PAGE, "told"), (good, text))
        st.rerun()


def _changes(context: Context, dataset: Dataset, batch: Batch, known: telling.Known) -> None:
    store, actor = context.store, context.actor
    changes, verdicts = corrections.changes(store, actor, batch.id, MOST_SHOWN)
    moved = corrections.moved(store, actor, batch.id, MOST_SHOWN - len(changes))
    edits = corrections.edits(store, actor, [batch.id])
    rows = sorted({one.row for one in (*changes, *moved)})
    keys = {i.row: i.key for i in datasets.images(store, actor, dataset.id, rows)}
    labels = {c.label_id: known.name(c.label_id, batch.revision) for c in changes}
    figures = [_change(dataset, change, labels, keys) for change in changes]
    figures += [_placement(dataset, one, keys) for one in moved]
    figures += [_verdict(verdict) for verdict in verdicts]
    for line in telling.details(edits, batch.revision, known):
        st.markdown(line)
    st.html(f'<div class="errata-changes">{"".join(figures)}</div>')
    if batch.size > len(figures) + len(edits) and figures:
        st.caption(f"The first {len(figures)} of {theme.count(batch.size)} are shown.")


def _value(value: CellValue) -> str:
    mark = "" if not value.verified else ", verified"
    return f"{theme.STATE_MARKS[value.state]} {value.state.value}{mark}"


def _change(dataset: Dataset, change: Change, labels: Mapping[int, str], keys: Mapping[int, str]) -> str:
    label = html.escape(labels.get(change.label_id, f"label {change.label_id}"))
    key = html.escape(keys.get(change.row, f"image {change.row}"), quote=True)
    finding = f"<br><small>error {change.finding_id}</small>" if change.finding_id else ""
    reason = f"<br><small>{html.escape(change.reason)}</small>" if change.reason else ""
    address = _address(dataset, change.row)
    return (
        f'<figure><img loading="lazy" alt="{key}" src="{address}">'
        f"<figcaption><b>{label}</b><br>{_value(change.before)} → <b>{_value(change.after)}</b>"
        f"<br><small>{key}</small>{finding}{reason}</figcaption></figure>"
    )


def _place(place: Place) -> str:
    return "left out" if place.left_out else place.part.noun


def _placement(dataset: Dataset, one: Placement, keys: Mapping[int, str]) -> str:
    key = html.escape(keys.get(one.row, f"image {one.row}"), quote=True)
    return (
        f'<figure><img loading="lazy" alt="{key}" src="{_address(dataset, one.row)}">'
        f"<figcaption>{_place(one.before)} → <b>{_place(one.after)}</b><br><small>{key}</small></figcaption></figure>"
    )


def _verdict(verdict: VerdictChange) -> str:
    before, after = verdict.before, verdict.after
    return (
        f"<figure><figcaption>error {verdict.finding_id}: {theme.CAUSE_MARKS[before]} {before.value} → "
        f"<b>{theme.CAUSE_MARKS[after]} {after.value}</b></figcaption></figure>"
    )


main()
