"""Annotate: what should I look at next? Training labels in doubt, the most doubtful first, or any picture."""

from collections.abc import Sequence

import streamlit as st

from core.services import analysis, corrections, datasets
from db.records import CauseCount, Label, Run
from db.terms import Cause, LabelState, Part
from pages.ui import state, theme, trouble
from pages.ui.gallery import Source, author, filters, gallery
from pages.ui.header import Context, header

PAGE = "annotate"
_VIEWS = {"suspects": "training suspects", "all": "all images"}
_KINDS = {"": "any doubt", "FP": "perhaps missing", "FN": "perhaps spurious"}
_PARTS = {"": "any part", **{part.value: {"val": "validation"}.get(part.value, part.value) for part in Part}}
_STYLE = """<style>
.stApp [data-testid="stMainBlockContainer"] { padding-bottom: .5rem; padding-top: 3.75rem; }
@media (min-width: 700px) {
  .st-key-errata-views [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; }
  .st-key-errata-views [data-testid="stColumn"] { min-width: 0; }
  .st-key-errata-views [data-testid="stColumn"]:has([data-testid="stButtonGroup"]) { flex: 0 0 14.4rem; }
}
</style>"""


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
        state.put(key, filters.read("view", list(_VIEWS), "suspects"))
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
            on_change=lambda: filters.write("view", "all" if state.get(key) == "all" else ""),
        )
    with right:
        bar = st.columns([2, 2, 2], vertical_alignment="center", gap="small")
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
        label = filters.one_of(PAGE, "Label", "label", filters.labels_to_choose(labels))
    states = {"": "any state", **{s.value: f"{theme.STATE_MARKS[s]} {s.value}" for s in LabelState}}
    with bar[1]:
        part = filters.one_of(PAGE, "Part", "part", _PARTS)
    with bar[2]:  # last: it is there for a chosen label only
        wanted = filters.one_of(PAGE, "State", "state", states) if label else ""
    _gallery(
        context,
        labels,
        "browse",
        {"dataset": context.dataset.id, "label": label, "state": wanted, "part": part},
        run=None,
        total=None if (label and wanted) or part else context.dataset.images,
        empty="No image is like that. Choose another label, state or part.",
    )


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
