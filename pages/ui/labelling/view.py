"""The page of labels: what was done last, the table, the dialog that is open, and what implies what."""

import streamlit as st

from core.services import datasets
from core.services.datasets import DatasetSummary
from db.records import Dataset
from pages.ui import state, theme
from pages.ui.header import Context
from pages.ui.labelling import component, doing, forms, rules, weighty

_DIALOGS = {**forms.FORMS, **weighty.FORMS}


def draw(ctx: Context, dataset: Dataset) -> None:
    """The whole page."""
    found = _summary(dataset.id, dataset.revision, ctx.settings.database_url, ctx)
    _by_address()
    doing.told(ctx)
    left, right = st.columns([4, 1], vertical_alignment="center", gap="small")
    standing = rules.standing(ctx, dataset)
    left.markdown(f"{_introduction(dataset, found)}{rules.pointer(standing)}")
    if right.button("Add a label", type="primary", key=state.key(doing.PAGE, "add"), width="stretch"):
        doing.ask("add")
    component.table(state.key(doing.PAGE, "table"), dataset, found, doing.ask)
    rules.draw(ctx, dataset, standing)
    _dialog(ctx, dataset, found)


@st.cache_data(show_spinner=False, max_entries=16)
def _summary(dataset_id: int, revision: int, database_url: str, _ctx: Context) -> DatasetSummary:
    return datasets.overview(_ctx.store, _ctx.actor, dataset_id)


def _introduction(dataset: Dataset, found: DatasetSummary) -> str:
    bare = sum(not label.description for label in found.labels)
    said = f"{theme.count(bare)} of them" if bare < len(found.labels) else "None of them"
    lacking = "have no sentence yet" if bare < len(found.labels) else "has a sentence yet"
    more = f" {said} {lacking} that says what an image needs to have it." if bare else ""
    return (
        f"The {theme.counted(len(found.labels), 'label')} of {doing.quoted(dataset.name)}. Click a name, a key, a "
        f"sentence or an implication to change it; every change can be undone.{more}"
    )


def _by_address() -> None:
    """A link such as `?do=merge&label=2` opens a dialog, once."""
    what = st.query_params.get("do", "")
    label_id = state.number_in_address("label")
    if what:
        st.query_params.pop("do", None)
        st.query_params.pop("label", None)
        doing.ask(what, label_id or 0)


def _dialog(ctx: Context, dataset: Dataset, found: DatasetSummary) -> None:
    what, label_id = doing.asked()
    if what == "add":
        forms.add(ctx, dataset)
    label = next((one for one in found.labels if one.id == label_id), None)
    if label is not None and what in _DIALOGS:
        _DIALOGS[what](ctx, dataset, label)
