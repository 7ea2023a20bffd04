"""Watching a run: where it stands, its curves beside predicting nothing, what is most wrong now, its log."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core import config, recipes
from core.services import jobs, runs
from db.records import Dataset, Epoch, Job, Run
from db.terms import JobState
from pages.ui import charts, nothing, rescoring, state, theme, trouble, working
from pages.ui.charts.figures import BLUE, GREEN, VERMILION
from pages.ui.header import Context
from pages.ui.training import answer, manage, wrong

TICK_S = 1.5
VIEWS = ("Most wrong now", "Per label", "Log")


def draw(ctx: Context, dataset: Dataset, run: Run, its_runs: Sequence[Run]) -> None:
    """The view of a run; it refreshes itself while the run is open, and the page when its state changes."""
    job = runs.job(ctx.store, ctx.actor, run.id)
    tick = None if job.state.ended else TICK_S
    manage.draw(ctx, run)

    @st.fragment(run_every=tick)
    def view() -> None:
        with trouble.shown():
            now = runs.job(ctx.store, ctx.actor, run.id)
            if tick is not None:
                jobs.ensure_worker(ctx.store, ctx.settings)  # somebody must notice when a run's process dies
                if now.state is not job.state:
                    st.rerun()  # the whole page: its pickers and its queue tell of it too
            _head(ctx, run, now)
            _body(ctx, dataset, run, its_runs, now)

    view()


def _head(ctx: Context, run: Run, job: Job) -> None:
    head, buttons = st.columns([3, 2], vertical_alignment="center")
    with head:
        st.markdown(f"**run {run.id}** · {theme.plain(run.preset)} · {theme.plain(_standing(ctx, job))}")
        if not job.state.ended:
            st.progress(min(1.0, job.progress))
    with buttons, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if not job.state.ended:
            _stop_buttons(ctx, run, job)
        elif job.state in (JobState.FAILED, JobState.STOPPED) and run.preset != runs.IMPORTED:
            _act("Resume", "resume", lambda: _resume(ctx, run), "Goes on from the last epoch that was kept.")
        if run.usable:
            st.page_link("pages/errors.py", label="See why it is wrong →")
    st.caption(theme.plain(trained_with(run)))
    if job.state is JobState.FAILED:
        st.error(f"Run {run.id} failed: {theme.plain(job.message)}")


def trained_with(run: Run) -> str:
    """What a run was trained with, in one sentence: its labels, its preset, what it changed, where it began."""
    if run.preset == runs.IMPORTED:
        return f"Its scores came from outside; they were judged by the labels of revision {run.revision}."
    changes = recipes.changes(run)
    changed = f"changed from the preset: {', '.join(changes)}" if changes else "as the preset is"
    begins = recipes.beginning(config.started_from(run.config))
    return f"Labels of revision {run.revision} · preset {run.preset}, {changed} · started from {begins}."


def _standing(ctx: Context, job: Job) -> str:
    if job.state is JobState.QUEUED:
        earlier = [
            other
            for other in jobs.active(ctx.store, ctx.actor)
            if other.id < job.id and other.kind is job.kind
        ]
        return working.waiting(len(earlier))
    if job.state.live:
        doing = job.doing or "starting"
        return doing if job.state is JobState.RUNNING else f"{doing} · {job.state.value}"
    if job.state is JobState.FAILED:
        return "failed"
    return job.message or job.state.value


def _stop_buttons(ctx: Context, run: Run, job: Job) -> None:
    stopping = job.state in (JobState.STOPPING, JobState.STOPPING_NOW)
    if job.state is not JobState.QUEUED:
        _act(
            "Stop after epoch",
            "stop",
            lambda: runs.stop(ctx.store, ctx.actor, run.id, now=False),
            "",
            stopping,
        )
    now = job.state is JobState.STOPPING_NOW
    _act("Stop now", "stop-now", lambda: runs.stop(ctx.store, ctx.actor, run.id, now=True), "", now)


def _act(label: str, name: str, act: Callable[[], object], help: str, disabled: bool = False) -> None:
    if st.button(label, key=state.key("train", name), disabled=disabled, help=help or None):
        with trouble.shown():
            act()
            st.rerun()


def _resume(ctx: Context, run: Run) -> None:
    runs.resume(ctx.store, ctx.settings, ctx.actor, run.id)
    jobs.ensure_worker(ctx.store, ctx.settings)


def _body(ctx: Context, dataset: Dataset, run: Run, its_runs: Sequence[Run], job: Job) -> None:
    epochs = runs.epochs(ctx.store, ctx.actor, run.id)
    if run.preset == runs.IMPORTED:
        trouble.nothing_here("The scores of this run came from outside: it has no curves to watch.")
    elif not epochs and job.state.ended:
        trouble.nothing_here("This run ended before its first epoch was done: its log says what happened.")
    else:
        others = _others(ctx, run, its_runs)
        base = nothing.scores(ctx, dataset.id, run.revision)
        _answer(ctx, dataset, run, answer.answer(epochs, base, ended=job.state.ended))
        wanted = int(run.config.get("epochs", 1))
        common = nothing.commonest(ctx, dataset.id, run.revision)
        charts.draw(f"errata-curves-{run.id}", _panels(epochs, wanted, base, common, others))
        if not epochs:
            st.caption("The first point appears after the first epoch.")
    view = st.segmented_control(
        "Look at", VIEWS, default=VIEWS[0], key=state.key("train", "view"), label_visibility="collapsed"
    )
    last = epochs[-1] if epochs else None
    if view == VIEWS[2]:
        text = runs.log(ctx.store, ctx.settings, ctx.actor, run.id)
        st.code(text or "The log is empty so far.", language=None, height=320)
    elif last is not None and view == VIEWS[1]:
        _per_label(ctx, dataset, last)
    elif last is not None:
        wrong.draw(ctx, dataset, last)


def _answer(ctx: Context, dataset: Dataset, run: Run, said: str) -> None:
    """Whether it is learning, and what its scores come to by today's labels."""
    again = rescoring.rescored(ctx, dataset, run)
    parts = [f"**{theme.plain(said)}**"] if said else []
    parts += [theme.plain(rescoring.sentence(again))] if again else []
    if parts:
        st.markdown("  \n".join(parts))


def _others(ctx: Context, run: Run, its_runs: Sequence[Run]) -> dict[int, list[Epoch]]:
    """The epochs of the other runs that the reader asked to see, by run."""
    names = [other.id for other in its_runs if other.id != run.id and other.epochs_done > 0]
    if not names:
        return {}
    chosen = st.multiselect(
        "Compare with the curves of",
        names,
        key=state.key("train", "others"),
        format_func=lambda number: f"run {number}",
        placeholder="Show another run's curves too, in grey",
        label_visibility="collapsed",
        width=360,
    )
    return {number: runs.epochs(ctx.store, ctx.actor, number) for number in chosen}


def _panels(
    epochs: Sequence[Epoch],
    wanted: int,
    base: Mapping[str, Any],
    common: nothing.Commonest | None,
    others: Mapping[int, Sequence[Epoch]],
) -> list[charts.Panel]:
    numbers = [epoch.epoch for epoch in epochs]

    def panel(id: str, title: str, *measures: tuple[str, str, str], form: str = ".2f") -> charts.Panel:
        level = base.get(measures[0][0])
        levels = [] if level is None else [charts.Level("predicting nothing", "nothing", float(level))]
        if id == "f1" and common is not None:
            short = f"all {common.label}" if len(common.label) <= 8 else "commonest"
            levels.append(charts.Level(f"always {common.label}", short, common.micro_f1, "dot"))
        return charts.curves(
            id,
            title,
            [(name, colour, *_both(epochs, key)) for key, name, colour in measures],
            numbers,
            epochs_wanted=wanted,
            y_format=form,
            levels=levels,
            others=[line for key, name, _ in measures for line in _pale(others, key, name)],
        )

    return [
        panel("loss", "Loss", ("loss", "loss", BLUE)),
        panel("f1", "F1, micro and macro", ("micro_f1", "micro", BLUE), ("macro_f1", "macro", VERMILION)),
        panel("map", "Mean average precision", ("mean_ap", "mAP", BLUE)),
        panel("pr", "Precision and recall", ("precision", "precision", BLUE), ("recall", "recall", GREEN)),
        panel("subset", "Subset accuracy: all labels right", ("subset_accuracy", "subset", BLUE), form=".0%"),
        panel("hamming", "Hamming accuracy: labels right", ("hamming_accuracy", "Hamming", BLUE), form=".1%"),
    ]


def _both(epochs: Sequence[Epoch], key: str) -> tuple[list[float | None], list[float | None]]:
    return [epoch.train.get(key) for epoch in epochs], [epoch.validation.get(key) for epoch in epochs]


def _pale(others: Mapping[int, Sequence[Epoch]], key: str, name: str) -> list[charts.Line]:
    return [
        charts.Line(
            f"run {number}, {name}", [e.epoch for e in epochs], [e.validation.get(key) for e in epochs]
        )
        for number, epochs in others.items()
    ]


def _per_label(ctx: Context, dataset: Dataset, last: Epoch) -> None:
    names = [label.name for label in runs.labels(ctx.store, ctx.actor, last.run_id)]
    table = last.validation.get("per_label", {})
    columns = {
        "Label": names,
        "Annotated": table.get("positives"),
        "Predicted": table.get("predicted"),
        "Precision": table.get("precision"),
        "Recall": table.get("recall"),
        "F1": table.get("f1"),
        "Average precision": table.get("ap"),
    }
    shares = {
        name: st.column_config.NumberColumn(
            format="%.3f", help="On the validation images; empty: not defined."
        )
        for name in ("Precision", "Recall", "F1", "Average precision")
    }
    st.dataframe(
        {
            name: values
            for name, values in columns.items()
            if values is not None and len(values) == len(names)
        },
        column_config=shares,
        hide_index=True,
        height="content",
    )
