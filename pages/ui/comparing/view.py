"""Two runs on the same validation images: what the labels changed, what the model changed, and chance."""

from collections import Counter

import streamlit as st

from core.services import compare, runs
from core.services.compare import Comparison
from db.records import Dataset, Run
from db.terms import JobState
from pages.ui import seen, state, tables, theme, trouble
from pages.ui.comparing import cells, waterfall
from pages.ui.header import Context, run_name

_SHARES = ("subset_accuracy", "hamming_accuracy")
_STYLE = """<style>
.st-key-errata-compare-pick { flex-wrap: nowrap !important; }
.st-key-errata-compare-pick > div:has([data-testid="stSelectbox"]) { max-width: 330px; }
.st-key-errata-sentence p { line-height: 1.5; max-width: 90ch; }
.st-key-errata-sentence strong { font-size: 1.12rem; font-weight: 600; }
[data-testid="stLayoutWrapper"]:has(> .st-key-errata-compare-figure) { flex: 2 1 22rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-errata-compare-metrics) { flex: 3 1 35rem; min-width: min(35rem, 100%); }
</style>"""


def draw(ctx: Context, dataset: Dataset) -> None:
    """The whole page below its head."""
    st.html(_STYLE)
    its_runs = runs.listing(ctx.store, ctx.actor, dataset.id)
    usable = [run for run in its_runs if run.usable]
    if len(usable) < 2:
        _too_few(its_runs, usable)
        return
    a, b = _pick(usable)
    if a.id == b.id:
        st.info("These are the same run: choose another one on either side.")
        return
    with trouble.shown(), st.spinner("Comparing…", show_time=True):
        found = compared(ctx, dataset, a, b)
        seen.mark(ctx.settings, "comparison", b.id)
        _show(ctx, dataset, found)


def _too_few(its_runs: list[Run], usable: list[Run]) -> None:
    """What to do, or to wait for, while there are not two runs to compare."""
    under_way = next((run for run in its_runs if not run.state.ended), None)
    if under_way is not None:
        have = f"Run {usable[0].id} has finished" if usable else "No run has finished yet"
        then = "wait for it" if usable else "wait for it, correct some labels, then train again"
        stands = "waits for its turn" if under_way.state is JobState.QUEUED else "is training"
        trouble.nothing_here(
            f"Two finished runs are needed. {have}, and run {under_way.id} {stands}: {then}.",
            page="pages/train.py",
            label=f"Watch run {under_way.id}",
        )
    elif usable:
        trouble.nothing_here(
            f"Two finished runs are needed, and run {usable[0].id} is the only one. Correct some labels, then train "
            "again.",
            page="pages/errors.py",
            label="Go to Errors",
        )
    else:
        trouble.nothing_here(
            "Two finished runs are needed, and there is none. Train one, correct some labels, then train again.",
            page="pages/train.py",
            label="Go to Train",
        )


def compared(ctx: Context, dataset: Dataset, a: Run, b: Run) -> Comparison:
    """The comparison of two runs on the newest labels, kept while neither run nor labels change."""
    # A resumed run has other scores under the same number.
    stamp = (a.id, a.epochs_done, a.job_id, b.id, b.epochs_done, b.job_id, dataset.revision)
    return _compared(ctx.settings.database_url, stamp, a.id, b.id, ctx)


@st.cache_data(show_spinner=False, max_entries=8)
def _compared(database_url: str, stamp: tuple[int, ...], a: int, b: int, _ctx: Context) -> Comparison:
    return compare.compare(_ctx.store, _ctx.settings, _ctx.actor, a, b)


def defaults(usable: list[Run], wanted_a: int | None, wanted_b: int | None) -> tuple[Run, Run]:
    """The runs to compare: those asked for where they are usable; else the newest, and the one it came after.

    usable: two or more, the newest first.
    """
    known = {run.id: run for run in usable}
    b = known.get(wanted_b or 0) or next(run for run in usable if run.id != wanted_a)
    earlier = [run for run in usable if run.id < b.id]
    before = known.get(b.parent_id or 0) or next(iter(earlier), None)
    a = known.get(wanted_a or 0) or before or next(run for run in usable if run.id != b.id)
    return a, b


def _pick(usable: list[Run]) -> tuple[Run, Run]:
    """The two pickers; what they hold stands in the address."""
    a, b = defaults(usable, state.number_in_address("a"), state.number_in_address("b"))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="errata-compare-pick"):
        _picker("a", a, usable, "Before")
        st.markdown("→", width="content")
        _picker("b", b, usable, "After")
        if st.button("Swap", key=state.key("compare", "swap")):
            st.query_params.update({"a": str(b.id), "b": str(a.id)})
            st.rerun()
    return a, b


def _picker(name: str, run: Run, usable: list[Run], label: str) -> None:
    key = state.key("compare", name)
    names = {one.id: run_name(one) for one in usable}
    state.put(key, run.id)
    if st.query_params.get(name) != str(run.id):
        st.query_params[name] = str(run.id)

    def picked() -> None:
        st.query_params[name] = str(state.get(key))

    st.selectbox(
        label,
        list(names),
        key=key,
        format_func=lambda number: names.get(number, f"run {number}"),
        on_change=picked,
        label_visibility="collapsed",
    )


def _show(ctx: Context, dataset: Dataset, found: Comparison) -> None:
    with st.container(key="errata-sentence"):
        st.markdown(f"**{theme.plain(found.answer)}**")
        st.markdown(theme.plain(found.numbers))
    said = found.warnings
    if found.settings:  # then the first warning tells of them
        st.warning(theme.plain(said[0]), icon=":material/tune:")
        said = said[1:]
    if said:
        st.markdown("\n".join(f"- :small[{theme.plain(warning)}]" for warning in said))
    with st.container(horizontal=True, gap="large"):
        with st.container(key="errata-compare-figure"):
            waterfall.draw(found)
        with st.container(key="errata-compare-metrics"):
            _metrics(found)
    cells.draw(ctx, dataset, found)
    st.subheader("Label by label", anchor=False)
    _per_label(found)


def _metrics(found: Comparison) -> None:
    """Every metric, told apart; before + labels + model = after."""
    rows = []
    for e in found.effects:
        share = e.metric in _SHARES
        whole = theme.percent if share else theme.f1
        part = theme.points if share else theme.gain
        model = part(e.model) if e.chance is None else theme.within(part(e.model), _size(e.chance, share))
        mark = "≈ " if e.within_chance else ""
        row = [e.title, whole(found.nothing.get(e.metric)), whole(e.before), part(e.labels)]
        rows.append([*row, f"{mark}{model}", whole(e.after)])
    tables.table(["Metric", "Predicting nothing", "Before", "Labels", "Model ± chance", "After"], rows)
    st.caption(
        f"{theme.counted(found.images, 'validation image')}. Predicting nothing: by the labels of revision "
        f"{found.new_revision}. Before: run {found.run_a.id} by the labels it saw "
        f"(revision {found.old_revision}). Labels: the same model by the newest labels (revision "
        f"{found.new_revision}). Model: run {found.run_b.id} instead of run {found.run_a.id}, both by the newest. "
        "±: 95 % interval over resampled images; "
        "≈ may be chance. Another training seed moves results too, and ± does not know it."
    )


def _size(value: float, share: bool) -> str:
    return theme.points_size(value) if share else theme.f1(value)


def _per_label(found: Comparison) -> None:
    names = {label.id: label.name for label in found.labels}
    counts = {
        name: Counter(names[cell.label_id] for cell in getattr(found, name))
        for name in ("fixed", "broken", "still_wrong", "right_by_relabelling")
    }
    rows = [
        [name, *map(theme.f1, f1s), *(theme.count(count[name]) for count in counts.values())]
        for name, *f1s in found.per_label
    ]
    head = [
        "Label",
        "F1 before",
        "F1 relabelled",
        "F1 after",
        "Fixed",
        "Broken",
        "Still wrong",
        "Right by relabelling",
    ]
    tables.table(head, rows)
