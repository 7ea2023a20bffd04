"""History: who changed what? Every batch of changes, what it changed, and a way back."""

import html
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.actor import NOBODY
from core.services import corrections, datasets
from db.records import Batch, CellValue, Change, Dataset, VerdictChange
from db.revisions import Direction
from db.terms import Source
from pages.ui import state, theme, trouble
from pages.ui.gallery import author, filters
from pages.ui.header import Context, header

PAGE = "history"
PER_PAGE = 30
MOST_SHOWN = 60  # changes of an opened batch
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


@dataclass(frozen=True)
class Known:
    """What the rows of the page speak of."""

    labels: Mapping[int, str]
    directions: Sequence[Direction]
    revisions: Mapping[int, int]  # of the batches that undid one here, or were undone by one


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
    if actor.name == NOBODY.name and any(batch.source is not Source.IMPORT for batch in batches):
        st.caption("Undo is grey until you say who you are: the history names who made it.")
    _days(context, dataset, batches[:PER_PAGE], actor.name)
    _pages(batches, before)


def _days(context: Context, dataset: Dataset, batches: Sequence[Batch], name: str) -> None:
    day, known = "", _known(context, dataset, batches)
    for batch in batches:
        today = time.strftime("%A, %d %B %Y", time.localtime(batch.created_at))
        if today != day:
            st.subheader(today, anchor=False)
            day = today
        _batch(context, dataset, batch, name, known)


def _known(context: Context, dataset: Dataset, batches: Sequence[Batch]) -> Known:
    others = {number for batch in batches for number in (batch.undoes, batch.undone_by) if number}
    # An import may have a million changes: its row gives their number alone.
    shown = [batch.id for batch in batches if batch.source in (Source.CORRECTION, Source.UNDO)]
    return Known(
        {label.id: label.name for label in datasets.every_label(context.store, context.actor, dataset.id)},
        corrections.directions(context.store, context.actor, shown),
        corrections.revisions_of(context.store, context.actor, sorted(others)),
    )


def _pages(batches: Sequence[Batch], before: int | None) -> None:
    with st.container(horizontal=True):
        if before is not None and st.button("← Newest"):
            filters.write("before", "")
            st.rerun()
        if len(batches) > PER_PAGE and st.button("Older →"):
            filters.write("before", str(batches[PER_PAGE - 1].id))
            st.rerun()


def sentence(batch: Batch, mine: Sequence[Direction], known: Known) -> str:
    """One line a batch: `sea: absent → present`, `corrected 12 labels: 10 absent → present, 2 kept`."""
    if batch.source is Source.VERDICT:
        return "moved an error to another cause"
    if batch.source is Source.IMPORT:
        return f"imported {theme.counted(batch.size, 'annotation')}"
    if batch.source is Source.UNDO:
        undone = known.revisions.get(batch.undoes or 0)
        what = f"undid revision {undone}" if undone else "took back the move of an error to another cause"
        return f"{what}: {_ways(mine, known)}" if mine else what
    kept = all(one.before is one.after for one in mine)
    return f"{'kept' if kept else 'corrected'} {theme.counted(batch.size, 'label')}: {_ways(mine, known)}"


def _ways(mine: Sequence[Direction], known: Known) -> str:
    """The directions of a batch in words: of one label by its name, of several counted."""
    labels = {one.label_id for one in mine}
    name = f"{theme.plain(known.labels.get(mine[0].label_id, 'a label'))}: " if len(labels) == 1 else ""
    ways = Counter[str]()
    for one in mine:
        ways[_way(one)] += one.cells
    if len(ways) == 1:  # their number is said already
        return name + next(iter(ways))
    return name + ", ".join(f"{cells:,} {way}" for way, cells in ways.most_common())


def _way(one: Direction) -> str:
    return f"kept {one.after.value}" if one.before is one.after else f"{one.before.value} → {one.after.value}"


def _thumbnail(dataset: Dataset, mine: Sequence[Direction]) -> str:
    """The picture of a batch that changed one cell."""
    if sum(one.cells for one in mine) != 1:
        return ""
    return f'<img loading="lazy" alt="" src="{_address(dataset, mine[0].row)}">'


def _address(dataset: Dataset, row: int) -> str:
    return f"/errata/thumbnail/{dataset.id}/{dataset.folder}/{row}"


def _batch(context: Context, dataset: Dataset, batch: Batch, name: str, known: Known) -> None:
    clock = time.strftime("%H:%M", time.localtime(batch.created_at))
    opened = state.number_in_address("batch") == batch.id
    mine = [one for one in known.directions if one.batch_id == batch.id]
    with st.container(border=opened):
        row = st.columns([0.9, 1.2, 0.9, 4.3, 1.8, 1.2, 1.2], vertical_alignment="center", gap="small")
        row[0].markdown(f":small[{clock}]")
        row[1].markdown(f"**{theme.plain(batch.author)}**")
        row[2].html(f'<div class="errata-one">{_thumbnail(dataset, mine)}</div>')
        reason = f"  \n:small[{theme.plain(batch.reason)}]" if batch.reason else ""
        row[3].markdown(f"{sentence(batch, mine, known)}{_undone(batch, known)}{reason}")
        run = f" · run {batch.run_id}" if batch.run_id else ""
        row[4].markdown(f":small[{_number(batch)}{run}]")
        row[5].button(
            "Hide" if opened else "Show",
            key=state.key(PAGE, f"show-{batch.id}"),
            help=f"{_number(batch).capitalize()}: before and after",
            on_click=filters.write,
            args=("batch", "" if opened else str(batch.id)),
            width="stretch",
        )
        if batch.source is not Source.IMPORT and batch.undone_by is None:
            _undo_button(context, batch, name, row[6])
        if opened:
            _changes(context, dataset, batch)


def _number(batch: Batch) -> str:
    """What a batch is called: the revision of the labels that it made, if it changed any."""
    return f"revision {batch.revision}" if batch.revision else "no label changed"


def _undone(batch: Batch, known: Known) -> str:
    if not batch.undone_by:
        return ""
    by = known.revisions.get(batch.undone_by)
    return f" · :small[undone by revision {by}]" if by else " · :small[undone]"


def _undo_button(context: Context, batch: Batch, name: str, place: st.delta_generator.DeltaGenerator) -> None:
    nobody = name == NOBODY.name
    what = _number(batch).capitalize() if batch.revision else "The move of an error"
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


def _changes(context: Context, dataset: Dataset, batch: Batch) -> None:
    changes, verdicts = corrections.changes(context.store, context.actor, batch.id, MOST_SHOWN)
    labels = {label.id: label.name for label in datasets.every_label(context.store, context.actor, dataset.id)}
    rows = sorted({change.row for change in changes})
    keys = {i.row: i.key for i in datasets.images(context.store, context.actor, dataset.id, rows)}
    figures = [_change(dataset, change, labels, keys) for change in changes]
    figures += [_verdict(verdict) for verdict in verdicts]
    st.html(f'<div class="errata-changes">{"".join(figures)}</div>')
    if batch.size > len(figures):
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


def _verdict(verdict: VerdictChange) -> str:
    before, after = verdict.before, verdict.after
    return (
        f"<figure><figcaption>error {verdict.finding_id}: {theme.CAUSE_MARKS[before]} {before.value} → "
        f"<b>{theme.CAUSE_MARKS[after]} {after.value}</b></figcaption></figure>"
    )


main()
