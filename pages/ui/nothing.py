"""What predicting without looking scores: the lines that stand beside every model's, kept while the labels stay."""

from typing import Any

import streamlit as st

from core.services import runs
from core.services.runs import Commonest
from pages.ui.header import Context

__all__ = ["Commonest", "commonest", "scores"]


def scores(ctx: Context, dataset_id: int, revision: int) -> dict[str, Any]:
    """The figures on the validation images, by the labels of a revision."""
    return _scores(ctx.settings.database_url, dataset_id, revision, ctx)


@st.cache_data(show_spinner=False, max_entries=32)
def _scores(database_url: str, dataset_id: int, revision: int, _ctx: Context) -> dict[str, Any]:
    return runs.baseline(_ctx.store, _ctx.actor, dataset_id, revision)


def commonest(ctx: Context, dataset_id: int, revision: int) -> Commonest | None:
    """What predicting the commonest label for every image scores; None where there is no label at all."""
    return _commonest(ctx.settings.database_url, dataset_id, revision, ctx)


@st.cache_data(show_spinner=False, max_entries=32)
def _commonest(database_url: str, dataset_id: int, revision: int, _ctx: Context) -> Commonest | None:
    return runs.commonest(_ctx.store, _ctx.actor, dataset_id, revision)
