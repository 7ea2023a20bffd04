"""The last runs of a data set, their figures beside those of predicting nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.services import runs
from db.records import Dataset, Run
from pages.ui import nothing, rescoring, tables, theme, trouble
from pages.ui.header import Context

MOST = 8
_SHARES = (("subset_accuracy", "Subset acc."), ("hamming_accuracy", "Hamming acc."))
_RATIOS = (
    ("precision", "Precision"),
    ("recall", "Recall"),
    ("micro_f1", "Micro F1"),
    ("macro_f1", "Macro F1"),
    ("mean_ap", "mAP"),
)
_MICRO = 8  # the column of micro F1
_MINOR = (3, 5, 6, 7)  # epochs, Hamming, precision, recall: left out where there is little room


def draw(ctx: Context, dataset: Dataset, its_runs: Sequence[Run]) -> None:
    """The table, or what to do while it is empty."""
    st.subheader("Last runs", anchor=False)
    shown = its_runs[:MOST]
    if not shown:
        trouble.nothing_here("No run yet.", page="pages/train.py", label="Train a first model")
        return
    head = ["Run", "State", "Revision", "Epochs", *(title for _, title in (*_SHARES, *_RATIOS))]
    base = nothing.scores(ctx, dataset.id, dataset.revision)
    again = {run.id: rescoring.rescored(ctx, dataset, run) for run in shown}
    rows = [["predicting nothing", "", str(dataset.revision), "", *_figures(base)]]
    rows += [_line(ctx, run) for run in shown]
    now = any(again.values())
    if now:  # the same labels for all: those of today
        head.append(f"Micro F1 now, revision {dataset.revision}")
        rows[0].append(theme.f1(base.get("micro_f1")))
        for row, run in zip(rows[1:], shown, strict=True):
            found = again[run.id]
            row.append(theme.f1(found.now.get("micro_f1")) if found else row[_MICRO])
    tables.table(head, rows, words=2, pale=[0], minor=_MINOR)
    more = len(its_runs) - len(shown)
    out = any(found.left_out for found in again.values() if found)
    without = ", without images that are left out by now" if out else ""
    st.caption(
        "Validation images, each row by the labels of its revision"
        + (
            f"; the last column by those of revision {dataset.revision}, changed since{without}"
            if now
            else ""
        )
        + "."
        + (f" {theme.counted(more, 'older run')} not shown." if more else "")
    )


def _line(ctx: Context, run: Run) -> list[str]:
    epochs = runs.epochs(ctx.store, ctx.actor, run.id, after=max(0, run.epochs_done - 1))
    figures: Mapping[str, Any] = epochs[-1].validation if epochs else {}
    name = f"{run.id} · {run.name or run.preset}"
    standing = f"{theme.JOB_MARKS[run.state]} {run.state.value}"
    return [name, standing, str(run.revision), str(run.epochs_done), *_figures(figures)]


def _figures(figures: Mapping[str, Any]) -> list[str]:
    shares = [theme.percent(figures.get(name)) for name, _ in _SHARES]
    return shares + [theme.f1(figures.get(name)) for name, _ in _RATIOS]
