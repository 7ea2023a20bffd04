"""The parts of the overview page, from what matters most down."""

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from core import loop
from core.errors import BadInput
from core.loop import Facts, Move
from core.services import analysis, datasets, jobs, runs
from core.services import trouble as troubles
from db.records import Dataset, Job
from db.terms import Cause, JobKind, JobState
from pages.ui import loop as words
from pages.ui import seen, state, theme, trouble, working
from pages.ui.header import Context
from pages.ui.overview import last_runs

_STYLE = """<style>
[class*="st-key-errata-step"], [class*="st-key-errata-cause"] {
    padding: 0.3rem 0.8rem 0.55rem; gap: 0;
}
[class*="st-key-errata-step"] a, [class*="st-key-errata-cause"] a { padding-inline: 0; margin-inline: 0; }
.st-key-errata-round { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); }
@media (max-width: 1150px) { .st-key-errata-round { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media (max-width: 560px) { .st-key-errata-round { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
[class*="st-key-errata-step-now"] { border-color: currentColor; box-shadow: inset 0 3px 0 0 #11698a; }
.st-key-errata-next { padding: 0.8rem 1.1rem; }
</style>"""


def draw(ctx: Context) -> None:
    """The whole page below its head."""
    st.html(_STYLE)
    with trouble.shown():
        if ctx.dataset is None:
            _empty(ctx)
            return
        working.arrived(ctx)
        facts = gather(ctx, ctx.dataset)
        _next(ctx, facts)
        _steps(facts)
        _background(ctx)
        _causes(facts)
        last_runs.draw(ctx, ctx.dataset, facts.runs)


def gather(ctx: Context, dataset: Dataset) -> Facts:
    """What the loop of a data set stands on, and whether somebody has seen the newest run compared."""
    facts = loop.gather(ctx.store, ctx.actor, dataset)
    newest = facts.newest
    return replace(facts, compared=newest is not None and seen.was(ctx.settings, "comparison", newest.id))


def _empty(ctx: Context) -> None:
    """Nothing is here yet: bring pictures, or wait for those that are drawn."""
    open_jobs = [
        job for job in jobs.active(ctx.store, ctx.actor) if job.kind in (JobKind.DEMO, JobKind.IMPORT)
    ]
    with st.container(border=True, key="errata-next"):
        st.subheader("Bring your pictures, or begin with the demo set", anchor=False)
        st.markdown(
            "Errata trains on labelled images, shows why each error happened, lets you correct the labels, "
            "and says what the corrections changed."
        )
        with st.container(horizontal=True, gap="small"):
            if st.button("Import your images", type="primary", key=state.key("overview", "import")):
                st.switch_page("pages/data.py")
            if not open_jobs and st.button(
                "Draw the demo set",
                key=state.key("overview", "demo"),
                help="3,000 small scenes with planted label errors, drawn here in about a minute, then trained on.",
            ):
                datasets.start_demo(ctx.store, ctx.settings, ctx.actor)
                jobs.ensure_worker(ctx.store, ctx.settings)
                st.rerun()
    if any(job.kind is JobKind.DEMO for job in open_jobs):
        st.caption("The demo set is being drawn; training on it begins by itself. This page moves along.")
    _failed_demo(ctx)
    _background(ctx)


def _failed_demo(ctx: Context) -> None:
    last = jobs.latest(ctx.store, ctx.actor, JobKind.DEMO)
    if last is not None and last.state is JobState.FAILED:
        st.error(f"The demo set could not be made: {theme.plain(last.message)}")


def _next(ctx: Context, facts: Facts) -> None:
    """The one button, and its reason."""
    step = words.next_step(facts)
    with st.container(
        border=True, key="errata-next", horizontal=True, vertical_alignment="center", gap="medium"
    ):
        with st.container():
            st.markdown(f"Next: **{theme.plain(step.reason)}**")
        _otherwise(ctx, facts, step.move)
        if st.button(step.label, type="primary", key=state.key("overview", "next")):
            with trouble.shown():
                _go(ctx, facts, step.move)


def _otherwise(ctx: Context, facts: Facts, move: Move) -> None:
    """What else somebody may want to do now, as a link beside the button."""
    left = facts.errors - facts.reviewed
    if move is Move.TRAIN:
        _trouble_first(ctx, facts)
    elif move is Move.COMPARE:
        st.page_link("pages/errors.py", label="or see why it is wrong")
    elif move is Move.RESUME and facts.failed is not None:
        address = {"dataset": str(facts.failed.dataset_id), "run": str(facts.failed.id)}
        st.page_link("pages/train.py", label="or see its log", query_params=address)
    elif move is Move.RETRAIN and left:
        st.page_link("pages/errors.py", label=f"or go on reviewing: {theme.counted(left, 'error')} left")


def _trouble_first(ctx: Context, facts: Facts) -> None:
    """Before the first training: what the scan found wrong with the labels and the split."""
    if facts.dataset is None:
        return
    with suppress(BadInput):  # a damaged scan: the trouble view says so
        found = troubles.overview(ctx.store, ctx.settings, ctx.actor, facts.dataset.id)
        serious = [one for one in found.kinds if one.kind in troubles.GROUPED and one.open] if found else []
        if serious:
            counts = ", ".join(f"{theme.count(one.open)} {one.kind.value}" for one in serious)
            address = {"dataset": str(facts.dataset.id), "view": "trouble"}
            st.page_link(
                "pages/data.py", label=f"or look at the trouble first: {counts}", query_params=address
            )


def _go(ctx: Context, facts: Facts, move: Move) -> None:
    run = facts.training or facts.newest
    if move is Move.RETRAIN and facts.newest is not None:
        run = runs.again(ctx.store, ctx.settings, ctx.actor, facts.newest.id)
        jobs.ensure_worker(ctx.store, ctx.settings)
        state.choose(run.dataset_id, run.id)
        st.switch_page("pages/train.py")
    if move is Move.RESUME and facts.failed is not None:
        run = facts.failed
        runs.resume(ctx.store, ctx.settings, ctx.actor, run.id)
        jobs.ensure_worker(ctx.store, ctx.settings)
    if move is Move.ANALYSE and facts.newest is not None:
        analysis.start(ctx.store, ctx.settings, ctx.actor, facts.newest.id)
        jobs.ensure_worker(ctx.store, ctx.settings)
        st.rerun()
    if facts.dataset is not None:
        state.choose(facts.dataset.id, run.id if run else None)
    view = words.VIEWS.get(move)
    st.switch_page(words.PAGES[move], query_params={"view": view} if view else None)


def _steps(facts: Facts) -> None:
    """The loop as six steps, each a link to where it is done."""
    with st.container(gap="small", key="errata-round"):
        for number, step in enumerate(words.steps(facts)):
            with st.container(border=True, key=f"errata-step-{step.stand.value}-{number}", width="stretch"):
                mark = words.STAND_MARKS[step.stand]
                st.page_link(step.page, label=f"{mark} {step.name}")
                st.markdown(f":small[{theme.plain(step.text)}]")


def _causes(facts: Facts) -> None:
    """The errors of the newest run by cause, each a link to its pictures."""
    if facts.newest is None or not (facts.causes or facts.errors_left_out):
        return
    st.subheader(f"Validation errors of run {facts.newest.id} by cause", anchor=False)
    st.html(_cause_colours())
    with st.container(horizontal=True, gap="small"):
        for cause in Cause:
            mine = [count for count in facts.causes if count.cause is cause]
            number, reviewed = sum(c.findings for c in mine), sum(c.reviewed for c in mine)
            with st.container(border=True, key=f"errata-cause-{cause.name.lower()}", width="stretch"):
                address = {
                    "dataset": str(facts.newest.dataset_id),
                    "run": str(facts.newest.id),
                    "cause": cause.value,
                }
                label = f"{theme.CAUSE_MARKS[cause]} {cause.value} {number:,}"
                st.page_link("pages/errors.py", label=label, query_params=address)
                st.markdown(f":small[{reviewed:,} reviewed]")
    if facts.errors_left_out:
        st.caption(words.no_longer_listed(facts.errors_left_out))


def _cause_colours() -> str:
    rules = (
        f".st-key-errata-cause-{cause.name.lower()} {{ box-shadow: inset 4px 0 0 0 {theme.CAUSE_COLOURS[cause]}; }}"
        for cause in Cause
    )
    return f"<style>{' '.join(rules)}</style>"


def _background(ctx: Context) -> None:
    """What works or waits, of any data set."""

    def listed() -> list[Job]:
        return jobs.active(ctx.store, ctx.actor)

    if listed():
        st.subheader("In the background", anchor=False)
        working.watch(ctx, listed)
