"""History: who changed what? Every batch of changes, those of a sitting in one row, what it changed, and a way back."""

import html
import time
import uuid
from collections.abc import Mapping, Sequence

import streamlit as st

from core.actor import NOBODY
from core.services import corrections, datasets, sittings
from core.services.sittings import Sitting
from db.records import Batch, CellValue, Change, Dataset, Place, Placement, VerdictChange
from db.revisions import Direction
from db.terms import Source
from pages.ui import state, telling, theme, trouble
from pages.ui.gallery import author, filters
from pages.ui.header import Context, header

PAGE = "history"
PER_PAGE = 30
MOST_SHOWN = 60  # changes of an opened batch
MOST_EACH = 30  # batches of an opened sitting, until more are asked for
_WIDTHS = (0.9, 1.1, 0.8, 4.1, 1.7, 1.2, 1.6)
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
    listed = sittings.history(
        context.store, context.actor, dataset.id, before=before, author=only or None, limit=PER_PAGE + 1
    )
    if not listed:
        st.info("Nothing was changed here.")
    if actor.name == NOBODY.name and any(one.last.revision != 1 for one in listed):
        st.caption("Undo is grey until you say who you are: the history names who made it.")
    _days(context, dataset, listed[:PER_PAGE], actor.name)
    _pages(listed, before)


def _days(context: Context, dataset: Dataset, listed: Sequence[Sitting], name: str) -> None:
    day, known = "", telling.known(context, dataset.id, [batch for one in listed for batch in one.batches])
    for sitting in listed:
        today = time.strftime("%A, %d %B %Y", time.localtime(sitting.last.created_at))
        if today != day:
            st.subheader(today, anchor=False)
            day = today
        if len(sitting.batches) == 1:
            _batch(context, dataset, sitting.last, name, known)
        else:
            _sitting(context, dataset, sitting, name, known)


def _pages(listed: Sequence[Sitting], before: int | None) -> None:
    with st.container(horizontal=True):
        if before is not None and st.button("← Newest"):
            filters.write("before", "")
            st.rerun()
        if len(listed) > PER_PAGE and st.button("Older →"):
            filters.write("before", str(listed[PER_PAGE - 1].first.id))
            st.rerun()


def _thumbnail(dataset: Dataset, mine: Sequence[Direction]) -> str:
    """The picture of a batch that changed one cell."""
    if sum(one.cells for one in mine) != 1:
        return ""
    return _picture(dataset, mine[0].row)


def _picture(dataset: Dataset, row: int) -> str:
    return f'<img loading="lazy" alt="" src="{_address(dataset, row)}">'


def _address(dataset: Dataset, row: int) -> str:
    return f"/errata/thumbnail/{dataset.id}/{dataset.folder}/{row}"


def _clock(batch: Batch) -> str:
    return time.strftime("%H:%M", time.localtime(batch.created_at))


def _row(batch: Batch, picture: str, told: str, number: str) -> list[st.delta_generator.DeltaGenerator]:
    """When, who, a picture, what and its number, in columns; the last two are left for buttons."""
    row = st.columns(_WIDTHS, vertical_alignment="center", gap="small")
    row[0].markdown(f":small[{_clock(batch)}]")
    row[1].markdown(f"**{theme.plain(batch.author)}**")
    row[2].html(f'<div class="errata-one">{picture}</div>')
    row[3].markdown(told)
    run = f" · run {batch.run_id}" if batch.run_id else ""
    row[4].markdown(f":small[{number}{run}]")
    return row


def _sitting(context: Context, dataset: Dataset, sitting: Sitting, name: str, known: telling.Known) -> None:
    """Several changes in one row, and each of them below it once it is opened."""
    last, first, own = sitting.last, sitting.first, {batch.id for batch in sitting.batches}
    # By any of its changes: its ends may be others once somebody goes on.
    opened = bool(own & {state.number_in_address("sitting"), state.number_in_address("batch")})
    with st.container(border=opened, key=f"errata-sitting-{first.id}"):
        mine = next((one for one in known.directions if one.batch_id == last.id), None)
        images = sittings.images(context.store, context.actor, sitting)
        told = f"{telling.together(sitting.batches, images, known)}{_since(sitting)}"
        row = _row(last, _picture(dataset, mine.row) if mine else "", told, _numbers(sitting))
        row[5].button(
            "Hide" if opened else "Show",
            key=state.key(PAGE, f"show-all-{first.id}"),
            help=f"Each of the {len(sitting.batches)} changes, with an undo of its own",
            on_click=_open,
            args=("" if opened else str(first.id),),
            width="stretch",
        )
        _undo_all(context, sitting, name, row[6])
        if opened:
            _each(context, dataset, sitting, name, known)


def _open(number: str) -> None:
    """Open a sitting, or close it with what is open in it."""
    filters.write("sitting", number)
    filters.write("batch", "")


def _since(sitting: Sitting) -> str:
    """How long it went on, how many of it are undone, and why it was done; in small print below its line."""
    gone = len(sitting.batches) - len(sitting.open)
    began, ended = _clock(sitting.first), _clock(sitting.last)
    said = [f"{began} to {ended}" if began != ended else "", f"{gone} undone" if gone else ""]
    small = " · ".join([*filter(None, said), *filter(None, [theme.plain(sitting.last.reason)])])
    return f"  \n:small[{small}]" if small else ""


def _numbers(sitting: Sitting) -> str:
    numbers = [batch.revision for batch in sitting.batches if batch.revision]
    return f"revisions {min(numbers)} to {max(numbers)}" if len(numbers) > 1 else telling.number(sitting.last)


def _undo_all(
    context: Context, sitting: Sitting, name: str, place: st.delta_generator.DeltaGenerator
) -> None:
    left, nobody = [batch.id for batch in sitting.open], name == NOBODY.name
    if left and place.button(
        "Undo all",
        key=state.key(PAGE, f"undo-all-{sitting.first.id}"),
        disabled=nobody,
        help="Say who you are first, above."
        if nobody
        else f"Bring back what was there before these {theme.counted(len(left), 'change')}; what was changed since "
        "stays as it is.",
        width="stretch",
    ):
        done = sittings.undo(context.store, author.known(context.actor), left)
        text = f"{theme.counted(done.count, 'change is', 'changes are')} undone."
        if done.refused:
            text += f" {theme.counted(len(done.refused), 'other stays', 'others stay')}: {done.refused[0]}"
        state.put(state.key(PAGE, "told"), (not done.refused, text))
        st.rerun()


def _each(context: Context, dataset: Dataset, sitting: Sitting, name: str, known: telling.Known) -> None:
    """Every change of a sitting, as many as are asked for; those down to an opened one in any case."""
    key = state.key(PAGE, f"more-{sitting.first.id}")
    opened = state.number_in_address("batch")
    at = next((at for at, batch in enumerate(sitting.batches) if batch.id == opened), -1)
    shown = max(int(state.get(key, MOST_EACH)), at + 1)
    for batch in sitting.batches[:shown]:
        _batch(context, dataset, batch, name, known)
    left = len(sitting.batches) - shown
    if left > 0 and st.button(f"Show {min(left, MOST_EACH)} more of {left}", key=f"{key}-button"):
        state.put(key, shown + MOST_EACH)
        st.rerun()


def _batch(context: Context, dataset: Dataset, batch: Batch, name: str, known: telling.Known) -> None:
    opened = state.number_in_address("batch") == batch.id
    mine = [one for one in known.directions if one.batch_id == batch.id]
    with st.container(border=opened):
        reason = f"  \n:small[{theme.plain(batch.reason)}]" if batch.reason else ""
        told = f"{telling.sentence(batch, known)}{telling.undone(batch, known)}{reason}"
        row = _row(batch, _thumbnail(dataset, mine), told, telling.number(batch))
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
