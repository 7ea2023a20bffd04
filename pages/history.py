"""History: who changed what? Every batch of changes, what it changed, and a way back."""

import html
import time
import uuid
from collections.abc import Mapping, Sequence

import streamlit as st

from core.actor import NOBODY
from core.services import corrections, datasets
from db.records import Batch, CellValue, Change, Dataset, VerdictChange
from db.terms import Source
from pages.ui import state, theme, trouble
from pages.ui.gallery import author, filters
from pages.ui.header import Context, header

PAGE = "history"
PER_PAGE = 30
MOST_SHOWN = 60  # changes of an opened batch
_WORDS = {
    Source.IMPORT: "imported",
    Source.CORRECTION: "corrected",
    Source.VERDICT: "moved an error to another cause",
    Source.UNDO: "undid",
}
_STYLE = """<style>
.errata-changes { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 8px; }
.errata-changes figure { margin: 0; display: flex; gap: 10px; align-items: center; font-size: 14px; }
.errata-changes img { width: 64px; height: 64px; object-fit: cover; border-radius: 6px; flex: none; }
.errata-changes figcaption { min-width: 0; overflow-wrap: anywhere; }
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
    _days(context, dataset, batches[:PER_PAGE], actor.name)
    _pages(batches, before)


def _days(context: Context, dataset: Dataset, batches: Sequence[Batch], name: str) -> None:
    day = ""
    for batch in batches:
        today = time.strftime("%A, %d %B %Y", time.localtime(batch.created_at))
        if today != day:
            st.subheader(today, anchor=False)
            day = today
        _batch(context, dataset, batch, name)


def _pages(batches: Sequence[Batch], before: int | None) -> None:
    with st.container(horizontal=True):
        if before is not None and st.button("← Newest"):
            filters.write("before", "")
            st.rerun()
        if len(batches) > PER_PAGE and st.button("Older →"):
            filters.write("before", str(batches[PER_PAGE - 1].id))
            st.rerun()


def sentence(batch: Batch) -> str:
    """One line a batch: `corrected 3 labels`, `undid change 12`."""
    what = _WORDS[batch.source]
    if batch.source is Source.CORRECTION:
        what += f" {theme.counted(batch.size, 'label')}"
    if batch.source is Source.IMPORT:
        what += f" {theme.counted(batch.size, 'annotation')}"
    if batch.source is Source.UNDO:
        what += f" change {batch.undoes}"
    return what


def _batch(context: Context, dataset: Dataset, batch: Batch, name: str) -> None:
    clock = time.strftime("%H:%M:%S", time.localtime(batch.created_at))
    opened = state.number_in_address("batch") == batch.id
    with st.container(border=opened):
        row = st.columns([1.1, 2, 4.5, 1.7, 1.2, 1.2], vertical_alignment="center", gap="small")
        row[0].markdown(f":small[{clock}]")
        row[1].markdown(f"**{theme.plain(batch.author)}**")
        undone = f" · :small[undone by change {batch.undone_by}]" if batch.undone_by else ""
        reason = f"  \n:small[{theme.plain(batch.reason)}]" if batch.reason else ""
        row[2].markdown(f"{sentence(batch)}{undone}{reason}")
        run = f" · run {batch.run_id}" if batch.run_id else ""
        revision = f"revision {batch.revision}" if batch.revision else "no label changed"
        row[3].markdown(f":small[{revision}{run}]")
        row[4].button(
            "Hide" if opened else "Show",
            key=state.key(PAGE, f"show-{batch.id}"),
            help=f"Change {batch.id}: before and after",
            on_click=filters.write,
            args=("batch", "" if opened else str(batch.id)),
            width="stretch",
        )
        if batch.source is not Source.IMPORT and batch.undone_by is None:
            _undo_button(context, batch, name, row[5])
        if opened:
            _changes(context, dataset, batch)


def _undo_button(context: Context, batch: Batch, name: str, place: st.delta_generator.DeltaGenerator) -> None:
    nobody = name == NOBODY.name
    if place.button(
        "Undo",
        key=state.key(PAGE, f"undo-{batch.id}"),
        disabled=nobody,
        help="Say who you are first." if nobody else f"Bring back what change {batch.id} replaced",
        width="stretch",
    ):
        actor = author.known(context.actor)
        answer = corrections.undo(context.store, actor, batch.id, uuid.uuid4().hex)
        good = answer.status in ("saved", "repeated")
        text = f"Change {batch.id} is undone." if good else answer.message
        state.put(state.key(PAGE, "told"), (good, text))
        st.rerun()


def _changes(context: Context, dataset: Dataset, batch: Batch) -> None:
    changes, verdicts = corrections.changes(context.store, context.actor, batch.id, MOST_SHOWN)
    labels = {label.id: label.name for label in datasets.labels(context.store, context.actor, dataset.id)}
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
    address = f"/errata/thumbnail/{dataset.id}/{dataset.folder}/{change.row}"
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
