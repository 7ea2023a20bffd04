"""Starting a run: a preset, every setting explained, and one button that names the labels' revision."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from typing import Any, get_args, get_type_hints

import streamlit as st

from core import config, recipes
from core.config import PRESET_HELP, PRESETS, TrainConfig
from core.services import corrections, jobs, runs
from db.records import Dataset, Run
from pages.ui import loop, state, theme, trouble
from pages.ui.header import Context, run_name
from pages.ui.training import epoch

_ORDER = ["scratch", "report-2020", "report-2020-rebalanced", "demo"]
_ROW = 4
_GROUPS = {  # what people change most comes first; a setting that no group names stands at the end
    "": ("epochs", "side_px", "learning_rate", "batch"),
    "Network and steps": (
        "network",
        "width",
        "optimiser",
        "schedule",
        "momentum",
        "weight_decay",
        "ema",
        "seed",
    ),
    "Rare and frequent labels": (
        "loss_weighting",
        "pos_weight_cap",
        "versions",
        "sampling",
        "drop_probability",
        "over_represented",
    ),
    "How images are altered": (
        "crop",
        "rotate_deg",
        "erase",
        "flip",
        "brightness",
        "contrast",
        "saturation",
        "mixup",
    ),
    "Further": ("label_smoothing", "threshold", "threads"),
}
_COSTLY = (
    "network",
    "side_px",
    "width",
    "versions",
    "sampling",
    "threads",
)  # what the time of an epoch hangs on
_KINDS = get_type_hints(TrainConfig)
_PRESET = state.key("train", "preset")
_FOLLOWED = state.key("train", "followed")  # the data set and the run that the preset was turned to last
_FROM_PRESET = state.key("train", "from preset")  # the run whose settings were turned down for the preset's


def draw(ctx: Context, dataset: Dataset, its_runs: Sequence[Run]) -> None:
    """The launching row of the page, its settings, and what a new run would learn from."""
    chosen = ctx.run if ctx.run is not None and ctx.run.preset in PRESETS else None
    _follow(dataset, chosen)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="errata-launch"):
        preset = st.selectbox("Preset", _presets(), key=_PRESET, width=230)
        beginning = _beginning(preset, chosen)
        parents = [run for run in its_runs if _continues(preset, run)]
        parent = _parent(preset, parents, beginning)
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
    _whose_settings(preset, chosen, beginning)
    place = st.container()
    values = _settings(preset, beginning, len(its_runs))
    if said := estimate(ctx, its_runs, preset, values):
        place.caption(said)
    epoch.draw(ctx, dataset, preset, values, len(its_runs))
    if wanted:
        with trouble.shown():
            _start(ctx, dataset, preset, values, parent)


def _presets() -> list[str]:
    return [name for name in _ORDER if name in PRESETS] + [name for name in PRESETS if name not in _ORDER]


def _follow(dataset: Dataset, chosen: Run | None) -> None:
    """Turn the preset to that of the run that was chosen just now; what somebody picks afterwards stays."""
    now, before = (dataset.id, chosen.id if chosen else None), state.get(_FOLLOWED)
    appeared = before == (dataset.id, None)  # the first run came while somebody was choosing
    state.put(_FOLLOWED, now)
    if (before != now and not appeared) or state.get(_PRESET) is None:
        state.put(_PRESET, chosen.preset if chosen else "demo" if dataset.demo else "scratch")
        state.forget(_FROM_PRESET)


def _beginning(preset: str, chosen: Run | None) -> Run | None:
    """The run whose settings the form starts from; None: the preset's own."""
    if chosen is None or chosen.preset != preset or state.get(_FROM_PRESET) == chosen.id:
        return None
    return chosen if recipes.changes(chosen) or config.started_from(chosen.config) else None


def _whose_settings(preset: str, chosen: Run | None, beginning: Run | None) -> None:
    """Which settings the form holds, if another run of this preset would be none of the preset's, and the way back."""
    if chosen is None:
        return
    name = f"run {chosen.id}"
    if chosen.preset != preset:
        st.caption(
            f"{name.capitalize()} was trained with the preset {theme.plain(chosen.preset)}: a comparison with it would "
            "mix what the labels and what the settings changed."
        )
        return
    began = config.started_from(chosen.config)
    says = ", ".join([*recipes.changes(chosen), *([f"started from run {began}"] if began else [])])
    if not says:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if beginning is not None:
            st.caption(f"The settings are those of {name}: {theme.plain(says)}.", width="content")
            label, then = "Start from the preset instead", chosen.id
        else:
            st.caption(
                f"The settings are the preset's; {name} changed: {theme.plain(says)}.", width="content"
            )
            label, then = f"Start from {name} instead", None
        st.button(
            label,
            key=state.key("train", "whose"),
            on_click=state.put,
            args=(_FROM_PRESET, then),
        )


def estimate(ctx: Context, its_runs: Sequence[Run], preset: str, values: Mapping[str, Any]) -> str:
    """How long a run with these settings takes, from the newest one like it; "" where there is none."""
    for run in its_runs:
        alike = all(run.config.get(name) == values[name] for name in _COSTLY)
        if not run.usable or run.preset != preset or not alike:
            continue
        its_epochs = runs.epochs(ctx.store, ctx.actor, run.id)
        took = sum(epoch.seconds for epoch in its_epochs)
        span = theme.about(took / len(its_epochs) * values["epochs"])
        return (
            f"{span[0].upper()}{span[1:]} for {theme.counted(values['epochs'], 'epoch')} "
            f"(run {run.id} took {theme.duration(took)} for {len(its_epochs)})."
        )
    return ""


def _continues(preset: str, run: Run) -> bool:
    """True if the weights of a run fit the network of a preset."""
    same = run.config.get("network") == PRESETS[preset].network
    return run.usable and same and run.preset in PRESETS


def _parent(preset: str, parents: Sequence[Run], beginning: Run | None) -> Run | None:
    """The run to continue. The box is always there, so that the button beside it never moves."""
    needed = config.needs_parent(PRESETS[preset])
    options = [run.id for run in parents] if needed else [None, *(run.id for run in parents)]
    names = {run.id: run_name(run) for run in parents}
    before = None if beginning is None else config.started_from(beginning.config)
    chosen = st.selectbox(
        "Start from",
        options,
        key=state.key("train", f"parent:{_source(preset, beginning)}{'' if options else ':none'}"),
        index=options.index(before) if before in options else 0 if options else None,
        format_func=lambda number: "random weights" if number is None else names.get(number, f"run {number}"),
        help="Random weights, or those of a finished run of the same network and image side.",
        placeholder="no run to continue yet",
        disabled=len(options) < (1 if needed else 2),
        width=240,
    )
    return next((run for run in parents if run.id == chosen), None)


def _source(preset: str, beginning: Run | None) -> str:
    """Names the values that widgets start from: with other ones they are other widgets."""
    return preset if beginning is None else f"{preset}:run {beginning.id}"


def _queue(ctx: Context) -> None:
    open_jobs = [job for job in jobs.active(ctx.store, ctx.actor) if job.kind.value == "train"]
    live = sum(job.state.live for job in open_jobs)
    if open_jobs:
        st.caption(f"queue: {live} training, {len(open_jobs) - live} waiting", width="content")


def _lesson(ctx: Context, dataset: Dataset) -> None:
    """What changed since the chosen run saw the labels, and which changes teach."""
    if ctx.run is None or ctx.run.revision >= dataset.revision:
        return
    since = corrections.since_run(ctx.store, ctx.actor, ctx.run.id)
    if since.validation_cells or since.training_cells or since.new_images:
        st.markdown(f"Since run {ctx.run.id}: {loop.lesson(since)}")


def _settings(preset: str, beginning: Run | None, launched: int) -> dict[str, Any]:
    """Every setting as a widget that starts at the preset's value, or at a run's; returns them by name."""
    first = config.to_dict(PRESETS[preset]) | ({} if beginning is None else dict(beginning.config))
    every = {f.name: f for f in fields(TrainConfig) if f.name != "preset"}
    named = {name for group in _GROUPS.values() for name in group}
    groups = _GROUPS | {"Further": (*_GROUPS["Further"], *(name for name in every if name not in named))}
    # Closed again once a run was launched, so that its curves are in sight.
    with st.expander("Settings", expanded=False, key=state.key("train", f"settings:{launched}")):
        values = {}
        for title, names in groups.items():
            if title:
                st.caption(f"**{title}**")
            for start in range(0, len(names), _ROW):
                columns = st.columns(_ROW, gap="medium", vertical_alignment="bottom")
                for column, name in zip(columns, names[start : start + _ROW], strict=False):
                    with column:
                        values[name] = _widget(_source(preset, beginning), every[name], first[name])
    return values


def _widget(source: str, setting: Field[Any], value: Any) -> Any:
    meta, kind = setting.metadata, _KINDS[setting.name]
    optional = bool(get_args(kind))
    plain = next((part for part in get_args(kind) if part is not type(None)), kind)
    common = {
        "label": meta["title"],
        "help": meta["help"],
        "key": state.key("train", f"{source}:{setting.name}"),
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
