"""The head of every page: its title, its question, and the data set and run that follow the reader.

The address wins (`?dataset=2&run=12`), so that links and reloads reopen the same view; then what was chosen
last in this session, which carries over from page to page; then the newest of each.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import streamlit as st

from core.actor import NOBODY, Actor
from core.errors import BadInput
from core.services import datasets, runs
from core.settings import Settings
from db.errors import Missing
from db.records import Dataset, Run
from db.store import Store
from pages.http.guard import token
from pages.ui import home, state, theme

AUTHOR_COOKIE = "errata_author"
_IMPORTING = ("job", "upload", "file", "into")
# What the address may ask of each page, by its view, beside the data set and the run. A word of another page or view
# goes: after a reload it would narrow what is shown, and nobody would know why.
_WORDS: Mapping[str, Mapping[str, Collection[str]]] = {
    "Data": {"": (), "trouble": ("kind", "reviewed"), "split": (), "import": _IMPORTING},
    "Errors": {"": ("cause", "label", "kind", "min", "max", "search", "reviewed")},
    "Compare": {"": ("a", "b", "list")},
    "Annotate": {
        "": ("label", "kind", "reviewed"),
        "suspects": ("label", "kind", "reviewed"),
        "all": ("label", "search", "state", "part"),
    },
    "History": {"": ("author", "before", "batch", "sitting")},
    "Labels": {"": ("do", "label")},
    "Predict": {"": ("row",)},
}
# Numbers of what another data set has not.
_OF_A_SET = ("label", "state", "before", "batch", "sitting", "row", "a", "b")


@dataclass(frozen=True)
class Context:
    """What a page works on."""

    store: Store
    settings: Settings
    actor: Actor
    dataset: Dataset | None  # None while there is none
    run: Run | None  # None while the data set has none
    token: str  # for the X-Errata-Token header of a page's own requests


def header(title: str, question: str) -> Context:
    """Draw the head of a page and return what was chosen in it."""
    bar = st.container(key="errata-header")
    left, middle, right = bar.columns([3, 3, 4], vertical_alignment="bottom", gap="small")
    with left:
        st.title(title, anchor=False)  # first, so that it is on screen before anything is read
        st.caption(question)
    _clear_address(title)
    settings, store, actor = home.settings(), home.store(), _actor()
    dataset, run, listed, its_runs = _choice(store, actor)
    with middle:
        _dataset_picker(listed)
    with right:
        _run_picker(its_runs)
    return Context(store, settings, actor, dataset, run, token(settings))


def _clear_address(title: str) -> None:
    """Take every word out of the address that the page does not know in this view."""
    views = _WORDS.get(title, {"": ()})
    view = st.query_params.get("view", "")
    known = {"dataset", "run", *views.get(view, views[""])} | ({"view"} if view in views and view else set())
    for word in set(st.query_params) - known:
        del st.query_params[word]


def _actor() -> Actor:
    try:
        return Actor.named(unquote(st.context.cookies.get(AUTHOR_COOKIE, "")))
    except BadInput:  # no cookie yet, or one that we did not write
        return NOBODY


def _choice(store: Store, actor: Actor) -> tuple[Dataset | None, Run | None, list[Dataset], list[Run]]:
    """The chosen data set and run, and what there is to choose from."""
    listed = datasets.listing(store, actor)
    last_dataset, last_run = state.chosen()
    wanted_run = state.number_in_address("run")
    wanted_dataset = (
        state.number_in_address("dataset") or _dataset_of(store, actor, wanted_run) or last_dataset
    )
    dataset = next((d for d in listed if d.id == wanted_dataset), None) or _newest(listed)
    its_runs = runs.listing(store, actor, dataset.id) if dataset else []
    run = next((r for r in its_runs if r.id == (wanted_run or last_run)), None) or _best(its_runs)
    if wanted_dataset and (dataset is None or dataset.id != wanted_dataset):
        st.toast(
            f"There is no data set {wanted_dataset} (any more); the newest is shown.",
            icon=":material/link_off:",
        )
    elif wanted_run and (run is None or run.id != wanted_run):
        st.toast(
            f"There is no run {wanted_run} here (any more); the newest is shown.", icon=":material/link_off:"
        )
    state.choose(dataset.id if dataset else None, run.id if run else None)
    return dataset, run, listed, its_runs


def _dataset_of(store: Store, actor: Actor, run_id: int | None) -> int | None:
    if run_id is None:
        return None
    try:
        return runs.get(store, actor, run_id).dataset_id
    except Missing:  # a link to a run that was deleted since
        return None


def _newest(listed: Sequence[Dataset]) -> Dataset | None:
    return max(listed, key=lambda dataset: dataset.id, default=None)


def _best(its_runs: Sequence[Run]) -> Run | None:
    """The newest run that has scores, else the newest."""
    newest_first = sorted(its_runs, key=lambda run: -run.id)
    return next((run for run in newest_first if run.usable), next(iter(newest_first), None))


def _dataset_picker(listed: Sequence[Dataset]) -> None:
    names = {dataset.id: dataset.name for dataset in listed}
    state.put(state.DATASET_PICKER, state.chosen()[0])
    st.selectbox(
        "Data set",
        list(names),
        key=state.DATASET_PICKER,
        format_func=lambda number: names.get(number, f"data set {number}"),
        on_change=_picked_dataset,
        placeholder="no data set yet",
        disabled=not names,
        label_visibility="collapsed",
    )


def _run_picker(its_runs: Sequence[Run]) -> None:
    names = {run.id: run_name(run) for run in its_runs}
    state.put(state.RUN_PICKER, state.chosen()[1])
    st.selectbox(
        "Run",
        list(names),
        key=state.RUN_PICKER,
        format_func=lambda number: names.get(number, f"run {number}"),
        on_change=_picked_run,
        placeholder="no run yet",
        disabled=not names,
        label_visibility="collapsed",
    )


def run_name(run: Run) -> str:
    """A run as the pickers show it: `✓ run 12 · scratch · 2 h ago`."""
    name = f" · {run.name}" if run.name and run.name != run.preset else ""
    return f"{theme.JOB_MARKS[run.state]} run {run.id}{name} · {run.preset} · {theme.ago(run.created_at)}"


def _picked_dataset() -> None:
    for word in _OF_A_SET:
        st.query_params.pop(word, None)
    state.choose(state.get(state.DATASET_PICKER), None)


def _picked_run() -> None:
    state.choose(state.chosen()[0], state.get(state.RUN_PICKER))
