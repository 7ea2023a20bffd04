"""Starting a run: a preset, every setting explained, and one button that names the labels' revision."""

from collections.abc import Sequence
from dataclasses import Field, fields
from typing import Any, get_args, get_type_hints

import streamlit as st

from core import config
from core.config import PRESET_HELP, PRESETS, TrainConfig
from core.services import corrections, jobs, runs
from db.records import Dataset, Run
from pages.ui import loop, state, theme, trouble
from pages.ui.header import Context, run_name

_ORDER = ["scratch", "report-2020", "report-2020-rebalanced", "demo"]
_FIRST = ("epochs", "side_px", "learning_rate", "batch")  # what people change most
_KINDS = get_type_hints(TrainConfig)


def draw(ctx: Context, dataset: Dataset, its_runs: Sequence[Run]) -> None:
    """The launching row of the page, its settings, and what a new run would learn from."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="errata-launch"):
        preset = st.selectbox(
            "Preset",
            _presets(),
            key=state.key("train", "preset"),
            index=_presets().index("demo" if dataset.demo else "scratch"),
            width=230,
            label_visibility="collapsed",
        )
        parents = [run for run in its_runs if _continues(preset, run)]
        parent = _parent(preset, parents)
        stuck = config.needs_parent(PRESETS[preset]) and not parents
        wanted = st.button(
            f"Train on revision {dataset.revision}",
            type="primary",
            key=state.key("train", "start"),
            disabled=stuck,
            help="Queues a run that learns from the labels as they are now.",
        )
        _queue(ctx)
    st.caption(theme.plain(PRESET_HELP[preset]))
    if stuck:
        st.info(
            "This preset continues a finished report-2020 run of this data set: train one of those first."
        )
    _lesson(ctx, dataset)
    values = _settings(preset, len(its_runs))
    if wanted:
        with trouble.shown():
            _start(ctx, dataset, preset, values, parent)


def _presets() -> list[str]:
    return [name for name in _ORDER if name in PRESETS] + [name for name in PRESETS if name not in _ORDER]


def _continues(preset: str, run: Run) -> bool:
    """True if the weights of a run fit the network of a preset."""
    same = run.config.get("network") == PRESETS[preset].network
    return run.usable and same and run.preset in PRESETS


def _parent(preset: str, parents: Sequence[Run]) -> Run | None:
    needed = config.needs_parent(PRESETS[preset])
    if not parents:
        return None
    options = [run.id for run in parents] if needed else [None, *(run.id for run in parents)]
    names = {run.id: run_name(run) for run in parents}
    chosen = st.selectbox(
        "Start from",
        options,
        key=state.key("train", f"parent:{preset}"),
        format_func=lambda number: "from random weights" if number is None else f"from {names[number]}",
        help="A finished run of the same network and image side can be continued.",
        width=240,
        label_visibility="collapsed",
    )
    return next((run for run in parents if run.id == chosen), None)


def _queue(ctx: Context) -> None:
    open_jobs = [job for job in jobs.active(ctx.store, ctx.actor) if job.kind.value == "train"]
    live = sum(job.state.live for job in open_jobs)
    if open_jobs:
        st.caption(f"queue: {live} running, {len(open_jobs) - live} waiting", width="content")


def _lesson(ctx: Context, dataset: Dataset) -> None:
    """What changed since the chosen run saw the labels, and which changes teach."""
    if ctx.run is None or ctx.run.revision >= dataset.revision:
        return
    since = corrections.since_run(ctx.store, ctx.actor, ctx.run.id)
    if since.validation_cells or since.training_cells:
        st.markdown(f"Since run {ctx.run.id}: {loop.lesson(since)}")


def _settings(preset: str, launched: int) -> dict[str, Any]:
    """Every setting as a widget that starts at the preset's value; returns them by name."""
    every = {f.name: f for f in fields(TrainConfig) if f.name != "preset"}
    names = [*_FIRST, *(name for name in every if name not in _FIRST)]
    # Closed again once a run was launched, so that its curves are in sight.
    with st.expander("Settings", expanded=False, key=state.key("train", f"settings:{launched}")):
        columns = st.columns(4, gap="medium")
        values = {}
        for place, name in enumerate(names):
            with columns[place % len(columns)]:
                values[name] = _widget(preset, every[name], getattr(PRESETS[preset], name))
    return values


def _widget(preset: str, setting: Field[Any], value: Any) -> Any:
    meta, kind = setting.metadata, _KINDS[setting.name]
    optional = bool(get_args(kind))
    plain = next((part for part in get_args(kind) if part is not type(None)), kind)
    common = {
        "label": meta["title"],
        "help": meta["help"],
        "key": state.key("train", f"{preset}:{setting.name}"),
    }
    if meta["choices"]:
        return st.selectbox(options=meta["choices"], index=meta["choices"].index(value), **common)
    if plain is bool:
        return st.toggle(value=value, **common)
    if plain is str:
        return st.text_input(value=value or "", placeholder="none", **common).strip() or (
            None if optional else ""
        )
    bounds = {"min_value": plain(meta["low"]), "max_value": plain(meta["high"])}
    step = {"step": 1} if plain is int else {"step": _step(value), "format": "%g"}
    return st.number_input(value=value, placeholder="none", **bounds, **step, **common)


def _step(value: float | None) -> float:
    """A tenth of the value's size, so that the buttons of a small number move it by little."""
    return 0.05 if not value else max(1e-7, float(f"{value / 10:.1g}"))


def _start(ctx: Context, dataset: Dataset, preset: str, values: dict[str, Any], parent: Run | None) -> None:
    wanted = TrainConfig(preset=preset, **values)
    run = runs.start(
        ctx.store, ctx.settings, ctx.actor, dataset.id, wanted, parent_id=parent.id if parent else None
    )
    jobs.ensure_worker(ctx.store, ctx.settings)
    state.choose(dataset.id, run.id)
    st.rerun()
