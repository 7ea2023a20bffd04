"""Annotate: what should I look at next? Training labels in doubt, the most doubtful first, or any picture."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import streamlit as st

from core.errors import BadInput
from core.search import asks_a_run, parse
from core.services import analysis, corrections, datasets, searching
from core.services.searching import Counts, Only
from db.records import CauseCount, Label, Run
from db.terms import Cause, LabelState, Part
from pages.ui import search, state, theme, trouble
from pages.ui.gallery import Source, author, filters, gallery
from pages.ui.header import Context, header

Word = TypeVar("Word", LabelState, Part)

PAGE = "annotate"
_VIEWS = {"suspects": "training suspects", "all": "all images"}
_KINDS = {"": "any doubt", "FP": "perhaps missing", "FN": "perhaps spurious"}
_STYLE = """<style>
.stApp [data-testid="stMainBlockContainer"] { padding-bottom: .5rem; padding-top: 3.75rem; }
@media (min-width: 700px) {
  .st-key-errata-views [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; }
  .st-key-errata-views [data-testid="stColumn"] { min-width: 0; }
  .st-key-errata-views [data-testid="stColumn"]:has([data-testid="stButtonGroup"]) { flex: 0 0 14.4rem; }
}
@media (max-width: 1150px) {
  .st-key-errata-views [data-testid="stColumn"] [data-testid="stHorizontalBlock"]:has(input[type="search"]) {
    flex-wrap: wrap; row-gap: 0.5rem;
  }
  .st-key-errata-views [data-testid="stColumn"] [data-testid="stColumn"] { flex: 1 1 0; }
  .st-key-errata-views [data-testid="stColumn"] [data-testid="stColumn"]:has(input[type="search"]) { flex: 1 0 100%; }
  .st-key-errata-views [data-testid="stColumn"] [data-testid="stColumn"]:not(:has(input)) { display: none; }
}
</style>"""


@dataclass(frozen=True)
class _Found:
    """What a search finds among all images, and what each filter beside it would leave."""

    text: str
    images: Counts
    for_part: Counts
    for_label: Counts


def main() -> None:
    """The page."""
    context = header("Annotate", "What should I look at next?")
    st.html(_STYLE)
    with trouble.shown():
        if context.dataset is None:
            trouble.nothing_here(
                "There is no data set yet: nothing to annotate.",
                page="pages/data.py",
                label="Import a data set",
            )
        else:
            _choose(context)


@st.fragment
def _choose(context: Context) -> None:
    assert context.dataset is not None
    labels = datasets.labels(context.store, context.actor, context.dataset.id)
    key = state.key(PAGE, "view")
    if state.get(key) not in _VIEWS:
        # Suspects need a run: before the first one, only all images give something to do.
        view = filters.read("view", list(_VIEWS), "suspects" if context.run else "all")
        state.put(key, view)
        filters.write("view", "all" if view == "all" else st.query_params.get("view", ""))
    with st.container(key="errata-views"):
        left, right = st.columns([1.2, 3], vertical_alignment="center", gap="small")
    with left:
        view = st.segmented_control(
            "What to look at",
            list(_VIEWS),
            key=key,
            format_func=lambda word: _VIEWS[word],
            required=True,
            label_visibility="collapsed",
            on_change=lambda: filters.write("view", str(state.get(key))),
        )
    with right:
        widths = [4.6, 1.9, 1.8, 1.9] if view == "all" else [2, 2, 2]
        bar = st.columns(widths, vertical_alignment="center", gap="small")
    if view == "all":
        _all_images(context, labels, bar)
    else:
        _suspects(context, labels, bar)


def _suspects(
    context: Context, labels: Sequence[Label], bar: Sequence[st.delta_generator.DeltaGenerator]
) -> None:
    run = context.run
    counts = [] if run is None else analysis.counts(context.store, context.actor, run.id, Part.TRAIN)
    if run is None or run.analysed_at is None or not counts:
        st.info(_why_none(run))
        return
    with bar[2]:
        only_open = filters.only_open(PAGE)
    with bar[0]:
        choices = filters.labels_to_choose(labels, counts, only_open=only_open)
        label = filters.one_of(PAGE, "Label", "label", choices)
    with bar[1]:
        kind = filters.one_of(PAGE, "Kind of doubt", "kind", _KINDS)
    shown = [c for c in counts if label in ("", str(c.label_id)) and kind in ("", c.kind.value)]
    _gallery(
        context,
        labels,
        "items",
        {
            "run": run.id,
            "part": Part.TRAIN.value,
            "label": label,
            "kind": kind,
            "reviewed": "0" if only_open else None,
        },
        run=run,
        total=_left(shown, only_open=only_open),
        convincing=_left([c for c in shown if c.cause is Cause.MISLABEL], only_open=only_open),
        empty="No suspect is left here. Choose another label, or look at all images.",
    )
    _teaching(context, run)


def _left(counts: Sequence[CauseCount], *, only_open: bool) -> int:
    return sum(count.findings - (count.reviewed if only_open else 0) for count in counts)


def _why_none(run: Run | None) -> str:
    if run is None:
        return "Suspects are ranked by how training went: train a run first, or look at all images."
    if run.analysed_at is None:
        return f"Run {run.id} was not analysed yet: its suspects are ranked by the analysis (page Errors)."
    return f"Run {run.id} has no training suspects: an imported run says nothing about how training went."


def _all_images(
    context: Context, labels: Sequence[Label], bar: Sequence[st.delta_generator.DeltaGenerator]
) -> None:
    assert context.dataset is not None
    with bar[0]:
        text = search.bar(PAGE, first=st.query_params.get("search", ""), on_change=_searched)
    chosen = Only(
        label_id=state.number_in_address("label"),
        state=_enum(LabelState, "state"),
        part=_enum(Part, "part"),
    )
    if chosen.label_id not in {label.id for label in labels}:
        chosen = Only(part=chosen.part)
    found = _found(context, text, chosen)
    present = {label: of_state[LabelState.PRESENT] for label, of_state in found.for_label.labels.items()}
    with bar[1]:
        counted = {str(label.id): f"{label.name} · {theme.count(present[label.id])}" for label in labels}
        label = filters.one_of(PAGE, "Label", "label", {"": "any label"} | counted)
    with bar[2]:
        parts = {part.value: f"{part.noun} · {theme.count(found.for_part.parts[part])}" for part in Part}
        part = filters.one_of(PAGE, "Part", "part", {"": "any part"} | parts)
    wanted = ""
    with bar[3]:  # last: it is there for a chosen label only
        if label and int(label) in found.for_label.labels:
            of_label = found.for_label.labels[int(label)]
            states = {
                s.value: f"{theme.STATE_MARKS[s]} {s.value} · {theme.count(of_label[s])}" for s in LabelState
            }
            any_state = f"any state · {theme.count(found.for_label.images)}"
            wanted = filters.one_of(PAGE, "State", "state", {"": any_state} | states)
    _gallery(
        context,
        labels,
        "browse",
        {
            "dataset": context.dataset.id,
            "search": found.text,
            "label": label,
            "state": wanted,
            "part": part,
            # The list stays where it is when another run is chosen that it does not ask.
            "run": context.run.id if context.run and asks_a_run(parse(found.text, labels)) else None,
        },
        run=None,
        total=found.images.images,
        empty="No image is like that. Search for something else, or choose another label, state or part.",
    )


def _searched() -> None:
    filters.write("search", str(state.get(state.key(PAGE, "search")) or "").strip())


def _found(context: Context, text: str, only: Only) -> _Found:
    """What a search finds; where it cannot be read, that is said, and the last one that could be is shown."""
    assert context.dataset is not None
    key = state.key(PAGE, f"good:{context.dataset.id}")
    try:
        found = _counted(context, text, only)
    except BadInput as error:
        last = str(state.get(key, ""))
        try:
            found = _counted(context, last, only)
        except BadInput:  # the label that it named is gone, or the run that it asked
            found = _counted(context, "", only)
        search.mistake(text, error, found.text)
        return found
    state.put(key, text)
    return found


def _counted(context: Context, text: str, only: Only) -> _Found:
    """Each box counts what it would leave, given the others. Raises BadInput."""
    found = _counts(context, text, only)
    for_part = _counts(context, text, replace(only, part=None)) if only.part else found
    for_label = _counts(context, text, replace(only, label_id=None, state=None)) if only.state else found
    return _Found(text, found, for_part, for_label)


def _counts(context: Context, text: str, only: Only) -> Counts:
    assert context.dataset is not None
    run_id = context.run.id if context.run else None
    return searching.counts(
        context.store, context.settings, context.actor, context.dataset.id, text, only=only, run_id=run_id
    )


def _enum(kind: type[Word], name: str) -> Word | None:
    """A word of the address that the enum has."""
    word = filters.read(name, [one.value for one in kind])
    return kind(word) if word else None


def _gallery(
    context: Context,
    labels: Sequence[Label],
    source: Source,
    query: dict[str, str | int | float | None],
    *,
    run: Run | None,
    total: int | None,
    convincing: int | None = None,
    empty: str,
) -> None:
    assert context.dataset is not None
    name = gallery(
        state.key(PAGE, "gallery"),
        dataset=context.dataset,
        labels=labels,
        source=source,
        query=query,
        token=context.token,
        author=author.name_of(context.actor),
        run_id=run.id if run else None,
        total=total,
        convincing=convincing,
        empty=empty,
    )
    author.heard(name)


def _teaching(context: Context, run: Run) -> None:
    since = corrections.since_run(context.store, context.actor, run.id)
    if since.training_cells:
        teach = theme.counted(since.training_cells, "training correction")
        st.caption(
            f"{teach} since run {run.id}: the next run learns from {'it' if since.training_cells == 1 else 'them'}."
        )


main()
